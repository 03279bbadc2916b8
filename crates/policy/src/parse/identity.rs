//! What IAM asks of identity policies, permissions boundaries and session policies.

use super::conditions::{ConditionFault, conditions};
use super::shape::{Listed, RawDocument, RawStatement};
use super::{Checked, has_variables, repeats_sid};
use crate::Effect;
use crate::action::ActionSet;
use crate::condition::{Condition, ValueFamily};
use crate::resource::ResourceSet;

pub(super) const SYNTAX: &str = "Syntax errors in policy.";
const LEGACY: &str = "The policy failed legacy parsing";

/// The partitions of AWS that ARNs may name.
pub(super) const PARTITIONS: [&str; 5] = ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b"];

const IAM_PATHS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// IAM checks the whole document for one thing before it looks for the next; so does this.
pub(super) fn check(document: &RawDocument<'_>) -> Result<Vec<Checked>, String> {
    let variables = has_variables(document.version);
    let statements = &document.statements;
    if statements.iter().any(|raw| raw.principal.is_some()) {
        return Err("Policy document should not specify a principal.".to_owned());
    }
    let spelled = statements.iter().map(spelled_effect).collect::<Result<Vec<_>, _>>()?;
    let mut compiled: Vec<Vec<Condition>> = Vec::with_capacity(statements.len());
    let mut legacy = false;
    for raw in statements {
        match conditions(raw.condition, variables) {
            Ok(conditions) => compiled.push(conditions),
            Err(ConditionFault::Shape | ConditionFault::Operator(_)) => return Err(SYNTAX.to_owned()),
            Err(ConditionFault::Value(family)) => {
                // An unfinished variable is an error of syntax; a value of the wrong form comes to light later.
                let text = matches!(
                    family,
                    ValueFamily::String | ValueFamily::StringIgnoringCase | ValueFamily::StringLike | ValueFamily::Arn
                );
                if text {
                    return Err(SYNTAX.to_owned());
                }
                legacy = true;
            }
        }
    }
    let effects: Vec<Effect> = spelled.into_iter().flatten().collect();
    let resource_fault = statements.iter().filter_map(|raw| raw.resource.as_ref()).try_fold(None, resource_fault)?;
    if legacy || effects.len() != statements.len() {
        return Err(LEGACY.to_owned());
    }
    if repeats_sid(statements) {
        return Err("Statement IDs (SID) in a single policy must be unique.".to_owned());
    }
    if statements.iter().any(|raw| is_empty(raw.action.as_ref())) {
        return Err("Policy statement must contain actions.".to_owned());
    }
    if statements.iter().any(|raw| is_empty(raw.resource.as_ref())) {
        return Err("Policy statement must contain resources.".to_owned());
    }
    if let Some(fault) = resource_fault {
        return Err(fault);
    }
    let zipped = statements.iter().zip(effects).zip(compiled);
    zipped.map(|((raw, effect), conditions)| check_statement(raw, effect, conditions, variables)).collect()
}

fn check_statement(
    raw: &RawStatement<'_>,
    effect: Effect,
    conditions: Vec<Condition>,
    variables: bool,
) -> Result<Checked, String> {
    let (Some(action), Some(resource)) = (&raw.action, &raw.resource) else { return Err(SYNTAX.to_owned()) };
    for item in &action.items {
        check_action(item)?;
    }
    let resources = ResourceSet::new(resource.not, &resource.items, variables).map_err(|_| SYNTAX)?;
    Ok(Checked {
        effect,
        principals: None,
        actions: ActionSet::new(action.not, &action.items),
        resources: Some(resources),
        conditions,
    })
}

/// The effect; `None` when only its case is wrong, which IAM notices later than other spellings.
fn spelled_effect(raw: &RawStatement<'_>) -> Result<Option<Effect>, String> {
    match raw.effect.and_then(|node| node.text()) {
        Some("Allow") => Ok(Some(Effect::Allow)),
        Some("Deny") => Ok(Some(Effect::Deny)),
        Some(text) if text.eq_ignore_ascii_case("allow") || text.eq_ignore_ascii_case("deny") => Ok(None),
        _ => Err(SYNTAX.to_owned()),
    }
}

fn is_empty(listed: Option<&Listed<'_>>) -> bool {
    listed.is_none_or(|listed| listed.items.is_empty())
}

fn check_action(action: &str) -> Result<(), String> {
    if action == "*" {
        return Ok(());
    }
    let (vendor, name) =
        action.split_once(':').ok_or("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")?;
    if name.contains(':') {
        return Err("Actions/Condition can contain only one colon.".to_owned());
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if vendor != "*" && (vendor.is_empty() || !vendor.bytes().all(plain)) {
        return Err(format!("Vendor {vendor} is not valid"));
    }
    Ok(())
}

/// The first fault of a resource's form; errors are those that IAM finds before the others.
fn resource_fault(found: Option<String>, listed: &Listed<'_>) -> Result<Option<String>, String> {
    let mut found = found;
    for resource in listed.items.iter().filter(|resource| **resource != "*") {
        if found.is_some() {
            break;
        }
        found = form_fault(resource);
        let segments: Vec<&str> = resource.split(':').collect();
        let unfinished = resource.contains("::") && segments.len() < 6;
        if found.is_none() && (unfinished || segments.get(2).is_none_or(|service| service.is_empty())) {
            return Err(LEGACY.to_owned());
        }
    }
    Ok(found)
}

fn form_fault(resource: &str) -> Option<String> {
    let Some((_, rest)) = resource.split_once(':') else {
        return Some(format!("Resource {resource} must be in ARN format or \"*\"."));
    };
    let (partition, rest) = match rest.split_once(':') {
        Some((partition, rest)) => (partition, Some(rest)),
        None => (rest, None),
    };
    if !PARTITIONS.contains(&partition) {
        return Some(partition_fault(partition, rest.unwrap_or_default()));
    }
    let Some(rest) = rest else {
        return Some("Resource vendor must be fully qualified and cannot contain regexes.".to_owned());
    };
    let (service, rest) = rest.split_once(':').unwrap_or((rest, ""));
    let mut segments = rest.splitn(3, ':');
    let region = segments.next().unwrap_or_default();
    let has_region = !region.is_empty() || !rest.starts_with(':');
    match service {
        // The ARNs of access points and jobs name regions, as do patterns that may be theirs.
        "s3" if has_region && !region.contains(['*', '?']) && !names_access_point(rest) => {
            Some(format!("Resource {resource} can not contain region information."))
        }
        "iam" if has_region && region != "*" => {
            Some(format!("IAM resource {resource} cannot contain region information."))
        }
        "iam" => {
            let path = rest.splitn(3, ':').nth(2).unwrap_or_default();
            let valid = path == "*" || path == "root" || path.starts_with("${") || is_iam_path(path);
            (!valid).then(|| format!("IAM resource path must either be \"*\" or start with {}.", IAM_PATHS.join(", ")))
        }
        _ => None,
    }
}

/// Whether the path starts as IAM's do. A wildcard may stand for the rest of such a start.
fn is_iam_path(path: &str) -> bool {
    let before = path.find(['*', '?']).map_or(path, |at| &path[..at]);
    let cut = before.len() < path.len();
    IAM_PATHS.iter().any(|start| before.starts_with(start) || (cut && start.starts_with(before)))
}

fn names_access_point(rest: &str) -> bool {
    rest.splitn(3, ':').nth(2).is_some_and(|name| {
        ["accesspoint", "job/", "storage-lens", "async-request/", "access-grants"]
            .iter()
            .any(|kind| name.starts_with(kind))
    })
}

fn partition_fault(partition: &str, rest: &str) -> String {
    let mut segments = rest.splitn(4, ':');
    let mut shown = Vec::with_capacity(4);
    let several = rest.contains(':');
    shown.push(segments.next().filter(|first| !first.is_empty() || several).unwrap_or("*"));
    shown.extend((0..3).map(|_| segments.next().unwrap_or("*")));
    format!("Partition \"{partition}\" is not valid for resource \"arn:{partition}:{}\".", shown.join(":"))
}
