//! Times as people write and read them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};

/// `2026-01-31 12:00:00` in the local time zone, as `aws s3 ls` shows it.
pub(crate) fn local(time: larder_types::Timestamp) -> String {
    time.to_jiff().to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A point in time: `2026-01-31`, `2026-01-31T12:00:00Z`, or how long ago, as `90s`, `15m`, `36h`, `7d` or `2w`.
pub(crate) fn parse_past(text: &str, now: larder_types::Timestamp) -> Result<larder_types::Timestamp, String> {
    let wrong = || format!("`{text}` is no time; write it like 7d, 12h, 2026-01-31 or 2026-01-31T12:00:00Z");
    if let Ok(point) = text.parse::<Timestamp>() {
        return Ok(point.into());
    }
    if let Ok(date) = text.parse::<civil::Date>() {
        return date.to_zoned(TimeZone::system()).map(|zoned| zoned.timestamp().into()).map_err(|_| wrong());
    }
    let seconds = seconds(text).ok_or_else(wrong)?;
    let ago = i64::try_from(seconds).ok().map(SignedDuration::from_secs).ok_or_else(wrong)?;
    now.to_jiff().checked_sub(ago).map(Into::into).map_err(|_| wrong())
}

/// `90s`, `15m`, `36h`, `7d`, `2w`, or plain seconds.
pub(crate) fn seconds(text: &str) -> Option<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

/// For flags.
pub(crate) fn parse_seconds(text: &str) -> Result<u64, String> {
    seconds(text).ok_or_else(|| format!("`{text}` is no duration; write it like 30s, 15m, 12h or 7d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let now = larder_types::Timestamp::from_millis(1_000_000_000_000);
        let ago = |text| parse_past(text, now).map(|time| (now.as_millis() - time.as_millis()) / 1_000);
        assert_eq!(ago("90s"), Ok(90));
        assert_eq!(ago("2w"), Ok(1_209_600));
        assert_eq!(parse_past("1970-01-01T00:00:01Z", now).map(larder_types::Timestamp::as_millis), Ok(1_000));
        assert!(parse_past("2026-01-31", now).is_ok());
        assert!(ago("7x").is_err() && ago("").is_err() && ago("99999999999999999w").is_err());
    }
}
