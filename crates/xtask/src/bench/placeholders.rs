//! Names in braces within a command line, and what is put in their place.

use anyhow::{Result, bail};

/// Replaces each `{name}` by what `value` gives for it. A name is of lower-case letters, digits and hyphens; braces around
/// anything else, or after a dollar sign, are the shell's or JSON's and stay.
///
/// # Errors
/// A name without a value: a slip of the pen would reach the shell otherwise.
pub(super) fn fill(text: &str, value: &mut dyn FnMut(&str) -> Result<Option<String>>) -> Result<String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        filled.push_str(before);
        let name = from[1..].split_once('}').map(|(name, _)| name).filter(|name| is_name(name));
        match name {
            Some(name) if !before.ends_with('$') => {
                let Some(value) = value(name)? else { bail!("there is no placeholder {{{name}}}") };
                filled.push_str(&value);
                rest = &from[name.len() + 2..];
            }
            _ => {
                filled.push('{');
                rest = &from[1..];
            }
        }
    }
    filled.push_str(rest);
    Ok(filled)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String> {
        fill(text, &mut |name| {
            Ok(match name {
                "port" => Some("90".to_owned()),
                "data" => Some("/tmp/{port}".to_owned()),
                _ => None,
            })
        })
    }

    #[test]
    fn only_names_are_replaced() {
        for (text, expected) in [
            ("", ""),
            ("serve --port {port} --dir={data}", "serve --port 90 --dir=/tmp/{port}"),
            ("{port}{port}", "9090"),
            ("${port} {} { x; } {\"a\":{\"b\":\"{port}\"}}", "${port} {} { x; } {\"a\":{\"b\":\"90\"}}"),
            ("{port", "{port"),
            ("größe {A} {a b}", "größe {A} {a b}"),
        ] {
            assert_eq!(filled(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        assert!(filled("x {prot}").unwrap_err().to_string().contains("{prot}"));
    }
}
