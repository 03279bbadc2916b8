//! `x-amz-grant-*` headers: refused, or a list of grantees that is not empty.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| larder_policy::fuzz_entry::grant_header(data));
