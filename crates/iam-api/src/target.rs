//! What each operation acts on, as policies name it.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>

use std::sync::Arc;

use larder_identity::{AccountState, Role, Tag, User, Who};

use crate::protocol::Fault;
use crate::protocol::rules::{self, Rule};
use crate::request::{Request, Subject};

/// What an operation acts on, and which parameters say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Nothing that has an ARN.
    Everything,
    /// All users, groups and so on: the type of ARN, such as `user/`.
    All(&'static str),
    /// A user that is to be made.
    NewUser,
    /// The user `UserName`.
    User,
    /// The user `UserName`, and what it is to be called.
    RenamedUser,
    /// The user `UserName` or, without it, the caller's own.
    UserOrSelf,
    /// The user who owns the key `AccessKeyId`.
    KeyOwner,
    NewGroup,
    Group,
    RenamedGroup,
    NewRole,
    Role,
    NewPolicy,
    Policy,
    NewDevice,
    Device,
    NewProvider,
    Provider,
    /// The instance profile `InstanceProfileName`. There are none; who may ask gets to know so.
    InstanceProfile,
    /// The user, group or role `PolicySourceArn`.
    PolicySource,
}

/// Something that a request acts on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) arn: String,
    /// Its tags: `iam:ResourceTag`, `aws:ResourceTag`.
    pub(crate) tags: Vec<Tag>,
    /// Its permissions boundary: `iam:PermissionsBoundary`.
    pub(crate) boundary: Option<Arc<str>>,
}

impl Resource {
    fn bare(arn: String) -> Self {
        Self { arn, ..Self::default() }
    }
}

impl Target {
    /// What is needed besides to give tags to something that is being made.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html>
    pub(crate) fn tagging_action(self) -> Option<&'static str> {
        Some(match self {
            Self::NewUser => "iam:TagUser",
            Self::NewRole => "iam:TagRole",
            Self::NewPolicy => "iam:TagPolicy",
            Self::NewDevice => "iam:TagMFADevice",
            Self::NewProvider => "iam:TagOpenIDConnectProvider",
            _ => return None,
        })
    }

    /// The resources on which the caller needs permission: one, or two when something gets another name.
    pub(crate) fn resources(self, request: &Request<'_>, state: &AccountState) -> Result<Vec<Resource>, Fault> {
        let account = request.account;
        let arn = |rest: String| Resource::bare(format!("arn:aws:iam::{account}:{rest}"));
        let new = |kind: &str, name: &str, rule: &Rule| -> Result<Resource, Fault> {
            let path = request.input.optional("Path", &rules::PATH)?.unwrap_or("/");
            Ok(arn(format!("{kind}{path}{}", request.text(name, rule)?)))
        };
        let one = match self {
            Self::Everything => Resource::bare("*".to_owned()),
            Self::All(kind) => arn(kind.to_owned()),
            Self::NewUser => new("user", "UserName", &rules::USER_NAME)?,
            Self::NewGroup => new("group", "GroupName", &rules::GROUP_NAME)?,
            Self::NewRole => new("role", "RoleName", &rules::ROLE_NAME)?,
            Self::NewPolicy => new("policy", "PolicyName", &rules::POLICY_NAME)?,
            Self::NewDevice => new("mfa", "VirtualMFADeviceName", &rules::DEVICE_NAME)?,
            Self::NewProvider => {
                let url = request.text("Url", &rules::PROVIDER_URL)?;
                let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
                arn(format!("oidc-provider/{}", bare.strip_suffix('/').unwrap_or(bare)))
            }
            Self::User => named_user(request, state, request.text("UserName", &rules::EXISTING_USER_NAME)?),
            Self::UserOrSelf => match request.input.optional("UserName", &rules::EXISTING_USER_NAME)? {
                Some(name) => named_user(request, state, name),
                None => subject(request, request.own_user(state)?),
            },
            Self::RenamedUser => return renamed_user(request, state),
            Self::KeyOwner => key_owner(request, state)?,
            Self::Group => named_group(request, state, request.text("GroupName", &rules::GROUP_NAME)?),
            Self::RenamedGroup => return renamed_group(request, state),
            Self::Role => named_role(request, state, request.text("RoleName", &rules::ROLE_NAME)?),
            Self::Policy => by_arn(request, "PolicyArn", &rules::ARN, |arn| {
                state.policy(arn).map(|policy| policy.tags.clone()).unwrap_or_default()
            })?,
            Self::Device => by_arn(request, "SerialNumber", &rules::SERIAL_NUMBER, |arn| {
                state.mfa_device(arn).map(|device| device.tags.clone()).unwrap_or_default()
            })?,
            Self::Provider => by_arn(request, "OpenIDConnectProviderArn", &rules::ARN, |arn| {
                state.oidc_provider(arn).map(|provider| provider.tags.clone()).unwrap_or_default()
            })?,
            Self::InstanceProfile => {
                let name = request.text("InstanceProfileName", &rules::PROFILE_NAME)?;
                arn(format!("instance-profile/{name}"))
            }
            Self::PolicySource => by_arn(request, "PolicySourceArn", &rules::ARN, |_| Vec::new())?,
        };
        Ok(vec![one])
    }
}

fn by_arn(
    request: &Request<'_>,
    name: &str,
    rule: &Rule,
    tags: impl FnOnce(&str) -> Vec<Tag>,
) -> Result<Resource, Fault> {
    let arn = request.text(name, rule)?;
    Ok(Resource { arn: arn.to_owned(), tags: tags(arn), boundary: None })
}

fn user(request: &Request<'_>, user: &User) -> Resource {
    Resource { arn: user.arn(request.account), tags: user.tags.clone(), boundary: user.boundary.clone() }
}

fn role(request: &Request<'_>, role: &Role) -> Resource {
    Resource { arn: role.arn(request.account), tags: role.tags.clone(), boundary: role.boundary.clone() }
}

/// What is not there is taken to be at the path `/`, so that only who may see it is told that it is not there.
fn named_user(request: &Request<'_>, state: &AccountState, name: &str) -> Resource {
    match state.user(name) {
        Ok(found) => user(request, found),
        Err(_) => Resource::bare(format!("arn:aws:iam::{}:user/{name}", request.account)),
    }
}

fn named_group(request: &Request<'_>, state: &AccountState, name: &str) -> Resource {
    Resource::bare(match state.group(name) {
        Ok(group) => group.arn(request.account),
        Err(_) => format!("arn:aws:iam::{}:group/{name}", request.account),
    })
}

fn named_role(request: &Request<'_>, state: &AccountState, name: &str) -> Resource {
    match state.role(name) {
        Ok(found) => role(request, found),
        Err(_) => Resource::bare(format!("arn:aws:iam::{}:role/{name}", request.account)),
    }
}

fn subject(request: &Request<'_>, subject: Subject<'_>) -> Resource {
    match subject {
        Subject::Root => Resource::bare(format!("arn:aws:iam::{}:root", request.account)),
        Subject::User(found) => user(request, found),
    }
}

fn key_owner(request: &Request<'_>, state: &AccountState) -> Result<Resource, Fault> {
    let id = request.text("AccessKeyId", &rules::ACCESS_KEY_ID)?;
    let owner = state.access_key(id).ok().map(|key| &key.owner);
    Ok(match owner {
        Some(Who::User(id)) => match state.user_by_id(id) {
            Some(found) => user(request, found),
            None => Resource::bare("*".to_owned()),
        },
        Some(Who::Root) => subject(request, Subject::Root),
        None => Resource::bare("*".to_owned()),
    })
}

/// Whoever gives a user another name or path needs permission for the old and the new one.
fn renamed_user(request: &Request<'_>, state: &AccountState) -> Result<Vec<Resource>, Fault> {
    let name = request.text("UserName", &rules::EXISTING_USER_NAME)?;
    let old = named_user(request, state, name);
    let new_name = request.input.optional("NewUserName", &rules::USER_NAME)?.unwrap_or(name);
    let path = state.user(name).map(|user| user.path.to_string()).unwrap_or_else(|_| "/".to_owned());
    let new_path = request.input.optional("NewPath", &rules::PATH)?.unwrap_or(&path);
    let arn = format!("arn:aws:iam::{}:user{new_path}{new_name}", request.account);
    let new = Resource { arn, ..old.clone() };
    Ok(distinct(old, new))
}

fn renamed_group(request: &Request<'_>, state: &AccountState) -> Result<Vec<Resource>, Fault> {
    let name = request.text("GroupName", &rules::GROUP_NAME)?;
    let old = named_group(request, state, name);
    let new_name = request.input.optional("NewGroupName", &rules::GROUP_NAME)?.unwrap_or(name);
    let path = state.group(name).map(|group| group.path.to_string()).unwrap_or_else(|_| "/".to_owned());
    let new_path = request.input.optional("NewPath", &rules::PATH)?.unwrap_or(&path);
    let new = Resource::bare(format!("arn:aws:iam::{}:group{new_path}{new_name}", request.account));
    Ok(distinct(old, new))
}

fn distinct(old: Resource, new: Resource) -> Vec<Resource> {
    if old == new { vec![old] } else { vec![old, new] }
}
