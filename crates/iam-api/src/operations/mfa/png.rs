//! The smallest writer of black and white pictures. <https://www.w3.org/TR/png-3/>

/// The most bytes of a stored block of DEFLATE.
const STORED: usize = 65_535;

/// A square picture of `side` pixels; `black` tells of each which it is.
pub(super) fn bilevel(side: usize, black: impl Fn(usize, usize) -> bool) -> Vec<u8> {
    let mut rows = Vec::with_capacity(side * (side / 8 + 2));
    for y in 0..side {
        // No filter.
        rows.push(0);
        for first in (0..side).step_by(8) {
            let bit = |at: usize| u8::from(first + at < side && !black(first + at, y)) << (7 - at);
            rows.push((0..8).map(bit).sum());
        }
    }
    let length = u32::try_from(side).expect("a picture's side is a few hundred pixels").to_be_bytes();
    let mut header = [length, length].concat();
    // One bit a pixel, shades of grey, and the only methods there are; not interlaced.
    header.extend([1, 0, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &header);
    chunk(&mut png, b"IDAT", &zlib(&rows));
    chunk(&mut png, b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).expect("a chunk is a few kilobytes").to_be_bytes());
    let from = png.len();
    png.extend(kind);
    png.extend(data);
    let sum = crc32(&png[from..]);
    png.extend(sum.to_be_bytes());
}

/// `data` as a zlib stream that compresses nothing: the picture has a few kilobytes, and is shown once.
fn zlib(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = data.len().div_ceil(STORED);
    for (number, block) in data.chunks(STORED).enumerate() {
        stream.push(u8::from(number + 1 == blocks));
        let length = u16::try_from(block.len()).expect("a block has at most 65,535 bytes");
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler32(data).to_be_bytes());
    stream
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    })
}

fn adler32(data: &[u8]) -> u32 {
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standards() {
        // The check values that are published with the algorithms.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_picture_has_its_parts() {
        let png = bilevel(9, |x, y| x == y);
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(&png[12..16], b"IHDR");
        assert_eq!(&png[16..24], [0, 0, 0, 9, 0, 0, 0, 9]);
        // The first row: no filter, a black pixel and then white ones, and nothing after the ninth.
        let rows = png.windows(4).position(|window| window == b"IDAT").expect("an IDAT chunk") + 4 + 7;
        assert_eq!(&png[rows..rows + 3], [0, 0b0111_1111, 0b1000_0000]);
        assert_eq!(&png[png.len() - 8..png.len() - 4], b"IEND");
    }
}
