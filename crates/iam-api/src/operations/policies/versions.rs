//! Versions of managed policies.

use larder_identity::{AccountState, Change, PolicyRef};

use super::found;
use crate::operations::{Done, done};
use crate::protocol::{Fault, Page, Xml, rules};
use crate::request::Request;
use crate::shapes;

pub(in crate::operations) fn create(
    request: &Request<'_>,
    change: &Change<'_>,
    state: &mut AccountState,
) -> Result<Done, Fault> {
    let arn = request.text("PolicyArn", &rules::ARN)?;
    let document = request.text("PolicyDocument", &rules::DOCUMENT)?;
    let as_default = request.input.boolean("SetAsDefault")?.unwrap_or(false);
    let version = state.create_policy_version(change, arn, document, as_default)?;
    let in_force = state.policy(arn)?.default_version;
    let mut xml = Xml::new();
    xml.element("PolicyVersion", |xml| shapes::policy_version(xml, &version, in_force, false));
    Ok(Done::Answer(xml))
}

pub(in crate::operations) fn get(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let arn = request.text("PolicyArn", &rules::ARN)?;
    let id = request.text("VersionId", &rules::VERSION_ID)?;
    let mut xml = Xml::new();
    match found(state, arn)? {
        PolicyRef::Own(policy) => {
            let version = state.policy_version(arn, id)?;
            xml.element("PolicyVersion", |xml| shapes::policy_version(xml, version, policy.default_version, true));
        }
        PolicyRef::Aws(policy) if shapes::aws_version_id(policy) == id => {
            xml.element("PolicyVersion", |xml| shapes::aws_policy_version(xml, policy, true));
        }
        PolicyRef::Aws(_) => {
            let message = format!("Policy {arn} version {id} does not exist or is not attachable.");
            return Err(Fault::missing(message));
        }
    }
    Ok(xml)
}

/// The newest comes first, as in AWS.
pub(in crate::operations) fn list(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let arn = request.text("PolicyArn", &rules::ARN)?;
    let mut xml = Xml::new();
    match found(state, arn)? {
        PolicyRef::Own(policy) => {
            let versions =
                policy.versions.iter().map(|version| (format!("{:010}", u32::MAX - version.number), version));
            let page = Page::of(&request.input, versions)?;
            page.write(&mut xml, "Versions", |xml, version| {
                shapes::policy_version(xml, version, policy.default_version, false);
            });
        }
        PolicyRef::Aws(policy) => {
            xml.list("Versions", [policy], |xml, policy| shapes::aws_policy_version(xml, policy, false));
            xml.value("IsTruncated", false);
        }
    }
    Ok(xml)
}

pub(in crate::operations) fn delete(
    request: &Request<'_>,
    _: &Change<'_>,
    state: &mut AccountState,
) -> Result<Done, Fault> {
    let arn = request.text("PolicyArn", &rules::ARN)?;
    state.delete_policy_version(arn, request.text("VersionId", &rules::VERSION_ID)?)?;
    done()
}

pub(in crate::operations) fn set_default(
    request: &Request<'_>,
    change: &Change<'_>,
    state: &mut AccountState,
) -> Result<Done, Fault> {
    let arn = request.text("PolicyArn", &rules::ARN)?;
    state.set_default_policy_version(change, arn, request.text("VersionId", &rules::VERSION_ID)?)?;
    done()
}
