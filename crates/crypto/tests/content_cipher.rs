//! Encrypted contents: what goes in comes out, and nothing else does.

use bytes::{Bytes, BytesMut};
use larder_crypto::{ContentCipher, ContentSealer, DataKeys, FRAME_BYTES, SecretKey, Stream, TAG_BYTES};
use larder_env::{Rng, SeededRng};
use proptest::prelude::*;

fn keys(seed: u64, layers: usize) -> DataKeys {
    let rng = SeededRng::new(seed);
    let first = SecretKey::generate(&rng);
    DataKeys { first, second: (layers == 2).then(|| SecretKey::generate(&rng)) }
}

const STREAM: Stream = Stream { object: [1; 16], content: [2; 16], part: 3 };

fn content(length: usize) -> Bytes {
    let mut bytes = vec![0; length];
    SeededRng::new(length as u64).fill(&mut bytes);
    bytes.into()
}

/// Opens every frame of a whole content.
fn open(cipher: &ContentCipher, sealed: &[u8]) -> Option<Vec<u8>> {
    let frames: Vec<_> = sealed.chunks(FRAME_BYTES).collect();
    let mut whole = Vec::new();
    for (index, frame) in frames.iter().enumerate() {
        let mut plain = vec![0; cipher.opened_length(frame.len())];
        cipher.open(index as u64, index + 1 == frames.len(), frame, &mut plain).ok()?;
        whole.extend_from_slice(&plain);
    }
    Some(whole)
}

#[test]
fn what_goes_in_comes_out_at_every_size() {
    for layers in [1, 2] {
        let frame = FRAME_BYTES - layers * TAG_BYTES;
        for size in [0, 1, 15, 16, frame - 1, frame, frame + 1, 2 * frame, 2 * frame + 1, 5 * frame + 7] {
            let cipher = || ContentCipher::new(&keys(7, layers), STREAM);
            let plain = content(size);
            let sealed = ContentSealer::seal_whole(cipher(), plain.clone());
            assert_eq!(sealed.len() as u64, cipher().sealed_length(size as u64), "{size}");
            assert_eq!(open(&cipher(), &sealed).as_deref(), Some(&*plain), "{size}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_pieces_a_content_comes_in_do_not_matter(
        size in 0..300_000_usize, piece in 1..100_000_usize, frames in 1..5_usize, seed: u64
    ) {
        let cipher = || ContentCipher::new(&keys(seed, 1), STREAM);
        let plain = content(size);
        let mut sealer = ContentSealer::new(cipher(), frames * FRAME_BYTES);
        let mut sealed = BytesMut::new();
        for part in plain.chunks(piece) {
            let mut part = Bytes::copy_from_slice(part);
            while let Some(frame) = sealer.take(&mut part) {
                prop_assert_eq!(frame.len(), frames * FRAME_BYTES);
                sealed.extend_from_slice(&frame);
            }
        }
        sealed.extend_from_slice(&sealer.finish().unwrap_or_default());
        prop_assert_eq!(sealed.freeze(), ContentSealer::seal_whole(cipher(), plain));
    }
}

#[test]
fn a_frame_opens_only_as_what_it_was_sealed_as() {
    let sealed = ContentSealer::seal_whole(ContentCipher::new(&keys(1, 1), STREAM), content(100));
    let opens = |keys: &DataKeys, stream: Stream, frame: u64, last: bool| {
        let cipher = ContentCipher::new(keys, stream);
        cipher.open(frame, last, &sealed, &mut vec![0; cipher.opened_length(sealed.len())]).is_ok()
    };
    assert!(opens(&keys(1, 1), STREAM, 0, true));
    assert!(!opens(&keys(2, 1), STREAM, 0, true), "another key");
    assert!(!opens(&keys(1, 1), Stream { object: [9; 16], ..STREAM }, 0, true), "another object");
    assert!(!opens(&keys(1, 1), Stream { content: [9; 16], ..STREAM }, 0, true), "another upload of the part");
    assert!(!opens(&keys(1, 1), Stream { part: 4, ..STREAM }, 0, true), "another part");
    assert!(!opens(&keys(1, 1), STREAM, 1, true), "another place");
    assert!(!opens(&keys(1, 1), STREAM, 0, false), "not the end");
    assert!(!opens(&keys(1, 2), STREAM, 0, true), "twice sealed");
}

#[test]
fn frames_that_are_swapped_cut_off_or_changed_do_not_open() {
    for layers in [1, 2] {
        let cipher = || ContentCipher::new(&keys(3, layers), STREAM);
        let sealed = ContentSealer::seal_whole(cipher(), content(3 * FRAME_BYTES));
        assert!(open(&cipher(), &sealed).is_some());
        let mut swapped = sealed.to_vec();
        let (first, rest) = swapped.split_at_mut(FRAME_BYTES);
        first.swap_with_slice(&mut rest[..FRAME_BYTES]);
        assert!(open(&cipher(), &swapped).is_none());
        assert!(open(&cipher(), &sealed[..2 * FRAME_BYTES]).is_none(), "cut at a frame");
        assert!(open(&cipher(), &sealed[..2 * FRAME_BYTES + 40]).is_none(), "cut within a frame");
        let short = ContentSealer::seal_whole(cipher(), content(33));
        for at in 0..short.len() {
            let mut flipped = short.to_vec();
            flipped[at] ^= 1 << (at % 8);
            assert!(open(&cipher(), &flipped).is_none(), "byte {at}");
        }
    }
}

/// Made with another implementation (Python's `cryptography`: HKDF and AESGCM), so that the format is what its page says.
#[test]
fn the_format_is_the_documented_one() {
    let rng_free = |byte: u8| SecretKey::from_slice(&[byte; 32]).expect("32 bytes");
    let one = DataKeys::from(rng_free(0x11));
    let two = DataKeys { first: rng_free(0x11), second: Some(rng_free(0x22)) };
    let sealed = |keys| hex::encode(ContentSealer::seal_whole(ContentCipher::new(keys, STREAM), "larder".into()));
    assert_eq!(sealed(&one), "87bb99c4e90b75033786e83acfe4ad8df203792e283c");
    assert_eq!(sealed(&two), "45c942cca5b447e7abe43915edaf76e35c2b8b585f8fa1229ce6d7f2c1c8da6c145c5dea4c08");
}
