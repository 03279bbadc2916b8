//! The mode and date of Object Lock's headers, separated by a line feed: refused, or a retention that is not over.
#![no_main]

use larder_config::object_lock::Retention;
use larder_types::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (mode, date) = text.split_once('\n').unwrap_or((text, ""));
    let now = Timestamp::from_millis(1_700_000_000_000);
    if let Ok(Some(retention)) = Retention::from_headers(Some(mode), Some(date), now) {
        assert!(retention.is_active(now));
    }
});
