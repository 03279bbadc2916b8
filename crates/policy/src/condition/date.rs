//! Dates of `Date...` conditions: ISO 8601 as W3C profiles it (<https://www.w3.org/TR/NOTE-datetime>), or seconds since 1970.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

/// Reads a date. `None` for anything else. Seconds beyond the year 9999 are as far away as can be.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) && text.len() != 4 {
        let seconds: i64 = text.parse().ok()?;
        let far = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        return Some(Timestamp::from_second(seconds).unwrap_or(far));
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit() || b"-+:.TtZz".contains(&byte)) {
        return None;
    }
    match text.split_once(['T', 't']) {
        Some((_, clock)) if clock.contains(['Z', 'z', '+', '-']) => text.parse().ok(),
        Some(_) => utc(text.parse().ok()?),
        None => utc(match text.len() {
            4 => Date::new(text.parse().ok()?, 1, 1).ok()?,
            7 => Date::new(text.get(..4)?.parse().ok()?, text.get(4..)?.strip_prefix('-')?.parse().ok()?, 1).ok()?,
            _ => text.parse().ok()?,
        }
        .into()),
    }
}

fn utc(civil: DateTime) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(civil).ok()
}
