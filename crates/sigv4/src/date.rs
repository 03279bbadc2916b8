//! Dates as requests carry them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::Offset;

/// The instant of a request, with its form `yyyyMMdd'T'HHmmss'Z'` that signatures use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmzDate {
    text: [u8; 16],
    instant: Timestamp,
}

impl AmzDate {
    /// Parses `yyyyMMdd'T'HHmmss'Z'`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text: [u8; 16] = text.as_bytes().try_into().ok()?;
        if text[8] != b'T' || text[15] != b'Z' {
            return None;
        }
        let number = |from: usize, to: usize| {
            text[from..to]
                .iter()
                .try_fold(0i16, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i16::from(digit - b'0')))
        };
        let small = |from: usize| number(from, from + 2).and_then(|value| i8::try_from(value).ok());
        let civil = DateTime::new(number(0, 4)?, small(4)?, small(6)?, small(9)?, small(11)?, small(13)?, 0).ok()?;
        Some(Self { text, instant: Offset::UTC.to_timestamp(civil).ok()? })
    }

    /// Parses what a `Date` header may hold: an RFC 1123 date, or the form of [`AmzDate::parse`].
    #[must_use]
    pub fn parse_http(text: &str) -> Option<Self> {
        Self::parse(text).or_else(|| {
            // As AWS, nobody compares the name of the weekday with the date.
            let instant = DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text.trim()).ok()?;
            // AWS takes a date before its clock began for no date at all.
            Self::from_timestamp(instant).filter(|_| instant >= Timestamp::UNIX_EPOCH)
        })
    }

    /// The request date for an instant, whose fraction of a second is dropped. `None` before year 0.
    #[must_use]
    pub fn from_timestamp(instant: Timestamp) -> Option<Self> {
        let civil = Offset::UTC.to_datetime(instant);
        let text = format!(
            "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second()
        );
        Self::parse(&text)
    }

    /// The form `yyyyMMdd'T'HHmmss'Z'`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).expect("built from ASCII digits")
    }

    /// The day, `yyyyMMdd`.
    #[must_use]
    pub fn day(&self) -> &str {
        &self.as_str()[..8]
    }

    /// The instant.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.instant
    }
}

/// `instant` as AWS writes times in errors: `2015-06-04T22:26:16Z`.
pub(crate) fn error_time(instant: Timestamp) -> String {
    Timestamp::from_second(instant.as_second()).unwrap_or(instant).to_string()
}

/// Whether `text` is a calendar day `yyyyMMdd`.
pub(crate) fn is_day(text: &str) -> bool {
    text.len() == 8 && AmzDate::parse(&format!("{text}T000000Z")).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_name_the_same_instant() {
        let date = AmzDate::parse("20130524T000102Z").expect("a valid date");
        assert_eq!(AmzDate::parse_http("Fri, 24 May 2013 00:01:02 GMT"), Some(date));
        assert_eq!(AmzDate::parse_http("Fri, 24 May 2013 02:01:02 +0200"), Some(date));
        assert_eq!(date.timestamp().as_second(), 1_369_353_662);
        assert_eq!(date.day(), "20130524");
        assert_eq!(error_time(date.timestamp()), "2013-05-24T00:01:02Z");
    }

    #[test]
    fn wrong_dates_are_refused() {
        for text in ["", "20130524", "20130230T000000Z", "20130524T250000Z", "2013052xT000000Z", "20130524T000000z"] {
            assert_eq!(AmzDate::parse(text), None, "{text}");
        }
        assert!(is_day("20240229"));
        assert!(!is_day("20230229"));
        assert!(!is_day("2023-1-1"));
    }
}
