//! CORS: validation, and the headers that S3 was seen to answer.

use larder_config::ConfigError;
use larder_config::cors::{CorsConfiguration, CorsGrant, CorsRefusal, CorsRuleInput, preflight};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn rule(origins: &[&str], methods: &[&str], headers: &[&str]) -> CorsRuleInput {
    CorsRuleInput {
        allowed_origins: strings(origins),
        allowed_methods: strings(methods),
        allowed_headers: strings(headers),
        ..CorsRuleInput::default()
    }
}

fn configuration(rules: Vec<CorsRuleInput>) -> CorsConfiguration {
    CorsConfiguration::new(rules).expect("a valid configuration")
}

#[test]
fn refused_configurations() {
    let exposing = |header: &str| CorsRuleInput { expose_headers: strings(&[header]), ..rule(&["*"], &["GET"], &[]) };
    let table = [
        (vec![], "MalformedXML", larder_config::MALFORMED_XML),
        (vec![rule(&[], &["GET"], &[])], "MalformedXML", larder_config::MALFORMED_XML),
        (vec![rule(&["*"], &[], &[])], "MalformedXML", larder_config::MALFORMED_XML),
        (
            vec![rule(&["*"], &["GET", "PATCH"], &[])],
            "InvalidRequest",
            "Found unsupported HTTP method in CORS config. Unsupported method is PATCH",
        ),
        (
            vec![rule(&["*"], &["get"], &[])],
            "InvalidRequest",
            "Found unsupported HTTP method in CORS config. Unsupported method is get",
        ),
        (
            vec![rule(&["*example*.com"], &["GET"], &[])],
            "InvalidRequest",
            "AllowedOrigin \"*example*.com\" can not have more than one wildcard.",
        ),
        (
            vec![rule(&["*"], &["GET"], &["x-*-*"])],
            "InvalidRequest",
            "AllowedHeader \"x-*-*\" can not have more than one wildcard.",
        ),
        (
            vec![rule(&["*"], &["GET"], &["Bad/Header"])],
            "InvalidRequest",
            "AllowedHeader \"Bad/Header\" contains invalid character.",
        ),
        (vec![exposing("Bad Header")], "InvalidRequest", "AllowedHeader \"Bad Header\" contains invalid character."),
        (
            vec![exposing("*")],
            "InvalidRequest",
            "ExposeHeader \"*\" contains wildcard. We currently do not support wildcard for ExposeHeader.",
        ),
        (
            vec![rule(&["*"], &["GET"], &[]); 101],
            "InvalidRequest",
            "The number of CORS rules should not exceed allowed limit of 100 rules.",
        ),
    ];
    for (rules, code, message) in table {
        let error = ConfigError::from(CorsConfiguration::new(rules).expect_err(message));
        assert_eq!((error.code(), error.to_string().as_str()), (code, message));
    }
    assert_eq!(configuration(vec![rule(&["*"], &["GET"], &[]); 100]).rules().len(), 100);
    // S3 takes an origin of no characters.
    assert_eq!(configuration(vec![rule(&[""], &["GET"], &[])]).match_actual("http://a", "GET"), None);
}

#[test]
fn identifiers_have_a_limit() {
    let named = |length: usize| CorsRuleInput { id: Some("i".repeat(length)), ..rule(&["*"], &["GET"], &[]) };
    assert_eq!(configuration(vec![named(255)]).rules()[0].id().map(str::len), Some(255));
    assert!(CorsConfiguration::new(vec![named(256)]).is_err());
}

const VARY: (&str, &str) = ("vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");

fn sent(grant: Option<CorsGrant>) -> Vec<(&'static str, String)> {
    grant.map(|grant| grant.headers()).unwrap_or_default()
}

fn expected(headers: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    headers.iter().chain([&VARY]).map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[test]
fn an_exact_origin_is_echoed_with_credentials() {
    let mut input = rule(&["https://localhost:4200"], &["GET", "PUT"], &["*"]);
    input.max_age_seconds = Some(3000);
    let cors = configuration(vec![input]);
    let plain = expected(&[
        ("access-control-allow-origin", "https://localhost:4200"),
        ("access-control-allow-methods", "GET, PUT"),
        ("access-control-max-age", "3000"),
        ("access-control-allow-credentials", "true"),
    ]);
    assert_eq!(sent(cors.match_actual("https://localhost:4200", "GET")), plain);
    assert_eq!(sent(cors.match_preflight("https://localhost:4200", "PUT", &[])), plain);
    assert_eq!(cors.match_actual("http://localhost:4200", "GET"), None);
    assert_eq!(cors.match_actual("https://localhost:4200", "DELETE"), None);
    let asked = cors.match_preflight("https://localhost:4200", "GET", &["X-AMZ-expected-BUCKET-owner", "x-b"]);
    assert_eq!(asked.and_then(|grant| grant.allow_headers).as_deref(), Some("x-amz-expected-bucket-owner, x-b"));
}

#[test]
fn the_open_origin_is_sent_as_a_star_without_credentials() {
    let mut input = rule(&["*"], &["GET"], &[]);
    input.expose_headers = strings(&["x-amz-id-2", "x-amz-request-id"]);
    let cors = configuration(vec![input]);
    assert_eq!(
        sent(cors.match_actual("localhost:4566", "GET")),
        expected(&[
            ("access-control-allow-origin", "*"),
            ("access-control-allow-methods", "GET"),
            ("access-control-expose-headers", "x-amz-id-2, x-amz-request-id"),
        ])
    );
    // A rule without allowed headers allows none.
    assert_eq!(cors.match_preflight("localhost:4566", "GET", &["x-amz-request-payer"]), None);
}

#[test]
fn origins_match_with_one_wildcard() {
    let cors = configuration(vec![
        rule(&["*suffix"], &["GET"], &[]),
        rule(&["start*end"], &["GET"], &[]),
        rule(&["prefix*"], &["GET"], &[]),
        rule(&["*.put"], &["PUT"], &[]),
        rule(&["ab*ba"], &["HEAD"], &[]),
    ]);
    let table = [
        ("foo.suffix", "GET", true),
        ("foo.bar", "GET", false),
        ("foo.suffix.get", "GET", false),
        ("startend", "GET", true),
        ("start12end", "GET", true),
        ("0start12end", "GET", false),
        ("prefix", "GET", true),
        ("prefix.suffix", "GET", true),
        ("bla.prefix", "GET", false),
        ("foo.put", "GET", false),
        ("foo.put", "PUT", true),
        ("foo.put", "put", false),
        ("Foo.Suffix", "GET", false),
        ("abba", "HEAD", true),
        ("aba", "HEAD", false),
    ];
    for (origin, method, granted) in table {
        let grant = cors.match_actual(origin, method);
        assert_eq!(grant.map(|grant| grant.allow_origin), granted.then(|| origin.to_owned()), "{origin} {method}");
    }
}

#[test]
fn the_first_fitting_rule_decides() {
    let cors = configuration(vec![
        rule(&["http://a"], &["GET"], &[]),
        rule(&["http://a", "*"], &["GET", "PUT"], &["x-amz-*", "Content-Type"]),
    ]);
    let methods = |grant: Option<CorsGrant>| grant.map(|grant| grant.allow_methods);
    assert_eq!(methods(cors.match_actual("http://a", "GET")).as_deref(), Some("GET"));
    assert_eq!(methods(cors.match_actual("http://a", "PUT")).as_deref(), Some("GET, PUT"));
    assert_eq!(methods(cors.match_preflight("http://a", "GET", &["X-Amz-Date"])).as_deref(), Some("GET, PUT"));
    assert_eq!(cors.match_preflight("http://a", "GET", &["X-Amz-Date", "Range"]), None);
    let origin = |origin| cors.match_actual(origin, "PUT").map(|grant| grant.allow_origin);
    assert_eq!((origin("http://a").as_deref(), origin("http://b").as_deref()), (Some("http://a"), Some("*")));
}

#[test]
fn preflights_are_refused_as_s3_refuses_them() {
    let cors = configuration(vec![rule(&["http://a"], &["GET"], &["*"])]);
    let not_allowed = "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, \
        request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the \
        resource's CORS spec.";
    let table = [
        (None, None, Some("GET"), None, "BadRequest", "Insufficient information. Origin request header needed."),
        (None, Some("x"), Some("PUT"), None, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket."),
        (None, Some("x"), None, None, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket."),
        (Some(&cors), Some("http://a"), None, None, "BadRequest", "Invalid Access-Control-Request-Method: null"),
        (Some(&cors), Some("http://a"), Some("FOO"), None, "BadRequest", "Invalid Access-Control-Request-Method: FOO"),
        (
            Some(&cors),
            Some("http://a"),
            Some("GET"),
            Some("date, Bad/Header"),
            "BadRequest",
            "Access-Control-Request-Headers \" Bad/Header\" contains invalid character.",
        ),
        (Some(&cors), Some("http://b"), Some("GET"), None, "AccessForbidden", not_allowed),
        (Some(&cors), Some("http://a"), Some("PUT"), None, "AccessForbidden", not_allowed),
    ];
    for (cors, origin, method, headers, code, message) in table {
        let error = ConfigError::from(preflight(cors, origin, method, headers).expect_err(message));
        assert_eq!((error.code(), error.to_string().as_str()), (code, message));
    }
    let refused = preflight(None, Some("x"), None, None);
    assert_eq!(refused, Err(CorsRefusal::NotEnabled { method: "OPTIONS".to_owned() }));
    let granted = preflight(Some(&cors), Some("http://a"), Some("GET"), Some("x-b,X-C"));
    assert_eq!(granted.map(|grant| grant.allow_headers), Ok(Some("x-b, x-c".to_owned())));
}

/// Every run tries the same cases.
fn seeded(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(0x5eed), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(seeded(128))]

    /// The matcher agrees with trying every stretch of characters that the wildcard could stand for.
    #[test]
    fn wildcards_stand_for_any_characters(pattern in "[ab]{0,3}\\*?[ab]{0,3}", origin in "[ab]{0,6}") {
        let reference = match pattern.split_once('*') {
            None => pattern == origin,
            Some((before, after)) => (0..=origin.len()).any(|from| {
                (from..=origin.len()).any(|to| format!("{before}{}{after}", &origin[from..to]) == origin)
            }),
        };
        let cors = configuration(vec![rule(&[&pattern], &["GET"], &[])]);
        prop_assert_eq!(cors.match_actual(&origin, "GET").is_some(), reference);
    }

    /// Whatever a browser or an attacker sends, the answer's headers hold only what a header may hold.
    #[test]
    fn any_preflight_is_answered(origin in "[!-~]{0,20}", method in "GET|PUT|[A-Z]{0,5}", headers in "\\PC{0,40}") {
        let cors = configuration(vec![rule(&["*a", "http*"], &["GET", "PUT"], &["*"])]);
        if let Ok(grant) = preflight(Some(&cors), Some(&origin), Some(&method), Some(&headers)) {
            for (_, value) in grant.headers() {
                prop_assert!(value.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
            }
        }
    }
}
