//! Managed policies.

use std::sync::Arc;

use larder_identity::{
    AccountState, AwsManagedPolicy, Change, CreatePolicy, ManagedPolicy, PolicyRef, PolicyUse, managed,
};

use super::found;
use crate::operations::{Done, done};
use crate::protocol::{Fault, Page, Xml, rules};
use crate::request::Request;
use crate::shapes::{self, Show};

pub(in crate::operations) fn create(
    request: &Request<'_>,
    change: &Change<'_>,
    state: &mut AccountState,
) -> Result<Done, Fault> {
    let input = &request.input;
    let policy = state.create_policy(
        change,
        CreatePolicy {
            name: request.text("PolicyName", &rules::POLICY_NAME)?.to_owned(),
            path: input.optional("Path", &rules::POLICY_PATH)?.map(str::to_owned),
            description: input.optional("Description", &rules::POLICY_DESCRIPTION)?.map(str::to_owned),
            document: request.text("PolicyDocument", &rules::DOCUMENT)?.to_owned(),
            tags: input.tags()?,
        },
    )?;
    let mut xml = Xml::new();
    xml.element("Policy", |xml| shapes::policy(xml, request.account, PolicyUse::default(), &policy, Show::Whole));
    Ok(Done::Answer(xml))
}

pub(in crate::operations) fn get(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let arn = request.text("PolicyArn", &rules::ARN)?;
    let mut xml = Xml::new();
    let policy = found(state, arn)?;
    let used = state.policy_uses().of(arn);
    xml.element("Policy", |xml| match policy {
        PolicyRef::Own(policy) => shapes::policy(xml, request.account, used, policy, Show::Whole),
        PolicyRef::Aws(policy) => shapes::aws_policy(xml, used, policy, Show::Whole),
    });
    Ok(xml)
}

pub(in crate::operations) fn delete(
    request: &Request<'_>,
    _: &Change<'_>,
    state: &mut AccountState,
) -> Result<Done, Fault> {
    state.delete_policy(request.text("PolicyArn", &rules::ARN)?)?;
    done()
}

/// Whose policies are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    All,
    Aws,
    Local,
}

enum Listed<'a> {
    Own(&'a Arc<ManagedPolicy>),
    Aws(&'a AwsManagedPolicy),
}

pub(in crate::operations) fn list(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let input = &request.input;
    let scopes = [("All", Scope::All), ("AWS", Scope::Aws), ("Local", Scope::Local)];
    let scope = input.word("Scope", &scopes)?.unwrap_or(Scope::All);
    let only_attached = input.boolean("OnlyAttached")?.unwrap_or(false);
    let prefix = input.optional("PathPrefix", &rules::PATH_PREFIX)?.unwrap_or("/");
    let as_boundary =
        input.word("PolicyUsageFilter", &[("PermissionsPolicy", false), ("PermissionsBoundary", true)])?;
    let uses = state.policy_uses();
    let wanted = |path: &str, arn: &str| {
        let used = uses.of(arn);
        let (attached, bounding) = (used.attachments > 0, used.boundaries > 0);
        let used = match as_boundary {
            None => !only_attached || attached || bounding,
            Some(false) => attached,
            Some(true) => bounding,
        };
        path.starts_with(prefix) && used
    };
    let own = state.policies().filter(|_| scope != Scope::Aws);
    let own = own.filter(|policy| wanted(&policy.path, &policy.arn(request.account)));
    let own = own.map(|policy| (policy.arn(request.account), Listed::Own(policy)));
    let aws = managed::all().filter(|_| scope != Scope::Local).filter(|policy| wanted(policy.path, &policy.arn));
    let aws = aws.map(|policy| (policy.arn.clone(), Listed::Aws(policy)));
    let page = Page::of(input, own.chain(aws))?;
    let mut xml = Xml::new();
    page.write(&mut xml, "Policies", |xml, policy| match policy {
        Listed::Own(policy) => {
            let used = uses.of(&policy.arn(request.account));
            shapes::policy(xml, request.account, used, policy, Show::Listed);
        }
        Listed::Aws(policy) => shapes::aws_policy(xml, uses.of(&policy.arn), policy, Show::Listed),
    });
    Ok(xml)
}
