//! Tokens of OpenID Connect providers and the keys that verify them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| larder_identity::fuzz_entry::web_identity_token(data));
