//! Every S3 operation, and the one table that says how a request chooses it and which IAM actions it needs.
//!
//! The table is [`table.rs`](self::table): one row per operation. What follows from a request that matches no row, or
//! carries a parameter that its row does not know, is decided in [`crate::route`].

pub mod table;

use http::Method;

use crate::address::Level;
pub use table::Operation;

/// The methods that S3 knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// GET
    Get,
    /// HEAD
    Head,
    /// PUT
    Put,
    /// POST
    Post,
    /// DELETE
    Delete,
    /// OPTIONS
    Options,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Verb; 6] = [Verb::Get, Verb::Head, Verb::Put, Verb::Post, Verb::Delete, Verb::Options];

    /// The verb of an HTTP method; `None` for one S3 does not use.
    pub fn of(method: &Method) -> Option<Verb> {
        Some(match *method {
            Method::GET => Verb::Get,
            Method::HEAD => Verb::Head,
            Method::PUT => Verb::Put,
            Method::POST => Verb::Post,
            Method::DELETE => Verb::Delete,
            Method::OPTIONS => Verb::Options,
            _ => return None,
        })
    }

    /// The method as sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verb::Get => "GET",
            Verb::Head => "HEAD",
            Verb::Put => "PUT",
            Verb::Post => "POST",
            Verb::Delete => "DELETE",
            Verb::Options => "OPTIONS",
        }
    }

    /// Whether the method only reads, so that ignoring what one does not know cannot destroy anything.
    pub const fn reads(self) -> bool {
        matches!(self, Verb::Get | Verb::Head | Verb::Options)
    }
}

/// A condition that a request meets to be a row's operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    /// The query holds the parameter, with or without value.
    Has(&'static str),
    /// The query's parameter has this value.
    Is(&'static str, &'static str),
    /// The request has the header.
    Header(&'static str),
    /// The body is `multipart/form-data`.
    Form,
}

impl Selector {
    /// The query parameter it looks at.
    pub const fn parameter(&self) -> Option<&'static str> {
        match self {
            Selector::Has(name) | Selector::Is(name, _) => Some(name),
            Selector::Header(_) | Selector::Form => None,
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The operation.
    pub operation: Operation,
    /// Its method.
    pub verb: Verb,
    /// What it addresses.
    pub level: Level,
    /// All of these must hold.
    pub selectors: &'static [Selector],
    /// Query parameters accepted besides those of the selectors.
    pub parameters: &'static [&'static str],
    /// IAM actions, all of which the caller needs.
    pub actions: &'static [&'static str],
    /// The actions needed instead when the request names a version; empty when that makes no difference.
    pub actions_versioned: &'static [&'static str],
}

impl Row {
    /// Whether the operation is chosen without looking at the query.
    pub const fn is_plain(&self) -> bool {
        let mut i = 0;
        while i < self.selectors.len() {
            if self.selectors[i].parameter().is_some() {
                return false;
            }
            i += 1;
        }
        true
    }

    /// Whether the operation knows the query parameter.
    pub fn accepts(&self, parameter: &str) -> bool {
        self.parameters.contains(&parameter) || self.selectors.iter().any(|s| s.parameter() == Some(parameter))
    }
}

impl Operation {
    /// The operation's row.
    pub fn row(self) -> &'static Row {
        // The enum's variants and the table's rows come from the same list, in the same order.
        &table::ROWS[self as usize]
    }

    /// The operation of this name.
    pub fn from_name(name: &str) -> Option<Operation> {
        table::ROWS.iter().map(|row| row.operation).find(|operation| operation.name() == name)
    }

    /// What it addresses.
    pub fn level(self) -> Level {
        self.row().level
    }

    /// Its method.
    pub fn verb(self) -> Verb {
        self.row().verb
    }

    /// The main IAM action, such as `s3:GetObject`; `None` for the preflight, which needs none.
    pub fn action(self) -> Option<&'static str> {
        self.actions(false).first().copied()
    }

    /// All IAM actions that the caller needs on the addressed resource. What depends on more than the operation is
    /// the authorizer's: reading a copy's source, tags or ACL sent along with a PUT, bypassing governance, and the
    /// version ids inside a `DeleteObjects` body.
    pub fn actions(self, versioned: bool) -> &'static [&'static str] {
        let row = self.row();
        if versioned && !row.actions_versioned.is_empty() { row.actions_versioned } else { row.actions }
    }
}

/// Query parameters that name a *subresource*: a request with one of them is never the plain operation on the bucket
/// or object. The second column is the resource type in errors and access logs.
///
/// Holds more than the table routes: what AWS has and this server does not must be refused by name. Deleting
/// `?metadataConfiguration` is not deleting the bucket.
pub const SUBRESOURCES: &[(&str, &str)] = &[
    ("abac", "ABAC"),
    ("accelerate", "ACCELERATE"),
    ("acl", "ACL"),
    ("analytics", "ANALYTICS"),
    ("annotation", "ANNOTATION"),
    ("annotations", "ANNOTATIONS"),
    ("append", "OBJECT"),
    ("attributes", "ATTRIBUTES"),
    ("cors", "CORS"),
    ("delete", "MULTI_OBJECT_DELETE"),
    ("encryption", "ENCRYPTION"),
    ("intelligent-tiering", "INTELLIGENT_TIERING"),
    ("inventory", "INVENTORY"),
    ("legal-hold", "LEGAL_HOLD"),
    ("lifecycle", "LIFECYCLE"),
    ("location", "LOCATION"),
    ("logging", "LOGGING_STATUS"),
    ("metadataAnnotationTable", "METADATA_ANNOTATION_TABLE"),
    ("metadataConfiguration", "METADATA_CONFIGURATION"),
    ("metadataInventoryTable", "METADATA_INVENTORY_TABLE"),
    ("metadataJournalTable", "METADATA_JOURNAL_TABLE"),
    ("metadataTable", "METADATA_TABLE"),
    ("metrics", "METRICS"),
    ("notification", "NOTIFICATION"),
    ("object-lock", "OBJECT_LOCK"),
    ("ownershipControls", "OWNERSHIP_CONTROLS"),
    ("policy", "BUCKETPOLICY"),
    ("policyStatus", "POLICY_STATUS"),
    ("publicAccessBlock", "PUBLIC_ACCESS_BLOCK"),
    ("renameObject", "OBJECT"),
    ("replication", "REPLICATION"),
    ("requestPayment", "REQUEST_PAYMENT"),
    ("restore", "OBJECT"),
    ("retention", "RETENTION"),
    ("select", "OBJECT"),
    ("session", "SESSION"),
    ("tagging", "TAGGING"),
    ("torrent", "TORRENT"),
    ("uploadId", "UPLOAD"),
    ("uploads", "UPLOADS"),
    ("versioning", "VERSIONING"),
    ("versions", "BUCKETVERSIONS"),
    ("website", "WEBSITE"),
];

/// The resource type of a subresource parameter; `None` when the parameter names none.
pub fn subresource_type(parameter: &str) -> Option<&'static str> {
    SUBRESOURCES.binary_search_by(|(name, _)| (*name).cmp(parameter)).ok().map(|at| SUBRESOURCES[at].1)
}
