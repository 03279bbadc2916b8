//! Canned ACLs.

use larder_types::{Acl, CanonicalUserId, Grant, Grantee, Permission};

/// A list that clients name instead of writing it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CannedAcl {
    /// `private`: full control for the owner.
    Private,
    /// `public-read`: and everybody reads.
    PublicRead,
    /// `public-read-write`: and everybody reads and writes.
    PublicReadWrite,
    /// `authenticated-read`: and all who sign read.
    AuthenticatedRead,
    /// `aws-exec-read`: and Amazon EC2 reads machine images, which there is none of here.
    AwsExecRead,
    /// `bucket-owner-read`: and the bucket's owner reads. A bucket takes it as `private`.
    BucketOwnerRead,
    /// `bucket-owner-full-control`: and full control for the bucket's owner. A bucket takes it as `private`.
    BucketOwnerFullControl,
    /// `log-delivery-write`: and the log service writes and reads the list.
    LogDeliveryWrite,
}

impl CannedAcl {
    /// Every canned ACL.
    pub const ALL: [Self; 8] = [
        Self::Private,
        Self::PublicRead,
        Self::PublicReadWrite,
        Self::AuthenticatedRead,
        Self::AwsExecRead,
        Self::BucketOwnerRead,
        Self::BucketOwnerFullControl,
        Self::LogDeliveryWrite,
    ];

    /// Its name in `x-amz-acl`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::PublicRead => "public-read",
            Self::PublicReadWrite => "public-read-write",
            Self::AuthenticatedRead => "authenticated-read",
            Self::AwsExecRead => "aws-exec-read",
            Self::BucketOwnerRead => "bucket-owner-read",
            Self::BucketOwnerFullControl => "bucket-owner-full-control",
            Self::LogDeliveryWrite => "log-delivery-write",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|canned| canned.as_str() == name)
    }

    /// What it is on a bucket or object that belongs to `owner`, in a bucket of `bucket_owner`. For a bucket both are the
    /// same.
    #[must_use]
    pub fn expand(self, owner: &CanonicalUserId, bucket_owner: &CanonicalUserId) -> Acl {
        let mut acl = Acl::private(owner.clone());
        let mut add = |grantee: Grantee, permission| acl.0.push(Grant { grantee, permission });
        match self {
            Self::Private | Self::AwsExecRead => {}
            Self::PublicRead => add(Grantee::AllUsers, Permission::Read),
            Self::PublicReadWrite => {
                add(Grantee::AllUsers, Permission::Read);
                add(Grantee::AllUsers, Permission::Write);
            }
            Self::AuthenticatedRead => add(Grantee::AuthenticatedUsers, Permission::Read),
            // The owner's full control says it already.
            Self::BucketOwnerRead | Self::BucketOwnerFullControl if owner == bucket_owner => {}
            Self::BucketOwnerRead => add(Grantee::Account(bucket_owner.clone()), Permission::Read),
            Self::BucketOwnerFullControl => add(Grantee::Account(bucket_owner.clone()), Permission::FullControl),
            Self::LogDeliveryWrite => {
                add(Grantee::LogDelivery, Permission::Write);
                add(Grantee::LogDelivery, Permission::ReadAcp);
            }
        }
        acl
    }
}
