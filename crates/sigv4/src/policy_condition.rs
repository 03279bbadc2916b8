//! One condition of a POST policy.

use serde_json::Value;

use crate::post_policy::PolicyError;

/// What a form must satisfy. Field names are lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `{"field": "value"}` or `["eq", "$field", "value"]`.
    Eq {
        /// The field.
        field: String,
        /// What it must be.
        value: String,
        /// The condition as an error names it.
        shown: String,
    },
    /// `["starts-with", "$field", "prefix"]`.
    StartsWith {
        /// The field.
        field: String,
        /// What it must start with; empty for anything.
        prefix: String,
        /// The condition as an error names it.
        shown: String,
    },
    /// `["content-length-range", min, max]`: the size of the file in bytes, both ends included.
    ContentLengthRange {
        /// The smallest size.
        min: u64,
        /// The largest size.
        max: u64,
    },
}

fn show(operation: &str, field: &str, value: &str) -> String {
    let quote = |text: &str| Value::from(text).to_string();
    format!("[{}, {}, {}]", quote(operation), quote(field), quote(value))
}

impl Condition {
    pub(crate) fn parse(value: &Value) -> Result<Self, PolicyError> {
        match value {
            Value::Object(object) => {
                let mut entries = object.iter();
                let (Some((field, value)), None) = (entries.next(), entries.next()) else {
                    return Err(PolicyError::invalid(
                        "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
                    ));
                };
                let Some(value) = value.as_str() else {
                    return Err(PolicyError::invalid("Invalid Simple-Condition: value must be a string."));
                };
                let shown = show("eq", &format!("${field}"), value);
                Ok(Self::Eq { field: field.to_ascii_lowercase(), value: value.to_owned(), shown })
            }
            Value::Array(list) => Self::parse_list(list),
            _ => Err(PolicyError::invalid("Invalid condition test: must be a List or Object.")),
        }
    }

    fn parse_list(list: &[Value]) -> Result<Self, PolicyError> {
        let Some(operation) = list.first().and_then(Value::as_str) else {
            return Err(PolicyError::invalid("Invalid Condition: missing operation identifier."));
        };
        let name = operation.to_ascii_lowercase();
        if !matches!(name.as_str(), "eq" | "starts-with" | "content-length-range") {
            return Err(PolicyError::invalid(format!("Invalid Condition: unknown operation '{operation}'.")));
        }
        let [_, first, second] = list else {
            return Err(PolicyError::invalid(format!("Invalid {name}: wrong number of arguments.")));
        };
        if name == "content-length-range" {
            let (min, max) = (size(first)?, size(second)?);
            return Ok(Self::ContentLengthRange { min, max });
        }
        let (Some(reference), Some(value)) = (first.as_str(), second.as_str()) else {
            return Err(PolicyError::invalid(format!("Invalid {name}: arguments must be strings.")));
        };
        let shown = show(operation, reference, value);
        let Some(field) = reference.strip_prefix('$').filter(|field| !field.is_empty()) else {
            return Err(PolicyError::ConditionFailed { condition: shown });
        };
        let (field, value) = (field.to_ascii_lowercase(), value.to_owned());
        Ok(match name.as_str() {
            "eq" => Self::Eq { field, value, shown },
            _ => Self::StartsWith { field, prefix: value, shown },
        })
    }

    /// The field that the condition speaks of.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Eq { field, .. } | Self::StartsWith { field, .. } => Some(field),
            Self::ContentLengthRange { .. } => None,
        }
    }

    /// Checks the condition against the value of its field; `None` when the form has no such field.
    pub(crate) fn check(&self, value: Option<&str>) -> Result<(), PolicyError> {
        let (holds, shown) = match self {
            Self::Eq { value: wanted, shown, .. } => (value == Some(wanted.as_str()), shown),
            // A field that is absent starts with the empty prefix, as "anything is allowed" includes nothing.
            Self::StartsWith { prefix, shown, field } => (starts_with(field, value.unwrap_or_default(), prefix), shown),
            Self::ContentLengthRange { .. } => return Ok(()),
        };
        if holds { Ok(()) } else { Err(PolicyError::ConditionFailed { condition: shown.clone() }) }
    }
}

/// A `Content-Type` may be a list, each element of which must match.
fn starts_with(field: &str, value: &str, prefix: &str) -> bool {
    if field == "content-type" && value.contains(',') {
        return value.split(',').all(|part| part.trim().starts_with(prefix));
    }
    value.starts_with(prefix)
}

/// A size in bytes: a number, or one in a string.
fn size(value: &Value) -> Result<u64, PolicyError> {
    let size = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    size.ok_or_else(|| PolicyError::invalid("Invalid content-length-range: the range must be non-negative integers."))
}
