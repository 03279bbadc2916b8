//! GetAccountAuthorizationDetails: everything in the account that has to do with permissions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use larder_identity::{
    AccountState, AwsManagedPolicy, Document, Group, ManagedPolicy, PolicyUse, PolicyUses, Role, User, managed,
};
use larder_types::AccountId;

use crate::operations::policies::attached;
use crate::protocol::{Fault, Page, Xml};
use crate::request::Request;
use crate::shapes::{self, Show};

/// One of the things that are listed. The order is that of the pages.
enum Detail<'a> {
    User(&'a Arc<User>),
    Group(&'a Arc<Group>),
    Role(&'a Arc<Role>),
    Own(&'a Arc<ManagedPolicy>),
    Aws(&'a AwsManagedPolicy),
}

/// The words of `Filter`, and the place of what they mean in the order of the pages.
const KINDS: [(&str, char); 5] =
    [("User", '1'), ("Group", '2'), ("Role", '3'), ("LocalManagedPolicy", '4'), ("AWSManagedPolicy", '5')];

pub(in crate::operations) fn get(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let kinds = filter(request)?;
    let uses = state.policy_uses();
    let all = all(state, &uses).into_iter().filter(|(key, _)| kinds.iter().any(|kind| key.starts_with(*kind)));
    let (details, more) = Page::of(&request.input, all)?.into_parts();
    let mut xml = Xml::new();
    let users = details.iter().filter_map(|it| if let Detail::User(user) = it { Some(*user) } else { None });
    xml.list("UserDetailList", users, |xml, user| write_user(xml, state, user));
    let groups = details.iter().filter_map(|it| if let Detail::Group(group) = it { Some(*group) } else { None });
    xml.list("GroupDetailList", groups, |xml, group| {
        shapes::group(xml, request.account, group);
        inline(xml, "GroupPolicyList", &group.inline);
        attached_policies(xml, &group.attached);
    });
    let roles = details.iter().filter_map(|it| if let Detail::Role(role) = it { Some(*role) } else { None });
    xml.list("RoleDetailList", roles, |xml, role| write_role(xml, request, role));
    let policies = details.iter().filter(|it| matches!(it, Detail::Own(_) | Detail::Aws(_)));
    xml.list("Policies", policies, |xml, policy| write_policy(xml, request.account, &uses, policy));
    more.write(&mut xml);
    Ok(xml)
}

/// The kinds that are asked for; all without a filter.
fn filter(request: &Request<'_>) -> Result<Vec<char>, Fault> {
    let words = request.input.texts("Filter", &crate::protocol::rules::POLICY_NAME)?;
    if words.is_empty() {
        return Ok(KINDS.iter().map(|(_, kind)| *kind).collect());
    }
    let kind = |word: &str| KINDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
    words.iter().map(|word| kind(word).ok_or_else(|| unknown_kind(request, word))).collect()
}

fn unknown_kind(request: &Request<'_>, word: &str) -> Fault {
    let names: Vec<_> = KINDS.iter().map(|(name, _)| *name).collect();
    let constraint = format!("Member must satisfy enum value set: [{}]", names.join(", "));
    request.input.violation("Filter", &format!(" '[{word}]'"), &constraint)
}

fn all<'a>(state: &'a AccountState, uses: &PolicyUses<'_>) -> Vec<(String, Detail<'a>)> {
    let key = |kind: char, name: &str| format!("{kind}{}", name.to_ascii_lowercase());
    let mut all = Vec::new();
    all.extend(state.users().map(|user| (key('1', &user.name), Detail::User(user))));
    all.extend(state.groups().map(|group| (key('2', &group.name), Detail::Group(group))));
    all.extend(state.roles().map(|role| (key('3', &role.name), Detail::Role(role))));
    all.extend(state.policies().map(|policy| (key('4', &policy.name), Detail::Own(policy))));
    // Of AWS's policies only those that are in use, as AWS does.
    let aws = managed::all().filter(|policy| uses.of(&policy.arn) != PolicyUse::default());
    all.extend(aws.map(|policy| (key('5', policy.name), Detail::Aws(policy))));
    all
}

fn write_user(xml: &mut Xml, state: &AccountState, user: &User) {
    shapes::user(xml, state.id(), user, Show::Listed);
    if !user.inline.is_empty() {
        inline(xml, "UserPolicyList", &user.inline);
    }
    xml.texts("GroupList", state.groups_of(user).map(|group| Arc::clone(&group.name)));
    attached_policies(xml, &user.attached);
    shapes::boundary(xml, user.boundary.as_ref());
    shapes::tags(xml, &user.tags);
}

fn write_role(xml: &mut Xml, request: &Request<'_>, role: &Role) {
    xml.text("Path", &role.path);
    xml.text("RoleName", &role.name);
    xml.text("RoleId", &role.id);
    xml.text("Arn", role.arn(request.account));
    xml.time("CreateDate", role.created);
    shapes::document(xml, "AssumeRolePolicyDocument", &role.trust);
    xml.texts("InstanceProfileList", None::<&str>);
    inline(xml, "RolePolicyList", &role.inline);
    attached_policies(xml, &role.attached);
    shapes::boundary(xml, role.boundary.as_ref());
    shapes::tags(xml, &role.tags);
    shapes::role_last_used(xml, request, role);
}

fn write_policy(xml: &mut Xml, account: AccountId, uses: &PolicyUses<'_>, detail: &Detail<'_>) {
    match detail {
        Detail::Own(policy) => {
            shapes::policy(xml, account, uses.of(&policy.arn(account)), policy, Show::Listed);
            xml.list("PolicyVersionList", policy.versions.iter().rev(), |xml, version| {
                shapes::policy_version(xml, version, policy.default_version, true);
            });
        }
        Detail::Aws(policy) => {
            shapes::aws_policy(xml, uses.of(&policy.arn), policy, Show::Listed);
            xml.list("PolicyVersionList", [policy], |xml, policy| shapes::aws_policy_version(xml, policy, true));
        }
        Detail::User(_) | Detail::Group(_) | Detail::Role(_) => {}
    }
}

fn inline(xml: &mut Xml, list: &str, policies: &BTreeMap<Arc<str>, Document>) {
    xml.list(list, policies, |xml, (name, document)| {
        xml.text("PolicyName", name);
        shapes::document(xml, "PolicyDocument", document);
    });
}

fn attached_policies(xml: &mut Xml, arns: &BTreeSet<Arc<str>>) {
    xml.list("AttachedManagedPolicies", arns, |xml, arn| attached::write(xml, arn));
}
