//! Everything that is read back about accounts.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| larder_identity::fuzz_entry::records(data));
