//! Session tokens, and what is sealed in them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| larder_identity::fuzz_entry::session_token(data));
