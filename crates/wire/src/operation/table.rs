//! The table of operations: one row each, grouped by method and level.
//!
//! Columns: the operation; what chooses it within its group; the query parameters it accepts besides; the IAM actions
//! it needs; the actions it needs instead when the request names a version. The first row of a group whose selectors
//! hold is the operation, so the more specific row stands first, and rows chosen without the query stand last.
//!
//! Every operation of the S3 service model is here but two kinds: `WriteGetObjectResponse`, which has a host of its
//! own, and the deprecated forms that a request cannot tell from their successors (`GetBucketLifecycle`,
//! `GetBucketNotification` and their `Put`s). Added are what the model does not know: `PostObject`, the upload of an HTML
//! form; `Preflight`, the `OPTIONS` request of CORS, which addresses any level; and of S3 Control the operations on an
//! account's Block Public Access, which there have the names of S3's own.
//!
//! Actions are those of the "Actions, resources, and condition keys for Amazon S3" reference.

use super::Selector::{self, Form, Has, Header, Is};
use super::{Row, Verb};
use crate::address::Level;

macro_rules! operations {
    ($($verb:ident $level:ident {$(
        $name:ident [$($selector:expr),*] [$($parameter:literal),*] [$($action:literal),*] [$($versioned:literal),*];
    )+})+) => {
        /// An S3 operation, named as in AWS's API reference.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Operation {
            $($(
                #[doc = concat!("`", stringify!($name), "`: ", stringify!($verb), " at level ", stringify!($level), ".")]
                $name,
            )+)+
        }

        impl Operation {
            /// Every operation, in the table's order.
            pub const ALL: &[Operation] = &[$($(Operation::$name,)+)+];

            /// The name in AWS's API reference.
            pub const fn name(self) -> &'static str {
                match self { $($(Operation::$name => stringify!($name),)+)+ }
            }
        }

        /// The rows, in the order of [`Operation`]'s variants.
        pub const ROWS: &[Row] = &[$($(Row {
            operation: Operation::$name,
            verb: Verb::$verb,
            level: Level::$level,
            selectors: {
                const SELECTORS: &[Selector] = &[$($selector),*];
                SELECTORS
            },
            parameters: &[$($parameter),*],
            actions: &[$($action),*],
            actions_versioned: &[$($versioned),*],
        },)+)+];
    };
}

/// The rows of one method on one level.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    start: usize,
    plain: usize,
    end: usize,
}

impl Group {
    /// All rows, the more specific first.
    pub fn rows(self) -> &'static [Row] {
        &ROWS[self.start..self.end]
    }

    /// The rows that are chosen without looking at the query.
    pub fn plain_rows(self) -> &'static [Row] {
        &ROWS[self.plain..self.end]
    }
}

const LEVELS: usize = 4;
const VERBS: usize = Verb::ALL.len();

/// Where each group lies; computed when the crate is compiled, so that a request looks at its own group only.
const GROUPS: [[Group; VERBS]; LEVELS] = {
    let mut groups = [[Group { start: 0, plain: 0, end: 0 }; VERBS]; LEVELS];
    let mut at = 0;
    while at < ROWS.len() {
        let row = &ROWS[at];
        let group = &mut groups[row.level as usize][row.verb as usize];
        if group.end == 0 {
            group.start = at;
            group.plain = at;
        } else {
            assert!(group.end == at, "the rows of a method and level stand together");
        }
        group.end = at + 1;
        if !row.is_plain() {
            assert!(group.plain == at, "rows chosen without the query stand last");
            group.plain = at + 1;
        }
        at += 1;
    }
    groups
};

/// The rows of a method on a level; empty when S3 has no such operation.
pub fn group(verb: Verb, level: Level) -> Group {
    GROUPS[level as usize][verb as usize]
}

operations! {
    Get Service {
        ListDirectoryBuckets                        [Has("max-directory-buckets")]
            ["continuation-token"] ["s3express:ListAllMyDirectoryBuckets"] [];
        ListBuckets                                 []
            ["max-buckets", "continuation-token", "prefix", "bucket-region"] ["s3:ListAllMyBuckets"] [];
    }
    Get Bucket {
        GetBucketAbac                               [Has("abac")] [] ["s3:GetBucketAbac"] [];
        GetBucketAccelerateConfiguration            [Has("accelerate")] [] ["s3:GetAccelerateConfiguration"] [];
        GetBucketAcl                                [Has("acl")] [] ["s3:GetBucketAcl"] [];
        GetBucketAnalyticsConfiguration             [Has("analytics"), Has("id")]
            [] ["s3:GetAnalyticsConfiguration"] [];
        ListBucketAnalyticsConfigurations           [Has("analytics")]
            ["continuation-token"] ["s3:GetAnalyticsConfiguration"] [];
        GetBucketIntelligentTieringConfiguration    [Has("intelligent-tiering"), Has("id")]
            [] ["s3:GetIntelligentTieringConfiguration"] [];
        ListBucketIntelligentTieringConfigurations  [Has("intelligent-tiering")]
            ["continuation-token"] ["s3:GetIntelligentTieringConfiguration"] [];
        GetBucketInventoryConfiguration             [Has("inventory"), Has("id")]
            [] ["s3:GetInventoryConfiguration"] [];
        ListBucketInventoryConfigurations           [Has("inventory")]
            ["continuation-token"] ["s3:GetInventoryConfiguration"] [];
        GetBucketMetricsConfiguration               [Has("metrics"), Has("id")] [] ["s3:GetMetricsConfiguration"] [];
        ListBucketMetricsConfigurations             [Has("metrics")]
            ["continuation-token"] ["s3:GetMetricsConfiguration"] [];
        GetBucketCors                               [Has("cors")] [] ["s3:GetBucketCORS"] [];
        GetBucketEncryption                         [Has("encryption")] [] ["s3:GetEncryptionConfiguration"] [];
        GetBucketLifecycleConfiguration             [Has("lifecycle")] [] ["s3:GetLifecycleConfiguration"] [];
        GetBucketLocation                           [Has("location")] [] ["s3:GetBucketLocation"] [];
        GetBucketLogging                            [Has("logging")] [] ["s3:GetBucketLogging"] [];
        GetBucketMetadataConfiguration              [Has("metadataConfiguration")]
            [] ["s3:GetBucketMetadataTableConfiguration"] [];
        GetBucketMetadataTableConfiguration         [Has("metadataTable")]
            [] ["s3:GetBucketMetadataTableConfiguration"] [];
        GetBucketNotificationConfiguration          [Has("notification")] [] ["s3:GetBucketNotification"] [];
        GetBucketOwnershipControls                  [Has("ownershipControls")] [] ["s3:GetBucketOwnershipControls"] [];
        GetBucketPolicy                             [Has("policy")] [] ["s3:GetBucketPolicy"] [];
        GetBucketPolicyStatus                       [Has("policyStatus")] [] ["s3:GetBucketPolicyStatus"] [];
        GetBucketReplication                        [Has("replication")] [] ["s3:GetReplicationConfiguration"] [];
        GetBucketRequestPayment                     [Has("requestPayment")] [] ["s3:GetBucketRequestPayment"] [];
        GetBucketTagging                            [Has("tagging")] [] ["s3:GetBucketTagging"] [];
        GetBucketVersioning                         [Has("versioning")] [] ["s3:GetBucketVersioning"] [];
        GetBucketWebsite                            [Has("website")] [] ["s3:GetBucketWebsite"] [];
        GetObjectLockConfiguration                  [Has("object-lock")] [] ["s3:GetBucketObjectLockConfiguration"] [];
        GetPublicAccessBlock                        [Has("publicAccessBlock")] [] ["s3:GetBucketPublicAccessBlock"] [];
        CreateSession                               [Has("session")] [] ["s3express:CreateSession"] [];
        ListMultipartUploads                        [Has("uploads")]
            ["delimiter", "encoding-type", "key-marker", "max-uploads", "prefix", "upload-id-marker"]
            ["s3:ListBucketMultipartUploads"] [];
        ListObjectVersions                          [Has("versions")]
            ["delimiter", "encoding-type", "key-marker", "max-keys", "prefix", "version-id-marker"]
            ["s3:ListBucketVersions"] [];
        ListObjectsV2                               [Is("list-type", "2")]
            ["delimiter", "encoding-type", "max-keys", "prefix", "continuation-token", "fetch-owner",
             "start-after"]
            ["s3:ListBucket"] [];
        ListObjects                                 []
            ["delimiter", "encoding-type", "max-keys", "prefix", "marker"] ["s3:ListBucket"] [];
    }
    Head Bucket {
        HeadBucket                                  [] [] ["s3:ListBucket"] [];
    }
    Put Bucket {
        PutBucketAbac                               [Has("abac")] [] ["s3:PutBucketAbac"] [];
        PutBucketAccelerateConfiguration            [Has("accelerate")] [] ["s3:PutAccelerateConfiguration"] [];
        PutBucketAcl                                [Has("acl")] [] ["s3:PutBucketAcl"] [];
        PutBucketAnalyticsConfiguration             [Has("analytics")] ["id"] ["s3:PutAnalyticsConfiguration"] [];
        PutBucketIntelligentTieringConfiguration    [Has("intelligent-tiering")]
            ["id"] ["s3:PutIntelligentTieringConfiguration"] [];
        PutBucketInventoryConfiguration             [Has("inventory")] ["id"] ["s3:PutInventoryConfiguration"] [];
        PutBucketMetricsConfiguration               [Has("metrics")] ["id"] ["s3:PutMetricsConfiguration"] [];
        PutBucketCors                               [Has("cors")] [] ["s3:PutBucketCORS"] [];
        PutBucketEncryption                         [Has("encryption")] [] ["s3:PutEncryptionConfiguration"] [];
        PutBucketLifecycleConfiguration             [Has("lifecycle")] [] ["s3:PutLifecycleConfiguration"] [];
        PutBucketLogging                            [Has("logging")] [] ["s3:PutBucketLogging"] [];
        UpdateBucketMetadataInventoryTableConfiguration [Has("metadataInventoryTable")]
            [] ["s3:UpdateBucketMetadataInventoryTableConfiguration"] [];
        UpdateBucketMetadataJournalTableConfiguration [Has("metadataJournalTable")]
            [] ["s3:UpdateBucketMetadataJournalTableConfiguration"] [];
        PutBucketNotificationConfiguration          [Has("notification")] [] ["s3:PutBucketNotification"] [];
        PutObjectLockConfiguration                  [Has("object-lock")] [] ["s3:PutBucketObjectLockConfiguration"] [];
        PutBucketOwnershipControls                  [Has("ownershipControls")] [] ["s3:PutBucketOwnershipControls"] [];
        PutBucketPolicy                             [Has("policy")] [] ["s3:PutBucketPolicy"] [];
        PutPublicAccessBlock                        [Has("publicAccessBlock")] [] ["s3:PutBucketPublicAccessBlock"] [];
        PutBucketReplication                        [Has("replication")] [] ["s3:PutReplicationConfiguration"] [];
        PutBucketRequestPayment                     [Has("requestPayment")] [] ["s3:PutBucketRequestPayment"] [];
        PutBucketTagging                            [Has("tagging")] [] ["s3:PutBucketTagging"] [];
        PutBucketVersioning                         [Has("versioning")] [] ["s3:PutBucketVersioning"] [];
        PutBucketWebsite                            [Has("website")] [] ["s3:PutBucketWebsite"] [];
        CreateBucket                                [] [] ["s3:CreateBucket"] [];
    }
    Post Bucket {
        DeleteObjects                               [Has("delete")] [] ["s3:DeleteObject"] ["s3:DeleteObjectVersion"];
        CreateBucketMetadataConfiguration           [Has("metadataConfiguration")]
            [] ["s3:CreateBucketMetadataTableConfiguration"] [];
        CreateBucketMetadataTableConfiguration      [Has("metadataTable")]
            [] ["s3:CreateBucketMetadataTableConfiguration"] [];
        PostObject                                  [Form] [] ["s3:PutObject"] [];
    }
    Delete Bucket {
        DeleteBucketAnalyticsConfiguration          [Has("analytics")] ["id"] ["s3:PutAnalyticsConfiguration"] [];
        DeleteBucketIntelligentTieringConfiguration [Has("intelligent-tiering")]
            ["id"] ["s3:PutIntelligentTieringConfiguration"] [];
        DeleteBucketInventoryConfiguration          [Has("inventory")] ["id"] ["s3:PutInventoryConfiguration"] [];
        DeleteBucketMetricsConfiguration            [Has("metrics")] ["id"] ["s3:PutMetricsConfiguration"] [];
        DeleteBucketCors                            [Has("cors")] [] ["s3:PutBucketCORS"] [];
        DeleteBucketEncryption                      [Has("encryption")] [] ["s3:PutEncryptionConfiguration"] [];
        DeleteBucketLifecycle                       [Has("lifecycle")] [] ["s3:PutLifecycleConfiguration"] [];
        DeleteBucketMetadataConfiguration           [Has("metadataConfiguration")]
            [] ["s3:DeleteBucketMetadataTableConfiguration"] [];
        DeleteBucketMetadataTableConfiguration      [Has("metadataTable")]
            [] ["s3:DeleteBucketMetadataTableConfiguration"] [];
        DeleteBucketOwnershipControls               [Has("ownershipControls")] [] ["s3:PutBucketOwnershipControls"] [];
        DeleteBucketPolicy                          [Has("policy")] [] ["s3:DeleteBucketPolicy"] [];
        DeletePublicAccessBlock                     [Has("publicAccessBlock")] [] ["s3:PutBucketPublicAccessBlock"] [];
        DeleteBucketReplication                     [Has("replication")] [] ["s3:PutReplicationConfiguration"] [];
        DeleteBucketTagging                         [Has("tagging")] [] ["s3:PutBucketTagging"] [];
        DeleteBucketWebsite                         [Has("website")] [] ["s3:DeleteBucketWebsite"] [];
        DeleteBucket                                [] [] ["s3:DeleteBucket"] [];
    }
    Get Object {
        GetObjectAcl                                [Has("acl")]
            ["versionId"] ["s3:GetObjectAcl"] ["s3:GetObjectVersionAcl"];
        GetObjectAttributes                         [Has("attributes")]
            ["versionId"]
            ["s3:GetObjectAttributes", "s3:GetObject"] ["s3:GetObjectVersionAttributes", "s3:GetObjectVersion"];
        GetObjectLegalHold                          [Has("legal-hold")] ["versionId"] ["s3:GetObjectLegalHold"] [];
        GetObjectRetention                          [Has("retention")] ["versionId"] ["s3:GetObjectRetention"] [];
        GetObjectTagging                            [Has("tagging")]
            ["versionId"] ["s3:GetObjectTagging"] ["s3:GetObjectVersionTagging"];
        GetObjectTorrent                            [Has("torrent")] [] ["s3:GetObjectTorrent"] [];
        ListParts                                   [Has("uploadId")]
            ["max-parts", "part-number-marker"] ["s3:ListMultipartUploadParts"] [];
        GetObject                                   []
            ["versionId", "partNumber", "response-cache-control", "response-content-disposition",
             "response-content-encoding", "response-content-language", "response-content-type", "response-expires"]
            ["s3:GetObject"] ["s3:GetObjectVersion"];
    }
    Head Object {
        HeadObject                                  []
            ["versionId", "partNumber", "response-cache-control", "response-content-disposition",
             "response-content-encoding", "response-content-language", "response-content-type", "response-expires"]
            ["s3:GetObject"] ["s3:GetObjectVersion"];
    }
    Put Object {
        PutObjectAcl                                [Has("acl")]
            ["versionId"] ["s3:PutObjectAcl"] ["s3:PutObjectVersionAcl"];
        UpdateObjectEncryption                      [Has("encryption")] ["versionId"] ["s3:UpdateObjectEncryption"] [];
        PutObjectLegalHold                          [Has("legal-hold")] ["versionId"] ["s3:PutObjectLegalHold"] [];
        RenameObject                                [Has("renameObject")] [] ["s3express:CreateSession"] [];
        PutObjectRetention                          [Has("retention")] ["versionId"] ["s3:PutObjectRetention"] [];
        PutObjectTagging                            [Has("tagging")]
            ["versionId"] ["s3:PutObjectTagging"] ["s3:PutObjectVersionTagging"];
        UploadPartCopy                              [Has("uploadId"), Has("partNumber"), Header("x-amz-copy-source")]
            [] ["s3:PutObject"] [];
        UploadPart                                  [Has("uploadId"), Has("partNumber")] [] ["s3:PutObject"] [];
        CopyObject                                  [Header("x-amz-copy-source")] [] ["s3:PutObject"] [];
        PutObject                                   [] [] ["s3:PutObject"] [];
    }
    Post Object {
        RestoreObject                               [Has("restore")] ["versionId"] ["s3:RestoreObject"] [];
        SelectObjectContent                         [Has("select")] ["select-type"] ["s3:GetObject"] [];
        CompleteMultipartUpload                     [Has("uploadId")] [] ["s3:PutObject"] [];
        CreateMultipartUpload                       [Has("uploads")] [] ["s3:PutObject"] [];
    }
    Delete Object {
        DeleteObjectTagging                         [Has("tagging")]
            ["versionId"] ["s3:DeleteObjectTagging"] ["s3:DeleteObjectVersionTagging"];
        AbortMultipartUpload                        [Has("uploadId")] [] ["s3:AbortMultipartUpload"] [];
        DeleteObject                                [] ["versionId"] ["s3:DeleteObject"] ["s3:DeleteObjectVersion"];
    }
    Options Service {
        Preflight                                   [] [] [] [];
    }
    Get Account {
        GetAccountPublicAccessBlock                 [] [] ["s3:GetAccountPublicAccessBlock"] [];
    }
    Put Account {
        PutAccountPublicAccessBlock                 [] [] ["s3:PutAccountPublicAccessBlock"] [];
    }
    Delete Account {
        DeleteAccountPublicAccessBlock              [] [] ["s3:PutAccountPublicAccessBlock"] [];
    }
}
