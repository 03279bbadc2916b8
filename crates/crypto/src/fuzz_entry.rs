//! What the fuzz targets call, and a seeded test of the same. Not part of the interface.

use bytes::Bytes;

use crate::{ContentCipher, ContentSealer, DataKeys, FRAME_BYTES, SealingKey, SecretKey, Stream};

const STREAM: Stream = Stream { object: [3; 16], content: [4; 16], part: 5 };

fn cipher(layers: usize) -> ContentCipher {
    let key = |byte| SecretKey::from_slice(&[byte; 32]).expect("32 bytes");
    ContentCipher::new(&DataKeys { first: key(1), second: (layers == 2).then(|| key(2)) }, STREAM)
}

/// Frames and sealed secrets that nobody sealed do not open; what was sealed does.
///
/// # Panics
/// When that is not so.
pub fn sealed(data: &[u8]) {
    for layers in [1, 2] {
        let frame = &data[..data.len().min(FRAME_BYTES)];
        let mut forged = vec![0; cipher(layers).opened_length(frame.len())];
        assert!(cipher(layers).open(0, true, frame, &mut forged).is_err(), "a forged frame opens");
        let sealed = ContentSealer::seal_whole(cipher(layers), Bytes::copy_from_slice(data));
        assert_eq!(sealed.len() as u64, cipher(layers).sealed_length(data.len() as u64));
        let count = sealed.len().div_ceil(FRAME_BYTES);
        let mut opened = Vec::new();
        for (number, frame) in sealed.chunks(FRAME_BYTES).enumerate() {
            let mut plain = vec![0; cipher(layers).opened_length(frame.len())];
            let outcome = cipher(layers).open(number as u64, number + 1 == count, frame, &mut plain);
            outcome.expect("what was sealed opens");
            opened.extend_from_slice(&plain);
        }
        assert_eq!(opened, data);
    }
    let key = SealingKey::derive(&SecretKey::from_slice(&[1; 32]).expect("32 bytes"), b"fuzz", b"fuzz");
    assert!(key.open(&[b"place"], data).is_none(), "a forged secret opens");
}

#[cfg(test)]
mod tests {
    use larder_env::{Rng, SeededRng, random_u64};

    #[test]
    fn seeded_bytes() {
        let rng = SeededRng::new(11);
        for _ in 0..200 {
            let length = (random_u64(&rng) % 200_000) >> (random_u64(&rng) % 18);
            let mut data = vec![0; usize::try_from(length).expect("small")];
            rng.fill(&mut data);
            if let Some(first) = data.first_mut() {
                *first = 1;
            }
            super::sealed(&data);
        }
    }
}
