//! GetAccountSummary.

use larder_identity::{AccountState, Quotas};

use crate::protocol::{Fault, Xml};
use crate::request::Request;

pub(in crate::operations) fn get(_: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let summary = state.summary();
    let entries = [
        ("Users", summary.users),
        ("UsersQuota", Quotas::USERS),
        ("Groups", summary.groups),
        ("GroupsQuota", Quotas::GROUPS),
        ("Roles", summary.roles),
        ("RolesQuota", Quotas::ROLES),
        ("Policies", summary.policies),
        ("PoliciesQuota", Quotas::POLICIES),
        ("PolicySizeQuota", Quotas::POLICY_SIZE),
        ("PolicyVersionsInUse", summary.policy_versions),
        ("PolicyVersionsInUseQuota", Quotas::POLICIES * Quotas::VERSIONS_PER_POLICY),
        ("VersionsPerPolicyQuota", Quotas::VERSIONS_PER_POLICY),
        ("UserPolicySizeQuota", Quotas::USER_POLICY_SIZE),
        ("GroupPolicySizeQuota", Quotas::GROUP_POLICY_SIZE),
        ("RolePolicySizeQuota", Quotas::ROLE_POLICY_SIZE),
        ("AssumeRolePolicySizeQuota", Quotas::TRUST_POLICY_SIZE),
        ("GroupsPerUserQuota", Quotas::GROUPS_PER_USER),
        ("AccessKeysPerUserQuota", Quotas::ACCESS_KEYS_PER_USER),
        ("AttachedPoliciesPerUserQuota", Quotas::ATTACHED_POLICIES),
        ("AttachedPoliciesPerGroupQuota", Quotas::ATTACHED_POLICIES),
        ("AttachedPoliciesPerRoleQuota", Quotas::ATTACHED_POLICIES),
        ("Providers", summary.providers),
        ("MFADevices", summary.mfa_devices),
        ("MFADevicesInUse", summary.mfa_devices_in_use),
        ("AccountMFAEnabled", usize::from(summary.account_mfa_enabled)),
        ("AccountAccessKeysPresent", usize::from(summary.account_access_keys_present)),
        // None of these can exist here.
        ("AccountPasswordPresent", 0),
        ("AccountSigningCertificatesPresent", 0),
        ("SigningCertificatesPerUserQuota", 0),
        ("ServerCertificates", 0),
        ("ServerCertificatesQuota", 0),
        ("InstanceProfiles", 0),
        ("InstanceProfilesQuota", 0),
        ("GlobalEndpointTokenVersion", 2),
    ];
    let mut xml = Xml::new();
    xml.element("SummaryMap", |xml| {
        for (key, value) in entries {
            xml.element("entry", |xml| {
                xml.text("key", key);
                xml.value("value", value);
            });
        }
    });
    Ok(xml)
}
