//! The pipeline every request goes through: one visible sequence, in [`S3Api::answer`].

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use larder_access::{Authenticated, Authenticator, Presented, RequestFacts, Service};
use larder_engine::{Bucket, Engine};
use larder_http::{BodyBudget, Handler, Request, RequestContext, Response};
use larder_identity::Identity;
use larder_sse::Sse;
use larder_types::{BucketName, ObjectKey, Region};
use larder_wire::address::{Address, Domains, Level};
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::operation::Operation;
use larder_wire::query::Query;

use crate::answer;
use crate::authorize::{BucketPolicies, Permit};
use crate::call::{Body, Call};
use crate::fields::bucket::NewBuckets;
use crate::fields::encryption::{self, EncryptionSettings};
use crate::{cors, operations, refusal, unsupported};

/// What an operator can set.
#[derive(Clone, Debug)]
pub struct S3Settings {
    /// Host names under which buckets are virtual hosts.
    pub domains: Vec<String>,
    /// What a new bucket has when nothing is said.
    pub new_buckets: NewBuckets,
    /// What is done about encryption.
    pub encryption: EncryptionSettings,
}

/// S3 over HTTP.
pub struct S3Api {
    engine: Arc<Engine>,
    identity: Identity,
    authenticator: Arc<Authenticator>,
    sse: Arc<Sse>,
    encryption: EncryptionSettings,
    policies: BucketPolicies,
    region: Region,
    domains: Domains,
    new_buckets: NewBuckets,
    budget: BodyBudget,
}

impl S3Api {
    /// S3 over an engine, for the accounts of `identity`.
    #[must_use]
    pub fn new(
        engine: Arc<Engine>,
        identity: Identity,
        authenticator: Arc<Authenticator>,
        sse: Arc<Sse>,
        settings: &S3Settings,
    ) -> Self {
        let region = authenticator.region().clone();
        Self {
            engine,
            identity,
            authenticator,
            sse,
            encryption: settings.encryption,
            policies: BucketPolicies::default(),
            region,
            domains: Domains::new(&settings.domains),
            new_buckets: settings.new_buckets,
            budget: BodyBudget::new(),
        }
    }

    /// host and path -> route -> authenticate -> authorise -> decode -> operation -> encode.
    async fn answer(
        &self,
        head: &http::request::Parts,
        mut body: Body,
        context: &RequestContext,
    ) -> Result<Response, S3Error> {
        let (raw_path, raw_query) = context.path_and_query();
        let query = Query::parse(raw_query)?;
        let host = host_of(head);
        let address = match Address::parse_control(raw_path, &head.headers)? {
            Some(address) => address,
            None => Address::parse(host, raw_path, &self.domains)?,
        };
        let hoisted = with_hoisted(&head.headers, raw_query)?;
        let headers = hoisted.as_ref().unwrap_or(&head.headers);
        let operation = larder_wire::route::route(&head.method, address.level(), &query, headers)?;
        context.asked.note(Service::S3.as_str(), operation.name());

        let mut caller = Arc::clone(self.authenticator.nobody());
        let mut signing = None;
        // A form is signed in its fields.
        if !matches!(operation, Operation::Preflight | Operation::PostObject) {
            let sender = self.sender(head, raw_path, raw_query)?;
            (caller, signing) = (sender.caller, sender.signing);
            (body.payload, body.chunks) = (sender.payload, sender.chunks);
        }

        let bucket = self.find_bucket(&address, operation).await?;
        let key = address.key().map(ObjectKey::parse).transpose().map_err(refusal::of_key)?;
        let mut call = Call {
            engine: &self.engine,
            identity: &self.identity,
            authenticator: &self.authenticator,
            policies: &self.policies,
            region: &self.region,
            sse: &self.sse,
            encryption: self.encryption,
            new_buckets: self.new_buckets,
            budget: &self.budget,
            operation,
            host,
            facts: RequestFacts::new(headers, context, &self.region),
            tls_version: context.tls.map(|tls| tls.version),
            style: address.style(),
            bucket_name: address.bucket(),
            raw_key: address.key(),
            bucket,
            key,
            query: &query,
            headers,
            caller,
            signing,
            permit: Permit::default(),
            body,
        };
        let outcome = carry_out(&mut call).await;
        let outcome =
            outcome.map_err(|error| refusal::about_key(error, call.key.as_ref(), call.query.get("versionId")));
        match call.bucket {
            Some(bucket) if operation != Operation::Preflight => {
                self.show_to_origin(&bucket, head, outcome, raw_path, context)
            }
            _ => outcome,
        }
    }

    /// Who sent a request; asked of the request as it came.
    fn sender(&self, head: &http::request::Parts, raw_path: &str, raw_query: &str) -> Result<Authenticated, S3Error> {
        let signed_request = larder_sigv4::Request {
            method: head.method.as_str(),
            path: raw_path.as_bytes(),
            query: raw_query,
            headers: &head.headers,
        };
        let bucket_in_host = host_of(head).and_then(|host| self.domains.bucket_of(host));
        let presented = Presented {
            request: &signed_request,
            service: Service::S3,
            bucket_in_host: bucket_in_host.as_deref(),
            body_sha256: None,
        };
        self.authenticator.authenticate(&presented).map_err(refusal::of_sender)
    }

    /// The bucket a request addresses. For those that make one or answer for a missing one it is not looked up.
    async fn find_bucket(&self, address: &Address, operation: Operation) -> Result<Option<Arc<Bucket>>, S3Error> {
        let Some(name) = address.bucket().filter(|_| address.level() != Level::Service) else { return Ok(None) };
        if operation == Operation::CreateBucket {
            return Ok(None);
        }
        let invalid = || S3Error::new(ErrorCode::InvalidBucketName).with_extra("BucketName", name);
        let missing = || S3Error::new(ErrorCode::NoSuchBucket).with_extra("BucketName", name);
        let parsed = BucketName::parse(name).map_err(|_| invalid())?;
        match self.engine.bucket(&parsed).await {
            Ok(bucket) => Ok(Some(bucket)),
            Err(larder_engine::Error::NoSuchBucket) if operation == Operation::Preflight => Ok(None),
            Err(larder_engine::Error::NoSuchBucket) => Err(missing()),
            Err(error) => Err(refusal::of_engine(error)),
        }
    }

    /// Adds the cross-origin headers to an answer, an error's included, when the bucket's rules let the origin see it.
    fn show_to_origin(
        &self,
        bucket: &Bucket,
        head: &http::request::Parts,
        outcome: Result<Response, S3Error>,
        path: &str,
        context: &RequestContext,
    ) -> Result<Response, S3Error> {
        let text = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
        let (Some(origin), Some(_)) = (text(header::ORIGIN), &bucket.record.cors) else { return outcome };
        let method = text(header::ACCESS_CONTROL_REQUEST_METHOD).unwrap_or(head.method.as_str());
        let mut response = outcome.unwrap_or_else(|error| answer::refused(&error, &head.method, path, context));
        cors::grant(bucket, origin, method, &mut response);
        Ok(response)
    }
}

/// Authorises the request, refuses what it cannot have, runs the operation.
async fn carry_out(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let bucket = call.bucket.clone();
    call.permit = call.authorize().await?;
    expect_owner(call.headers, "x-amz-expected-bucket-owner", bucket.as_deref())?;
    unsupported::refuse(call.headers)?;
    unsupported::refuse_conditions(call.operation, call.headers)?;
    encryption::refuse_choice(call.operation, call.headers)?;
    match (operations::run(call).await, bucket, &call.key) {
        (Err(error), Some(bucket), Some(key)) if call.reads_object() => Err(call.veil(&bucket, key, error).await),
        (outcome, ..) => outcome,
    }
}

#[async_trait::async_trait]
impl Handler for S3Api {
    async fn handle(&self, request: Request, context: RequestContext) -> Response {
        let (head, incoming) = request.into_parts();
        let body = Body { incoming: Some(incoming), payload: larder_sigv4::Payload::Unsigned, chunks: None };
        match self.answer(&head, body, &context).await {
            Ok(response) => response,
            Err(error) => answer::refused(&error, &head.method, context.path_and_query().0, &context),
        }
    }

    fn misunderstood(&self, status: StatusCode, context: &RequestContext) -> Response {
        let error = match status {
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => S3Error::new(ErrorCode::RequestHeaderSectionTooLarge),
            StatusCode::URI_TOO_LONG => S3Error::new(ErrorCode::InvalidURI),
            _ => S3Error::new(ErrorCode::BadRequest).with_message("An error occurred when parsing the HTTP request."),
        };
        answer::refused(&error, &Method::GET, "", context)
    }

    fn panicked(&self, context: &RequestContext) -> Response {
        answer::refused(&S3Error::new(ErrorCode::InternalError), &Method::GET, "", context)
    }
}

fn host_of(head: &http::request::Parts) -> Option<&str> {
    head.headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| head.uri.authority().map(|a| a.as_str()))
}

/// The headers together with the `x-amz-*` parameters of the query, which count as headers; `None` when there are none.
///
/// # Errors
/// `InvalidArgument` for a parameter that no header could carry.
fn with_hoisted(headers: &HeaderMap, raw_query: &str) -> Result<Option<HeaderMap>, S3Error> {
    let mut merged: Option<HeaderMap> = None;
    for (name, value) in larder_sigv4::hoisted_headers(raw_query) {
        // Whoever puts a secret into a URL has given it to every proxy and log on the way.
        if name.ends_with("-server-side-encryption-customer-key") {
            return Err(S3Error::new(ErrorCode::InvalidArgument)
                .with_message("A customer-provided encryption key is sent in a header, never in the query.")
                .with_extra("ArgumentName", name));
        }
        let parsed = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()));
        let (Ok(name), Ok(value)) = parsed else {
            return Err(S3Error::new(ErrorCode::InvalidArgument)
                .with_extra("ArgumentName", name)
                .with_extra("ArgumentValue", value));
        };
        let merged = merged.get_or_insert_with(|| headers.clone());
        // A header of that name was signed too, and wins.
        if !headers.contains_key(&name) {
            merged.append(name, value);
        }
    }
    Ok(merged)
}

/// Refuses a request whose sender expects the bucket to belong to another account.
pub(crate) fn expect_owner(headers: &HeaderMap, name: &str, bucket: Option<&Bucket>) -> Result<(), S3Error> {
    let (Some(expected), Some(bucket)) = (headers.get(name), bucket) else { return Ok(()) };
    let expected = expected.to_str().ok().and_then(|text| larder_types::AccountId::parse(text).ok());
    match expected {
        None => Err(S3Error::new(ErrorCode::InvalidBucketOwnerAWSAccountID)),
        Some(account) if account == bucket.record.owner => Ok(()),
        Some(_) => Err(S3Error::new(ErrorCode::AccessDenied)),
    }
}
