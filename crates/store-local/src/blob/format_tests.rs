use larder_env::{Rng, SeededRng, random_u64};
use proptest::prelude::*;

use super::*;

fn header(claim: &[u8]) -> Header {
    let (content, blob) = (BlobId([1; 16]), BlobId([2; 16]));
    Header { kind: Kind::Data, place: Place(3), content, blob, claim: Bytes::copy_from_slice(claim) }
}

/// A file as a writer leaves it, built another way than the writer does.
fn file(claim: &[u8], data: &[u8]) -> Vec<u8> {
    let mut file = header(claim).encode();
    file.resize(HEADER_BYTES as usize, 0);
    for (group, bytes) in data.chunks(GROUP_BYTES as usize).enumerate() {
        file.extend_from_slice(bytes);
        for (at, block) in bytes.chunks(BLOCK_BYTES as usize).enumerate() {
            let number = group as u64 * GROUP_BLOCKS + at as u64;
            file.extend(block_checksum(BlobId([1; 16]), number, block).to_le_bytes());
        }
    }
    file.extend(Trailer { content: BlobId([1; 16]), length: data.len() as u64 }.encode());
    file
}

fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    SeededRng::new(length as u64).fill(&mut bytes);
    bytes
}

proptest! {
    #[test]
    fn a_header_comes_back(
        kind in prop_oneof![Just(Kind::Data), Just(Kind::Claim)],
        place: u16, content: [u8; 16], blob: [u8; 16],
        claim in proptest::collection::vec(any::<u8>(), 0..=MAX_CLAIM_BYTES),
    ) {
        let header =
            Header { kind, place: Place(place), content: BlobId(content), blob: BlobId(blob), claim: claim.into() };
        prop_assert_eq!(Header::decode(&header.encode()), Ok(header));
    }

    #[test]
    fn a_trailer_comes_back_for_its_file_only(content: [u8; 16], length in 0..u64::MAX / 4) {
        let trailer = Trailer { content: BlobId(content), length };
        let file_bytes = Extent { length }.file_bytes();
        prop_assert_eq!(Trailer::decode(&trailer.encode(), file_bytes), Ok(trailer));
        prop_assert!(Trailer::decode(&trailer.encode(), file_bytes - 1).is_err());
        prop_assert!(Trailer::decode(&trailer.encode(), file_bytes + 1).is_err());
    }

    #[test]
    fn parts_of_a_file_do_not_overlap(length in 0..300 * GROUP_BYTES) {
        let extent = Extent { length };
        let last = extent.blocks().saturating_sub(1);
        for block in [0, 1, 1023, 1024, 1025, last / 2, last] {
            if block >= extent.blocks() {
                continue;
            }
            let end = block_offset(block) + extent.block_bytes(block);
            let group = block / GROUP_BLOCKS;
            let next = if block + 1 < extent.blocks() && (block + 1) % GROUP_BLOCKS != 0 {
                block_offset(block + 1)
            } else {
                extent.table_offset(group)
            };
            prop_assert_eq!(end, next);
            let table_end = extent.table_offset(group) + CHECKSUM_BYTES * extent.group_blocks(group);
            let after = if group == last / GROUP_BLOCKS {
                extent.file_bytes() - TRAILER_BYTES as u64
            } else {
                block_offset((group + 1) * GROUP_BLOCKS)
            };
            prop_assert_eq!(table_end, after);
        }
    }
}

#[test]
fn a_whole_file_comes_back() {
    for length in [0, 1, 65_535, 65_536, 65_537, GROUP_BYTES as usize, GROUP_BYTES as usize + 70_000] {
        let data = noise(length);
        assert_eq!(read_whole(&file(b"claim", &data)), Ok((header(b"claim"), data)));
    }
}

#[test]
fn no_flipped_bit_goes_unnoticed() {
    let good = file(b"a claim", &noise(150_000));
    let rng = SeededRng::new(1);
    let unused = 64 + 7..HEADER_BYTES as usize;
    for _ in 0..2000 {
        let mut bad = good.clone();
        let at = random_u64(&rng) as usize % bad.len();
        bad[at] ^= 1 << (random_u64(&rng) % 8);
        assert_eq!(read_whole(&bad).is_err(), !unused.contains(&at), "byte {at}");
    }
}

#[test]
fn blocks_that_changed_places_are_noticed() {
    let data = noise(200_000);
    let mut bad = file(b"", &data);
    let (first, second) = (block_offset(0) as usize, block_offset(1) as usize);
    let length = BLOCK_BYTES as usize;
    let table = Extent { length: 200_000 }.table_offset(0) as usize;
    for at in 0..length {
        bad.swap(first + at, second + at);
    }
    for at in 0..4 {
        bad.swap(table + at, table + 4 + at);
    }
    assert_eq!(read_whole(&bad), Err(Damage::Block(0)));
}

#[test]
fn what_is_no_file_is_refused_without_panic() {
    let good = file(b"claim", &noise(70_000));
    for cut in [0, 7, 63, 64, 68, 69, 8191, 8192, 8240, 20_000, good.len() - 1] {
        assert!(read_whole(&good[..cut]).is_err(), "cut at {cut}");
    }
    let rng = SeededRng::new(2);
    for _ in 0..20_000 {
        let mut bytes = if random_u64(&rng).is_multiple_of(2) { good[..300].to_vec() } else { noise(400) };
        for _ in 0..3 {
            let at = random_u64(&rng) as usize % bytes.len();
            bytes[at] = random_u64(&rng) as u8;
        }
        let _any = read_whole(&bytes);
    }
}

#[test]
fn a_later_version_says_so() {
    let mut later = header(b"").encode();
    later[8] = 2;
    assert_eq!(Header::decode(&later), Err(Damage::Version(2)));
}
