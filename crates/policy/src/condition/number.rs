//! Numbers of `Numeric...` conditions: decimals, compared exactly.

/// Digits kept after the point.
const SCALE: usize = 9;
/// Most digits before the point.
const MAX_WHOLE_DIGITS: usize = 24;

/// A decimal number, in billionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(i128);

/// Reads such as `10`, `-3` or `0.25`. `None` for anything else, exponents and more than nine digits after the point
/// included.
pub(crate) fn parse(text: &str) -> Option<Number> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = if fraction.len() > 1 { fraction.trim_end_matches('0') } else { fraction };
    let fraction = if fraction.is_empty() { "0" } else { fraction };
    if !plain(whole) || !plain(fraction) || whole.len() > MAX_WHOLE_DIGITS || fraction.len() > SCALE {
        return None;
    }
    let mut value: i128 = whole.parse().ok()?;
    for at in 0..SCALE {
        value = value * 10 + i128::from(fraction.as_bytes().get(at).map_or(0, |digit| digit - b'0'));
    }
    Some(Number(if negative { -value } else { value }))
}
