//! Backups of keys, and what is sealed in them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| larder_keyring::fuzz_entry::backup(data));
