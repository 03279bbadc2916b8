//! What KMS asks of key policies. It checks their principals and little else: conditions may name any key.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html>

use super::bucket::{REPEATED_SID, condition_message, effect, filled};
use super::conditions::conditions;
use super::principals::{PrincipalFault, principals};
use super::shape::{RawDocument, RawStatement};
use super::{Checked, has_variables, repeats_sid};
use crate::Effect;
use crate::action::ActionSet;
use crate::glob::{Pattern, wildcards};
use crate::resource::ResourceSet;

const INVALID_PRINCIPAL: &str = "Policy contains a statement with one or more invalid principals.";
const INVALID_RESOURCE: &str = "Policy has invalid resource";

pub(super) fn check(document: &RawDocument<'_>, arn: &str) -> Result<Vec<Checked>, String> {
    let variables = has_variables(document.version);
    let checked = document.statements.iter().map(|raw| check_statement(raw, arn, variables));
    let checked = checked.collect::<Result<_, _>>()?;
    if repeats_sid(&document.statements) {
        return Err(REPEATED_SID.to_owned());
    }
    Ok(checked)
}

fn check_statement(raw: &RawStatement<'_>, arn: &str, variables: bool) -> Result<Checked, String> {
    let effect = effect(raw.effect)?;
    let principal = raw.principal.ok_or("Missing required field Principal")?;
    if principal.not && effect == Effect::Allow {
        return Err("Allow with NotPrincipal is not allowed.".to_owned());
    }
    let principals = principals(principal).map_err(|fault| match fault {
        PrincipalFault::Empty => "Missing required field Principal cannot be empty!",
        PrincipalFault::Type(_) | PrincipalFault::Name { .. } => INVALID_PRINCIPAL,
    })?;
    if !principals.canonical.is_empty() {
        return Err(INVALID_PRINCIPAL.to_owned());
    }
    let action = filled(raw.action.as_ref(), "Action")?;
    if !action.items.iter().all(|item| is_action(item)) {
        return Err("Policy has invalid action".to_owned());
    }
    let resource = filled(raw.resource.as_ref(), "Resource")?;
    if !resource.items.iter().all(|item| is_of_key(item, arn, variables)) {
        return Err(INVALID_RESOURCE.to_owned());
    }
    Ok(Checked {
        effect,
        principals: Some(principals),
        actions: ActionSet::new(action.not, &action.items),
        resources: Some(ResourceSet::new(resource.not, &resource.items, variables).map_err(|_| INVALID_RESOURCE)?),
        conditions: conditions(raw.condition, variables).map_err(condition_message)?,
    })
}

/// `*`, or `kms:` and a name with or without wildcards. Which names there are AWS does not look at.
fn is_action(item: &str) -> bool {
    let named = |(vendor, name): (&str, &str)| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'?');
        vendor.eq_ignore_ascii_case("kms") && !name.is_empty() && name.bytes().all(plain)
    };
    item == "*" || item.split_once(':').is_some_and(named)
}

/// Whether the resource can be the key. One with a variable is compared at each request.
fn is_of_key(resource: &str, arn: &str, variables: bool) -> bool {
    (variables && resource.contains("${")) || Pattern::new(wildcards(resource)).matches(arn)
}
