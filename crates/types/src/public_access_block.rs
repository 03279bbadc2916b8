//! Block Public Access: four switches that outweigh policies and ACLs.
//!
//! Source: "Blocking public access to your Amazon S3 storage", Amazon S3 user guide.

use serde::{Deserialize, Serialize};

/// The settings of a bucket or an account; what applies to a bucket is the union of both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "these are four switches")]
pub struct PublicAccessBlock {
    /// `BlockPublicAcls`: refuses requests that would set a public ACL.
    pub block_public_acls: bool,
    /// `IgnorePublicAcls`: public entries of ACLs give no access.
    pub ignore_public_acls: bool,
    /// `BlockPublicPolicy`: refuses a bucket policy that is public.
    pub block_public_policy: bool,
    /// `RestrictPublicBuckets`: a public bucket policy gives access to the owner's account and to services alone.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All four switches on: what AWS gives every new bucket since April 2023.
    pub const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };

    /// Each switch as it is on in either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            block_public_acls: self.block_public_acls || other.block_public_acls,
            ignore_public_acls: self.ignore_public_acls || other.ignore_public_acls,
            block_public_policy: self.block_public_policy || other.block_public_policy,
            restrict_public_buckets: self.restrict_public_buckets || other.restrict_public_buckets,
        }
    }
}
