//! What an answer holds: a JSON object whose members are left out where they have no value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use larder_types::Timestamp;
use serde_json::{Map, Value};

/// A JSON object that is being written. `Debug` hides its values, which may be secrets.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Output(Map<String, Value>);

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Output {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a member, if there is a value.
    pub(crate) fn maybe(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds bytes, in base64.
    pub(crate) fn blob(self, name: &str, bytes: &[u8]) -> Self {
        self.with(name, STANDARD.encode(bytes))
    }

    /// Adds a time, in seconds since 1970 with a fraction.
    pub(crate) fn time(self, name: &str, at: Timestamp) -> Self {
        // Exact for some thousands of years.
        self.with(name, at.as_millis() as f64 / 1000.0)
    }

    pub(crate) fn maybe_time(self, name: &str, at: Option<Timestamp>) -> Self {
        match at {
            Some(at) => self.time(name, at),
            None => self,
        }
    }

    /// Adds a list of texts.
    pub(crate) fn texts<T: Into<String>>(self, name: &str, texts: impl IntoIterator<Item = T>) -> Self {
        let texts: Vec<Value> = texts.into_iter().map(|text| Value::String(text.into())).collect();
        self.with(name, texts)
    }

    /// Adds a list of objects.
    pub(crate) fn list(self, name: &str, items: impl IntoIterator<Item = Self>) -> Self {
        let items: Vec<Value> = items.into_iter().map(Value::from).collect();
        self.with(name, items)
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.0).expect("a JSON object has no way to fail")
    }
}

impl From<Output> for Value {
    fn from(output: Output) -> Self {
        Self::Object(output.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_as_clients_expect() {
        let output = Output::new()
            .with("Enabled", true)
            .maybe("None", None::<&str>)
            .blob("Plaintext", b"\xff\x00")
            .time("CreationDate", Timestamp::from_millis(1_767_225_600_250))
            .maybe_time("DeletionDate", None)
            .texts("Algorithms", ["A"]);
        let text = r#"{"Algorithms":["A"],"CreationDate":1767225600.25,"Enabled":true,"Plaintext":"/wA="}"#;
        assert_eq!(String::from_utf8(output.to_bytes()).expect("UTF-8"), text);
        assert!(!format!("{output:?}").contains("/wA="));
    }
}
