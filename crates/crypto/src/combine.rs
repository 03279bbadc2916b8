//! The CRC of joined pieces, from the pieces' CRCs.
//!
//! A CRC is a remainder of polynomials over GF(2), so appending `n` bytes multiplies the remainder of what came before by
//! x^(8n). With repeated squaring that is about 64 multiplications whatever the length, which matters because
//! CompleteMultipartUpload does it up to 10,000 times in one request.

use larder_types::{Checksum, ChecksumAlgorithm};

/// A CRC's generator polynomial, bit-reversed as all three of S3's CRCs are: the highest bit stands for x^0.
#[derive(Clone, Copy)]
struct Field {
    width: u32,
    polynomial: u64,
}

impl Field {
    fn of(algorithm: ChecksumAlgorithm) -> Option<Self> {
        match algorithm {
            ChecksumAlgorithm::Crc32 => Some(Self { width: 32, polynomial: 0xedb8_8320 }),
            ChecksumAlgorithm::Crc32c => Some(Self { width: 32, polynomial: 0x82f6_3b78 }),
            ChecksumAlgorithm::Crc64Nvme => Some(Self { width: 64, polynomial: 0x9a6c_9329_ac4b_c9b5 }),
            ChecksumAlgorithm::Sha1 | ChecksumAlgorithm::Sha256 => None,
        }
    }

    /// x^`exponent`, for exponents below the width.
    fn power(self, exponent: u32) -> u64 {
        1 << (self.width - 1 - exponent)
    }

    fn multiply(self, left: u64, mut right: u64) -> u64 {
        let mut product = 0;
        for exponent in 0..self.width {
            if left & self.power(exponent) != 0 {
                product ^= right;
            }
            let carry = right & 1;
            right >>= 1;
            if carry != 0 {
                right ^= self.polynomial;
            }
        }
        product
    }

    /// `remainder` times x^(8 · `bytes`).
    fn shift(self, mut remainder: u64, mut bytes: u64) -> u64 {
        let mut factor = self.power(8);
        while bytes > 0 {
            if bytes & 1 != 0 {
                remainder = self.multiply(factor, remainder);
            }
            bytes >>= 1;
            if bytes > 0 {
                factor = self.multiply(factor, factor);
            }
        }
        remainder
    }
}

/// The checksum of two pieces of content joined, from each piece's checksum and the second's length in bytes.
///
/// `None` when the algorithms differ or do not combine (the SHA family). This is how S3 finds the full-object checksum of
/// a multipart object. The initial value and the final inversion of S3's CRCs cancel out, so nothing corrects for them.
#[must_use]
pub fn combine(first: &Checksum, second: &Checksum, second_length: u64) -> Option<Checksum> {
    let algorithm = first.algorithm();
    if second.algorithm() != algorithm {
        return None;
    }
    let field = Field::of(algorithm)?;
    let joined = field.shift(number(first), second_length) ^ number(second);
    Checksum::new(algorithm, &joined.to_be_bytes()[8 - algorithm.size()..]).ok()
}

fn number(checksum: &Checksum) -> u64 {
    checksum.value().iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
}
