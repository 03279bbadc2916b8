//! The condition keys of a request to S3.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys>

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;
use larder_access::GlobalContext;
use larder_config::object_lock::{LegalHold, Retention};
use larder_config::tagging::TagSet;
use larder_policy::{Context, Values};
use larder_types::AccountId;
use larder_wire::operation::Operation;

use super::{Seen, Wish};
use crate::call::Call;
use crate::fields::copy_source;

/// What a request says beyond the headers it came with.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said<'a> {
    /// A form's fields, which stand for headers.
    pub(crate) headers: Option<&'a HeaderMap>,
    /// The tags that it gives.
    pub(crate) tags: Option<&'a TagSet>,
    /// The region in which it wants a bucket.
    pub(crate) location: Option<&'a str>,
    /// The retention that it sets, when that is in a document.
    pub(crate) retention: Option<Retention>,
    /// The legal hold that it sets, when that is in a document.
    pub(crate) legal_hold: Option<LegalHold>,
    /// The prefix that a listing would have to show a missing key.
    pub(crate) prefix: Option<&'a str>,
    /// The version that it names, when that is in a document.
    pub(crate) version: Option<&'a str>,
}

/// A request while it is decided about.
pub(crate) struct RequestContext<'a> {
    call: &'a Call<'a>,
    wanted_object: AtomicBool,
}

impl<'a> RequestContext<'a> {
    pub(crate) fn new(call: &'a Call<'_>) -> Self {
        Self { call, wanted_object: AtomicBool::new(false) }
    }

    /// Whether a condition asked for something of the object.
    pub(crate) fn wanted_object(&self) -> bool {
        self.wanted_object.load(Ordering::Relaxed)
    }
}

/// The condition keys of one wish of a request.
pub(crate) struct S3Context<'a> {
    pub(crate) request: &'a RequestContext<'a>,
    pub(crate) wish: &'a Wish<'a>,
    pub(crate) seen: &'a Seen,
    pub(crate) resource_account: AccountId,
}

/// Keys whose value is that of the header of the same name.
const HEADERS: [&str; 15] = [
    "x-amz-acl",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-object-ownership",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    "if-match",
    "if-none-match",
];

/// Keys whose value is that of the query's parameter of the same name.
const PARAMETERS: [&str; 3] = ["prefix", "delimiter", "max-keys"];

impl Context for S3Context<'_> {
    fn get(&self, key: &str, suffix: Option<&str>) -> Option<Values<'_>> {
        match (key.strip_prefix("s3:"), key, suffix) {
            (Some("existingobjecttag"), _, Some(tag)) => self.existing_tag(tag).map(Values::One),
            (Some("requestobjecttag"), _, Some(tag)) | (None, "aws:requesttag", Some(tag)) => {
                tag_value(self.wish.said.tags?, tag).map(Values::One)
            }
            (Some("requestobjecttagkeys"), _, None) | (None, "aws:tagkeys", None) => {
                Some(tag_keys(self.wish.said.tags?))
            }
            (Some(name), _, None) => self.s3_key(name).map(Values::One),
            (None, ..) => self.global().lookup(key, suffix),
            _ => None,
        }
    }
}

impl<'a> S3Context<'a> {
    fn call(&self) -> &'a Call<'a> {
        self.request.call
    }

    fn global(&self) -> GlobalContext<'a> {
        let call = self.call();
        GlobalContext { caller: &call.caller, facts: &call.facts, resource_account: Some(self.resource_account) }
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let headers = self.wish.said.headers.unwrap_or(self.call().headers);
        let mut lines = headers.get_all(name).iter().map(|value| larder_wire::headers::text(value.as_bytes()));
        let first = lines.next()?;
        // A list may be spread over several lines, and operations take all of them.
        Some(lines.fold(first, |list, line| Cow::Owned(format!("{list},{line}"))))
    }

    fn s3_key(&self, name: &str) -> Option<Cow<'_, str>> {
        let call = self.call();
        if HEADERS.contains(&name) {
            return self.header(name);
        }
        if let ("prefix", Some(prefix)) = (name, self.wish.said.prefix) {
            return Some(prefix.into());
        }
        if PARAMETERS.contains(&name) {
            return call.query.get(name).map(Cow::Borrowed);
        }
        Some(match name {
            "x-amz-content-sha256" => match self.header(name) {
                None if call.signing?.kind == "REST-QUERY-STRING" => "UNSIGNED-PAYLOAD".into(),
                value => return value,
            },
            "x-amz-copy-source" => {
                let source = copy_source::parse(&self.header(name)?).ok()?;
                format!("{}/{}", source.bucket, source.key.as_str()).into()
            }
            "objectcreationoperation" => creates_object(call.operation)?.into(),
            "versionid" => self.wish.said.version.or_else(|| call.query.get("versionId"))?.into(),
            "authtype" => call.signing?.kind.into(),
            "signatureversion" => call.signing?.version.into(),
            "signatureage" => {
                (call.facts.now.as_millis() - call.signing?.signed_at?.as_millis()).max(0).to_string().into()
            }
            "tlsversion" => call.tls_version?.trim_start_matches("TLSv").into(),
            "resourceaccount" => {
                let owner = self.wish.target.bucket().map(|bucket| bucket.record.owner);
                owner.unwrap_or(self.resource_account).to_string().into()
            }
            "locationconstraint" => self.wish.said.location?.into(),
            name => return self.lock_key(name),
        })
    }

    /// Object lock, from a document or from headers.
    fn lock_key(&self, name: &str) -> Option<Cow<'_, str>> {
        let retention = self.wish.said.retention;
        let until = || match retention {
            Some(retention) => Some(retention.retain_until().to_jiff().to_string().into()),
            None => self.header("x-amz-object-lock-retain-until-date"),
        };
        match name {
            "object-lock-mode" => match retention {
                Some(retention) => Some(retention.mode().as_str().into()),
                None => self.header("x-amz-object-lock-mode"),
            },
            "object-lock-retain-until-date" => until(),
            "object-lock-remaining-retention-days" => {
                let until: jiff::Timestamp = until()?.trim().parse().ok()?;
                let seconds = until.as_second() - self.call().facts.now.as_seconds();
                // A day that has begun counts.
                Some((seconds.max(0) + 86_399).div_euclid(86_400).to_string().into())
            }
            "object-lock-legal-hold" => match self.wish.said.legal_hold {
                Some(hold) => Some(hold.as_str().into()),
                None => self.header("x-amz-object-lock-legal-hold"),
            },
            _ => None,
        }
    }

    fn existing_tag(&self, tag: &str) -> Option<Cow<'_, str>> {
        self.request.wanted_object.store(true, Ordering::Relaxed);
        tag_value(&self.seen.object()?.tags, tag)
    }
}

/// `s3:ObjectCreationOperation`, of requests that need `s3:PutObject`: whether an object is there afterwards, and not only a
/// part or an upload of one. For policies that enforce conditional writes.
fn creates_object(operation: Operation) -> Option<&'static str> {
    match operation {
        Operation::PutObject | Operation::CopyObject | Operation::CompleteMultipartUpload | Operation::PostObject => {
            Some("true")
        }
        Operation::CreateMultipartUpload | Operation::UploadPart | Operation::UploadPartCopy => Some("false"),
        _ => None,
    }
}

/// Tags of objects and requests are compared with case.
fn tag_value<'t>(tags: &'t TagSet, key: &str) -> Option<Cow<'t, str>> {
    tags.get(key).map(Cow::Borrowed)
}

fn tag_keys(tags: &TagSet) -> Values<'_> {
    Values::Many(tags.tags().iter().map(|tag| Cow::Borrowed(tag.key.as_str())).collect())
}
