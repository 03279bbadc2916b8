//! Frames of encrypted contents, and sealed secrets.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| larder_crypto::fuzz_entry::sealed(data));
