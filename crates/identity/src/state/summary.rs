//! What GetAccountSummary counts.

use super::AccountState;
use crate::model::Who;

/// How much of everything an account has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountSummary {
    /// Users.
    pub users: usize,
    /// Groups.
    pub groups: usize,
    /// Roles.
    pub roles: usize,
    /// Customer managed policies.
    pub policies: usize,
    /// Versions of them.
    pub policy_versions: usize,
    /// OpenID Connect providers.
    pub providers: usize,
    /// MFA devices, assigned or not.
    pub mfa_devices: usize,
    /// MFA devices that are assigned.
    pub mfa_devices_in_use: usize,
    /// Whether the root user has an MFA device.
    pub account_mfa_enabled: bool,
    /// Whether the root user has access keys.
    pub account_access_keys_present: bool,
}

impl AccountState {
    /// Counts.
    #[must_use]
    pub fn summary(&self) -> AccountSummary {
        AccountSummary {
            users: self.users.len(),
            groups: self.groups.len(),
            roles: self.roles.len(),
            policies: self.policies.len(),
            policy_versions: self.policies.values().map(|policy| policy.versions.len()).sum(),
            providers: self.oidc_providers.len(),
            mfa_devices: self.mfa_devices.len(),
            mfa_devices_in_use: self.mfa_devices.values().filter(|device| device.assigned.is_some()).count(),
            account_mfa_enabled: self.mfa_devices_of(&Who::Root).next().is_some(),
            account_access_keys_present: self.access_keys(&Who::Root).next().is_some(),
        }
    }
}
