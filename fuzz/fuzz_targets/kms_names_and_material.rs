//! What requests to the KMS call keys, and key material that is imported.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| larder_kms::fuzz_entry::names_and_material(data));
