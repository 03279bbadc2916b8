#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| larder_sigv4::fuzz_entry::request(data));
