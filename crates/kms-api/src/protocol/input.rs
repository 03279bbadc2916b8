//! The members of a request's input, each read as what the model says it is.
//!
//! A member of another type is a SerializationException, a value that breaks a rule a ValidationException; both come before
//! anything is looked up. Only the first is told. Members that no operation knows are ignored, as AWS ignores them.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use larder_types::Timestamp;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::named::Named;
use super::rules::{self, Rule};
use super::{Code, Fault};

/// Most members of a list of names: more than there are names.
const MAX_NAMES: usize = 128;

/// The input of an operation. `Debug` hides its values, which may be secrets.
#[derive(Default)]
pub(crate) struct Input {
    members: Map<String, Value>,
    /// Where the object is within the input, such as `tags.1.member.`.
    path: String,
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.members.keys()).finish()
    }
}

impl Input {
    /// Reads a body. An empty one is an empty object.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Fault> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Ok(Self { members, path: String::new() }),
            Ok(_) => Err(Fault::serialization("Start of structure or map found where not expected.")),
            // The text of the error is not told: it may repeat what should stay secret.
            Err(_) => Err(Fault::serialization("")),
        }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}{}", self.path, lower_first(name)) }
    }

    /// The refusal for a member that must be given and is not.
    pub(crate) fn missing(&self, name: &str) -> Fault {
        Fault::constraint(" null", &self.at(name), "Member must not be null")
    }

    /// A text as far as it is one, before its rules are checked.
    pub(crate) fn peek(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// Whether a member is given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A text, if it is given.
    pub(crate) fn text(&self, name: &str, rule: &Rule) -> Result<Option<&str>, Fault> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| mistyped(value, "String"))?;
        check(text, rule).map_err(|broken| Fault::constraint(&shown(text), &self.at(name), &broken))?;
        Ok(Some(text))
    }

    /// A text that must be given.
    pub(crate) fn required(&self, name: &str, rule: &Rule) -> Result<&str, Fault> {
        self.text(name, rule)?.ok_or_else(|| self.missing(name))
    }

    /// One of AWS's names.
    pub(crate) fn named<T: Named>(&self, name: &str) -> Result<Option<T>, Fault> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| mistyped(value, "String"))?;
        self.find_named(name, text, |constraint| Fault::constraint(&shown(text), &self.at(name), &constraint)).map(Some)
    }

    /// One of AWS's names, which must be given.
    pub(crate) fn required_named<T: Named>(&self, name: &str) -> Result<T, Fault> {
        self.named(name)?.ok_or_else(|| self.missing(name))
    }

    fn find_named<T: Named>(&self, name: &str, text: &str, refuse: impl FnOnce(String) -> Fault) -> Result<T, Fault> {
        if let Some(found) = T::ALL.iter().find(|one| one.name() == text) {
            return Ok(*found);
        }
        if T::NOT_HERE.contains(&text) {
            return Err(Fault::new(
                Code::UNSUPPORTED_OPERATION,
                format!("{name} {text} is not supported by this server."),
            ));
        }
        let names: Vec<&str> = T::ALL.iter().map(|one| one.name()).chain(T::NOT_HERE.iter().copied()).collect();
        Err(refuse(format!("Member must satisfy enum value set: [{}]", names.join(", "))))
    }

    /// Bytes. The value is in no error: it may be a secret.
    pub(crate) fn blob(&self, name: &str, length: RangeInclusive<usize>) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| mistyped(value, "ByteBuffer"))?;
        let bytes = STANDARD.decode(text).map(Zeroizing::new);
        let bytes = bytes.map_err(|_| Fault::serialization("The binary value is not in base64."))?;
        if bytes.len() < *length.start() || bytes.len() > *length.end() {
            let bound = bound(bytes.len() < *length.start(), *length.start(), *length.end());
            return Err(Fault::constraint("", &self.at(name), &format!("Member must have length {bound}")));
        }
        Ok(Some(bytes))
    }

    /// Bytes that must be given.
    pub(crate) fn required_blob(&self, name: &str, length: RangeInclusive<usize>) -> Result<Zeroizing<Vec<u8>>, Fault> {
        self.blob(name, length)?.ok_or_else(|| self.missing(name))
    }

    /// A truth, if it is given.
    pub(crate) fn truth(&self, name: &str) -> Result<Option<bool>, Fault> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| mistyped(value, "Boolean"))
    }

    /// A truth that is no when it is not given.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Fault> {
        Ok(self.truth(name)?.unwrap_or(false))
    }

    /// A whole number, if it is given.
    pub(crate) fn number(&self, name: &str, allowed: RangeInclusive<u32>) -> Result<Option<u32>, Fault> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.as_i64().ok_or_else(|| mistyped(value, "Integer"))?;
        let found = u32::try_from(number).ok().filter(|number| allowed.contains(number));
        found.map(Some).ok_or_else(|| {
            let bound = bound(number < i64::from(*allowed.start()), *allowed.start(), *allowed.end());
            Fault::constraint(&format!(" '{number}'"), &self.at(name), &format!("Member must have value {bound}"))
        })
    }

    /// A number with a fraction, if it is given.
    pub(crate) fn decimal(&self, name: &str) -> Result<Option<f64>, Fault> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.as_f64().map(Some).ok_or_else(|| mistyped(value, "Double"))
    }

    /// A time, in seconds since 1970.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Timestamp>, Fault> {
        let Some(seconds) = self.decimal(name)? else { return Ok(None) };
        // To the year 9999; what is beyond cannot be written as a date.
        if !(0.0..253_402_300_800.0).contains(&seconds) {
            return Err(Fault::serialization("The timestamp is out of range."));
        }
        Ok(Some(Timestamp::from_millis((seconds * 1000.0) as i64)))
    }

    fn items(&self, name: &str) -> Result<Option<&Vec<Value>>, Fault> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.as_array().map(Some).ok_or_else(|| mistyped(value, "List"))
    }

    fn counted(&self, name: &str, most: usize) -> Result<Option<&Vec<Value>>, Fault> {
        let items = self.items(name)?;
        match items {
            Some(items) if items.len() > most => {
                let constraint = format!("Member must have length less than or equal to {most}");
                Err(Fault::constraint("", &self.at(name), &constraint))
            }
            items => Ok(items),
        }
    }

    /// A list of texts; an absent one is empty.
    pub(crate) fn texts(&self, name: &str, rule: &Rule, most: usize) -> Result<Vec<&str>, Fault> {
        let items = self.counted(name, most)?.map(Vec::as_slice).unwrap_or_default();
        let read = |value: &'_ Value| {
            let text = value.as_str().ok_or_else(|| mistyped(value, "String"))?;
            let nested = |broken: String| {
                Fault::constraint("", &self.at(name), &format!("Member must satisfy constraint: [{broken}]"))
            };
            check(text, rule).map_err(nested)
        };
        items.iter().try_for_each(read)?;
        Ok(items.iter().filter_map(Value::as_str).collect())
    }

    /// A list of texts that must be given.
    pub(crate) fn required_texts(&self, name: &str, rule: &Rule, most: usize) -> Result<Vec<&str>, Fault> {
        if self.has(name) { self.texts(name, rule, most) } else { Err(self.missing(name)) }
    }

    /// A list of AWS's names, in the order that they are given in; an absent one is empty.
    pub(crate) fn list_named<T: Named>(&self, name: &str) -> Result<Vec<T>, Fault> {
        let items = self.counted(name, MAX_NAMES)?.map(Vec::as_slice).unwrap_or_default();
        let read = |value: &Value| {
            let text = value.as_str().ok_or_else(|| mistyped(value, "String"))?;
            self.find_named(name, text, |constraint| {
                let constraint = format!("Member must satisfy constraint: [{constraint}]");
                Fault::constraint(&format!(" '[{}]'", printable(text)), &self.at(name), &constraint)
            })
        };
        items.iter().map(read).collect()
    }

    /// A list of AWS's names, which must be given.
    pub(crate) fn required_list_named<T: Named>(&self, name: &str) -> Result<Vec<T>, Fault> {
        if self.has(name) { self.list_named(name) } else { Err(self.missing(name)) }
    }

    /// A map of texts, if it is given.
    pub(crate) fn map(&self, name: &str) -> Result<Option<BTreeMap<String, String>>, Fault> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let entries = value.as_object().ok_or_else(|| mistyped(value, "Map"))?;
        let read = |(key, value): (&String, &Value)| {
            let text = value.as_str().ok_or_else(|| mistyped(value, "String"))?;
            for part in [key, text] {
                check(part, &rules::ANY).map_err(|broken| Fault::constraint("", &self.at(name), &broken))?;
            }
            Ok((key.clone(), text.to_owned()))
        };
        entries.iter().map(read).collect::<Result<_, Fault>>().map(Some)
    }

    /// An object, if it is given.
    pub(crate) fn object(&self, name: &str) -> Result<Option<Self>, Fault> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let members = value.as_object().ok_or_else(|| mistyped(value, "Structure"))?.clone();
        Ok(Some(Self { members, path: format!("{}.", lower_first(&self.at(name))) }))
    }

    /// A list of objects; an absent one is empty.
    pub(crate) fn objects(&self, name: &str, most: usize) -> Result<Vec<Self>, Fault> {
        let items = self.counted(name, most)?.map(Vec::as_slice).unwrap_or_default();
        let read = |(index, value): (usize, &Value)| {
            let members = value.as_object().ok_or_else(|| mistyped(value, "Structure"))?.clone();
            Ok(Self { members, path: format!("{}.{}.member.", lower_first(&self.at(name)), index + 1) })
        };
        items.iter().enumerate().map(read).collect()
    }

    /// A list of objects that must be given.
    pub(crate) fn required_objects(&self, name: &str, most: usize) -> Result<Vec<Self>, Fault> {
        if self.has(name) { self.objects(name, most) } else { Err(self.missing(name)) }
    }
}

/// AWS's words for a value of another type than the model's.
fn mistyped(value: &Value, wanted: &str) -> Fault {
    let found = match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    };
    let article = if wanted.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
    Fault::serialization(format!("{found} can not be converted to {article} {wanted}"))
}

/// The constraint that a text breaks.
fn check(text: &str, rule: &Rule) -> Result<(), String> {
    let count = text.chars().count();
    if !(rule.min..=rule.max).contains(&count) {
        return Err(format!("Member must have length {}", bound(count < rule.min, rule.min, rule.max)));
    }
    match rule.pattern {
        Some((pattern, matches)) if !text.is_empty() && !matches(text) => {
            Err(format!("Member must satisfy regular expression pattern: {pattern}"))
        }
        _ => Ok(()),
    }
}

fn bound<T: std::fmt::Display>(is_low: bool, least: T, most: T) -> String {
    if is_low { format!("greater than or equal to {least}") } else { format!("less than or equal to {most}") }
}

/// A value as a message repeats it.
fn shown(text: &str) -> String {
    format!(" '{}'", printable(text))
}

/// The beginning of a text that may be long or odd.
fn printable(text: &str) -> String {
    text.chars().take(256).map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect()
}

fn lower_first(name: &str) -> String {
    let mut name = name.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    name
}

#[cfg(test)]
mod tests;
