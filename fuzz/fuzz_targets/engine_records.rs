//! Everything the engine reads back from the store.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| larder_engine::fuzz_entry::records(data));
