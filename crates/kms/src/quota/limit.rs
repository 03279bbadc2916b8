//! How much an account may have.

use larder_types::{AccountId, Region};

use crate::state::State;
use crate::{Kms, limits};

/// A resource quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    Keys,
    AliasesPerKey,
    GrantsPerKey,
    OnDemandRotations,
    PolicyBytes,
}

impl Limit {
    pub(crate) const ALL: [Self; 5] =
        [Self::Keys, Self::AliasesPerKey, Self::GrantsPerKey, Self::OnDemandRotations, Self::PolicyBytes];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Keys => "L-C2F1777E",
            Self::AliasesPerKey => "L-340F62FB",
            Self::GrantsPerKey => "L-D594A657",
            Self::OnDemandRotations => "L-0E66C9C0",
            Self::PolicyBytes => "KMS-KeyPolicyDocumentSize",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Keys => "Customer Master Keys (CMKs)",
            Self::AliasesPerKey => "Aliases per CMK",
            Self::GrantsPerKey => "Grants per CMK",
            Self::OnDemandRotations => "On-demand rotations per CMK",
            Self::PolicyBytes => "Key policy document size",
        }
    }

    pub(crate) fn default_value(self) -> usize {
        match self {
            Self::Keys => limits::MAX_KEYS as usize,
            Self::AliasesPerKey => limits::MAX_ALIASES_PER_KEY as usize,
            Self::GrantsPerKey => limits::MAX_GRANTS_PER_KEY as usize,
            Self::OnDemandRotations => limits::MAX_ON_DEMAND_ROTATIONS as usize,
            Self::PolicyBytes => limits::MAX_POLICY_BYTES,
        }
    }

    /// A larger policy would not fit what reads policies, and AWS does not raise the number of rotations.
    pub(crate) fn is_adjustable(self) -> bool {
        matches!(self, Self::Keys | Self::AliasesPerKey | Self::GrantsPerKey)
    }
}

/// What a quota was raised to.
pub(crate) fn raised(state: &State, account: AccountId, region: &Region, code: &str) -> Option<f64> {
    state.applied_quotas.get(&(account, region.clone(), code.into())).copied()
}

impl Kms {
    /// The resource quota of an account in a region.
    pub(crate) fn limit(&self, account: AccountId, region: &Region, limit: Limit) -> usize {
        match raised(&self.state(), account, region, limit.code()) {
            // Never negative; far below what an integer holds.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Some(value) => value as usize,
            None => limit.default_value(),
        }
    }
}
