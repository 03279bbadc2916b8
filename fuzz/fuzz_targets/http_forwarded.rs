//! Any bytes as what proxies say of a request: nothing panics, and nobody but a trusted proxy is believed.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| larder_http::fuzz_entry::forwarded(data));
