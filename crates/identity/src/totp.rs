//! Time-based one-time passwords: RFC 6238 with SHA-1, steps of 30 seconds and six digits, which is what AWS's virtual MFA
//! devices are.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use larder_types::Timestamp;
use zeroize::Zeroizing;

const STEP_SECONDS: i64 = 30;
const DIGITS: u32 = 6;

/// A seed, ready to make codes.
pub(crate) struct Totp(hmac::Key);

impl Totp {
    /// From base32 without padding (RFC 4648), in upper case. `None` for any other text.
    pub(crate) fn from_base32(seed: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(seed.len() * 5 / 8));
        let (mut held, mut bits) = (0_u32, 0);
        for character in seed.bytes() {
            let value = match character {
                b'A'..=b'Z' => character - b'A',
                b'2'..=b'7' => character - b'2' + 26,
                _ => return None,
            };
            held = held << 5 | u32::from(value);
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                bytes.push((held >> bits) as u8);
                held &= (1 << bits) - 1;
            }
        }
        Some(Self::from_bytes(&bytes))
    }

    fn from_bytes(seed: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed))
    }

    /// The code of a step. RFC 4226, section 5.3.
    pub(crate) fn code(&self, step: u64) -> String {
        let tag = hmac::sign(&self.0, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag[tag.len() - 1] & 0xf);
        let chosen: [u8; 4] = tag[offset..offset + 4].try_into().expect("20 bytes hold 4 from any nibble on");
        let number = (u32::from_be_bytes(chosen) & 0x7fff_ffff) % 10_u32.pow(DIGITS);
        format!("{number:06}")
    }

    /// Whether `code` is that of the step; takes the same time wherever they differ.
    pub(crate) fn is_code_of(&self, step: u64, code: &str) -> bool {
        verify_slices_are_equal(self.code(step).as_bytes(), code.as_bytes()).is_ok()
    }
}

/// The step that a moment lies in.
pub(crate) fn step_at(now: Timestamp) -> u64 {
    u64::try_from(now.as_seconds() / STEP_SECONDS).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, its last six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let totp = Totp::from_bytes(b"12345678901234567890");
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = step_at(Timestamp::from_millis(seconds * 1000));
            assert_eq!(totp.code(step), code, "{seconds}");
            assert!(totp.is_code_of(step, code));
            assert!(!totp.is_code_of(step + 1, code));
        }
        let encoded = Totp::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").expect("base32");
        assert_eq!(encoded.code(1), "287082");
        assert!(Totp::from_base32("gezd").is_none());
        assert!(!totp.is_code_of(1, "87082"));
    }
}
