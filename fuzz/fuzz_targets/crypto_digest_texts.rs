//! The digests that headers and trailers carry: what parses is exactly what would be written.
#![no_main]

use larder_crypto::{checksum_to_base64, parse_checksum, parse_content_md5, parse_sha256_hex};
use larder_types::ChecksumAlgorithm;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for algorithm in ChecksumAlgorithm::ALL {
        if let Ok(checksum) = parse_checksum(algorithm, text) {
            assert_eq!(checksum_to_base64(&checksum), text);
        }
    }
    let _ = (parse_content_md5(text), parse_sha256_hex(text));
});
