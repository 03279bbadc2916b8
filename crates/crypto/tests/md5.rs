//! MD5, alone and side by side, beside an implementation of others.

use larder_crypto::{Md5, md5, update_md5s};
use larder_env::{Rng, SeededRng, random_u64};
use md5::Digest as _;

fn expected(content: &[u8]) -> [u8; 16] {
    md5::Md5::digest(content).into()
}

fn noise(rng: &SeededRng, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    rng.fill(&mut bytes);
    bytes
}

fn below(rng: &SeededRng, limit: usize) -> usize {
    usize::try_from(random_u64(rng) % limit as u64).expect("below a usize")
}

/// RFC 1321, appendix A.5.
#[test]
fn the_test_suite_of_the_rfc() {
    for (content, digest) in [
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("a", "0cc175b9c0f1b6a831c399e269772661"),
        ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"),
        (&"1234567890".repeat(8), "57edf4a22be3c955ac49da2e2107b67a"),
    ] {
        assert_eq!(hex::encode(md5(content.as_bytes())), digest, "{content:?}");
    }
}

#[test]
fn every_length_around_a_block_in_any_pieces() {
    let rng = SeededRng::new(1);
    let content = noise(&rng, 300);
    for length in 0..=content.len() {
        let content = &content[..length];
        assert_eq!(md5(content), expected(content), "{length} bytes");
        let mut pieces = Md5::default();
        let mut rest = content;
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(1 + below(&rng, rest.len().min(130)));
            pieces.update(piece);
            rest = behind;
        }
        assert_eq!(pieces.finish(), expected(content), "{length} bytes in pieces");
    }
}

#[test]
fn streams_side_by_side_are_what_each_is_alone() {
    let rng = SeededRng::new(2);
    for _ in 0..200 {
        let count = 1 + below(&rng, 20);
        let contents: Vec<Vec<u8>> = (0..count).map(|_| noise(&rng, below(&rng, 3_000))).collect();
        let mut streams = vec![(Md5::default(), 0); count];
        while streams.iter().zip(&contents).any(|((_, at), content)| *at < content.len()) {
            let mut together = Vec::new();
            for ((md5, at), content) in streams.iter_mut().zip(&contents) {
                // Some take nothing this time, and pieces end anywhere.
                let taken = below(&rng, (content.len() - *at + 1).min(700));
                together.push((md5, &content[*at..*at + taken]));
                *at += taken;
            }
            update_md5s(&mut together);
        }
        for ((md5, _), content) in streams.into_iter().zip(&contents) {
            assert_eq!(md5.finish(), expected(content), "{} bytes of {count} streams", content.len());
        }
    }
}
