//! Which action needs which permission on what.
//!
//! Source: "Mapping of ACL permissions and access policy permissions", Amazon S3 user guide.

use larder_types::Permission;

/// Whose list counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AclResource {
    /// The bucket's.
    Bucket,
    /// The object's.
    Object,
}

/// The permission that lets somebody do `action`, and on what. `None` when no ACL can. For some actions that is not
/// enough, see [`needs_ownership`].
#[must_use]
pub fn required_permission(action: &str) -> Option<(AclResource, Permission)> {
    use AclResource::{Bucket, Object};
    let name = action.split_once(':').filter(|(service, _)| service.eq_ignore_ascii_case("s3"))?.1;
    let table = [
        ("ListBucket", Bucket, Permission::Read),
        ("ListBucketVersions", Bucket, Permission::Read),
        ("ListBucketMultipartUploads", Bucket, Permission::Read),
        ("PutObject", Bucket, Permission::Write),
        ("DeleteObject", Bucket, Permission::Write),
        ("DeleteObjectVersion", Bucket, Permission::Write),
        ("GetBucketAcl", Bucket, Permission::ReadAcp),
        ("PutBucketAcl", Bucket, Permission::WriteAcp),
        ("GetObject", Object, Permission::Read),
        ("GetObjectVersion", Object, Permission::Read),
        ("GetObjectAttributes", Object, Permission::Read),
        ("GetObjectVersionAttributes", Object, Permission::Read),
        ("GetObjectTorrent", Object, Permission::Read),
        ("GetObjectVersionTorrent", Object, Permission::Read),
        ("GetObjectAcl", Object, Permission::ReadAcp),
        ("GetObjectVersionAcl", Object, Permission::ReadAcp),
        ("PutObjectAcl", Object, Permission::WriteAcp),
        ("PutObjectVersionAcl", Object, Permission::WriteAcp),
    ];
    let found = table.into_iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
    found.map(|(_, resource, permission)| (resource, permission))
}

/// Whether `WRITE` gives the action only to the owner of the bucket, or to the owner of the object that it is done to.
#[must_use]
pub fn needs_ownership(action: &str) -> bool {
    ["s3:DeleteObject", "s3:DeleteObjectVersion"].iter().any(|known| known.eq_ignore_ascii_case(action))
}
