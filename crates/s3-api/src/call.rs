//! A request on its way through the pipeline, once it is known what it wants and that it may.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, header};
use larder_access::{Authenticator, RequestFacts, Signing};
use larder_engine::{Bucket, Engine};
use larder_http::{BodyBudget, BodyRoom, NoRoom, RequestBody};
use larder_identity::{Caller, Identity};
use larder_sigv4::{ChunkVerifier, Payload};
use larder_sse::Sse;
use larder_types::{AccountId, ObjectKey, Owner, Region, Timestamp};
use larder_wire::address::Style;
use larder_wire::decode::RequestParts;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::operation::Operation;
use larder_wire::query::Query;

use crate::authorize::{BucketPolicies, Permit};
use crate::fields::bucket::NewBuckets;
use crate::fields::encryption::EncryptionSettings;
use crate::refusal;
use crate::request_content::RequestContent;

/// How long a document may take to arrive.
const DOCUMENT_DEADLINE: Duration = Duration::from_secs(120);

/// Largest XML document a request may carry, in bytes: 1,000 keys to delete, every character escaped, fit into it.
pub(crate) const MAX_DOCUMENT_BYTES: usize = 8 * 1024 * 1024;

/// What an operation works with.
pub(crate) struct Call<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) identity: &'a Identity,
    pub(crate) authenticator: &'a Authenticator,
    pub(crate) policies: &'a BucketPolicies,
    pub(crate) region: &'a Region,
    pub(crate) sse: &'a Sse,
    pub(crate) encryption: EncryptionSettings,
    pub(crate) new_buckets: NewBuckets,
    pub(crate) budget: &'a BodyBudget,
    pub(crate) operation: Operation,
    /// The host as the client named it, for URLs in answers.
    pub(crate) host: Option<&'a str>,
    pub(crate) facts: RequestFacts<'a>,
    pub(crate) tls_version: Option<&'static str>,
    pub(crate) style: Style,
    pub(crate) bucket_name: Option<&'a str>,
    pub(crate) raw_key: Option<&'a str>,
    pub(crate) bucket: Option<Arc<Bucket>>,
    pub(crate) key: Option<ObjectKey>,
    pub(crate) query: &'a Query,
    pub(crate) headers: &'a HeaderMap,
    /// Who sent it.
    pub(crate) caller: Arc<Caller>,
    /// How it is signed, when it is.
    pub(crate) signing: Option<Signing>,
    /// What the caller's permission to do this is about.
    pub(crate) permit: Permit,
    pub(crate) body: Body,
}

/// The body until an operation takes it.
pub(crate) struct Body {
    pub(crate) incoming: Option<RequestBody>,
    pub(crate) payload: Payload,
    pub(crate) chunks: Option<ChunkVerifier>,
}

/// A document that was read whole. What it takes of the budget is given back when it is dropped.
pub(crate) struct Document {
    bytes: Bytes,
    _held: BodyRoom,
}

impl Document {
    /// Reads a document once the budget has room for it, or for the greatest when its length is not known.
    ///
    /// # Errors
    /// `SlowDown` when others take all the room; those of the body.
    pub(crate) async fn read(content: RequestContent, budget: &BodyBudget) -> Result<Self, S3Error> {
        let length = content.length().and_then(|length| usize::try_from(length).ok()).unwrap_or(MAX_DOCUMENT_BYTES);
        let held = budget.hold(length.min(MAX_DOCUMENT_BYTES)).await;
        let held = held.map_err(|NoRoom| S3Error::new(ErrorCode::SlowDown))?;
        // A client that sends a byte now and then must not keep the room from others.
        let read = tokio::time::timeout(DOCUMENT_DEADLINE, content.document(MAX_DOCUMENT_BYTES)).await;
        let bytes = read.map_err(|_| S3Error::new(ErrorCode::RequestTimeout))??;
        Ok(Self { bytes, _held: held })
    }
}

impl Deref for Document {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl<'a> Call<'a> {
    /// What the generated inputs decode.
    pub(crate) fn parts(&self) -> RequestParts<'_> {
        RequestParts { bucket: self.bucket_name, key: self.raw_key, query: self.query, headers: self.headers }
    }

    /// The bucket of an operation on a bucket or on an object in it.
    pub(crate) fn bucket(&self) -> Result<&Bucket, S3Error> {
        self.bucket.as_deref().ok_or_else(|| S3Error::new(ErrorCode::NoSuchBucket))
    }

    /// The key of an operation on an object.
    pub(crate) fn key(&self) -> Result<&ObjectKey, S3Error> {
        self.key.as_ref().ok_or_else(|| S3Error::new(ErrorCode::InvalidURI))
    }

    /// The body, to be read as the content of an object or part. S3 takes none whose length it is not told.
    pub(crate) fn content(&mut self) -> Result<RequestContent, S3Error> {
        let framed =
            [header::CONTENT_LENGTH, header::TRANSFER_ENCODING].iter().any(|name| self.headers.contains_key(name));
        if !framed {
            return Err(S3Error::new(ErrorCode::MissingContentLength));
        }
        self.take_body()
    }

    fn take_body(&mut self) -> Result<RequestContent, S3Error> {
        let incoming = self.body.incoming.take().unwrap_or_else(RequestBody::empty);
        RequestContent::new(incoming, self.headers, self.body.payload, self.body.chunks.take())
    }

    /// The body as a document, read whole.
    pub(crate) async fn document(&mut self) -> Result<Document, S3Error> {
        let document = Document::read(self.take_body()?, self.budget).await?;
        self.renew_permit().await?;
        Ok(document)
    }

    /// A document may take its time to arrive. When the bucket was changed meanwhile, what was decided over the old one is
    /// decided anew.
    async fn renew_permit(&mut self) -> Result<(), S3Error> {
        let Some(bucket) = &self.bucket else { return Ok(()) };
        let current = self.engine.bucket(&bucket.name).await.map_err(refusal::of_engine)?;
        if Arc::ptr_eq(bucket, &current) {
            return Ok(());
        }
        self.bucket = Some(current);
        self.permit = self.authorize().await?;
        Ok(())
    }

    /// The account of whoever sent the request.
    pub(crate) fn account(&self) -> Result<AccountId, S3Error> {
        self.caller.principal.account().ok_or_else(|| S3Error::new(ErrorCode::AccessDenied))
    }

    /// What listings show of an account.
    pub(crate) fn owner(&self, account: AccountId) -> Option<Owner> {
        self.identity.owner_of(account)
    }

    /// The time as the engine sees it.
    pub(crate) fn now(&self) -> Timestamp {
        self.engine.now()
    }
}
