//! Which managed policies are attached to users, groups and roles, and their permissions boundaries.

use larder_identity::{AccountState, PolicyRef};

use super::holder::Kind;
use crate::operations::{Done, done};
use crate::protocol::{Fault, Page, Xml, rules};
use crate::request::Request;

pub(in crate::operations) fn attach(
    request: &Request<'_>,
    state: &mut AccountState,
    kind: Kind,
) -> Result<Done, Fault> {
    state.attach_policy(kind.of(request)?, request.text("PolicyArn", &rules::ARN)?)?;
    done()
}

pub(in crate::operations) fn detach(
    request: &Request<'_>,
    state: &mut AccountState,
    kind: Kind,
) -> Result<Done, Fault> {
    state.detach_policy(kind.of(request)?, request.text("PolicyArn", &rules::ARN)?)?;
    done()
}

pub(in crate::operations) fn list(request: &Request<'_>, state: &AccountState, kind: Kind) -> Result<Xml, Fault> {
    let prefix = request.input.optional("PathPrefix", &rules::PATH_PREFIX)?.unwrap_or("/");
    let attached = state.attached(kind.of(request)?)?.iter();
    let attached = attached.filter(|arn| path(state, arn).is_some_and(|path| path.starts_with(prefix)));
    let page = Page::of(&request.input, attached.map(|arn| (arn.to_string(), arn)))?;
    let mut xml = Xml::new();
    page.write(&mut xml, "AttachedPolicies", |xml, arn| write(xml, arn));
    Ok(xml)
}

/// The content of an `AttachedPolicy`.
pub(in crate::operations) fn write(xml: &mut Xml, arn: &str) {
    xml.text("PolicyName", name_of(arn));
    xml.text("PolicyArn", arn);
}

/// The name is what follows the path, as in every ARN of a policy.
pub(in crate::operations) fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn path(state: &AccountState, arn: &str) -> Option<String> {
    Some(match state.find_policy(arn)? {
        PolicyRef::Own(policy) => policy.path.to_string(),
        PolicyRef::Aws(policy) => policy.path.to_string(),
    })
}

pub(in crate::operations) fn put_boundary(
    request: &Request<'_>,
    state: &mut AccountState,
    kind: Kind,
) -> Result<Done, Fault> {
    let boundary = request.text("PermissionsBoundary", &rules::ARN)?;
    state.put_permissions_boundary(kind.of(request)?, boundary)?;
    done()
}

pub(in crate::operations) fn delete_boundary(
    request: &Request<'_>,
    state: &mut AccountState,
    kind: Kind,
) -> Result<Done, Fault> {
    state.delete_permissions_boundary(kind.of(request)?)?;
    done()
}
