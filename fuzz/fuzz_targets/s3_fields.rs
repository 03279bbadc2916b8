//! Any bytes as a copy's source, a continuation token, an encryption context and a second factor: nothing panics, and what
//! was read reads the same from what is written for it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| larder_s3_api::fuzz_entry::fields(data));
