//! What IAM asks of a role's trust policy.

use super::bucket::{REPEATED_SID, condition_message, effect, filled};
use super::conditions::conditions;
use super::principals::{PrincipalFault, principals};
use super::shape::{RawDocument, RawStatement};
use super::{Checked, has_variables, repeats_sid};
use crate::Effect;
use crate::action::ActionSet;
use crate::glob::{Pattern, wildcards};

/// What a trust policy may allow, in lower case.
const ACTIONS: [&str; 7] = [
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:assumeroot",
    "sts:setcontext",
    "sts:setsourceidentity",
    "sts:tagsession",
];

pub(super) fn check(document: &RawDocument<'_>) -> Result<Vec<Checked>, String> {
    let variables = has_variables(document.version);
    let checked = document.statements.iter().map(|raw| check_statement(raw, variables)).collect::<Result<_, _>>()?;
    if repeats_sid(&document.statements) {
        return Err(REPEATED_SID.to_owned());
    }
    Ok(checked)
}

fn check_statement(raw: &RawStatement<'_>, variables: bool) -> Result<Checked, String> {
    let effect = effect(raw.effect)?;
    let principal = raw.principal.ok_or("Missing required field Principal")?;
    if principal.not {
        return Err(match effect {
            Effect::Allow => "Allow with NotPrincipal is not allowed.".to_owned(),
            Effect::Deny => "AssumeRole policy must not contain NotPrincipal field.".to_owned(),
        });
    }
    let principals = principals(principal).map_err(|fault| principal_message(&fault))?;
    if !principals.canonical.is_empty() {
        return Err("Invalid principal in policy: \"CanonicalUser\"".to_owned());
    }
    let action = filled(raw.action.as_ref(), "Action")?;
    if !action.items.iter().all(|item| is_assuming(item)) {
        return Err("AssumeRole policy may only specify STS AssumeRole actions.".to_owned());
    }
    match &raw.resource {
        None => {}
        Some(resource) if resource.not => return Err("AssumeRole policy must not contain resources.".to_owned()),
        Some(_) => return Err("Has prohibited field Resource".to_owned()),
    }
    Ok(Checked {
        effect,
        principals: Some(principals),
        actions: ActionSet::new(action.not, &action.items),
        resources: None,
        conditions: conditions(raw.condition, variables).map_err(condition_message)?,
    })
}

fn is_assuming(action: &str) -> bool {
    let lower = action.to_lowercase();
    let pattern = Pattern::new(wildcards(&lower));
    lower.starts_with("sts:") && ACTIONS.iter().any(|known| pattern.matches(known))
}

fn principal_message(fault: &PrincipalFault) -> String {
    match fault {
        PrincipalFault::Empty => "Missing required field Principal cannot be empty!".to_owned(),
        PrincipalFault::Type(kind) => format!("Invalid principal in policy: \"{kind}\""),
        PrincipalFault::Name { kind, name } => format!("Invalid principal in policy: \"{kind}\":\"{name}\""),
    }
}
