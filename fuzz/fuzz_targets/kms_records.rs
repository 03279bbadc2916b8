//! Everything that is read back about keys of the KMS.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| larder_kms::fuzz_entry::records(data));
