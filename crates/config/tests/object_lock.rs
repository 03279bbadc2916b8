//! Object Lock: documents, headers, and what a lock forbids.

use larder_config::ConfigError;
use larder_config::object_lock::{
    DefaultRetention, LegalHold, LockError, LockRefusal, ObjectLockConfiguration, Retention, RetentionMode,
    RetentionPeriod, may_change_retention, may_delete,
};
use larder_config::versioning::VersioningStatus;
use larder_types::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use RetentionMode::{Compliance, Governance};

/// 2024-02-28T12:00:00Z, a day before a leap day.
const NOW: i64 = 1_709_121_600_000;
const DAY: i64 = 86_400_000;

fn at(offset: i64) -> Timestamp {
    Timestamp::from_millis(NOW + offset)
}

#[test]
fn default_retention_documents() {
    let table = [
        (Some("GOVERNANCE"), Some(1), None, Ok(RetentionPeriod::Days(1))),
        (Some("COMPLIANCE"), Some(36_500), None, Ok(RetentionPeriod::Days(36_500))),
        (Some("GOVERNANCE"), None, Some(100), Ok(RetentionPeriod::Years(100))),
        (None, Some(1), None, Err(LockError::Malformed)),
        (Some("governance"), Some(1), None, Err(LockError::Malformed)),
        (Some("GOVERNANCE"), None, None, Err(LockError::Malformed)),
        (Some("GOVERNANCE"), Some(1), Some(1), Err(LockError::Malformed)),
        (Some("GOVERNANCE"), Some(0), None, Err(LockError::PeriodNotPositive { element: "Days", value: 0 })),
        (Some("GOVERNANCE"), None, Some(-1), Err(LockError::PeriodNotPositive { element: "Years", value: -1 })),
        (Some("GOVERNANCE"), Some(36_501), None, Err(LockError::PeriodTooLarge { element: "Days", value: 36_501 })),
        (
            Some("GOVERNANCE"),
            None,
            Some(i64::MAX),
            Err(LockError::PeriodTooLarge { element: "Years", value: i64::MAX }),
        ),
    ];
    for (mode, days, years, expected) in table {
        let parsed = DefaultRetention::from_document(mode, days, years);
        assert_eq!(parsed.map(DefaultRetention::period), expected, "{mode:?} {days:?} {years:?}");
    }
}

#[test]
fn errors_are_in_aws_words() {
    let argument =
        |name: &str, value: &str| vec![("ArgumentName", name.to_owned()), ("ArgumentValue", value.to_owned())];
    let table = [
        (
            DefaultRetention::from_document(Some("GOVERNANCE"), Some(0), None).map(drop),
            "InvalidArgument",
            "Default retention period must be a positive integer value.",
            argument("Days", "0"),
        ),
        (
            DefaultRetention::from_document(Some("GOVERNANCE"), None, Some(101)).map(drop),
            "InvalidArgument",
            "Default retention period too large.",
            argument("Years", "101"),
        ),
        (
            Retention::from_document(Some("GOVERNANCE"), Some("2020-01-01T00:00:00Z"), at(0)).map(drop),
            "InvalidArgument",
            "The retain until date must be in the future!",
            argument("RetainUntilDate", "2020-01-01T00:00:00Z"),
        ),
        (
            Retention::from_headers(Some("BAD-VALUE"), Some("2030-01-01T00:00:00Z"), at(0)).map(drop),
            "InvalidArgument",
            "Unknown wormMode directive.",
            argument("x-amz-object-lock-mode", "BAD-VALUE"),
        ),
        (
            Retention::from_headers(Some("GOVERNANCE"), Some("tomorrow"), at(0)).map(drop),
            "InvalidArgument",
            "The retain until date must be provided in ISO 8601 format",
            argument("x-amz-object-lock-retain-until-date", "tomorrow"),
        ),
        (
            Retention::from_headers(Some("BAD-VALUE"), None, at(0)).map(drop),
            "InvalidArgument",
            "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
            vec![("ArgumentName", "x-amz-object-lock-retain-until-date".to_owned())],
        ),
        (
            LegalHold::from_header("on").map(drop),
            "InvalidArgument",
            "Legal Hold must be either of 'ON' or 'OFF'",
            argument("x-amz-object-lock-legal-hold", "on"),
        ),
        (
            ObjectLockConfiguration::check_versioning(VersioningStatus::Suspended),
            "InvalidBucketState",
            "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
            vec![],
        ),
        (
            ObjectLockConfiguration::from_document(Some("Disabled"), None).map(drop),
            "MalformedXML",
            larder_config::MALFORMED_XML,
            vec![],
        ),
    ];
    for (result, code, message, details) in table {
        let error = ConfigError::from(result.expect_err(message));
        assert_eq!((error.code(), error.to_string().as_str(), error.details()), (code, message, details));
    }
}

#[test]
fn default_retention_counts_days_and_years_of_365_days() {
    let until = |days, years| {
        let rule = DefaultRetention::from_document(Some("COMPLIANCE"), days, years).expect("a valid period");
        let lock = ObjectLockConfiguration::from_document(Some("Enabled"), Some(rule)).expect("a valid document");
        lock.default_retention(at(0)).map(|retention| (retention.mode(), retention.retain_until()))
    };
    assert_eq!(until(Some(1), None), Some((Compliance, at(DAY))));
    assert_eq!(until(None, Some(1)), Some((Compliance, at(365 * DAY))));
    assert_eq!(until(None, Some(100)), until(Some(36_500), None));
    let bare = ObjectLockConfiguration::from_document(Some("Enabled"), None).expect("a valid document");
    assert_eq!(bare.default_retention(at(0)), None);
}

#[test]
fn retention_documents_and_headers() {
    let until = "2030-01-01T00:00:00.000Z";
    let parsed = Retention::from_document(Some("COMPLIANCE"), Some(until), at(0)).expect("valid").expect("not empty");
    assert_eq!((parsed.mode(), parsed.retain_until().as_seconds()), (Compliance, 1_893_456_000));
    assert_eq!(Retention::from_headers(Some("COMPLIANCE"), Some(until), at(0)), Ok(Some(parsed)));
    assert_eq!(Retention::from_headers(Some("COMPLIANCE"), Some("2030-01-01T01:00:00+01:00"), at(0)), Ok(Some(parsed)));
    assert_eq!(Retention::from_document(None, None, at(0)), Ok(None));
    assert_eq!(Retention::from_headers(None, None, at(0)), Ok(None));
    for (mode, date) in [
        (Some("GOVERNANCE"), None),
        (None, Some(until)),
        (Some("BAD-VALUE"), Some(until)),
        (Some("GOVERNANCE"), Some("2030-01-01")),
    ] {
        assert_eq!(Retention::from_document(mode, date, at(0)), Err(LockError::Malformed), "{mode:?} {date:?}");
    }
    let missing = "x-amz-object-lock-mode";
    assert_eq!(Retention::from_headers(None, Some(until), at(0)), Err(LockError::Incomplete { missing }));
    let now = "2024-02-28T12:00:00Z";
    assert!(Retention::from_headers(Some("GOVERNANCE"), Some(now), at(0)).is_err());
    assert!(Retention::from_headers(Some("GOVERNANCE"), Some(now), at(-1)).is_ok());
    assert_eq!(LegalHold::from_document(Some("ON")), Ok(LegalHold::On));
    assert_eq!(LegalHold::from_header("OFF"), Ok(LegalHold::Off));
    assert_eq!(LegalHold::from_document(None), Err(LockError::Malformed));
}

#[test]
fn what_a_lock_forbids() {
    let kept = |mode| Some(Retention::new(mode, at(DAY)));
    let over = |mode| Some(Retention::new(mode, at(0)));
    let hold = Some(LegalHold::On);
    let table = [
        (None, None, false, Ok(())),
        (None, Some(LegalHold::Off), false, Ok(())),
        (None, hold, true, Err(LockRefusal::LegalHold)),
        (over(Compliance), hold, true, Err(LockRefusal::LegalHold)),
        (kept(Governance), hold, true, Err(LockRefusal::LegalHold)),
        (kept(Governance), None, false, Err(LockRefusal::Governance)),
        (kept(Governance), None, true, Ok(())),
        (kept(Compliance), None, false, Err(LockRefusal::Compliance)),
        (kept(Compliance), None, true, Err(LockRefusal::Compliance)),
        (over(Governance), None, false, Ok(())),
        (over(Compliance), None, false, Ok(())),
    ];
    for (retention, hold, bypass, expected) in table {
        assert_eq!(may_delete(retention, hold, bypass, at(0)), expected, "{retention:?} {hold:?} {bypass}");
    }
    let error = ConfigError::from(LockRefusal::Governance);
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("AccessDenied", "Access Denied because object protected by object lock.")
    );
}

#[test]
fn how_retention_may_change() {
    let until = |mode, days: i64| Some(Retention::new(mode, at(days * DAY)));
    let table = [
        (None, until(Compliance, 1), false, true),
        (until(Governance, 2), until(Governance, 3), false, true),
        (until(Governance, 2), until(Governance, 2), false, true),
        (until(Governance, 2), until(Governance, 1), false, false),
        (until(Governance, 2), until(Governance, 1), true, true),
        (until(Governance, 2), None, false, false),
        (until(Governance, 2), None, true, true),
        (until(Governance, 2), until(Compliance, 2), false, false),
        (until(Governance, 2), until(Compliance, 2), true, true),
        (until(Compliance, 2), until(Compliance, 3), false, true),
        (until(Compliance, 2), until(Compliance, 1), true, false),
        (until(Compliance, 2), until(Governance, 3), true, false),
        (until(Compliance, 2), None, true, false),
        (until(Compliance, 0), None, false, true),
        (until(Compliance, -1), until(Governance, 1), false, true),
    ];
    for (old, new, bypass, allowed) in table {
        let result = may_change_retention(old, new, bypass, at(0));
        assert_eq!(result.is_ok(), allowed, "{old:?} -> {new:?}, bypass {bypass}");
    }
}

fn retention() -> impl Strategy<Value = Option<Retention>> {
    proptest::option::of(
        (any::<bool>(), -5_000_i64..5_000)
            .prop_map(|(strict, offset)| Retention::new(if strict { Compliance } else { Governance }, at(offset))),
    )
}

/// Every run tries the same cases.
fn seeded(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(0x5eed), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(seeded(256))]

    /// No chain of allowed changes makes a compliance-locked version deletable before its date.
    #[test]
    fn compliance_holds_until_its_date(
        date in 1_i64..5_000,
        changes in proptest::collection::vec((retention(), any::<bool>(), 0_i64..800), 0..8),
        bypass: bool,
    ) {
        let promised = Retention::new(Compliance, at(date)).retain_until();
        let (mut current, mut now) = (Some(Retention::new(Compliance, at(date))), at(0));
        for (new, bypass, elapsed) in changes {
            now = now.plus_millis(elapsed);
            if may_change_retention(current, new, bypass, now).is_ok() {
                current = new;
            }
            if now < promised {
                prop_assert_eq!(may_delete(current, None, bypass, now), Err(LockRefusal::Compliance));
            }
        }
        let end = current.map_or(now, |last| last.retain_until().max(now));
        prop_assert_eq!(may_delete(current, None, bypass, end), Ok(()));
    }

    /// What a client reads, in whole seconds, can be put back; and rounding never shortens.
    #[test]
    fn retention_is_of_whole_seconds(millis in -10_000_i64..10_000, strict: bool) {
        let mode = if strict { Compliance } else { Governance };
        let kept = Retention::new(mode, at(millis));
        let shown = Timestamp::from_millis(kept.retain_until().as_seconds() * 1000);
        prop_assert!(kept.retain_until() >= at(millis) && kept.retain_until() < at(millis + 1000));
        prop_assert_eq!(Retention::new(mode, shown), kept);
        prop_assert_eq!(may_change_retention(Some(kept), Some(Retention::new(mode, shown)), false, at(0)), Ok(()));
    }

    #[test]
    fn any_header_is_parsed_or_refused(mode in "GOVERNANCE|COMPLIANCE|\\PC{0,10}", date in "[-+:.0-9TZ]{0,30}|\\PC{0,30}") {
        if let Ok(parsed) = Retention::from_headers(Some(&mode), Some(&date), at(0)) {
            prop_assert!(parsed.is_some_and(|retention| retention.is_active(at(0))));
        }
    }
}
