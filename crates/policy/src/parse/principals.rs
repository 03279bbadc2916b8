//! Reads the `Principal` and `NotPrincipal` elements.

use larder_types::{AccountId, CanonicalUserId};

use super::shape::{RawPrincipal, texts};
use crate::principal_set::PrincipalSet;

/// What is wrong with a principal.
pub(super) enum PrincipalFault {
    /// The element names nobody.
    Empty,
    /// There is no such type of principal, or the element has the wrong JSON type.
    Type(String),
    /// This name of this type is not that of a principal.
    Name { kind: &'static str, name: String },
}

pub(super) fn principals(raw: RawPrincipal<'_>) -> Result<PrincipalSet, PrincipalFault> {
    let mut set = PrincipalSet { not: raw.not, ..PrincipalSet::default() };
    if let Some(text) = raw.node.text() {
        if text != "*" {
            return Err(PrincipalFault::Type(text.to_owned()));
        }
        set.everybody = true;
        set.written.push("*".into());
        return Ok(set);
    }
    let entries = raw.node.map().ok_or_else(|| PrincipalFault::Type(String::new()))?;
    for (kind, node) in entries {
        for name in texts(node).ok_or_else(|| PrincipalFault::Type(kind.clone()))? {
            let kind = match kind.as_str() {
                "AWS" => "AWS",
                "Service" => "Service",
                "Federated" => "Federated",
                "CanonicalUser" => "CanonicalUser",
                _ => return Err(PrincipalFault::Type(kind.clone())),
            };
            add(&mut set, kind, name).ok_or_else(|| PrincipalFault::Name { kind, name: name.to_owned() })?;
            if matches!(kind, "AWS" | "CanonicalUser") {
                set.written.push(name.into());
            }
        }
    }
    if set.written.is_empty() && set.services.is_empty() && set.federated.is_empty() {
        Err(PrincipalFault::Empty)
    } else {
        Ok(set)
    }
}

fn add(set: &mut PrincipalSet, kind: &'static str, name: &str) -> Option<()> {
    match kind {
        "AWS" => add_aws(set, name)?,
        "CanonicalUser" => set.canonical.push(CanonicalUserId::parse(name).ok()?.as_str().into()),
        _ if name.is_empty() || name.contains(['*', '?']) => return None,
        "Service" => set.services.push(name.into()),
        _ => set.federated.push(name.into()),
    }
    Some(())
}

fn add_aws(set: &mut PrincipalSet, name: &str) -> Option<()> {
    if name == "*" {
        set.every_aws = true;
    } else if let Ok(account) = AccountId::parse(name) {
        set.accounts.push(account);
    } else if let Some(rest) = name.strip_prefix("arn:") {
        match arn(rest)? {
            Arn::Account(account) => set.accounts.push(account),
            Arn::Other => set.arns.push(name.into()),
        }
    } else if is_unique_id(name) {
        set.ids.push(name.into());
    } else {
        return None;
    }
    Some(())
}

enum Arn {
    Account(AccountId),
    Other,
}

/// What stands behind `arn:`, without wildcards: a principal's ARN names one alone.
fn arn(rest: &str) -> Option<Arn> {
    let mut segments = rest.splitn(5, ':');
    let (partition, service, region) = (segments.next()?, segments.next()?, segments.next()?);
    let account = AccountId::parse(segments.next()?).ok()?;
    let name = segments.next()?;
    if !super::identity::PARTITIONS.contains(&partition) || !region.is_empty() || name.contains(['*', '?']) {
        return None;
    }
    let (kind, name) = name.split_once('/').unwrap_or((name, ""));
    match (service, kind, name.is_empty()) {
        ("iam", "root", true) => Some(Arn::Account(account)),
        ("iam", "user" | "role", false) | ("sts", "assumed-role" | "federated-user", false) => Some(Arn::Other),
        _ => None,
    }
}

/// `AIDA...` and `AROA...`, which AWS shows for principals that were deleted.
fn is_unique_id(name: &str) -> bool {
    (name.starts_with("AIDA") || name.starts_with("AROA"))
        && (16..=128).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
