use std::path::Path;

use super::*;

const FILE: &str = "larder.toml";

fn file(text: &str) -> Layer {
    Layer::document(Path::new(FILE), text).expect("a valid document")
}

fn environment(variables: &[(&str, &str)]) -> Layer {
    Layer::environment(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn flags(given: &[(&'static str, &str)]) -> Layer {
    Layer::flags(given.iter().map(|(name, value)| (*name, vec![(*value).to_owned()])))
}

fn error_of(layer: Layer) -> String {
    Settings::resolve([layer]).expect_err("not usable").to_string()
}

#[test]
fn nothing_has_to_be_set() {
    let settings = Settings::resolve([]).expect("the defaults");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:9000");
    assert_eq!(settings.data, Path::new("larder-data"));
    assert_eq!(settings.region.as_str(), "us-east-1");
    assert_eq!(settings.domains, ["localhost", "s3.localhost"]);
    assert_eq!(settings.durability, Durability::Full);
    assert!(settings.root_keys.is_none() && settings.tls.is_none() && !settings.sigv2 && !settings.is_exposed());
}

#[test]
fn a_flag_wins_over_a_variable_and_a_variable_over_the_file() {
    let settings = Settings::resolve([
        flags(&[("listen", "127.0.0.1:1")]),
        environment(&[("LARDER_LISTEN", "127.0.0.1:2"), ("LARDER_REGION", "eu-north-1"), ("LARDER_DATA", "")]),
        file("listen = \"127.0.0.1:3\"\nregion = \"us-west-2\"\ndata = \"/srv\"\nmax_connections = 7\nsigv2 = true"),
    ])
    .expect("valid");
    assert_eq!(settings.listen.port(), 1);
    assert_eq!(settings.region.as_str(), "eu-north-1");
    assert_eq!(settings.data, Path::new("/srv"), "an empty variable says nothing");
    assert_eq!((settings.max_connections, settings.sigv2), (7, true));
}

#[test]
fn quotas_of_kms_are_scaled_by_a_number_or_not_kept() {
    let scale = |layer| Settings::resolve([layer]).expect("valid").kms_quota_scale;
    assert_eq!(scale(file("kms_quota_scale = 0.5")), 0.5);
    assert_eq!(scale(file("kms_quota_scale = 20")), 20.0);
    assert_eq!(scale(flags(&[("kms_quota_scale", "unlimited")])), f64::INFINITY);
    assert_eq!(scale(flags(&[])), 1.0);
}

#[test]
fn domains_are_a_list_in_every_source() {
    let from_flags = Layer::flags([("domains", vec!["S3.Example.com".to_owned(), "b.c".to_owned()])]);
    assert_eq!(Settings::resolve([from_flags]).expect("valid").domains, ["s3.example.com", "b.c"]);
    let variable = environment(&[("LARDER_DOMAINS", "s3.example.com, b.c")]);
    assert_eq!(Settings::resolve([variable]).expect("valid").domains, ["s3.example.com", "b.c"]);
    let listed = file("domains = [\"s3.example.com\", \"b.c\"]");
    assert_eq!(Settings::resolve([listed]).expect("valid").domains, ["s3.example.com", "b.c"]);
    assert!(Settings::resolve([file("domains = []")]).expect("valid").domains.is_empty(), "path style only");
}

#[test]
fn a_root_key_is_read_and_never_shown() {
    let key = "0123456789abcdef".repeat(4);
    assert!(Settings::resolve([environment(&[("LARDER_ROOT_KEY", &key)])]).expect("valid").keys.root_key.is_some());
    let error = error_of(environment(&[("LARDER_ROOT_KEY", "0123456789abcdef")]));
    assert_eq!(error, "LARDER_ROOT_KEY: 64 hexadecimal digits are expected");
    let error = error_of(environment(&[("LARDER_PREVIOUS_ROOT_KEY", "0123456789abcdeg")]));
    assert_eq!(error, "LARDER_PREVIOUS_ROOT_KEY: 64 hexadecimal digits are expected");
}

#[test]
fn the_root_key_comes_from_one_place() {
    let key = "0123456789abcdef".repeat(4);
    let kms = |id: &str, endpoint: &str| {
        environment(&[("LARDER_ROOT_KMS_KEY_ID", id), ("LARDER_ROOT_KMS_ENDPOINT", endpoint)])
    };
    let settings = Settings::resolve([kms("alias/larder", "http://127.0.0.1:9000")]).expect("valid");
    let expected =
        KmsSettings { key_id: "alias/larder".to_owned(), endpoint: Some("http://127.0.0.1:9000".to_owned()) };
    assert_eq!(settings.keys.kms, Some(expected));
    assert!(Settings::resolve([kms("arn:aws:kms:eu-north-1:111122223333:key/1-2", "https://kms.example.com")]).is_ok());
    assert!(error_of(kms("a\"b", "")).starts_with("LARDER_ROOT_KMS_KEY_ID: "));
    let error = error_of(kms("k", "http://kms.example.com"));
    assert!(error.ends_with("only a KMS on this machine is asked over http"), "{error}");
    assert!(error_of(kms("k", "kms.example.com")).starts_with("LARDER_ROOT_KMS_ENDPOINT: "));
    assert_eq!(error_of(kms("", "https://k")), "LARDER_ROOT_KMS_ENDPOINT: root_kms_key_id has to be set too");
    let both = environment(&[("LARDER_ROOT_KMS_KEY_ID", "k"), ("LARDER_ROOT_KEY", &key)]);
    assert!(error_of(both).contains("the root key comes from one place"));
}

#[test]
fn trusted_proxies_are_networks_and_none_by_default() {
    assert!(Settings::resolve([]).expect("valid").trusted_proxies.0.is_empty());
    let variable = environment(&[("LARDER_TRUSTED_PROXIES", "10.0.0.0/8, ::1")]);
    let trusted = Settings::resolve([variable]).expect("valid").trusted_proxies.0;
    assert_eq!(trusted.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/8", "::1/128"]);
    let error = error_of(flags(&[("trusted_proxies", "proxy.example.com")]));
    assert!(error.starts_with("--trusted-proxy: \"proxy.example.com\": expected an address or a network"), "{error}");
}

#[test]
fn an_error_names_the_setting_and_its_source() {
    let error = error_of(flags(&[("max_connections", "0")]));
    assert_eq!(error, "--max-connections: \"0\" is not a whole number from 1 to 1000000");
    let error = error_of(environment(&[("LARDER_LISTEN", "9000")]));
    assert!(error.starts_with("LARDER_LISTEN: \"9000\" is not an IP address and port"), "{error}");
    let error = error_of(file("durability = \"some\""));
    assert_eq!(error, "durability in larder.toml: \"some\" is neither \"full\" nor \"relaxed\"");
    for (setting, value) in [
        ("region", "EU"),
        ("domains", "not a name"),
        ("domains", "10.0.0.1"),
        ("log_format", "xml"),
        ("log_level", "a=b=c"),
        ("sigv2", "maybe"),
        ("inline_limit", "9999999"),
        ("reserve_mib", "0"),
        ("kms_quota_scale", "0"),
        ("kms_quota_scale", "NaN"),
        ("drain_seconds", "-1"),
        ("data", ""),
    ] {
        let spelled =
            if setting == "domains" { "--domain".to_owned() } else { format!("--{}", setting.replace('_', "-")) };
        let error = error_of(flags(&[(setting, value)]));
        assert!(error.starts_with(&format!("{spelled}: ")), "{error}");
    }
}

#[test]
fn what_belongs_together_is_set_together() {
    let error = error_of(environment(&[("LARDER_ROOT_ACCESS_KEY_ID", "test")]));
    assert_eq!(error, "LARDER_ROOT_ACCESS_KEY_ID: root_secret_access_key has to be set too");
    let error = error_of(file("tls_key = \"key.pem\""));
    assert_eq!(error, "tls_key in larder.toml: tls_certificate has to be set too");
    let over_two_sources = [
        environment(&[("LARDER_ROOT_SECRET_ACCESS_KEY", "testtest")]),
        file("root_access_key_id = \"test\"\ntls_key = \"k\"\ntls_certificate = \"c\""),
    ];
    let settings = Settings::resolve(over_two_sources).expect("valid");
    assert_eq!(settings.root_keys, RootKeys::parse("test", "testtest".to_owned()).ok());
    assert_eq!(settings.tls, Some(TlsFiles { certificate: "c".into(), key: "k".into() }));
}

#[test]
fn figures_are_for_a_token_or_for_everybody_and_for_nobody_by_default() {
    let access = |layer| Settings::resolve([layer]).expect("valid").metrics;
    assert!(matches!(access(flags(&[])), MetricsAccess::Nobody));
    assert!(matches!(access(flags(&[("public_metrics", "true")])), MetricsAccess::Everybody));
    let MetricsAccess::Token(token) = access(environment(&[("LARDER_METRICS_TOKEN", "sixteen-or-more!")])) else {
        panic!("a token")
    };
    assert!(token.is(b"sixteen-or-more!") && !token.is(b"sixteen-or-more?") && !token.is(b""));
    assert!(!format!("{token:?}").contains("sixteen"));
    for short in ["fifteen-letters", "white space in the middle"] {
        let error = error_of(environment(&[("LARDER_METRICS_TOKEN", short)]));
        assert!(error.starts_with("LARDER_METRICS_TOKEN: 16 or more ") && !error.contains(short), "{error}");
    }
    let error = error_of(file("metrics_token = \"sixteen-or-more!\"\npublic_metrics = true"));
    assert!(error.starts_with("public_metrics in larder.toml: "), "{error}");
}

#[test]
fn a_secret_is_not_shown_in_errors_or_debug_output() {
    let given =
        |secret: &str| environment(&[("LARDER_ROOT_ACCESS_KEY_ID", "test"), ("LARDER_ROOT_SECRET_ACCESS_KEY", secret)]);
    let error = error_of(given("white space in it"));
    assert!(error.starts_with("LARDER_ROOT_SECRET_ACCESS_KEY: ") && !error.contains("white"), "{error}");
    let settings = Settings::resolve([given("whitespace")]).expect("valid");
    assert!(!format!("{settings:?}").contains("whitespace"));
    let refused = Layer::document(Path::new(FILE), "listen = \"x\"\nroot_secret_access_key = white");
    let Err(error) = refused else { panic!("not TOML") };
    assert!(error.to_string().starts_with("larder.toml, line 2: "), "{error}");
    assert!(!error.to_string().contains("white"), "{error}");
}

#[test]
fn a_file_with_unknown_settings_or_shapes_is_refused() {
    for text in
        ["port = 9000", "[listen]\naddress = \"x\"", "listen = [\"a\", \"b\"]", "sigv2 = 2026-01-01", "region = []"]
    {
        let refused = Layer::document(Path::new(FILE), text);
        let Err(SettingsError::Invalid { origin, .. }) = refused else { panic!("{text} is refused") };
        assert!(origin.ends_with(" in larder.toml"), "{origin}");
    }
}

#[test]
fn variables_that_others_made_are_no_settings() {
    // Kubernetes sets these for a service called larder.
    let layer = environment(&[("LARDER_PORT", "tcp://10.0.0.1:9000"), ("LARDER_SERVICE_HOST", "10.0.0.1")]);
    assert_eq!(Settings::resolve([layer]).expect("ignored").listen.port(), 9000);
}

#[test]
fn an_open_address_without_tls_is_exposed() {
    assert!(Settings::resolve([flags(&[("listen", "0.0.0.0:9000")])]).expect("valid").is_exposed());
    assert!(!Settings::resolve([flags(&[("listen", "[::1]:9000")])]).expect("valid").is_exposed());
    assert!(!Settings::resolve([flags(&[("listen", "localhost:9000")])]).expect("valid").is_exposed());
    let with_tls = [("listen", "0.0.0.0:9000"), ("tls_certificate", "c"), ("tls_key", "k")];
    assert!(!Settings::resolve([flags(&with_tls)]).expect("valid").is_exposed());
}
