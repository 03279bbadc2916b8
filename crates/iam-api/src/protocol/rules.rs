//! What values of parameters may look like, as the service models of IAM and STS state it.

/// A rule for a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// Fewest characters.
    pub(crate) min: usize,
    /// Most characters.
    pub(crate) max: usize,
    /// Which characters, and how the model writes it.
    pub(crate) pattern: Option<Pattern>,
    /// The value is a secret: messages do not show it.
    pub(crate) secret: bool,
}

/// What a text must match.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pattern {
    pub(crate) matches: fn(&str) -> bool,
    /// As messages show it.
    pub(crate) text: &'static str,
}

const fn rule(min: usize, max: usize, matches: fn(&str) -> bool, text: &'static str) -> Rule {
    Rule { min, max, pattern: Some(Pattern { matches, text }), secret: false }
}

const fn any(min: usize, max: usize) -> Rule {
    Rule { min, max, pattern: None, secret: false }
}

const fn secret(rule: Rule) -> Rule {
    Rule { secret: true, ..rule }
}

const NAME: &str = r"[\w+=,.@-]+";

pub(crate) const USER_NAME: Rule = rule(1, 64, is_name, NAME);
pub(crate) const EXISTING_USER_NAME: Rule = rule(1, 128, is_name, NAME);
pub(crate) const GROUP_NAME: Rule = rule(1, 128, is_name, NAME);
pub(crate) const ROLE_NAME: Rule = rule(1, 64, is_name, NAME);
pub(crate) const POLICY_NAME: Rule = rule(1, 128, is_name, NAME);
pub(crate) const DEVICE_NAME: Rule = rule(1, 226, is_name, NAME);
pub(crate) const PROFILE_NAME: Rule = rule(1, 128, is_name, NAME);
pub(crate) const SESSION_NAME: Rule = rule(2, 64, is_name, r"[\w+=,.@-]*");
pub(crate) const FEDERATED_NAME: Rule = rule(2, 32, is_name, r"[\w+=,.@-]*");
pub(crate) const SOURCE_IDENTITY: Rule = rule(2, 256, is_name, r"[\w+=,.@-]*");
pub(crate) const EXTERNAL_ID: Rule = rule(2, 1224, is_external_id, r"[\w+=,.@:\/-]*");
pub(crate) const PATH: Rule = rule(1, 512, is_path, r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)");
pub(crate) const POLICY_PATH: Rule = rule(1, 512, is_policy_path, r"((/[A-Za-z0-9\.,\+@=_-]+)*)/");
pub(crate) const PATH_PREFIX: Rule = rule(1, 512, is_path_prefix, r"\u002F[\u0021-\u007F]*");
pub(crate) const ARN: Rule = any(20, 2048);
pub(crate) const DOCUMENT: Rule = rule(1, 131_072, is_latin, r"[\u0009\u000A\u000D\u0020-\u00FF]+");
pub(crate) const DESCRIPTION: Rule = rule(0, 1000, is_description, r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*");
pub(crate) const POLICY_DESCRIPTION: Rule = any(0, 1000);
pub(crate) const VERSION_ID: Rule = rule(1, 64, is_version_id, r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?");
pub(crate) const ACCESS_KEY_ID: Rule = rule(3, 128, is_access_key_id, r"[\w]+");
pub(crate) const ACCOUNT_ALIAS: Rule = rule(3, 63, is_alias, "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$");
pub(crate) const SERIAL_NUMBER: Rule = rule(9, 256, is_serial, r"[\w+=/:,.@-]+");
pub(crate) const CODE: Rule = secret(rule(6, 6, is_digits, r"[\d]*"));
pub(crate) const TAG_KEY: Rule = rule(1, 128, is_tag, r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+");
pub(crate) const TAG_VALUE: Rule = rule(0, 256, is_tag, r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*");
pub(crate) const PROVIDER_URL: Rule = any(1, 255);
pub(crate) const CLIENT_ID: Rule = any(1, 255);
pub(crate) const THUMBPRINT: Rule = any(40, 40);
pub(crate) const WEB_IDENTITY_TOKEN: Rule = secret(any(4, 20_000));
pub(crate) const ENCODED_MESSAGE: Rule = any(1, 10_240);
pub(crate) const MARKER: Rule = rule(1, 320, is_latin, r"[\u0020-\u00FF]+");
pub(crate) const ACTION_NAME: Rule = any(3, 128);
pub(crate) const RESOURCE_NAME: Rule = any(1, 2048);
pub(crate) const CONTEXT_KEY: Rule = any(5, 256);
pub(crate) const CONTEXT_VALUE: Rule = any(0, 2048);

fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'=' | b',' | b'.' | b'@' | b'-')
}

fn is_name(text: &str) -> bool {
    text.bytes().all(in_name)
}

fn is_external_id(text: &str) -> bool {
    text.bytes().all(|byte| in_name(byte) || matches!(byte, b':' | b'/'))
}

fn is_serial(text: &str) -> bool {
    is_external_id(text)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// AWS's ids are letters and digits; root keys that somebody chose may also have dots and dashes.
fn is_access_key_id(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

fn is_path(text: &str) -> bool {
    let inner = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    text == "/" || inner.is_some_and(|inner| !inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_graphic()))
}

fn is_policy_path(text: &str) -> bool {
    let Some(inner) = text.strip_suffix('/') else { return false };
    inner.is_empty()
        || inner.strip_prefix('/').is_some_and(|rest| rest.split('/').all(|part| !part.is_empty() && is_name(part)))
}

fn is_path_prefix(text: &str) -> bool {
    text.starts_with('/') && text.bytes().all(|byte| matches!(byte, 0x21..=0x7f))
}

fn is_latin(text: &str) -> bool {
    text.chars().all(|character| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{ff}'))
}

fn is_description(text: &str) -> bool {
    text.chars().all(|character| matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}'))
}

fn is_version_id(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('v') else { return false };
    let (number, suffix) = rest.split_once('.').unwrap_or((rest, ""));
    !number.is_empty()
        && is_digits(number)
        && !number.starts_with('0')
        && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_alias(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.bytes().all(|byte| plain(byte) || byte == b'-')
        && text.bytes().next().is_some_and(plain)
        && text.bytes().last().is_some_and(plain)
        && !text.contains("--")
}

/// Letters, digits and separators of any script, and a few signs.
fn is_tag(text: &str) -> bool {
    text.chars().all(|character| {
        character.is_alphanumeric()
            || (character.is_whitespace() && !character.is_control())
            || matches!(character, '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_what_the_models_take() {
        let cases: &[(Rule, &[&str], &[&str])] = &[
            (USER_NAME, &["anna", "a+b=c,d.e@f-g_h"], &["a b", "a/b", "ä", "a\n"]),
            (PATH, &["/", "/a/", "/a/b/", "//!/"], &["", "a/", "/a", "/ä/", "/a b/", "//"]),
            (POLICY_PATH, &["/", "/a/", "/a/b/"], &["", "//", "/a", "/a!/", "a/"]),
            (PATH_PREFIX, &["/", "/a", "/a/"], &["a", "/a b"]),
            (VERSION_ID, &["v1", "v10", "v1.x-1"], &["1", "v0", "v", "vx", "v1.!"]),
            (ACCOUNT_ALIAS, &["abc", "a-b-c", "1a2"], &["-ab", "ab-", "a--b", "Abc"]),
            (TAG_KEY, &["Team name", "größe", "a:b/c=d+e-f@g_h.i"], &["a,b", "a\tb", "a\nb", "a*"]),
            (CODE, &["123456"], &["12345a", "١٢٣٤٥٦"]),
            (DOCUMENT, &["{\"a\": \"ÿ\"}\r\n\t"], &["\u{100}", "\u{1}"]),
        ];
        for (rule, good, bad) in cases {
            let pattern = rule.pattern.expect("a rule with a pattern");
            assert!(good.iter().all(|text| (pattern.matches)(text)), "{good:?} {}", pattern.text);
            for text in *bad {
                assert!(!(pattern.matches)(text), "{text:?} {}", pattern.text);
            }
        }
    }
}
