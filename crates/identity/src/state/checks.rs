//! Checks of names, paths and texts, in IAM's words.

use crate::IamError;

/// The longest path.
const MAX_PATH: usize = 512;

fn in_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '+' | '=' | ',' | '.' | '@' | '_' | '-')
}

/// A name of at most `longest` characters; `what` is the parameter, such as `userName`.
pub(super) fn name(what: &str, value: &str, longest: usize) -> Result<(), IamError> {
    length(what, value, 1, longest)?;
    if !value.chars().all(in_name) {
        let message = format!(
            "The specified value for {what} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
        );
        return Err(IamError::invalid(message));
    }
    Ok(())
}

/// A path: `/`, or text between two slashes.
pub(super) fn path(value: &str) -> Result<(), IamError> {
    length("path", value, 1, MAX_PATH)?;
    let graphic = value.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if !graphic || !value.starts_with('/') || !value.ends_with('/') || value.contains("//") {
        let message = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
                       characters and/or / characters.";
        return Err(IamError::invalid(message));
    }
    Ok(())
}

/// A text of so many characters.
pub(super) fn length(what: &str, value: &str, shortest: usize, longest: usize) -> Result<(), IamError> {
    let found = value.chars().count();
    let bound = match found {
        _ if found < shortest => format!("greater than or equal to {shortest}"),
        _ if found > longest => format!("less than or equal to {longest}"),
        _ => return Ok(()),
    };
    Err(IamError::invalid(format!(
        "1 validation error detected: Value at '{what}' failed to satisfy constraint: Member must have length {bound}"
    )))
}

/// A description: at most 1,000 characters, without control characters.
pub(super) fn description(value: &str) -> Result<(), IamError> {
    length("description", value, 0, 1_000)?;
    let control = |character: char| character.is_control() && !matches!(character, '\t' | '\n' | '\r');
    if value.chars().any(control) {
        return Err(IamError::invalid(
            "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must satisfy regular \
             expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*",
        ));
    }
    Ok(())
}

/// How something is called in lookups that must not depend on case.
pub(crate) fn folded(name: &str) -> std::sync::Arc<str> {
    name.to_ascii_lowercase().into()
}
