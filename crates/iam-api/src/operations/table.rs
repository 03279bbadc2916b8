//! Every operation of IAM: what it acts on, and what runs it. The target decides on what the caller needs the permission that
//! has the operation's name.

use super::policies::holder::Kind as Holder;
use super::policies::{attached, entities, inline, managed, versions};
use super::tags::{self, Kind as Tagged};
use super::{Run, absent, access_keys, account, groups, mfa, providers, roles, simulate, users};
use crate::target::Target;

/// An operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) target: Target,
    pub(crate) run: Run,
}

/// The operation of a name.
pub(crate) fn find(name: &str) -> Option<&'static Operation> {
    TABLE.iter().flat_map(|part| part.iter()).find(|operation| operation.name == name)
}

/// The names of all operations of IAM that there are, for tests that must leave none out.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().flat_map(|part| part.iter()).map(|operation| operation.name)
}

/// Whether IAM has an operation of this name that Larder has not.
pub(crate) fn is_missing(name: &str) -> bool {
    super::missing::NAMES.binary_search(&name).is_ok()
}

const fn op(name: &'static str, target: Target, run: Run) -> Operation {
    Operation { name, target, run }
}

use Run::{Change, EnableDevice, Read, ResyncDevice};

static TABLE: &[&[Operation]] = &[USERS, GROUPS, ROLES, POLICIES, TAGS, DEVICES, PROVIDERS, ACCOUNT, ABSENT];

const USERS: &[Operation] = &[
    op("CreateUser", Target::NewUser, Change(users::create)),
    op("GetUser", Target::UserOrSelf, Read(users::get)),
    op("ListUsers", Target::All("user/"), Read(users::list)),
    op("UpdateUser", Target::RenamedUser, Change(users::update)),
    op("DeleteUser", Target::User, Change(users::delete)),
    op("ListGroupsForUser", Target::User, Read(users::list_groups)),
    op("PutUserPolicy", Target::User, Change(|request, _, state| inline::put(request, state, Holder::User))),
    op("GetUserPolicy", Target::User, Read(|request, state| inline::get(request, state, Holder::User))),
    op("ListUserPolicies", Target::User, Read(|request, state| inline::list(request, state, Holder::User))),
    op("DeleteUserPolicy", Target::User, Change(|request, _, state| inline::delete(request, state, Holder::User))),
    op("AttachUserPolicy", Target::User, Change(|request, _, state| attached::attach(request, state, Holder::User))),
    op("DetachUserPolicy", Target::User, Change(|request, _, state| attached::detach(request, state, Holder::User))),
    op("ListAttachedUserPolicies", Target::User, Read(|request, state| attached::list(request, state, Holder::User))),
    op(
        "PutUserPermissionsBoundary",
        Target::User,
        Change(|request, _, state| attached::put_boundary(request, state, Holder::User)),
    ),
    op(
        "DeleteUserPermissionsBoundary",
        Target::User,
        Change(|request, _, state| attached::delete_boundary(request, state, Holder::User)),
    ),
    op("CreateAccessKey", Target::UserOrSelf, Change(access_keys::create)),
    op("ListAccessKeys", Target::UserOrSelf, Read(access_keys::list)),
    op("UpdateAccessKey", Target::UserOrSelf, Change(access_keys::update)),
    op("DeleteAccessKey", Target::UserOrSelf, Change(access_keys::delete)),
    op("GetAccessKeyLastUsed", Target::KeyOwner, Read(access_keys::last_used)),
];

const GROUPS: &[Operation] = &[
    op("CreateGroup", Target::NewGroup, Change(groups::create)),
    op("GetGroup", Target::Group, Read(groups::get)),
    op("ListGroups", Target::All("group/"), Read(groups::list)),
    op("UpdateGroup", Target::RenamedGroup, Change(groups::update)),
    op("DeleteGroup", Target::Group, Change(groups::delete)),
    op("AddUserToGroup", Target::Group, Change(groups::add_user)),
    op("RemoveUserFromGroup", Target::Group, Change(groups::remove_user)),
    op("PutGroupPolicy", Target::Group, Change(|request, _, state| inline::put(request, state, Holder::Group))),
    op("GetGroupPolicy", Target::Group, Read(|request, state| inline::get(request, state, Holder::Group))),
    op("ListGroupPolicies", Target::Group, Read(|request, state| inline::list(request, state, Holder::Group))),
    op("DeleteGroupPolicy", Target::Group, Change(|request, _, state| inline::delete(request, state, Holder::Group))),
    op("AttachGroupPolicy", Target::Group, Change(|request, _, state| attached::attach(request, state, Holder::Group))),
    op("DetachGroupPolicy", Target::Group, Change(|request, _, state| attached::detach(request, state, Holder::Group))),
    op(
        "ListAttachedGroupPolicies",
        Target::Group,
        Read(|request, state| attached::list(request, state, Holder::Group)),
    ),
];

const ROLES: &[Operation] = &[
    op("CreateRole", Target::NewRole, Change(roles::create)),
    op("GetRole", Target::Role, Read(roles::get)),
    op("ListRoles", Target::All("role/"), Read(roles::list)),
    op("UpdateRole", Target::Role, Change(roles::update)),
    op("UpdateRoleDescription", Target::Role, Change(roles::update_description)),
    op("UpdateAssumeRolePolicy", Target::Role, Change(roles::update_trust)),
    op("DeleteRole", Target::Role, Change(roles::delete)),
    op("ListInstanceProfilesForRole", Target::Role, Read(roles::list_instance_profiles)),
    op("PutRolePolicy", Target::Role, Change(|request, _, state| inline::put(request, state, Holder::Role))),
    op("GetRolePolicy", Target::Role, Read(|request, state| inline::get(request, state, Holder::Role))),
    op("ListRolePolicies", Target::Role, Read(|request, state| inline::list(request, state, Holder::Role))),
    op("DeleteRolePolicy", Target::Role, Change(|request, _, state| inline::delete(request, state, Holder::Role))),
    op("AttachRolePolicy", Target::Role, Change(|request, _, state| attached::attach(request, state, Holder::Role))),
    op("DetachRolePolicy", Target::Role, Change(|request, _, state| attached::detach(request, state, Holder::Role))),
    op("ListAttachedRolePolicies", Target::Role, Read(|request, state| attached::list(request, state, Holder::Role))),
    op(
        "PutRolePermissionsBoundary",
        Target::Role,
        Change(|request, _, state| attached::put_boundary(request, state, Holder::Role)),
    ),
    op(
        "DeleteRolePermissionsBoundary",
        Target::Role,
        Change(|request, _, state| attached::delete_boundary(request, state, Holder::Role)),
    ),
];

const POLICIES: &[Operation] = &[
    op("CreatePolicy", Target::NewPolicy, Change(managed::create)),
    op("GetPolicy", Target::Policy, Read(managed::get)),
    op("ListPolicies", Target::All("policy/"), Read(managed::list)),
    op("DeletePolicy", Target::Policy, Change(managed::delete)),
    op("CreatePolicyVersion", Target::Policy, Change(versions::create)),
    op("GetPolicyVersion", Target::Policy, Read(versions::get)),
    op("ListPolicyVersions", Target::Policy, Read(versions::list)),
    op("DeletePolicyVersion", Target::Policy, Change(versions::delete)),
    op("SetDefaultPolicyVersion", Target::Policy, Change(versions::set_default)),
    op("ListEntitiesForPolicy", Target::Policy, Read(entities::list)),
    op("SimulateCustomPolicy", Target::Everything, Read(simulate::custom)),
    op("SimulatePrincipalPolicy", Target::PolicySource, Read(simulate::principal)),
    op("GetContextKeysForCustomPolicy", Target::Everything, Read(simulate::keys_of_custom)),
    op("GetContextKeysForPrincipalPolicy", Target::PolicySource, Read(simulate::keys_of_principal)),
];

const TAGS: &[Operation] = &[
    op("TagUser", Target::User, Change(|request, _, state| tags::tag(request, state, Tagged::User))),
    op("UntagUser", Target::User, Change(|request, _, state| tags::untag(request, state, Tagged::User))),
    op("ListUserTags", Target::User, Read(|request, state| tags::list(request, state, Tagged::User))),
    op("TagRole", Target::Role, Change(|request, _, state| tags::tag(request, state, Tagged::Role))),
    op("UntagRole", Target::Role, Change(|request, _, state| tags::untag(request, state, Tagged::Role))),
    op("ListRoleTags", Target::Role, Read(|request, state| tags::list(request, state, Tagged::Role))),
    op("TagPolicy", Target::Policy, Change(|request, _, state| tags::tag(request, state, Tagged::Policy))),
    op("UntagPolicy", Target::Policy, Change(|request, _, state| tags::untag(request, state, Tagged::Policy))),
    op("ListPolicyTags", Target::Policy, Read(|request, state| tags::list(request, state, Tagged::Policy))),
    op("TagMFADevice", Target::Device, Change(|request, _, state| tags::tag(request, state, Tagged::Device))),
    op("UntagMFADevice", Target::Device, Change(|request, _, state| tags::untag(request, state, Tagged::Device))),
    op("ListMFADeviceTags", Target::Device, Read(|request, state| tags::list(request, state, Tagged::Device))),
    op(
        "TagOpenIDConnectProvider",
        Target::Provider,
        Change(|request, _, state| tags::tag(request, state, Tagged::Provider)),
    ),
    op(
        "UntagOpenIDConnectProvider",
        Target::Provider,
        Change(|request, _, state| tags::untag(request, state, Tagged::Provider)),
    ),
    op(
        "ListOpenIDConnectProviderTags",
        Target::Provider,
        Read(|request, state| tags::list(request, state, Tagged::Provider)),
    ),
];

const DEVICES: &[Operation] = &[
    op("CreateVirtualMFADevice", Target::NewDevice, Change(mfa::devices::create)),
    op("DeleteVirtualMFADevice", Target::Device, Change(mfa::devices::delete)),
    op("ListVirtualMFADevices", Target::All("mfa/"), Read(mfa::devices::list_virtual)),
    op("EnableMFADevice", Target::UserOrSelf, EnableDevice(mfa::devices::codes)),
    op("ResyncMFADevice", Target::UserOrSelf, ResyncDevice(mfa::devices::codes)),
    op("DeactivateMFADevice", Target::UserOrSelf, Change(mfa::devices::deactivate)),
    op("ListMFADevices", Target::UserOrSelf, Read(mfa::devices::list)),
    op("GetMFADevice", Target::UserOrSelf, Read(mfa::devices::get)),
];

const PROVIDERS: &[Operation] = &[
    op("CreateOpenIDConnectProvider", Target::NewProvider, Change(providers::create)),
    op("GetOpenIDConnectProvider", Target::Provider, Read(providers::get)),
    op("ListOpenIDConnectProviders", Target::All("oidc-provider/"), Read(providers::list)),
    op("DeleteOpenIDConnectProvider", Target::Provider, Change(providers::delete)),
    op("AddClientIDToOpenIDConnectProvider", Target::Provider, Change(providers::add_client_id)),
    op("RemoveClientIDFromOpenIDConnectProvider", Target::Provider, Change(providers::remove_client_id)),
    op("UpdateOpenIDConnectProviderThumbprint", Target::Provider, Change(providers::update_thumbprints)),
];

const ACCOUNT: &[Operation] = &[
    op("CreateAccountAlias", Target::Everything, Change(account::alias::create)),
    op("DeleteAccountAlias", Target::Everything, Change(account::alias::delete)),
    op("ListAccountAliases", Target::Everything, Read(account::alias::list)),
    op("GetAccountSummary", Target::Everything, Read(account::summary::get)),
    op("GetAccountAuthorizationDetails", Target::Everything, Read(account::details::get)),
];

const ABSENT: &[Operation] = &[
    op(
        "ListInstanceProfiles",
        Target::All("instance-profile/"),
        Read(|_, _| Ok(absent::empty_list("InstanceProfiles"))),
    ),
    op("GetInstanceProfile", Target::InstanceProfile, Read(absent::instance_profile)),
    op("GetLoginProfile", Target::UserOrSelf, Read(absent::login_profile)),
    op("DeleteLoginProfile", Target::UserOrSelf, Read(absent::login_profile)),
    op("GetAccountPasswordPolicy", Target::Everything, Read(absent::password_policy)),
    op(
        "ListSigningCertificates",
        Target::UserOrSelf,
        Read(|request, state| absent::of_user(request, state, "Certificates")),
    ),
    op(
        "ListSSHPublicKeys",
        Target::UserOrSelf,
        Read(|request, state| absent::of_user(request, state, "SSHPublicKeys")),
    ),
    op(
        "ListServiceSpecificCredentials",
        Target::UserOrSelf,
        Read(|request, state| absent::of_user(request, state, "ServiceSpecificCredentials")),
    ),
    op(
        "ListServerCertificates",
        Target::All("server-certificate/"),
        Read(|_, _| Ok(absent::empty_list("ServerCertificateMetadataList"))),
    ),
    op("ListSAMLProviders", Target::All("saml-provider/"), Read(|_, _| Ok(absent::empty_list("SAMLProviderList")))),
];
