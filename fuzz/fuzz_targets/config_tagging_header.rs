//! `x-amz-tagging`: refused, or a set of tags that is valid by itself.
#![no_main]

use larder_config::tagging::{TagScope, TagSet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(header) = std::str::from_utf8(data) else { return };
    if let Ok(tags) = TagSet::from_header(header) {
        let pairs = tags.tags().iter().map(|tag| (Some(tag.key.clone()), Some(tag.value.clone())));
        assert_eq!(TagSet::new(TagScope::Object, pairs), Ok(tags.clone()));
    }
});
