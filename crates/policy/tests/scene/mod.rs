//! What the tests talk about: two accounts with a principal of each kind, a bucket of the first account, and a context made
//! of a list of values.

#![allow(dead_code, reason = "each test file uses a part")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use larder_policy::{Context, Kind, Policy, Principal, Values};
use larder_types::{AccountId, CanonicalUserId};

pub(crate) const OWN: &str = "111122223333";
pub(crate) const OTHER: &str = "444455556666";

pub(crate) fn account(digits: &str) -> AccountId {
    AccountId::parse(digits).expect("12 digits")
}

pub(crate) fn canonical(digits: &str) -> CanonicalUserId {
    CanonicalUserId::parse(&digits[..1].repeat(64)).expect("64 digits")
}

/// The principal of a name: `anon`, `service`, `web`; `root`, `user`, `role`, `fed` (made by the user), `fedroot` (made by the root
/// user) of the first account, and with an `x` in front those of the second.
pub(crate) fn principal(name: &str) -> Principal {
    let (digits, kind) = match name.strip_prefix('x') {
        Some(kind) => (OTHER, kind),
        None => (OWN, name),
    };
    let (account, canonical_id) = (account(digits), canonical(digits));
    let text = |text: String| Arc::from(text.as_str());
    match kind {
        "anon" => Principal::Anonymous,
        "service" => Principal::Service { name: Arc::from("logging.s3.amazonaws.com") },
        "web" => {
            Principal::WebIdentity { provider: text(format!("arn:aws:iam::{digits}:oidc-provider/id.example.com")) }
        }
        "root" => Principal::Root { account, canonical_id },
        "user" => Principal::User {
            account,
            canonical_id,
            arn: text(format!("arn:aws:iam::{digits}:user/team/anna")),
            id: Arc::from("AIDAANNAEXAMPLEEXAMPLE"),
            name: Arc::from("anna"),
        },
        "role" => Principal::AssumedRole {
            account,
            canonical_id,
            role_arn: text(format!("arn:aws:iam::{digits}:role/path/worker")),
            session_arn: text(format!("arn:aws:sts::{digits}:assumed-role/worker/nightly")),
            id: Arc::from("AROAWORKEREXAMPLEEXAMP:nightly"),
        },
        "fed" => Principal::FederatedUser {
            account,
            canonical_id,
            arn: text(format!("arn:aws:sts::{digits}:federated-user/guest")),
            id: text(format!("{digits}:guest")),
            user_arn: Some(text(format!("arn:aws:iam::{digits}:user/team/anna"))),
        },
        "fedroot" => Principal::FederatedUser {
            account,
            canonical_id,
            arn: text(format!("arn:aws:sts::{digits}:federated-user/guest")),
            id: text(format!("{digits}:guest")),
            user_arn: None,
        },
        other => panic!("no principal {other}"),
    }
}

/// The values of condition keys: several values of a key are separated by `|`, `[]` is a list without any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given(pub(crate) BTreeMap<String, String>);

impl Given {
    /// Of `key=value` pairs separated by `;`.
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = text.split(';').map(str::trim).filter(|pair| !pair.is_empty() && *pair != "-");
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or_else(|| panic!("no value in {pair}")));
        Self(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
    }
}

impl Context for Given {
    fn get(&self, key: &str, suffix: Option<&str>) -> Option<Values<'_>> {
        let name = suffix.map_or_else(|| key.to_owned(), |suffix| format!("{key}/{suffix}"));
        let value = self.0.get(&name)?;
        Some(match value.as_str() {
            "[]" => Values::Many(Vec::new()),
            list if list.contains('|') => Values::Many(list.split('|').map(Cow::Borrowed).collect()),
            one => Values::One(Cow::Borrowed(one)),
        })
    }
}

pub(crate) fn parse(text: &str, kind: Kind<'_>) -> Policy {
    Policy::parse(text, kind).unwrap_or_else(|error| panic!("{error}: {text}"))
}
