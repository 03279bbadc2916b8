//! What a request wants to do, and to what.

use larder_engine::Bucket;
use larder_types::{ObjectKey, VersionId};

use super::context::Said;

/// What an action is on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'a> {
    /// No bucket: the account's list of buckets.
    Service,
    /// A setting of the whole account.
    Account,
    /// A bucket that is to be made.
    NewBucket(&'a str),
    /// A bucket.
    Bucket(&'a Bucket),
    /// A key of a bucket, whatever it holds now, or one version of it: what is written or deleted there is the bucket's
    /// affair.
    Key(&'a Bucket, &'a ObjectKey, Option<VersionId>),
    /// What the request writes to a key: where ACLs count, the affair of its sender, who owns it at first.
    Written(&'a Bucket, &'a ObjectKey),
    /// The object that a key holds, or one version of it: its owner's affair.
    Object(&'a Bucket, &'a ObjectKey, Option<VersionId>),
}

/// An action on a target, with what the request says that conditions may look at beyond its own headers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    pub(crate) action: &'static str,
    pub(crate) target: Target<'a>,
    pub(crate) said: Said<'a>,
}

impl<'a> Target<'a> {
    pub(crate) fn bucket(&self) -> Option<&'a Bucket> {
        match self {
            Self::Service | Self::Account | Self::NewBucket(_) => None,
            Self::Bucket(bucket) | Self::Key(bucket, ..) | Self::Written(bucket, _) | Self::Object(bucket, ..) => {
                Some(bucket)
            }
        }
    }

    pub(crate) fn key(&self) -> Option<(&'a Bucket, &'a ObjectKey, Option<VersionId>)> {
        match *self {
            Self::Written(bucket, key) => Some((bucket, key, None)),
            Self::Key(bucket, key, version) | Self::Object(bucket, key, version) => Some((bucket, key, version)),
            _ => None,
        }
    }

    /// The resource as policies name it. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html>
    pub(crate) fn arn(&self) -> String {
        match self {
            // What AWS's example policies name for ListAllMyBuckets.
            Self::Service => "arn:aws:s3:::*".to_owned(),
            Self::Account => "*".to_owned(),
            Self::NewBucket(name) => format!("arn:aws:s3:::{name}"),
            Self::Bucket(bucket) => format!("arn:aws:s3:::{}", bucket.name),
            Self::Key(bucket, key, _) | Self::Written(bucket, key) | Self::Object(bucket, key, _) => {
                format!("arn:aws:s3:::{}/{}", bucket.name, key.as_str())
            }
        }
    }
}

impl<'a> Wish<'a> {
    pub(crate) fn of(action: &'static str, target: Target<'a>) -> Self {
        Self { action, target, said: Said::default() }
    }

    pub(crate) fn saying(self, said: Said<'a>) -> Self {
        Self { said, ..self }
    }

    /// Whether it is about an object that is there, so that whose object it is makes a difference.
    pub(super) fn is_on_object(&self) -> bool {
        matches!(self.target, Target::Object(..))
    }

    /// Whether it is about an upload under way, which whoever began it may list and end.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions>
    pub(super) fn is_on_upload(&self) -> bool {
        matches!(self.action, "s3:AbortMultipartUpload" | "s3:ListMultipartUploadParts")
    }

    /// Whether it reads an object that may be missing.
    pub(super) fn reads_object(&self) -> bool {
        self.is_on_object() && self.action.starts_with("s3:GetObject")
    }
}
