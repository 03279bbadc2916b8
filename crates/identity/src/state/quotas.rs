//! IAM's quotas. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>

/// How much an account and what is in it may hold: AWS's defaults, except for the number of users, groups, roles and policies in
/// an account, where it is the most that AWS grants on request.
#[derive(Clone, Copy, Debug)]
pub struct Quotas;

impl Quotas {
    /// Users in an account.
    pub const USERS: usize = 5_000;
    /// Groups in an account.
    pub const GROUPS: usize = 500;
    /// Roles in an account.
    pub const ROLES: usize = 5_000;
    /// Customer managed policies in an account.
    pub const POLICIES: usize = 5_000;
    /// Access keys of a user, and of the root user.
    pub const ACCESS_KEYS_PER_USER: usize = 2;
    /// Groups a user is in.
    pub const GROUPS_PER_USER: usize = 10;
    /// Managed policies attached to a user, group or role.
    pub const ATTACHED_POLICIES: usize = 10;
    /// Versions of a managed policy.
    pub const VERSIONS_PER_POLICY: usize = 5;
    /// Characters of a managed policy, without white space.
    pub const POLICY_SIZE: usize = 6_144;
    /// Characters of all inline policies of a user.
    pub const USER_POLICY_SIZE: usize = 2_048;
    /// Characters of all inline policies of a group.
    pub const GROUP_POLICY_SIZE: usize = 5_120;
    /// Characters of all inline policies of a role.
    pub const ROLE_POLICY_SIZE: usize = 10_240;
    /// Characters of a role's trust policy.
    pub const TRUST_POLICY_SIZE: usize = 2_048;
    /// Tags of anything that has tags.
    pub const TAGS: usize = 50;
    /// MFA devices of a user, and of the root user.
    pub const MFA_DEVICES_PER_USER: usize = 8;
    /// Virtual MFA devices in an account, assigned or not.
    pub const MFA_DEVICES: usize = 10_000;
    /// OpenID Connect providers in an account.
    pub const OIDC_PROVIDERS: usize = 700;
    /// Client ids of an OpenID Connect provider.
    pub const CLIENT_IDS_PER_OIDC_PROVIDER: usize = 100;
    /// Thumbprints of an OpenID Connect provider.
    pub const THUMBPRINTS_PER_OIDC_PROVIDER: usize = 5;
}
