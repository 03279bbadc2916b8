//! The condition keys of a simulation: those of `ContextEntries`, and what is known of the simulated principal.

use std::borrow::Cow;

use larder_policy::{Context, Principal, Values};

use crate::authorize;
use crate::protocol::{Fault, rules};
use crate::request::Request;

/// A key in lower case, its values, and whether it is multivalued.
#[derive(Clone, Debug)]
struct Entry {
    key: String,
    values: Vec<String>,
    many: bool,
}

/// All keys.
#[derive(Clone, Debug)]
pub(super) struct Entries(Vec<Entry>);

impl Entries {
    pub(super) fn read(request: &Request<'_>, caller: Option<&Principal>) -> Result<Self, Fault> {
        let mut entries = Vec::new();
        for member in request.input.members("ContextEntries")? {
            let key = member.required("ContextKeyName", &rules::CONTEXT_KEY)?.to_ascii_lowercase();
            let values = member.texts("ContextKeyValues", &rules::CONTEXT_VALUE)?;
            let many = member.word("ContextKeyType", &TYPES)?.unwrap_or(values.len() != 1);
            entries.push(Entry { key, values: values.into_iter().map(str::to_owned).collect(), many });
        }
        if let Some(caller) = caller {
            let known = |key: &str, value: String| Entry { key: key.to_owned(), values: vec![value], many: false };
            entries.push(known("aws:principalarn", principal_arn(caller)));
            entries.extend(caller.account().map(|account| known("aws:principalaccount", account.to_string())));
            match caller {
                Principal::User { id, name, .. } => {
                    entries.push(known("aws:username", name.to_string()));
                    entries.push(known("aws:userid", id.to_string()));
                    entries.push(known("aws:principaltype", "User".to_owned()));
                }
                Principal::AssumedRole { id, .. } => {
                    entries.push(known("aws:userid", id.to_string()));
                    entries.push(known("aws:principaltype", "AssumedRole".to_owned()));
                }
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

/// `aws:PrincipalArn` of a session is its role's ARN.
fn principal_arn(caller: &Principal) -> String {
    match caller {
        Principal::AssumedRole { role_arn, .. } => role_arn.to_string(),
        other => authorize::arn(other),
    }
}

impl Context for Entries {
    fn get(&self, key: &str, suffix: Option<&str>) -> Option<Values<'_>> {
        let matches = |entry: &&Entry| match suffix {
            None => entry.key == key,
            Some(suffix) => {
                entry.key.split_once('/').is_some_and(|(own, rest)| own == key && rest.eq_ignore_ascii_case(suffix))
            }
        };
        // Those of the request come first, and so win.
        let entry = self.0.iter().find(matches)?;
        let mut values = entry.values.iter().map(|value| Cow::Borrowed(value.as_str()));
        match (entry.many, values.next()) {
            (false, Some(value)) => Some(Values::One(value)),
            (false, None) => None,
            (true, first) => Some(Values::Many(first.into_iter().chain(values).collect())),
        }
    }
}
