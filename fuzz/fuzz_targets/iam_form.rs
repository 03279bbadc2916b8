//! Any bytes as the form of a request to IAM or STS: nothing panics, and what passes a rule keeps to it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| larder_iam_api::fuzz_entry::form(data));
