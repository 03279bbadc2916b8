//! Any bytes as a request to KMS or Service Quotas: nothing panics, and what passes a rule keeps to it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| larder_kms_api::fuzz_entry::request(data));
