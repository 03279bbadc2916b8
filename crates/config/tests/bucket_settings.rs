//! Versioning, ownership and location: small documents, and how every document is persisted.

use larder_config::ConfigError;
use larder_config::cors::{CorsConfiguration, CorsRuleInput};
use larder_config::location::LocationConstraint;
use larder_config::object_lock::{DefaultRetention, LegalHold, ObjectLockConfiguration, Retention, RetentionMode};
use larder_config::ownership::ObjectOwnership;
use larder_config::tagging::TagSet;
use larder_config::versioning::{VersioningError, VersioningStatus};
use larder_types::{Region, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn region(name: &str) -> Region {
    Region::parse(name).expect("a valid name")
}

#[test]
fn location_constraints_that_fit() {
    let table = [
        ("us-east-1", None, None),
        ("us-east-1", Some(""), None),
        ("us-east-2", Some("us-east-2"), Some("us-east-2")),
        ("eu-west-1", Some("eu-west-1"), Some("eu-west-1")),
        ("eu-west-1", Some("EU"), Some("EU")),
        ("homelab", Some("homelab"), Some("homelab")),
    ];
    for (server, constraint, shown) in table {
        let checked = LocationConstraint::check(&region(server), constraint).expect("it fits");
        assert_eq!(checked.as_document(), shown, "{server} {constraint:?}");
    }
}

#[test]
fn location_constraints_that_do_not_fit() {
    let not_valid = "The specified location-constraint is not valid";
    let table = [
        ("us-east-1", Some("us-east-1"), "InvalidLocationConstraint", not_valid),
        ("us-east-1", Some("foo"), "InvalidLocationConstraint", not_valid),
        (
            "us-east-2",
            None,
            "IllegalLocationConstraintException",
            "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.",
        ),
        (
            "us-east-2",
            Some("EU"),
            "IllegalLocationConstraintException",
            "The EU location constraint is incompatible for the region specific endpoint this request was sent to.",
        ),
        (
            "eu-west-1",
            Some("us-east-1"),
            "IllegalLocationConstraintException",
            "The us-east-1 location constraint is incompatible for the region specific endpoint this request was sent to.",
        ),
    ];
    for (server, constraint, code, message) in table {
        let error = LocationConstraint::check(&region(server), constraint).map_err(ConfigError::from);
        let error = error.expect_err(message);
        assert_eq!((error.code(), error.to_string().as_str()), (code, message));
    }
    let error = LocationConstraint::check(&region("us-east-1"), Some("foo")).map_err(ConfigError::from);
    assert_eq!(error.map_err(|error| error.details()), Err(vec![("LocationConstraint", "foo".to_owned())]));
}

#[test]
fn versioning_documents() {
    let table = [
        (Some("Enabled"), Ok(VersioningStatus::Enabled)),
        (Some("Suspended"), Ok(VersioningStatus::Suspended)),
        (Some("enabled"), Err(VersioningError::Malformed)),
        (Some("Disabled"), Err(VersioningError::Malformed)),
        (Some(""), Err(VersioningError::Malformed)),
        (None, Err(VersioningError::Missing)),
    ];
    for (status, expected) in table {
        let parsed = VersioningStatus::from_document(status);
        assert_eq!(parsed, expected, "{status:?}");
        assert!(parsed.is_err() || parsed.map(VersioningStatus::as_document) == Ok(status));
    }
    assert_eq!(VersioningStatus::default().as_document(), None);
    assert_eq!(VersioningError::Missing.code(), "IllegalVersioningConfigurationException");
    assert_eq!(VersioningStatus::Suspended.check_object_lock(true), Err(VersioningError::ObjectLockPresent));
    assert_eq!(VersioningStatus::Suspended.check_object_lock(false), Ok(()));
    assert_eq!(VersioningStatus::Enabled.check_object_lock(true), Ok(()));
}

#[test]
fn ownership_documents_and_headers() {
    for ownership in ObjectOwnership::ALL {
        assert_eq!(ObjectOwnership::from_document(&[ownership.as_str()]), Ok(ownership));
        assert_eq!(ObjectOwnership::from_header(ownership.as_str()), Ok(ownership));
        assert_eq!(ownership.acls_disabled(), ownership == ObjectOwnership::default());
    }
    for rules in [&[][..], &["RandomValue"], &["ObjectWriter", "ObjectWriter"]] {
        let error = ObjectOwnership::from_document(rules).map_err(ConfigError::from).expect_err("not one known rule");
        assert_eq!(error.code(), "MalformedXML", "{rules:?}");
    }
    let error = ObjectOwnership::from_header("RandomValue").map_err(ConfigError::from).expect_err("unknown");
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("InvalidArgument", "Invalid x-amz-object-ownership header: RandomValue")
    );
    assert_eq!(error.details(), [("ArgumentName", "x-amz-object-ownership".to_owned())]);
}

/// Encodes and decodes, and returns the bytes.
fn persisted<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) -> Vec<u8> {
    let bytes = postcard::to_stdvec(value).expect("encodes");
    assert_eq!(&postcard::from_bytes::<T>(&bytes).expect("decodes"), value);
    bytes
}

#[test]
fn documents_survive_being_persisted() {
    let rule = CorsRuleInput {
        id: Some("rule".to_owned()),
        allowed_origins: vec!["http://*.example.com".to_owned()],
        allowed_methods: vec!["GET".to_owned(), "HEAD".to_owned()],
        allowed_headers: vec!["*".to_owned()],
        expose_headers: vec!["ETag".to_owned()],
        max_age_seconds: Some(0),
    };
    persisted(&CorsConfiguration::new(vec![rule]).expect("valid"));
    persisted(&TagSet::from_header("b=2&a=").expect("valid"));
    persisted(&ObjectLockConfiguration::default());
    let default_retention = DefaultRetention::from_document(Some("GOVERNANCE"), None, Some(7)).ok();
    persisted(&ObjectLockConfiguration { default_retention });
    persisted(&Retention::new(RetentionMode::Compliance, Timestamp::from_millis(1_893_456_000_000)));
    persisted(&[LegalHold::Off, LegalHold::On]);
    let locations = [LocationConstraint::None, LocationConstraint::Eu, LocationConstraint::Region(region("homelab"))];
    persisted(&locations);
}

/// Variants are stored by their position: reordering them would change what is on disk.
#[test]
fn stored_numbers_of_variants_stay() {
    let statuses = [VersioningStatus::Unversioned, VersioningStatus::Enabled, VersioningStatus::Suspended];
    assert_eq!(statuses.map(|status| persisted(&status)), [[0], [1], [2]]);
    assert_eq!(ObjectOwnership::ALL.map(|ownership| persisted(&ownership)), [[0], [1], [2]]);
    assert_eq!([LegalHold::Off, LegalHold::On].map(|hold| persisted(&hold)), [[0], [1]]);
    assert_eq!([RetentionMode::Governance, RetentionMode::Compliance].map(|mode| persisted(&mode)), [[0], [1]]);
    assert_eq!(larder_config::cors::CorsMethod::ALL.map(|method| persisted(&method)), [[0], [1], [2], [3], [4]]);
}
