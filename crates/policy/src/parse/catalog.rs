//! The actions that a bucket policy may name, what they are done to, and the condition keys that S3 gives with them.
//!
//! Source: "Actions, resources, and condition keys for Amazon S3", Service Authorization Reference.

use crate::glob::{Pattern, wildcards};

/// Actions on buckets.
const BUCKET: [&str; 60] = [
    "createbucket",
    "createbucketmetadatatableconfiguration",
    "deletebucket",
    "deletebucketmetadatatableconfiguration",
    "deletebucketownershipcontrols",
    "deletebucketpolicy",
    "deletebucketwebsite",
    "getaccelerateconfiguration",
    "getanalyticsconfiguration",
    "getbucketabac",
    "getbucketacl",
    "getbucketcors",
    "getbucketlocation",
    "getbucketlogging",
    "getbucketmetadatatableconfiguration",
    "getbucketnotification",
    "getbucketobjectlockconfiguration",
    "getbucketownershipcontrols",
    "getbucketpolicy",
    "getbucketpolicystatus",
    "getbucketpublicaccessblock",
    "getbucketrequestpayment",
    "getbuckettagging",
    "getbucketversioning",
    "getbucketwebsite",
    "getencryptionconfiguration",
    "getintelligenttieringconfiguration",
    "getinventoryconfiguration",
    "getlifecycleconfiguration",
    "getmetricsconfiguration",
    "getreplicationconfiguration",
    "listbucket",
    "listbucketmultipartuploads",
    "listbucketversions",
    "listtagsforresource",
    "putaccelerateconfiguration",
    "putanalyticsconfiguration",
    "putbucketabac",
    "putbucketacl",
    "putbucketcors",
    "putbucketlogging",
    "putbucketnotification",
    "putbucketobjectlockconfiguration",
    "putbucketownershipcontrols",
    "putbucketpolicy",
    "putbucketpublicaccessblock",
    "putbucketrequestpayment",
    "putbuckettagging",
    "putbucketversioning",
    "putbucketwebsite",
    "putencryptionconfiguration",
    "putintelligenttieringconfiguration",
    "putinventoryconfiguration",
    "putlifecycleconfiguration",
    "putmetricsconfiguration",
    "putreplicationconfiguration",
    "tagresource",
    "untagresource",
    "updatebucketmetadatainventorytableconfiguration",
    "updatebucketmetadatajournaltableconfiguration",
];

/// Actions on objects.
const OBJECT: [&str; 34] = [
    "abortmultipartupload",
    "bypassgovernanceretention",
    "deleteobject",
    "deleteobjecttagging",
    "deleteobjectversion",
    "deleteobjectversiontagging",
    "getobject",
    "getobjectacl",
    "getobjectattributes",
    "getobjectlegalhold",
    "getobjectretention",
    "getobjecttagging",
    "getobjecttorrent",
    "getobjectversion",
    "getobjectversionacl",
    "getobjectversionattributes",
    "getobjectversionforreplication",
    "getobjectversiontagging",
    "getobjectversiontorrent",
    "initiatereplication",
    "listmultipartuploadparts",
    "objectowneroverridetobucketowner",
    "putobject",
    "putobjectacl",
    "putobjectlegalhold",
    "putobjectretention",
    "putobjecttagging",
    "putobjectversionacl",
    "putobjectversiontagging",
    "replicatedelete",
    "replicateobject",
    "replicatetags",
    "restoreobject",
    "updateobjectencryption",
];

/// Actions on accounts and other things; a bucket policy may name them, to no effect.
const OTHER: [&str; 15] = [
    "createaccesspoint",
    "createjob",
    "deleteaccesspoint",
    "deleteaccesspointpolicy",
    "getaccesspoint",
    "getaccesspointpolicy",
    "getaccesspointpolicystatus",
    "getaccountpublicaccessblock",
    "listaccesspoints",
    "listallmybuckets",
    "listjobs",
    "listmultiregionaccesspoints",
    "putaccesspointpolicy",
    "putaccountpublicaccessblock",
    "describejob",
];

/// The actions of an item, without its `s3:`.
struct Item {
    pattern: Pattern,
}

impl Item {
    fn new(action: &str) -> Option<Self> {
        let lower = action.to_lowercase();
        let name = if lower == "*" { "*" } else { lower.strip_prefix("s3:")? };
        Some(Self { pattern: Pattern::new(wildcards(name)) })
    }

    fn any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.pattern.matches(name))
    }
}

/// Whether S3 has such an action.
pub(super) fn is_action(action: &str) -> bool {
    Item::new(action).is_some_and(|item| item.any(&BUCKET) || item.any(&OBJECT) || item.any(&OTHER))
}

/// Whether one of the item's actions can be done to a bucket or to an object, of those that there are.
pub(super) fn applies(action: &str, bucket: bool, object: bool) -> bool {
    Item::new(action)
        .is_some_and(|item| (bucket && item.any(&BUCKET)) || (object && item.any(&OBJECT)) || item.any(&OTHER))
}

/// With which actions S3 gives a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// All of them.
    All,
    /// Those on objects.
    Objects,
    /// Those that list a bucket.
    Listing,
    /// Those that see the tags an object has.
    ExistingTags,
    /// Those that write tags.
    RequestTags,
    /// Those that write an ACL.
    Acl,
    /// Those that may make an object, a bucket or its encryption.
    Encryption,
    /// Those of a bucket's creation.
    Creation,
}

const LISTING: [&str; 2] = ["listbucket", "listbucketversions"];
const EXISTING_TAGS: [&str; 17] = [
    "deleteobjecttagging",
    "deleteobjectversiontagging",
    "getobject",
    "getobjectacl",
    "getobjectattributes",
    "getobjecttagging",
    "getobjectversion",
    "getobjectversionacl",
    "getobjectversionattributes",
    "getobjectversiontagging",
    "putobjectacl",
    "putobjecttagging",
    "putobjectversionacl",
    "putobjectversiontagging",
    "restoreobject",
    "deleteobject",
    "deleteobjectversion",
];
const REQUEST_TAGS: [&str; 5] =
    ["putobject", "putobjecttagging", "putobjectversiontagging", "replicatetags", "replicateobject"];
const ACL: [&str; 5] = ["createbucket", "putbucketacl", "putobject", "putobjectacl", "putobjectversionacl"];
const CREATION: [&str; 1] = ["createbucket"];

/// With which actions S3 gives its key of this name in lower case; `None` when it has no such key.
pub(super) fn key_scope(name: &str, has_suffix: bool) -> Option<Scope> {
    let scope = match (name, has_suffix) {
        ("existingobjecttag", true) => Scope::ExistingTags,
        ("requestobjecttag", true) => Scope::RequestTags,
        ("buckettag", true) => Scope::All,
        (_, true) => return None,
        ("requestobjecttagkeys", _) => Scope::RequestTags,
        ("prefix" | "delimiter" | "max-keys", _) => Scope::Listing,
        (
            "x-amz-acl"
            | "x-amz-grant-full-control"
            | "x-amz-grant-read"
            | "x-amz-grant-read-acp"
            | "x-amz-grant-write"
            | "x-amz-grant-write-acp",
            _,
        ) => Scope::Acl,
        ("locationconstraint" | "locationtype" | "x-amz-object-ownership" | "x-amz-bucket-namespace", _) => {
            Scope::Creation
        }
        ("x-amz-server-side-encryption" | "x-amz-server-side-encryption-aws-kms-key-id", _) => Scope::Encryption,
        (
            "versionid"
            | "x-amz-copy-source"
            | "x-amz-metadata-directive"
            | "x-amz-tagging-directive"
            | "x-amz-storage-class"
            | "x-amz-server-side-encryption-customer-algorithm"
            | "x-amz-website-redirect-location"
            | "if-match"
            | "if-none-match"
            | "objectcreationoperation"
            | "object-lock-legal-hold"
            | "object-lock-mode"
            | "object-lock-retain-until-date"
            | "object-lock-remaining-retention-days"
            | "destinationregion"
            | "isreplicationpauserequest",
            _,
        ) => Scope::Objects,
        (
            "authtype"
            | "signatureage"
            | "signatureversion"
            | "tlsversion"
            | "resourceaccount"
            | "x-amz-content-sha256"
            | "dataaccesspointarn"
            | "dataaccesspointaccount"
            | "accesspointarn"
            | "accesspointnetworkorigin"
            | "accessgrantsinstancearn"
            | "accessgrantscope"
            | "inventoryaccessibleoptionalfields"
            | "expirationdate"
            | "requestjoboperation"
            | "requestjobpriority"
            | "existingjoboperation"
            | "existingjobpriority"
            | "jobsuspendedcause",
            _,
        ) => Scope::All,
        _ => return None,
    };
    Some(scope)
}

/// Whether S3 gives keys of this scope with one of the item's actions.
pub(super) fn gives(scope: Scope, action: &str) -> bool {
    Item::new(action).is_some_and(|item| match scope {
        Scope::All => true,
        Scope::Objects => item.any(&OBJECT),
        Scope::Listing => item.any(&LISTING),
        Scope::ExistingTags => item.any(&EXISTING_TAGS),
        Scope::RequestTags => item.any(&REQUEST_TAGS),
        Scope::Acl => item.any(&ACL),
        Scope::Encryption => item.any(&OBJECT) || item.any(&["putencryptionconfiguration"]),
        Scope::Creation => item.any(&CREATION),
    })
}
