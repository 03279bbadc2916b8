//! What the fuzz targets call: nothing here panics, whatever the bytes are.

use crate::protocol::{Input, Params, rules};

/// Any bytes as the form of a request.
pub fn form(bytes: &[u8]) {
    let Ok(params) = Params::parse("", bytes) else { return };
    let input = Input::new(&params);
    let _ = input.tags();
    let _ = input.texts("TagKeys", &rules::TAG_KEY);
    let _ = input.number("MaxItems", 1..=1000);
    let _ = input.boolean("OnlyAttached");
    for (name, rule) in [
        ("UserName", rules::USER_NAME),
        ("Path", rules::PATH),
        ("PathPrefix", rules::PATH_PREFIX),
        ("PolicyDocument", rules::DOCUMENT),
        ("VersionId", rules::VERSION_ID),
        ("AccountAlias", rules::ACCOUNT_ALIAS),
    ] {
        if let Ok(Some(value)) = input.optional(name, &rule) {
            assert!(value.chars().count() <= rule.max, "a value passed that is too long");
        }
    }
}
