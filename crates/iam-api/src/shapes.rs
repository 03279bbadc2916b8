//! The structures that several operations answer with, each written in one place.

use std::sync::Arc;

use larder_identity::{
    AccessKey, AccountState, AwsManagedPolicy, Document, Group, ManagedPolicy, MfaDevice, PolicyUse, PolicyVersion,
    Role, Tag, User, Who,
};
use larder_types::AccountId;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::protocol::Xml;
use crate::request::Request;

/// How much of something is shown: IAM leaves tags and boundaries out of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Show {
    /// Everything.
    Whole,
    /// What lists show.
    Listed,
}

/// Documents are written as RFC 3986 encodes them.
const DOCUMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, DOCUMENT).to_string()
}

pub(crate) fn document(xml: &mut Xml, name: &str, document: &Document) {
    xml.text(name, encoded(document.text()));
}

pub(crate) fn tags(xml: &mut Xml, tags: &[Tag]) {
    xml.list("Tags", tags, |xml, tag| {
        xml.text("Key", &tag.key);
        xml.text("Value", &tag.value);
    });
}

/// Tags as most answers show them: not at all when there are none.
pub(crate) fn some_tags(xml: &mut Xml, those: &[Tag]) {
    if !those.is_empty() {
        tags(xml, those);
    }
}

pub(crate) fn boundary(xml: &mut Xml, boundary: Option<&Arc<str>>) {
    if let Some(arn) = boundary {
        xml.element("PermissionsBoundary", |xml| {
            // AWS answers `Policy`, whatever its model says.
            xml.text("PermissionsBoundaryType", "Policy");
            xml.text("PermissionsBoundaryArn", arn);
        });
    }
}

/// The content of a `User`.
pub(crate) fn user(xml: &mut Xml, account: AccountId, user: &User, show: Show) {
    xml.text("Path", &user.path);
    xml.text("UserName", &user.name);
    xml.text("UserId", &user.id);
    xml.text("Arn", user.arn(account));
    xml.time("CreateDate", user.created);
    if show == Show::Whole {
        boundary(xml, user.boundary.as_ref());
        some_tags(xml, &user.tags);
    }
}

/// The content of a `User` that is the account's root user: it has neither name nor path.
pub(crate) fn root_user(xml: &mut Xml, state: &AccountState) {
    xml.value("UserId", state.id());
    xml.text("Arn", state.root_arn());
    xml.time("CreateDate", state.account().created);
}

/// The content of a `Group`.
pub(crate) fn group(xml: &mut Xml, account: AccountId, group: &Group) {
    xml.text("Path", &group.path);
    xml.text("GroupName", &group.name);
    xml.text("GroupId", &group.id);
    xml.text("Arn", group.arn(account));
    xml.time("CreateDate", group.created);
}

/// The content of a `Role`.
pub(crate) fn role(xml: &mut Xml, request: &Request<'_>, role: &Role, show: Show) {
    xml.text("Path", &role.path);
    xml.text("RoleName", &role.name);
    xml.text("RoleId", &role.id);
    xml.text("Arn", role.arn(request.account));
    xml.time("CreateDate", role.created);
    document(xml, "AssumeRolePolicyDocument", &role.trust);
    if !role.description.is_empty() {
        xml.text("Description", &role.description);
    }
    xml.value("MaxSessionDuration", role.max_session_seconds);
    if show == Show::Whole {
        boundary(xml, role.boundary.as_ref());
        some_tags(xml, &role.tags);
        role_last_used(xml, request, role);
    }
}

pub(crate) fn role_last_used(xml: &mut Xml, request: &Request<'_>, role: &Role) {
    xml.element("RoleLastUsed", |xml| {
        if let Some(used) = request.last_used(&role.id) {
            xml.time("LastUsedDate", used.at);
            xml.text("Region", &used.region);
        }
    });
}

/// The content of a customer managed `Policy`.
pub(crate) fn policy(xml: &mut Xml, account: AccountId, uses: PolicyUse, policy: &ManagedPolicy, show: Show) {
    let arn = policy.arn(account);
    xml.text("PolicyName", &policy.name);
    xml.text("PolicyId", &policy.id);
    xml.text("Path", &policy.path);
    xml.text("DefaultVersionId", policy.default().id());
    use_of_policy(xml, uses);
    xml.text("Arn", arn);
    xml.time("CreateDate", policy.created);
    xml.time("UpdateDate", policy.updated);
    if show == Show::Whole {
        if !policy.description.is_empty() {
            xml.text("Description", &policy.description);
        }
        tags(xml, &policy.tags);
    }
}

/// The content of an AWS managed `Policy`.
pub(crate) fn aws_policy(xml: &mut Xml, uses: PolicyUse, policy: &AwsManagedPolicy, show: Show) {
    xml.text("PolicyName", policy.name);
    xml.text("PolicyId", &policy.id);
    xml.text("Path", policy.path);
    xml.text("DefaultVersionId", aws_version_id(policy));
    use_of_policy(xml, uses);
    xml.text("Arn", &policy.arn);
    xml.time("CreateDate", policy.created);
    xml.time("UpdateDate", policy.updated);
    if show == Show::Whole {
        tags(xml, &[]);
    }
}

fn use_of_policy(xml: &mut Xml, uses: PolicyUse) {
    xml.value("AttachmentCount", uses.attachments);
    xml.value("PermissionsBoundaryUsageCount", uses.boundaries);
    xml.value("IsAttachable", true);
}

/// The content of a `PolicyVersion`.
pub(crate) fn policy_version(xml: &mut Xml, version: &PolicyVersion, in_force: u32, with_document: bool) {
    if with_document {
        document(xml, "Document", &version.document);
    }
    xml.text("VersionId", version.id());
    xml.value("IsDefaultVersion", version.number == in_force);
    xml.time("CreateDate", version.created);
}

/// The content of `AccessKeyMetadata`, which is an `AccessKey` without its secret.
pub(crate) fn access_key(xml: &mut Xml, user_name: &str, key: &AccessKey) {
    xml.text("UserName", user_name);
    xml.text("AccessKeyId", &key.id);
    xml.text("Status", key.status.as_str());
    xml.time("CreateDate", key.created);
}

/// Whom a device belongs to and since when, in a `VirtualMFADevice`.
pub(crate) fn assignment(xml: &mut Xml, state: &AccountState, device: &MfaDevice) {
    let Some(assigned) = &device.assigned else { return };
    xml.element("User", |xml| match &assigned.who {
        Who::Root => root_user(xml, state),
        Who::User(id) => {
            if let Some(found) = state.user_by_id(id) {
                user(xml, state.id(), found, Show::Listed);
            }
        }
    });
    xml.time("EnableDate", assigned.enabled);
}

/// The content of the one `PolicyVersion` of an AWS managed policy.
pub(crate) fn aws_policy_version(xml: &mut Xml, policy: &AwsManagedPolicy, with_document: bool) {
    if with_document {
        xml.text("Document", encoded(policy.document.text()));
    }
    xml.text("VersionId", aws_version_id(policy));
    xml.value("IsDefaultVersion", true);
    xml.time("CreateDate", policy.updated);
}

/// The only version of an AWS managed policy that is kept here.
pub(crate) fn aws_version_id(policy: &AwsManagedPolicy) -> String {
    format!("v{}", policy.version)
}
