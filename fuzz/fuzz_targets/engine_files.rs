//! Files of the key-value engine that scrubs read themselves: whatever a damaged disk holds, there is an answer.
#![no_main]

use larder_store_local::fuzz_entry::{is_list_of_files, is_whole_journal};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _any = is_list_of_files(data);
    let _any = is_whole_journal(data);
});
