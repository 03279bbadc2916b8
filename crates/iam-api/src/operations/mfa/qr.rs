//! A text as a QR code.

use qrcodegen::{QrCode, QrCodeEcc};

use super::png;

/// Pixels of one module's side: a phone reads it from a screen at arm's length.
const SCALE: usize = 5;
/// Modules of white around the code, which ISO/IEC 18004 asks for.
const QUIET: usize = 4;

/// The picture, as PNG. Empty for a text that no QR code can hold, which none that is made here is (at most 2,331 bytes).
pub(super) fn png(text: &str) -> Vec<u8> {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else { return Vec::new() };
    let modules = usize::try_from(code.size()).unwrap_or(0);
    let side = (modules + 2 * QUIET) * SCALE;
    let module = |pixel: usize| i32::try_from(pixel / SCALE).unwrap_or(0) - i32::try_from(QUIET).unwrap_or(0);
    // Outside of the code `get_module` says light.
    png::bilevel(side, |x, y| code.get_module(module(x), module(y)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fits_with_the_longest_names() {
        let uri = format!("otpauth://totp/{}@{}?secret={}", "n".repeat(700), "a".repeat(63), "A".repeat(64));
        assert!(!png(&uri).is_empty());
        assert!(png(&"x".repeat(3000)).is_empty());
    }
}
