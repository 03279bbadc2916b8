//! Files of blobs, whole and in parts: whatever a damaged disk holds, reading it gives an error or what was written.
#![no_main]

use larder_store_local::blob_format::{Header, Trailer, read_whole};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok((header, content)) = read_whole(data) {
        assert_eq!(Header::decode(&header.encode()), Ok(header));
        assert!(content.len() < data.len());
    }
    let _any = Header::decode_fixed(data);
    let _any = Trailer::decode(data, data.len() as u64);
});
