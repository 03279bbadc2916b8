//! What can go wrong with a request, by kind.

use std::error::Error;
use std::fmt;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

/// What a failure means to whoever has to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// There is no such key, version or upload.
    NotFound,
    /// There is no such bucket: nothing else in it will work either.
    NoBucket,
    /// The server refuses this caller.
    Denied,
    /// The server asks for fewer requests.
    Throttled,
    /// The server or the way to it failed; the same may work later.
    Unavailable,
    /// A condition of the request did not hold, or the object changed meanwhile.
    Changed,
    /// The object is in an archive and has to be restored first.
    Archived,
    /// The clocks differ by too much. The SDK corrects for it, so the same may work at once.
    ClockSkew,
    /// There are no credentials, or they cannot be had.
    Credentials,
    /// Content differs from its checksum.
    Corrupt,
    /// The local file system refused.
    Local,
    /// Anything else.
    Other,
}

/// A request, or the handling of its answer, that failed.
#[derive(Clone, Debug, thiserror::Error)]
pub struct RequestError {
    /// What it means.
    pub kind: ErrorKind,
    /// The server's error code, such as `AccessDenied`.
    pub code: Option<String>,
    /// For a person, in one line.
    pub message: String,
}

impl RequestError {
    /// A failure on this side.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, code: None, message: message.into() }
    }

    /// A failure of the local file system.
    pub fn local(action: &str, error: &std::io::Error) -> Self {
        Self::new(ErrorKind::Local, format!("{action}: {error}"))
    }

    /// The same error, which says what it is about.
    #[must_use]
    pub fn about(self, what: &impl fmt::Display) -> Self {
        Self { message: format!("{what}: {}", self.message), ..self }
    }

    /// Whether the same request may work when it is sent again.
    #[must_use]
    pub fn may_work_later(&self) -> bool {
        matches!(self.kind, ErrorKind::Throttled | ErrorKind::Unavailable | ErrorKind::ClockSkew)
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) if !self.message.is_empty() => write!(f, "{code}: {}", self.message),
            Some(code) => f.write_str(code),
            None => f.write_str(&self.message),
        }
    }
}

impl<E> From<SdkError<E, HttpResponse>> for RequestError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        match &error {
            SdkError::ServiceError(context) => {
                let status = context.raw().status().as_u16();
                of_service(context.err().code(), context.err().message(), status)
            }
            SdkError::TimeoutError(_) => Self::new(ErrorKind::Unavailable, "the server did not answer in time"),
            SdkError::ResponseError(context) => {
                let kind = if context.raw().status().is_success() { ErrorKind::Unavailable } else { ErrorKind::Other };
                Self::new(kind, format!("the answer cannot be read: {}", chain(&error)))
            }
            SdkError::DispatchFailure(failure) if failure.is_user() => Self::new(ErrorKind::Other, chain(&error)),
            SdkError::DispatchFailure(failure) => {
                let cause = failure.as_connector_error().map_or_else(|| chain(&error), |cause| chain(cause));
                if cause.contains("credentials") {
                    return Self::new(ErrorKind::Credentials, format!("no credentials: {cause}"));
                }
                Self::new(ErrorKind::Unavailable, format!("cannot reach the server: {cause}"))
            }
            _ => {
                let cause = chain(&error);
                let kind = if cause.contains("identity") || cause.contains("credentials") {
                    ErrorKind::Credentials
                } else {
                    ErrorKind::Other
                };
                Self::new(kind, cause)
            }
        }
    }
}

fn of_service(code: Option<&str>, message: Option<&str>, status: u16) -> RequestError {
    let kind = match (code.unwrap_or_default(), status) {
        ("NoSuchBucket", _) => ErrorKind::NoBucket,
        ("NoSuchKey" | "NotFound" | "NoSuchVersion" | "NoSuchUpload", _) => ErrorKind::NotFound,
        ("RequestTimeTooSkewed", _) => ErrorKind::ClockSkew,
        ("InvalidObjectState", _) => ErrorKind::Archived,
        ("ExpiredToken" | "InvalidAccessKeyId" | "TokenRefreshRequired", _) => ErrorKind::Credentials,
        ("SlowDown" | "Throttling" | "ThrottlingException" | "RequestLimitExceeded" | "TooManyRequests", _)
        | (_, 429) => ErrorKind::Throttled,
        ("PreconditionFailed" | "ConditionalRequestConflict", _) | (_, 412) => ErrorKind::Changed,
        ("BadDigest" | "XAmzContentChecksumMismatch", _) => ErrorKind::Corrupt,
        // S3 says so when the connection it read from went quiet.
        ("RequestTimeout", _) => ErrorKind::Unavailable,
        // Not now and not later.
        ("NotImplemented", _) | (_, 501) => ErrorKind::Other,
        // A 503 without a code of its own is what overloaded proxies answer.
        (_, 503) => ErrorKind::Throttled,
        (_, 500..) => ErrorKind::Unavailable,
        (_, 403) => ErrorKind::Denied,
        (_, 404) => ErrorKind::NotFound,
        _ => ErrorKind::Other,
    };
    let code = code.map_or_else(|| fallback_code(status), str::to_owned);
    RequestError { kind, code: Some(code), message: message.unwrap_or_default().to_owned() }
}

/// The answer to a HEAD has no body to say more than its status.
fn fallback_code(status: u16) -> String {
    match status {
        403 => "Forbidden".to_owned(),
        404 => "NotFound".to_owned(),
        other => format!("HTTP {other}"),
    }
}

/// An error with its causes, each once.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_codes_before_statuses() {
        assert_eq!(of_service(Some("NoSuchBucket"), None, 404).kind, ErrorKind::NoBucket);
        assert_eq!(of_service(None, None, 404).kind, ErrorKind::NotFound);
        assert_eq!(of_service(Some("SlowDown"), None, 503).kind, ErrorKind::Throttled);
        assert_eq!(of_service(Some("InternalError"), None, 500).kind, ErrorKind::Unavailable);
        assert_eq!(of_service(Some("NotImplemented"), None, 501).kind, ErrorKind::Other);
        assert_eq!(of_service(Some("RequestTimeTooSkewed"), None, 403).kind, ErrorKind::ClockSkew);
        assert_eq!(of_service(Some("AccessDenied"), None, 403).kind, ErrorKind::Denied);
        assert_eq!(of_service(Some("AccessDenied"), Some("no"), 403).to_string(), "AccessDenied: no");
        assert_eq!(of_service(None, None, 403).to_string(), "Forbidden");
    }
}
