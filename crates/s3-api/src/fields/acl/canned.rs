//! Canned lists. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>

use larder_types::{Acl, CanonicalUserId, Grant, Grantee, Owner, Permission};
use larder_wire::error::{ErrorCode, S3Error};

/// The account for which EC2 reads machine images, as AWS's lists name it.
const MACHINE_IMAGES: &str = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c";

/// A list by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Canned {
    /// `private`
    Private,
    /// `public-read`
    PublicRead,
    /// `public-read-write`
    PublicReadWrite,
    /// `authenticated-read`
    AuthenticatedRead,
    /// `aws-exec-read`
    AwsExecRead,
    /// `bucket-owner-read`
    BucketOwnerRead,
    /// `bucket-owner-full-control`
    BucketOwnerFullControl,
    /// `log-delivery-write`
    LogDeliveryWrite,
}

impl Canned {
    const NAMES: [(&'static str, Self); 8] = [
        ("private", Self::Private),
        ("public-read", Self::PublicRead),
        ("public-read-write", Self::PublicReadWrite),
        ("authenticated-read", Self::AuthenticatedRead),
        ("aws-exec-read", Self::AwsExecRead),
        ("bucket-owner-read", Self::BucketOwnerRead),
        ("bucket-owner-full-control", Self::BucketOwnerFullControl),
        ("log-delivery-write", Self::LogDeliveryWrite),
    ];

    /// The list that `x-amz-acl` names.
    ///
    /// # Errors
    /// `InvalidArgument` when there is none of that name.
    pub(super) fn of_header(value: &[u8]) -> Result<Self, S3Error> {
        let text = larder_wire::headers::text(value);
        let found = Self::NAMES.into_iter().find(|(name, _)| *name == text);
        found.map(|(_, canned)| canned).ok_or_else(|| {
            S3Error::new(ErrorCode::InvalidArgument)
                .with_extra("ArgumentName", "x-amz-acl")
                .with_extra("ArgumentValue", text.into_owned())
        })
    }

    /// Its grants, for what `owner` owns in a bucket of `bucket_owner`.
    pub(super) fn expand(self, owner: &Owner, bucket_owner: &Owner) -> Acl {
        let mut acl = Acl::private(owner.canonical_id.clone());
        let mut add = |grantee, permission| acl.0.push(Grant { grantee, permission });
        let bucket_owner = Grantee::Account(bucket_owner.canonical_id.clone());
        match self {
            Self::Private => {}
            Self::PublicRead => add(Grantee::AllUsers, Permission::Read),
            Self::PublicReadWrite => {
                add(Grantee::AllUsers, Permission::Read);
                add(Grantee::AllUsers, Permission::Write);
            }
            Self::AuthenticatedRead => add(Grantee::AuthenticatedUsers, Permission::Read),
            Self::AwsExecRead => {
                if let Ok(id) = CanonicalUserId::parse(MACHINE_IMAGES) {
                    add(Grantee::Account(id), Permission::Read);
                }
            }
            // The owner has full control already.
            Self::BucketOwnerRead | Self::BucketOwnerFullControl
                if bucket_owner == Grantee::Account(owner.canonical_id.clone()) => {}
            Self::BucketOwnerRead => add(bucket_owner, Permission::Read),
            Self::BucketOwnerFullControl => add(bucket_owner, Permission::FullControl),
            Self::LogDeliveryWrite => {
                add(Grantee::LogDelivery, Permission::Write);
                add(Grantee::LogDelivery, Permission::ReadAcp);
            }
        }
        acl
    }
}

#[cfg(test)]
mod tests {
    use larder_types::AccountId;

    use super::*;

    fn owner(digit: &str) -> Owner {
        Owner {
            account: AccountId::from_number(1),
            canonical_id: CanonicalUserId::parse(&digit.repeat(64)).expect("an id"),
            display_name: digit.into(),
        }
    }

    #[test]
    fn lists_expand_as_s3_documents_them() {
        let (me, them) = (owner("a"), owner("b"));
        let grants = |name: &str| {
            let acl = Canned::of_header(name.as_bytes()).expect("a list").expand(&me, &them);
            let mut shown: Vec<(String, &str)> = Vec::new();
            for grant in acl.0 {
                let who = match grant.grantee {
                    Grantee::Account(id) => id.as_str()[..1].to_owned(),
                    group => format!("{group:?}"),
                };
                shown.push((who, grant.permission.as_str()));
            }
            shown.into_iter().map(|(who, what)| format!("{who} {what}")).collect::<Vec<_>>().join(", ")
        };
        for (name, expected) in [
            ("private", "a FULL_CONTROL"),
            ("public-read", "a FULL_CONTROL, AllUsers READ"),
            ("public-read-write", "a FULL_CONTROL, AllUsers READ, AllUsers WRITE"),
            ("authenticated-read", "a FULL_CONTROL, AuthenticatedUsers READ"),
            ("aws-exec-read", "a FULL_CONTROL, 6 READ"),
            ("bucket-owner-read", "a FULL_CONTROL, b READ"),
            ("bucket-owner-full-control", "a FULL_CONTROL, b FULL_CONTROL"),
            ("log-delivery-write", "a FULL_CONTROL, LogDelivery WRITE, LogDelivery READ_ACP"),
        ] {
            assert_eq!(grants(name), expected, "{name}");
        }
        assert_eq!(Canned::BucketOwnerRead.expand(&me, &me), Acl::private(me.canonical_id.clone()));
        let refused = Canned::of_header(b"Public-Read").expect_err("no list");
        assert_eq!(refused.extra_value("ArgumentValue"), Some("Public-Read"));
    }
}
