//! The keyring as it is stored, and what is sealed in it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| larder_keyring::fuzz_entry::keyring(data));
