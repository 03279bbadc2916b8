//! A preflight's three headers, separated by line feeds: refused, or granted to just that origin.
#![no_main]

use larder_config::cors::{CorsConfiguration, CorsRuleInput, preflight};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.splitn(3, '\n');
    let (origin, method, headers) = (lines.next(), lines.next(), lines.next());
    let rule = CorsRuleInput {
        allowed_origins: vec!["http://*.example".to_owned(), "null".to_owned()],
        allowed_methods: vec!["GET".to_owned(), "PUT".to_owned()],
        allowed_headers: vec!["x-amz-*".to_owned(), "*-type".to_owned()],
        ..CorsRuleInput::default()
    };
    let configuration = CorsConfiguration::new(vec![rule]).expect("the rule is valid");
    if let Ok(grant) = preflight(Some(&configuration), origin, method, headers) {
        assert_eq!(Some(grant.allow_origin.as_str()), origin);
    }
});
