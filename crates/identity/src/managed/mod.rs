//! AWS managed policies: those that make sense on a server of S3, IAM, STS and KMS, as AWS publishes them.
//!
//! <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>

use std::sync::LazyLock;

use larder_policy::Kind;
use larder_types::Timestamp;

use crate::model::Document;

/// A policy that AWS keeps and that every account can attach.
#[derive(Debug)]
pub struct AwsManagedPolicy {
    /// Its name.
    pub name: &'static str,
    /// Its path.
    pub path: &'static str,
    /// `arn:aws:iam::aws:policy/PATH/NAME`
    pub arn: String,
    /// An id in the shape of AWS's, the same on every server.
    pub id: String,
    /// The number of its version.
    pub version: u32,
    /// When AWS made it.
    pub created: Timestamp,
    /// When AWS made this version.
    pub updated: Timestamp,
    /// The document.
    pub document: Document,
}

/// Name, path, version, seconds since 1970 at which it was made and at which this version was, document.
type Source = (&'static str, &'static str, u32, i64, i64, &'static str);

const SOURCES: &[Source] = &[
    ("AdministratorAccess", "/", 1, 1_423_247_986, 1_423_247_986, include_str!("documents/AdministratorAccess.json")),
    ("AmazonS3FullAccess", "/", 2, 1_423_248_058, 1_632_773_797, include_str!("documents/AmazonS3FullAccess.json")),
    (
        "AmazonS3ReadOnlyAccess",
        "/",
        3,
        1_423_248_059,
        1_691_703_099,
        include_str!("documents/AmazonS3ReadOnlyAccess.json"),
    ),
    ("AWSDenyAll", "/", 2, 1_556_750_174, 1_702_917_725, include_str!("documents/AWSDenyAll.json")),
    (
        "AWSKeyManagementServicePowerUser",
        "/",
        2,
        1_423_248_040,
        1_488_848_111,
        include_str!("documents/AWSKeyManagementServicePowerUser.json"),
    ),
    ("IAMFullAccess", "/", 2, 1_423_248_038, 1_561_146_000, include_str!("documents/IAMFullAccess.json")),
    ("IAMReadOnlyAccess", "/", 4, 1_423_248_039, 1_516_907_487, include_str!("documents/IAMReadOnlyAccess.json")),
    (
        "IAMUserChangePassword",
        "/",
        5,
        1_479_169_516,
        1_770_919_137,
        include_str!("documents/IAMUserChangePassword.json"),
    ),
    ("PowerUserAccess", "/", 12, 1_423_247_987, 1_770_919_154, include_str!("documents/PowerUserAccess.json")),
];

static ALL: LazyLock<Vec<AwsManagedPolicy>> = LazyLock::new(|| SOURCES.iter().map(read).collect());

/// All of them, in order of their names.
pub fn all() -> impl Iterator<Item = &'static AwsManagedPolicy> {
    ALL.iter()
}

/// The one of an ARN.
#[must_use]
pub fn by_arn(arn: &str) -> Option<&'static AwsManagedPolicy> {
    if !arn.starts_with("arn:aws:iam::aws:") {
        return None;
    }
    ALL.iter().find(|policy| policy.arn == arn)
}

/// Denies everything: stands for a policy that should be there and is not.
pub(crate) fn deny_all() -> &'static AwsManagedPolicy {
    by_arn("arn:aws:iam::aws:policy/AWSDenyAll").expect("it is among the sources")
}

fn read(source: &Source) -> AwsManagedPolicy {
    let &(name, path, version, created, updated, text) = source;
    AwsManagedPolicy {
        name,
        path,
        arn: format!("arn:aws:iam::aws:policy{path}{name}"),
        id: id_of(name),
        version,
        created: Timestamp::from_millis(created * 1000),
        updated: Timestamp::from_millis(updated * 1000),
        document: Document::parse(text, Kind::Identity).expect("AWS's own documents are well formed"),
    }
}

/// AWS does not document the ids of its policies; these are drawn from the name.
fn id_of(name: &str) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, name.as_bytes());
    let drawn = digest.as_ref().iter().take(17).map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    std::iter::once("ANPA".to_owned()).chain(drawn.map(String::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_read_and_found_by_their_arns() {
        assert!(all().is_sorted_by_key(|policy| policy.name.to_ascii_lowercase()));
        for policy in all() {
            assert_eq!(by_arn(&policy.arn).map(|it| it.name), Some(policy.name));
            assert_eq!(policy.id.len(), 21);
        }
        assert!(by_arn("arn:aws:iam::aws:policy/Nothing").is_none());
        assert_eq!(deny_all().version, 2);
    }
}
