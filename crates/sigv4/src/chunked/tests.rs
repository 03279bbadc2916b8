use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::{AmzDate, ChunkSigner, ChunkedEncoder, SigningKey, V4aKeyPair};

const SCOPE: &str = "20130524/us-east-1/s3/aws4_request";
const TRAILER: (&str, &str) = ("x-amz-checksum-crc32", "AAAAAA==");

fn date() -> AmzDate {
    AmzDate::parse("20130524T000000Z").expect("a date")
}

fn key() -> Arc<SigningKey> {
    Arc::new(SigningKey::derive("secret", "20130524", "us-east-1", "s3"))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Unsigned,
    Hmac,
    Ecdsa,
}

fn pair() -> V4aKeyPair {
    V4aKeyPair::derive("secret", "AKID").expect("derives")
}

fn encode(mode: Mode, chunks: &[&[u8]], trailers: &[(&str, &str)]) -> Vec<u8> {
    let signer = match mode {
        Mode::Unsigned => None,
        Mode::Hmac => Some(ChunkSigner::hmac(key(), SCOPE, date(), "seed")),
        Mode::Ecdsa => Some(ChunkSigner::ecdsa(Arc::new(pair()), SCOPE, date(), "seed")),
    };
    let mut encoder = ChunkedEncoder::new(signer);
    let mut out = Vec::new();
    for chunk in chunks {
        encoder.chunk(chunk, &mut out);
    }
    encoder.finish(trailers, &mut out);
    out
}

fn decoder(mode: Mode, length: usize, trailers: Option<&[&str]>) -> ChunkedDecoder {
    let verifier = match mode {
        Mode::Unsigned => None,
        Mode::Hmac => Some(ChunkVerifier::hmac(key(), "AKID", SCOPE, &date(), "seed")),
        Mode::Ecdsa => Some(ChunkVerifier::ecdsa(Arc::new(pair().verifying_key()), "AKID", SCOPE, &date(), "seed")),
    };
    ChunkedDecoder::new(verifier, length as u64, trailers)
}

type Decoded = (Vec<u8>, Vec<(String, String)>);

fn run<'a>(mut decoder: ChunkedDecoder, pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Decoded, ChunkError> {
    let mut payload = Vec::new();
    for piece in pieces {
        let mut input = Bytes::copy_from_slice(piece);
        while let Progress::Data(data) = decoder.decode(&mut input)? {
            payload.extend_from_slice(&data);
        }
        assert!(input.is_empty(), "input is left over");
    }
    decoder.finish().map(|trailers| (payload, trailers))
}

fn unsigned(body: &[u8], length: usize, trailers: Option<&[&str]>) -> Result<Decoded, ChunkError> {
    run(decoder(Mode::Unsigned, length, trailers), [body])
}

#[test]
fn data_comes_out_as_it_arrives() {
    let payload = vec![7u8; 3 * 8192];
    let body = encode(Mode::Hmac, &[&payload], &[]);
    let mut decoder = decoder(Mode::Hmac, payload.len(), None);
    let mut input = Bytes::copy_from_slice(&body[..200]);
    let Ok(Progress::Data(first)) = decoder.decode(&mut input) else { panic!("no data") };
    assert!(!first.is_empty() && first.len() < 200);
    assert_eq!(decoder.decode(&mut input), Ok(Progress::NeedMore));
    assert!(decoder.line.capacity() <= MAX_CHUNK_LINE_BYTES);
    assert!(!decoder.is_done());
}

#[test]
fn data_is_not_copied() {
    let body = encode(Mode::Unsigned, &[b"hello"], &[]);
    let mut input = Bytes::from(body);
    let start = input.as_ptr();
    let mut decoder = decoder(Mode::Unsigned, 5, Some(&[]));
    let Ok(Progress::Data(data)) = decoder.decode(&mut input) else { panic!("no data") };
    assert_eq!(data.as_ptr(), start.wrapping_add(3));
}

#[test]
fn framing_errors() {
    for body in ["", "5\r\nhello", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n", "5"] {
        assert_eq!(unsigned(body.as_bytes(), 5, Some(&[])), Err(ChunkError::Truncated), "{body:?}");
    }
    for body in
        ["\r\n", "5\nhello\r\n", "+5\r\nhello", "-1\r\n", "0x5\r\n", "5 \r\n", "5\r\nhelloXX", "fffffffffffffffff\r\n"]
    {
        assert!(matches!(unsigned(body.as_bytes(), 5, Some(&[])), Err(ChunkError::Framing { .. })), "{body:?}");
    }
    let unsigned_in_signed = run(decoder(Mode::Hmac, 5, None), [&b"5\r\nhello\r\n"[..]]);
    assert_eq!(unsigned_in_signed, Err(ChunkError::Framing { expected: "chunk-signature" }));
    let endless = vec![b'0'; MAX_CHUNK_LINE_BYTES + 1];
    assert_eq!(unsigned(&endless, 5, Some(&[])), Err(ChunkError::LineTooLong));
    assert_eq!(run(decoder(Mode::Unsigned, 5, None), endless.chunks(1)), Err(ChunkError::LineTooLong));
}

#[test]
fn the_decoded_length_must_be_the_one_announced() {
    let wrong = |expected, provided| Err(ChunkError::DecodedLength { expected, provided });
    assert_eq!(unsigned(b"5\r\nhello\r\n0\r\n\r\n", 6, Some(&[])), wrong(6, 5));
    assert_eq!(unsigned(b"5\r\nhello\r\n0\r\n\r\n", 4, Some(&[])), wrong(4, 5));
    assert_eq!(unsigned(b"0\r\n\r\n", 0, Some(&[])), Ok((vec![], vec![])));
    let overflow = b"1\r\na\r\nffffffffffffffff\r\n";
    assert!(unsigned(overflow, 1, Some(&[])).is_err());
}

#[test]
fn only_the_last_chunk_may_be_small() {
    let (big, small) = (vec![1u8; 8192], vec![2u8; 8191]);
    for mode in [Mode::Unsigned, Mode::Hmac] {
        let trailers = (mode == Mode::Unsigned).then_some(&[][..]);
        let body = encode(mode, &[&big, &small], &[]);
        assert!(run(decoder(mode, 16_383, trailers), [&body[..]]).is_ok());
        let body = encode(mode, &[&big, &small, &big], &[]);
        let error = run(decoder(mode, 24_575, trailers), [&body[..]]).expect_err("a small chunk in the middle");
        assert_eq!(error, ChunkError::ChunkTooSmall { chunk: 2, bad_chunk_size: 8191 });
    }
}

#[test]
fn nothing_may_follow_but_one_more_line_break() {
    let end = "1\r\na\r\n0\r\n\r\n";
    for (more, good) in [("", true), ("\r\n", true), ("\r", false), ("\r\n\r\n", false), ("x", false), ("\n", false)] {
        let body = format!("{end}{more}");
        assert_eq!(unsigned(body.as_bytes(), 1, Some(&[])).is_ok(), good, "{more:?}");
        assert_eq!(run(decoder(Mode::Unsigned, 1, Some(&[])), body.as_bytes().chunks(1)).is_ok(), good, "{more:?}");
    }
}

#[test]
fn trailers_must_be_announced_once_and_present() {
    let names: &[&str] = &["x-amz-checksum-crc32"];
    let good = b"0\r\nX-Amz-Checksum-Crc32: AAAAAA== \r\n\r\n";
    let expected = vec![(TRAILER.0.to_owned(), TRAILER.1.to_owned())];
    assert_eq!(unsigned(good, 0, Some(names)), Ok((vec![], expected.clone())));
    assert_eq!(unsigned(b"0\r\nx-amz-checksum-crc32:AAAAAA==\n\r\n\r\n", 0, Some(names)), Ok((vec![], expected)));
    for body in [
        "0\r\n\r\n",
        "0\r\n\r\n\r\n",
        "0\r\nx-amz-meta-a:1\r\n\r\n",
        "0\r\nno colon\r\n\r\n",
        "0\r\nx-amz-checksum-crc32:a\r\nx-amz-checksum-crc32:b\r\n\r\n",
        "0\r\nx-amz-trailer-signature:a\r\n\r\n",
    ] {
        let error = unsigned(body.as_bytes(), 0, Some(names)).expect_err(body);
        assert!(matches!(error, ChunkError::MalformedTrailer { .. }), "{body:?}: {error:?}");
    }
    assert!(unsigned(good, 0, None).is_err(), "a payload kind without a trailer");
    let endless = format!("0\r\nx-amz-checksum-crc32:{}\r\n", "a".repeat(MAX_TRAILER_BYTES));
    assert!(matches!(unsigned(endless.as_bytes(), 0, Some(names)), Err(ChunkError::MalformedTrailer { .. })));
}

#[test]
fn a_signed_body_must_sign_its_trailer() {
    let body = encode(Mode::Hmac, &[b"hello"], &[TRAILER]);
    let names: &[&str] = &[TRAILER.0];
    assert!(run(decoder(Mode::Hmac, 5, Some(names)), [&body[..]]).is_ok());
    let text = String::from_utf8(body).expect("ASCII");
    let (head, _) = text.split_once("x-amz-trailer-signature").expect("signed");
    for end in ["\r\n", "\r\n\r\n", "\r\n\r\n\r\n"] {
        let body = format!("{head}{end}");
        assert!(run(decoder(Mode::Hmac, 5, Some(names)), [body.as_bytes()]).is_err(), "{end:?}");
    }
    let (without, _) = text.split_once(TRAILER.0).expect("has a trailer");
    let body = format!("{without}\r\n");
    assert!(run(decoder(Mode::Hmac, 5, Some(names)), [body.as_bytes()]).is_err());
}

#[test]
fn nothing_is_accepted_after_an_error() {
    let mut decoder = decoder(Mode::Unsigned, 1, Some(&[]));
    assert!(decoder.decode(&mut Bytes::from_static(b"zz\r\n")).is_err());
    assert!(decoder.decode(&mut Bytes::from_static(b"1\r\na\r\n0\r\n\r\n")).is_err());
    assert_eq!(decoder.finish(), Err(ChunkError::Truncated));
}

#[test]
fn ecdsa_chains_verify_and_break() {
    let payload = vec![3u8; 9000];
    let body = encode(Mode::Ecdsa, &[&payload[..8192], &payload[8192..]], &[TRAILER]);
    let line = body.split(|&byte| byte == b'\n').next().expect("a line");
    assert_eq!(line.len(), "2000;chunk-signature=\r".len() + 144, "signatures are padded to one length");
    let decoded = run(decoder(Mode::Ecdsa, 9000, Some(&[TRAILER.0])), body.chunks(333)).expect("decodes");
    assert_eq!(decoded.0, payload);
    for at in [200, 8600, body.len() - 230] {
        let mut changed = body.clone();
        changed[at] ^= 1;
        assert!(run(decoder(Mode::Ecdsa, 9000, Some(&[TRAILER.0])), [&changed[..]]).is_err(), "{at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_cut_of_the_input_decodes_alike(
        sizes in proptest::collection::vec(8192usize..20_000, 0..3),
        last in 0usize..9000,
        with_trailer: bool,
        signed: bool,
        cuts in proptest::collection::vec(1usize..6000, 1..40),
    ) {
        let mode = if signed { Mode::Hmac } else { Mode::Unsigned };
        let total: usize = sizes.iter().sum::<usize>() + last;
        let payload: Vec<u8> = (0..total).map(|at| (at * 31 % 251) as u8).collect();
        let mut chunks = Vec::new();
        let mut at = 0;
        for size in sizes.iter().chain([&last]) {
            chunks.push(&payload[at..at + size]);
            at += size;
        }
        let trailers = if with_trailer { vec![TRAILER] } else { vec![] };
        let names: Vec<&str> = trailers.iter().map(|(name, _)| *name).collect();
        let body = encode(mode, &chunks, &trailers);
        let mut pieces = Vec::new();
        let mut rest = &body[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at((*cut).min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        let (decoded, found) = run(decoder(mode, total, Some(&names)), pieces).expect("decodes");
        prop_assert!(decoded == payload);
        prop_assert_eq!(found.len(), trailers.len());
    }

    #[test]
    fn any_flipped_bit_of_a_signed_body_fails(at: prop::sample::Index, bit in 0u8..8) {
        let payload = vec![b'p'; 8192 + 100];
        let body = encode(Mode::Hmac, &[&payload[..8192], &payload[8192..]], &[TRAILER]);
        // Every byte of the framing is tried more often than chance would over the payload.
        let framing: Vec<usize> = (0..body.len()).filter(|at| body[*at] != b'p' || at % 512 == 0).collect();
        let at = framing[at.index(framing.len())];
        let mut changed = body.clone();
        changed[at] ^= 1 << bit;
        let good = run(decoder(Mode::Hmac, payload.len(), Some(&[TRAILER.0])), [&body[..]]).expect("decodes");
        // The case of a trailer's name, a size or the space of a line end may change; nothing that comes out may.
        if let Ok(decoded) = run(decoder(Mode::Hmac, payload.len(), Some(&[TRAILER.0])), [&changed[..]]) {
            prop_assert!(decoded == good, "byte {} bit {}", at, bit);
        }
    }
}
