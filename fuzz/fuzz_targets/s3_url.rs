//! Any bytes as the host, path, query, range and metadata of a request: nothing panics, and what is refused nowhere is
//! within the limits.
#![no_main]

use larder_types::limits::MAX_KEY_BYTES;
use larder_wire::address::{Address, Domains, Level};
use larder_wire::metadata::{decode_value, encode_value};
use larder_wire::operation::Verb;
use larder_wire::query::Query;
use larder_wire::range::Range;
use larder_wire::route::route;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let value = decode_value(data);
    assert_eq!(decode_value(encode_value(&value).as_bytes()), value);

    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.splitn(3, '\n');
    let (host, target, range) = (lines.next(), lines.next().unwrap_or("/"), lines.next().unwrap_or(""));
    if let Some(range) = Range::parse(range)
        && let Ok(resolved) = range.resolve(1000, "")
    {
        assert!(resolved.first <= resolved.last && resolved.last < 1000);
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let domains = Domains::new(["localhost", "s3.example.com"]);
    if let Ok(address) = Address::parse(host, path, &domains) {
        assert!(address.key().is_none_or(|key| !key.is_empty() && key.len() <= MAX_KEY_BYTES));
    }
    let Ok(query) = Query::parse(query) else { return };
    let headers = Default::default();
    for level in [Level::Service, Level::Account, Level::Bucket, Level::Object] {
        for verb in Verb::ALL {
            let method = verb.as_str().parse().expect("a method");
            if let Ok(operation) = route(&method, level, &query, &headers) {
                assert!(operation.verb() == verb);
            }
        }
    }
});
