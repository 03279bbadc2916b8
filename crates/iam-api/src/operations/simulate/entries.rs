//! The condition keys of a simulation: those of `ContextEntries`, and what is known of the simulated principal.

use std::borrow::Cow;
use std::collections::HashMap;

use larder_policy::{Context, Principal, Values};

use crate::protocol::{Fault, rules};
use crate::request::Request;

/// The values of a key, and whether it is multivalued.
#[derive(Clone, Debug)]
struct Entry {
    values: Vec<String>,
    many: bool,
}

/// All keys, in lower case.
#[derive(Clone, Debug)]
pub(super) struct Entries(HashMap<String, Entry>);

impl Entries {
    pub(super) fn read(request: &Request<'_>, caller: Option<&Principal>) -> Result<Self, Fault> {
        let mut entries = HashMap::new();
        for member in request.input.members("ContextEntries")? {
            let key = member.required("ContextKeyName", &rules::CONTEXT_KEY)?.to_ascii_lowercase();
            let values = member.texts("ContextKeyValues", &rules::CONTEXT_VALUE)?;
            let many = member.word("ContextKeyType", &TYPES)?.unwrap_or(values.len() != 1);
            let values = values.into_iter().map(str::to_owned).collect();
            entries.entry(key).or_insert(Entry { values, many });
        }
        if let Some(caller) = caller {
            // What the request says goes before.
            let mut known = |key: &str, value: String| {
                entries.entry(key.to_owned()).or_insert(Entry { values: vec![value], many: false });
            };
            if let Some(arn) = caller.principal_arn() {
                known("aws:principalarn", arn.into_owned());
            }
            if let Some(id) = caller.user_id() {
                known("aws:userid", id.into_owned());
            }
            if let Some(account) = caller.account() {
                known("aws:principalaccount", account.to_string());
            }
            match caller {
                Principal::User { name, .. } => {
                    known("aws:username", name.to_string());
                    known("aws:principaltype", "User".to_owned());
                }
                Principal::AssumedRole { .. } => known("aws:principaltype", "AssumedRole".to_owned()),
                _ => {}
            }
        }
        Ok(Self(entries))
    }
}

/// The types of `ContextKeyType`, and whether they have several values.
const TYPES: [(&str, bool); 12] = [
    ("string", false),
    ("stringList", true),
    ("numeric", false),
    ("numericList", true),
    ("boolean", false),
    ("booleanList", true),
    ("ip", false),
    ("ipList", true),
    ("binary", false),
    ("binaryList", true),
    ("date", false),
    ("dateList", true),
];

impl Context for Entries {
    fn get(&self, key: &str, suffix: Option<&str>) -> Option<Values<'_>> {
        let entry = match suffix {
            None => self.0.get(key)?,
            Some(suffix) => self.0.get(&format!("{key}/{}", suffix.to_ascii_lowercase()))?,
        };
        let mut values = entry.values.iter().map(|value| Cow::Borrowed(value.as_str()));
        match (entry.many, values.next()) {
            (false, Some(value)) => Some(Values::One(value)),
            (false, None) => None,
            (true, first) => Some(Values::Many(first.into_iter().chain(values).collect())),
        }
    }
}
