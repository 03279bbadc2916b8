//! What AWS's model of the API says of single members: lengths and patterns.
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html>

/// Whether a text matches a pattern.
type Matches = fn(&str) -> bool;

/// What a text must be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// The fewest characters.
    pub(crate) min: usize,
    /// The most characters.
    pub(crate) max: usize,
    /// The pattern as the model writes it, and what holds for the characters of a text that it matches.
    pub(crate) pattern: Option<(&'static str, Matches)>,
}

const fn length(min: usize, max: usize) -> Rule {
    Rule { min, max, pattern: None }
}

const fn pattern(min: usize, max: usize, text: &'static str, matches: Matches) -> Rule {
    Rule { min, max, pattern: Some((text, matches)) }
}

fn all(text: &str, more: &str) -> bool {
    !text.is_empty() && text.chars().all(|char| char.is_ascii_alphanumeric() || more.contains(char))
}

pub(crate) const KEY_ID: Rule = length(1, 2048);
pub(crate) const ALIAS_NAME: Rule = pattern(1, 256, "^[a-zA-Z0-9:/_-]+$", |text| all(text, ":/_-"));
pub(crate) const GRANT_NAME: Rule = ALIAS_NAME;
pub(crate) const DESCRIPTION: Rule = length(0, 8192);
pub(crate) const CUSTOM_KEY_STORE_ID: Rule = length(1, 64);
pub(crate) const CUSTOM_KEY_STORE_NAME: Rule = length(1, 256);
pub(crate) const GRANT_TOKEN: Rule = length(1, 8192);
pub(crate) const GRANT_ID: Rule = length(1, 128);
pub(crate) const PRINCIPAL: Rule = pattern(1, 256, r"^[\w+=,.@:/-]+$", |text| all(text, "_+=,.@:/-"));
pub(crate) const SERVICE_PRINCIPAL: Rule =
    pattern(1, 128, r"^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$", |text| {
        text.split('.').count() >= 3 && text.split('.').all(|part| all(part, "-"))
    });
pub(crate) const SOURCE_ARN: Rule =
    pattern(20, 512, "^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$", |text| {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let &["arn", partition, service, region, account, rest] = parts.as_slice() else { return false };
        let lower =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        partition.starts_with("aws")
            && lower(partition)
            && !service.is_empty()
            && lower(service)
            && lower(region)
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && !rest.is_empty()
    });
pub(crate) const POLICY: Rule = pattern(1, 131_072, r"[\u0009\u000A\u000D\u0020-\u00FF]+", |text| {
    text.chars().all(|char| matches!(char, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}'))
});
pub(crate) const POLICY_NAME: Rule = pattern(1, 128, r"[\w]+", |text| all(text, "_"));
pub(crate) const MARKER: Rule =
    pattern(1, 1024, r"[\u0020-\u00FF]*", |text| text.chars().all(|char| matches!(char, '\u{20}'..='\u{ff}')));
pub(crate) const TAG_KEY: Rule = length(1, 128);
pub(crate) const TAG_VALUE: Rule = length(0, 256);
pub(crate) const REGION: Rule = pattern(1, 32, r"^([a-z]+-){2,3}\d+$", |text| {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    (2..=3).contains(&words.len())
        && words.iter().all(is_word)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
});
pub(crate) const KEY_MATERIAL_ID: Rule = pattern(64, 64, "^[a-f0-9]+$", |text| {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
});
pub(crate) const KEY_MATERIAL_DESCRIPTION: Rule = pattern(0, 256, r"^[a-zA-Z0-9:/_\s.-]+$", |text| {
    text.chars().all(|char| char.is_ascii_alphanumeric() || ":/_.-".contains(char) || char.is_ascii_whitespace())
});
pub(crate) const XKS_KEY_ID: Rule = pattern(1, 128, "^[a-zA-Z0-9-_.]+$", |text| all(text, "-_."));
/// Members of an encryption context have no limits of their own; the whole has.
pub(crate) const ANY: Rule = length(0, 8192);

/// A service code of Service Quotas, and a quota code, which is longer.
pub(crate) const SERVICE_CODE: Rule = pattern(1, 63, "[a-zA-Z][a-zA-Z0-9-]{1,63}", is_code);
pub(crate) const QUOTA_CODE: Rule = pattern(1, 128, "[a-zA-Z][a-zA-Z0-9-]{1,128}", is_code);
pub(crate) const REQUEST_ID: Rule = pattern(1, 128, "[0-9a-zA-Z][a-zA-Z0-9-]{1,128}", |text| {
    text.len() > 1 && all(text, "-") && !text.starts_with('-')
});
pub(crate) const NEXT_TOKEN: Rule = pattern(0, 2048, "^[a-zA-Z0-9/+]*={0,2}$", |text| {
    let bare = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    bare.is_empty() || all(bare, "/+")
});

fn is_code(text: &str) -> bool {
    text.len() > 1 && all(text, "-") && text.starts_with(|first: char| first.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_what_the_model_means() {
        let matches = |rule: Rule, text: &str| rule.pattern.is_some_and(|(_, matches)| matches(text));
        for (rule, good, bad) in [
            (ALIAS_NAME, "alias/aws/s3", "alias/a b"),
            (PRINCIPAL, "arn:aws:iam::111122223333:user/a+b", "a*"),
            (SERVICE_PRINCIPAL, "logs.us-east-1.amazonaws.com", "amazonaws.com"),
            (SOURCE_ARN, "arn:aws:s3::111122223333:x", "arn:aws:s3:::bucket"),
            (REGION, "us-gov-west-1", "useast1"),
            (REGION, "eu-west-1", "eu-west-1x"),
            (KEY_MATERIAL_ID, "0af", "0AF"),
            (KEY_MATERIAL_DESCRIPTION, "a key of 2026", "a?"),
            (POLICY, "{\n}", "\u{100}"),
            (SERVICE_CODE, "kms", "1kms"),
            (QUOTA_CODE, "L-C2F1777E", "L_"),
            (NEXT_TOKEN, "YQ==", "Y=".repeat(2).as_str()),
            (REQUEST_ID, "0a-b", "-a"),
        ] {
            assert!(matches(rule, good), "{good}");
            assert!(!matches(rule, bad), "{bad}");
        }
    }
}
