//! Object Lock: a bucket's default retention, a version's retention and legal hold, and what they forbid.
//!
//! Sources: "Locking objects with Object Lock" and "Object Lock considerations" in the Amazon S3 user guide;
//! PutObjectLockConfiguration, PutObjectRetention and PutObjectLegalHold in the API reference.

mod error;

use larder_types::Timestamp;
use larder_types::limits::{MAX_RETENTION_DAYS, MAX_RETENTION_YEARS};
use serde::{Deserialize, Serialize};

use crate::versioning::VersioningStatus;

use error::{DATE_HEADER, MODE_HEADER};

pub use error::{LockError, LockRefusal};

const MILLIS_PER_DAY: i64 = 24 * 60 * 60 * 1000;
/// AWS counts a year of retention as this many days, leap year or not.
const DAYS_PER_YEAR: u32 = 365;

/// How strictly a retention binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RetentionMode {
    /// Whoever may bypass governance retention can shorten or remove it.
    Governance,
    /// Nobody can shorten or remove it.
    Compliance,
}

impl RetentionMode {
    /// AWS's name for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Governance => "GOVERNANCE",
            Self::Compliance => "COMPLIANCE",
        }
    }

    /// Parses AWS's name, in upper case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Governance, Self::Compliance].into_iter().find(|mode| mode.as_str() == text)
    }
}

/// How long the default retention lasts, as it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RetentionPeriod {
    /// Days of 24 hours, 1 to 36,500.
    Days(u32),
    /// Years of 365 days, 1 to 100.
    Years(u32),
}

impl RetentionPeriod {
    /// Its length in days.
    #[must_use]
    pub fn days(self) -> u32 {
        match self {
            Self::Days(days) => days,
            Self::Years(years) => years.saturating_mul(DAYS_PER_YEAR),
        }
    }
}

/// The retention that new versions get when their request names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DefaultRetention {
    mode: RetentionMode,
    period: RetentionPeriod,
}

impl DefaultRetention {
    /// A default retention from the elements of `DefaultRetention`.
    ///
    /// # Errors
    /// [`LockError::Malformed`] without a known mode or with other than one of days and years, otherwise what is wrong
    /// with the period.
    pub fn from_document(mode: Option<&str>, days: Option<i64>, years: Option<i64>) -> Result<Self, LockError> {
        let mode = mode.and_then(RetentionMode::parse).ok_or(LockError::Malformed)?;
        let period = match (days, years) {
            (Some(days), None) => RetentionPeriod::Days(check_period("Days", days, MAX_RETENTION_DAYS)?),
            (None, Some(years)) => RetentionPeriod::Years(check_period("Years", years, MAX_RETENTION_YEARS)?),
            (None, None) | (Some(_), Some(_)) => return Err(LockError::Malformed),
        };
        Ok(Self { mode, period })
    }

    /// Its mode.
    #[must_use]
    pub fn mode(self) -> RetentionMode {
        self.mode
    }

    /// Its period.
    #[must_use]
    pub fn period(self) -> RetentionPeriod {
        self.period
    }
}

fn check_period(element: &'static str, value: i64, most: u32) -> Result<u32, LockError> {
    match u32::try_from(value) {
        Ok(count) if (1..=most).contains(&count) => Ok(count),
        _ if value < 1 => Err(LockError::PeriodNotPositive { element, value }),
        _ => Err(LockError::PeriodTooLarge { element, value }),
    }
}

/// The configuration of a bucket that has Object Lock; it is never disabled again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ObjectLockConfiguration {
    /// The retention of new versions, if any.
    pub default_retention: Option<DefaultRetention>,
}

impl ObjectLockConfiguration {
    /// A configuration from an `ObjectLockConfiguration` document: its `ObjectLockEnabled`, and the default retention of
    /// its `Rule` if there is one (see [`DefaultRetention::from_document`]).
    ///
    /// # Errors
    /// [`LockError::Malformed`] unless the document says `Enabled`.
    pub fn from_document(enabled: Option<&str>, rule: Option<DefaultRetention>) -> Result<Self, LockError> {
        if enabled == Some("Enabled") { Ok(Self { default_retention: rule }) } else { Err(LockError::Malformed) }
    }

    /// Whether a bucket in this versioning state may have Object Lock.
    ///
    /// # Errors
    /// [`LockError::VersioningNotEnabled`] unless versioning is enabled.
    pub fn check_versioning(status: VersioningStatus) -> Result<(), LockError> {
        if status == VersioningStatus::Enabled { Ok(()) } else { Err(LockError::VersioningNotEnabled) }
    }

    /// The retention of a version made at `now` by a request that names none.
    #[must_use]
    pub fn default_retention(&self, now: Timestamp) -> Option<Retention> {
        let default = self.default_retention?;
        let until = now.plus_millis(i64::from(default.period.days()) * MILLIS_PER_DAY);
        Some(Retention::new(default.mode, until))
    }
}

/// A version's retention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Retention {
    mode: RetentionMode,
    retain_until: Timestamp,
}

impl Retention {
    /// A retention until a date, rounded up to the whole second: clients are shown whole seconds, and putting back what
    /// was shown must not count as shortening.
    #[must_use]
    pub fn new(mode: RetentionMode, retain_until: Timestamp) -> Self {
        let past_second = retain_until.as_millis().rem_euclid(1000);
        let retain_until = if past_second == 0 { retain_until } else { retain_until.plus_millis(1000 - past_second) };
        Self { mode, retain_until }
    }

    /// The retention of a `Retention` document from the text of its elements; none for the empty document, which removes
    /// a retention.
    ///
    /// # Errors
    /// [`LockError::Malformed`] when an element is missing or not understood, [`LockError::DateNotInFuture`].
    pub fn from_document(mode: Option<&str>, date: Option<&str>, now: Timestamp) -> Result<Option<Self>, LockError> {
        match (mode, date) {
            (None, None) => Ok(None),
            (Some(mode), Some(date)) => {
                let mode = RetentionMode::parse(mode).ok_or(LockError::Malformed)?;
                let until = parse_date(date).ok_or(LockError::Malformed)?;
                Self::in_future(mode, until, now, "RetainUntilDate", date).map(Some)
            }
            (Some(_), None) | (None, Some(_)) => Err(LockError::Malformed),
        }
    }

    /// The retention that the headers `x-amz-object-lock-mode` and `x-amz-object-lock-retain-until-date` ask for.
    ///
    /// # Errors
    /// [`LockError`] says which header is missing or wrong.
    pub fn from_headers(mode: Option<&str>, date: Option<&str>, now: Timestamp) -> Result<Option<Self>, LockError> {
        match (mode, date) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(LockError::Incomplete { missing: DATE_HEADER }),
            (None, Some(_)) => Err(LockError::Incomplete { missing: MODE_HEADER }),
            (Some(mode), Some(date)) => {
                let mode =
                    RetentionMode::parse(mode).ok_or_else(|| LockError::UnknownMode { value: mode.to_owned() })?;
                let until = parse_date(date).ok_or_else(|| LockError::InvalidDate { value: date.to_owned() })?;
                Self::in_future(mode, until, now, DATE_HEADER, date).map(Some)
            }
        }
    }

    fn in_future(
        mode: RetentionMode,
        until: Timestamp,
        now: Timestamp,
        argument: &'static str,
        value: &str,
    ) -> Result<Self, LockError> {
        if until <= now {
            return Err(LockError::DateNotInFuture { argument, value: value.to_owned() });
        }
        Ok(Self::new(mode, until))
    }

    /// Its mode.
    #[must_use]
    pub fn mode(self) -> RetentionMode {
        self.mode
    }

    /// When it ends: a whole second.
    #[must_use]
    pub fn retain_until(self) -> Timestamp {
        self.retain_until
    }

    /// Whether it still binds.
    #[must_use]
    pub fn is_active(self, now: Timestamp) -> bool {
        now < self.retain_until
    }

    fn refusal(self) -> LockRefusal {
        match self.mode {
            RetentionMode::Governance => LockRefusal::Governance,
            RetentionMode::Compliance => LockRefusal::Compliance,
        }
    }
}

/// A point in time as ISO 8601 writes it, with its offset from UTC.
fn parse_date(text: &str) -> Option<Timestamp> {
    text.trim().parse::<jiff::Timestamp>().ok().map(Timestamp::from)
}

/// A version's legal hold. A version that never had one has neither of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LegalHold {
    /// The version may be deleted, as far as holds go.
    Off,
    /// The version must not be deleted.
    On,
}

impl LegalHold {
    /// AWS's name for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::On => "ON",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Off, Self::On].into_iter().find(|hold| hold.as_str() == text)
    }

    /// The hold of a `LegalHold` document's `Status`.
    ///
    /// # Errors
    /// [`LockError::Malformed`] when it is missing or unknown.
    pub fn from_document(status: Option<&str>) -> Result<Self, LockError> {
        status.and_then(Self::parse).ok_or(LockError::Malformed)
    }

    /// The hold of an `x-amz-object-lock-legal-hold` header.
    ///
    /// # Errors
    /// [`LockError::InvalidLegalHold`] when it is unknown.
    pub fn from_header(value: &str) -> Result<Self, LockError> {
        Self::parse(value).ok_or_else(|| LockError::InvalidLegalHold { value: value.to_owned() })
    }
}

/// Whether a version with this lock may be deleted or overwritten at `now`, by a request that is allowed to bypass
/// governance retention and asks to, or not. A legal hold is never bypassed.
///
/// # Errors
/// [`LockRefusal`] says what protects the version.
pub fn may_delete(
    retention: Option<Retention>,
    legal_hold: Option<LegalHold>,
    bypass_governance: bool,
    now: Timestamp,
) -> Result<(), LockRefusal> {
    if legal_hold == Some(LegalHold::On) {
        return Err(LockRefusal::LegalHold);
    }
    match retention.filter(|retention| retention.is_active(now)) {
        Some(Retention { mode: RetentionMode::Governance, .. }) if bypass_governance => Ok(()),
        Some(active) => Err(active.refusal()),
        None => Ok(()),
    }
}

/// Whether a version's retention may become `new` (none removes it) at `now`.
///
/// Anyone who may set retention can extend it in its mode. Whoever bypasses governance can do anything to a governance
/// retention. A retention that is over binds no more.
///
/// # Errors
/// [`LockRefusal`] says what protects the version.
pub fn may_change_retention(
    old: Option<Retention>,
    new: Option<Retention>,
    bypass_governance: bool,
    now: Timestamp,
) -> Result<(), LockRefusal> {
    let Some(active) = old.filter(|retention| retention.is_active(now)) else {
        return Ok(());
    };
    let extends = new.is_some_and(|new| new.mode == active.mode && new.retain_until >= active.retain_until);
    let bypassed = bypass_governance && active.mode == RetentionMode::Governance;
    if extends || bypassed { Ok(()) } else { Err(active.refusal()) }
}
