//! The two ways in which S3 writes a time: HTTP dates in headers, ISO 8601 with milliseconds in XML and in the headers
//! of object lock. Years outside 0..=9999 are written as the nearest of these; neither format has room for them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Mon, 12 Oct 2009 17:50:30 GMT`, the fixed-length date of RFC 9110 section 5.6.7.
pub fn http_date(time: Timestamp) -> [u8; 29] {
    let civil = civil(time);
    let mut out = *b"Mon, 00 Jan 0000 00:00:00 GMT";
    let weekday = usize::from(civil.weekday().to_monday_zero_offset().unsigned_abs());
    out[0..3].copy_from_slice(WEEKDAYS[weekday].as_bytes());
    put(&mut out[5..7], civil.day().unsigned_abs().into());
    out[8..11].copy_from_slice(MONTHS[usize::from(civil.month().unsigned_abs()) - 1].as_bytes());
    put(&mut out[12..16], civil.year().unsigned_abs());
    put_clock(&mut out[17..25], civil);
    out
}

/// `2009-10-12T17:50:30.000Z`; what is finer than a millisecond is cut off.
pub fn iso8601(time: Timestamp) -> [u8; 24] {
    let civil = civil(time);
    let mut out = *b"0000-00-00T00:00:00.000Z";
    put(&mut out[0..4], civil.year().unsigned_abs());
    put(&mut out[5..7], civil.month().unsigned_abs().into());
    put(&mut out[8..10], civil.day().unsigned_abs().into());
    put_clock(&mut out[11..19], civil);
    put(&mut out[20..23], civil.millisecond().unsigned_abs());
    out
}

/// Reads the three forms of RFC 9110 section 5.6.7: RFC 1123, RFC 850 and asctime. `None` for anything else, a date
/// that does not exist included. The name of the weekday is not compared with the date, as servers never did.
pub fn parse_http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    match text.split_once(", ") {
        Some((_, rest)) if rest.as_bytes().get(2) == Some(&b'-') => parse_rfc850(rest),
        Some((_, rest)) => parse_rfc1123(rest),
        None => parse_asctime(text),
    }
}

/// Reads `2030-01-31T23:59:59Z`, with or without a fraction, with `Z`, an offset or nothing (UTC) at its end, and a date
/// alone (its midnight, UTC).
pub fn parse_iso8601(text: &str) -> Option<Timestamp> {
    let plain = |byte: u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b':' | b'.' | b'T' | b'Z');
    let bytes = text.as_bytes();
    if bytes.len() < 10 || bytes[4] != b'-' || bytes[7] != b'-' || !bytes.iter().all(|&byte| plain(byte)) {
        return None;
    }
    if let Some((_, clock)) = text.split_once('T') {
        return if clock.contains(['Z', '+', '-']) { text.parse().ok() } else { utc(text.parse().ok()?) };
    }
    utc(text.parse::<Date>().ok()?.to_datetime(Time::midnight()))
}

fn parse_rfc1123(rest: &str) -> Option<Timestamp> {
    let mut words = rest.split_ascii_whitespace();
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let clock = words.next()?;
    if !matches!(words.next(), Some("GMT" | "UTC" | "+0000")) || words.next().is_some() {
        return None;
    }
    assemble(number(year, 4)?, month, number(day, 2)?, clock)
}

fn parse_rfc850(rest: &str) -> Option<Timestamp> {
    let (date, clock) = rest.split_once(' ')?;
    let clock = clock.strip_suffix(" GMT")?;
    let mut parts = date.splitn(3, '-');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    // RFC 9110 has a recipient take a two-digit year as the nearest in the past; POSIX's fixed pivot needs no clock
    // and agrees with it for every date that a client can mean.
    let year = match number(year, 2)? {
        year @ 0..=68 => year + 2000,
        year => year + 1900,
    };
    assemble(year, month, number(day, 2)?, clock)
}

fn parse_asctime(text: &str) -> Option<Timestamp> {
    let mut words = text.split_ascii_whitespace();
    let _weekday = words.next()?;
    let (month, day, clock, year) = (words.next()?, words.next()?, words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    assemble(number(year, 4)?, month, number(day, 2)?, clock)
}

fn assemble(year: i16, month: &str, day: i16, clock: &str) -> Option<Timestamp> {
    let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))? + 1;
    let mut parts = clock.splitn(3, ':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    // A leap second is read as the second before it; the calendar here has none.
    let second = match number(parts.next()?, 2)? {
        60 => 59,
        second => second,
    };
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, 0).ok()?;
    utc(date.to_datetime(time))
}

fn number(text: &str, most_digits: usize) -> Option<i16> {
    if text.is_empty() || text.len() > most_digits || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn utc(civil: DateTime) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(civil).ok()
}

fn civil(time: Timestamp) -> DateTime {
    let civil = Offset::UTC.to_datetime(time);
    if civil.year() < 0 { DateTime::constant(0, 1, 1, 0, 0, 0, 0) } else { civil }
}

fn put_clock(out: &mut [u8], civil: DateTime) {
    put(&mut out[0..2], civil.hour().unsigned_abs().into());
    put(&mut out[3..5], civil.minute().unsigned_abs().into());
    put(&mut out[6..8], civil.second().unsigned_abs().into());
}

/// Decimal digits that fill `out`.
fn put(out: &mut [u8], mut value: u16) {
    for digit in out.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_three_forms_of_an_http_date_are_one_time() {
        let expected: Timestamp = "1994-11-06T08:49:37Z".parse().unwrap();
        for form in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(parse_http_date(form), Some(expected), "{form}");
        }
        assert_eq!(text(&http_date(expected)), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for form in [
            "",
            "yesterday",
            "Sun, 31 Feb 2021 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 08:49:37 GMT trailing",
            "Sun, 06 Nov 99999 08:49:37 GMT",
            "Sun, 06 Nov -199 08:49:37 GMT",
            "1994-11-06T08:49:37Z",
            ", ",
            "\u{e9}, \u{e9}-\u{e9}-",
        ] {
            assert_eq!(parse_http_date(form), None, "{form}");
        }
    }

    #[test]
    fn iso_8601_in_the_forms_that_clients_send() {
        let expected: Timestamp = "2030-01-31T23:59:59.250Z".parse().unwrap();
        for form in ["2030-01-31T23:59:59.250Z", "2030-02-01T01:59:59.25+02:00", "2030-01-31T23:59:59.250"] {
            assert_eq!(parse_iso8601(form), Some(expected), "{form}");
        }
        assert_eq!(text(&iso8601(expected)), "2030-01-31T23:59:59.250Z");
        assert_eq!(parse_iso8601("2030-01-31").map(|t| t.to_string()).as_deref(), Some("2030-01-31T00:00:00Z"));
        for form in ["20300131", "2030-1-31T00:00:00Z", "2030-01-31T00:00:00Z[Europe/Paris]", "99999-01-01T00:00:00Z"] {
            assert_eq!(parse_iso8601(form), None, "{form}");
        }
    }

    #[test]
    fn the_first_and_last_time_are_written() {
        assert_eq!(text(&iso8601(Timestamp::MIN)), "0000-01-01T00:00:00.000Z");
        assert_eq!(&text(&iso8601(Timestamp::MAX))[..4], "9999");
        assert_eq!(text(&http_date(Timestamp::UNIX_EPOCH)), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
