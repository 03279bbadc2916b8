//! What S3 asks of bucket policies.

use super::conditions::{ConditionFault, conditions};
use super::principals::{PrincipalFault, principals};
use super::shape::{Listed, RawDocument, RawStatement, SYNTAX};
use super::{Checked, catalog, has_variables, repeats_sid};
use crate::Effect;
use crate::action::ActionSet;
use crate::condition::{Condition, ValueFamily};
use crate::glob::{Pattern, wildcards};
use crate::json::{Node, Value};
use crate::resource::ResourceSet;

const INVALID_RESOURCE: &str = "Policy has invalid resource";
/// The words of AWS's parser of resource-based policies.
pub(super) const REPEATED_SID: &str = "The Statement Ids in the policy are not unique";
const INVALID_ACTION: &str = "Policy has invalid action";

pub(super) fn check(document: &RawDocument<'_>, bucket: &str) -> Result<Vec<Checked>, String> {
    let variables = has_variables(document.version);
    let checked = document.statements.iter().map(|raw| check_statement(raw, bucket, variables));
    let checked = checked.collect::<Result<_, _>>()?;
    if repeats_sid(&document.statements) {
        return Err(REPEATED_SID.to_owned());
    }
    Ok(checked)
}

fn check_statement(raw: &RawStatement<'_>, bucket: &str, variables: bool) -> Result<Checked, String> {
    let effect = effect(raw.effect)?;
    let principal = raw.principal.ok_or("Missing required field Principal")?;
    if principal.not && effect == Effect::Allow {
        return Err("Allow with NotPrincipal is not allowed.".to_owned());
    }
    let principals = principals(principal).map_err(|fault| principal_message(&fault))?;
    let action = filled(raw.action.as_ref(), "Action")?;
    if !action.items.iter().all(|item| catalog::is_action(item)) {
        return Err(INVALID_ACTION.to_owned());
    }
    let resource = filled(raw.resource.as_ref(), "Resource")?;
    if !resource.items.iter().all(|item| is_of_bucket(item, bucket, variables)) {
        return Err(INVALID_RESOURCE.to_owned());
    }
    if !applies(action, resource) {
        return Err("Action does not apply to any resource(s) in statement".to_owned());
    }
    let resources = ResourceSet::new(resource.not, &resource.items, variables).map_err(|_| INVALID_RESOURCE)?;
    let conditions = conditions(raw.condition, variables).map_err(condition_message)?;
    for condition in &conditions {
        check_key(condition, action)?;
    }
    Ok(Checked {
        effect,
        principals: Some(principals),
        actions: ActionSet::new(action.not, &action.items),
        resources: Some(resources),
        conditions,
    })
}

/// `Allow` or `Deny`, in the words that S3 and trust policies share.
pub(super) fn effect(node: Option<&Node>) -> Result<Effect, String> {
    let written = match &node.ok_or("Missing required field Effect")?.value {
        Value::Text(text) if text == "Allow" => return Ok(Effect::Allow),
        Value::Text(text) if text == "Deny" => return Ok(Effect::Deny),
        Value::Text(text) | Value::Number(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Null | Value::List(_) | Value::Map(_) => return Err(SYNTAX.to_owned()),
    };
    Err(format!("Invalid effect: {written}"))
}

/// The element, which must be there and name something.
pub(super) fn filled<'a, 'b>(listed: Option<&'a Listed<'b>>, name: &str) -> Result<&'a Listed<'b>, String> {
    let listed = listed.ok_or_else(|| format!("Missing required field {name}"))?;
    if listed.items.is_empty() {
        return Err(format!("Missing required field {name} cannot be empty!"));
    }
    Ok(listed)
}

fn principal_message(fault: &PrincipalFault) -> String {
    match fault {
        PrincipalFault::Empty => "Missing required field Principal cannot be empty!".to_owned(),
        PrincipalFault::Type(_) | PrincipalFault::Name { .. } => "Invalid principal in policy".to_owned(),
    }
}

pub(super) fn condition_message(fault: ConditionFault) -> String {
    match fault {
        ConditionFault::Operator(name) => format!("Invalid Condition type : {name}"),
        ConditionFault::Value(ValueFamily::IpAddress) => "Invalid IP address in Conditions".to_owned(),
        ConditionFault::Shape | ConditionFault::Value(_) => SYNTAX.to_owned(),
    }
}

/// The part of an S3 ARN after the partition, or `None` for another ARN.
fn s3_name(resource: &str) -> Option<&str> {
    super::identity::PARTITIONS
        .iter()
        .find_map(|partition| resource.strip_prefix("arn:")?.strip_prefix(partition)?.strip_prefix(":s3:::"))
        .filter(|name| !name.is_empty())
}

/// Whether the resource is the bucket or in it. A bucket whose name comes out of a variable is compared at each request.
fn is_of_bucket(resource: &str, bucket: &str, variables: bool) -> bool {
    let Some(name) = s3_name(resource) else { return false };
    let named = name.split('/').next().unwrap_or(name);
    if variables && named.contains("${") {
        return true;
    }
    Pattern::new(wildcards(named)).matches(bucket)
}

/// Whether each action can be done to one of the resources at least.
fn applies(action: &Listed<'_>, resource: &Listed<'_>) -> bool {
    if action.not || resource.not {
        return true;
    }
    let names = || resource.items.iter().filter_map(|item| s3_name(item));
    let bucket = names().any(|name| !name.contains('/'));
    let object = names().any(|name| name.contains(['/', '*']) || name.contains("${"));
    action.items.iter().all(|item| catalog::applies(item, bucket, object))
}

/// Whether S3 knows the key, and gives it with each of the statement's actions.
fn check_key(condition: &Condition, action: &Listed<'_>) -> Result<(), String> {
    let key = &condition.key;
    let vendor = key.name.split(':').next().unwrap_or_default();
    let name = key.name.get(vendor.len() + 1..).unwrap_or_default();
    let given = match vendor {
        _ if name.is_empty() => None,
        "aws" | "sts" | "saml" | "ec2" | "lambda" | "ssm" | "glue" | "identitystore" => return Ok(()),
        // Keys of identity providers begin with their host.
        host if host.contains('.') => return Ok(()),
        "s3" => catalog::key_scope(name, key.suffix.is_some()),
        _ => None,
    };
    let scope = given.ok_or("Policy has an invalid condition key")?;
    if !action.not && !action.items.iter().all(|item| catalog::gives(scope, item)) {
        return Err("Conditions do not apply to combination of actions and resources in statement".to_owned());
    }
    Ok(())
}
