//! Policy documents of each kind: refused, or evaluated without a document that only denies ever allowing.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| larder_policy::fuzz_entry::document(data));
