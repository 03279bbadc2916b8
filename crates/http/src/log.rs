//! One line for each request.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use larder_types::Timestamp;
use percent_encoding::percent_decode_str;

use crate::{OperationName, RequestId};

/// What happened in one exchange, known when its answer has been handed over or has failed, or the client went away before.
#[derive(Clone, Debug)]
pub struct RequestLogEntry {
    /// Names the request.
    pub request_id: RequestId,
    /// Who connected.
    pub peer: SocketAddr,
    /// The request's method.
    pub method: Method,
    /// Path and query as sent. A presigned URL's holds a signature.
    pub target: Arc<str>,
    /// What it asked for; `None` when it was for no operation, or refused before that was known.
    pub asked: Option<OperationName>,
    /// The answer's status; 499 when the client went away before there was one, as with nginx.
    pub status: StatusCode,
    /// Bytes of request body that were received.
    pub bytes_in: u64,
    /// Bytes of answer body that were handed over for sending.
    pub bytes_out: u64,
    /// When the request's head had been read.
    pub received_at: Timestamp,
    /// From then until the answer's head was ready.
    pub answered_after: Duration,
    /// From then until the answer's last byte was handed over.
    pub duration: Duration,
    /// The answer's body ended before its end: it failed, or the connection did.
    pub aborted: bool,
}

/// Takes note of requests. Called on the way of every request: implementations do not block.
pub trait RequestLog: Send + Sync + 'static {
    /// Takes note of one.
    fn record(&self, entry: &RequestLogEntry);
}

/// Writes requests to `tracing` as events of target `larder::access` and level INFO, without what could be used to repeat
/// a request.
#[derive(Debug, Default)]
pub struct TracingLog;

impl RequestLog for TracingLog {
    fn record(&self, entry: &RequestLogEntry) {
        tracing::info!(
            target: "larder::access",
            request_id = entry.request_id.as_str(),
            peer = %entry.peer,
            method = entry.method.as_str(),
            target = &*redact(&entry.target),
            operation = entry.asked.map(|asked| asked.operation),
            status = entry.status.as_u16(),
            bytes_in = entry.bytes_in,
            bytes_out = entry.bytes_out,
            micros = u64::try_from(entry.duration.as_micros()).unwrap_or(u64::MAX),
            aborted = entry.aborted,
        );
    }
}

/// Query parameters that, with the rest of the URL, let anybody make the request again, and those of IAM and STS that are
/// secret themselves.
const SECRET_PARAMETERS: [&str; 13] = [
    "x-amz-server-side-encryption-customer-key",
    "x-amz-copy-source-server-side-encryption-customer-key",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "Signature",
    "WebIdentityToken",
    "SAMLAssertion",
    "TokenCode",
    "AuthenticationCode1",
    "AuthenticationCode2",
    "Password",
    "NewPassword",
    "OldPassword",
];

/// `target` with the values of [`SECRET_PARAMETERS`] left out.
fn redact(target: &str) -> Cow<'_, str> {
    let Some((path, query)) = target.split_once('?') else { return Cow::Borrowed(target) };
    let is_secret = |parameter: &str| {
        let name = parameter.split('=').next().unwrap_or_default();
        let name = percent_decode_str(name).decode_utf8_lossy();
        SECRET_PARAMETERS.iter().any(|secret| name.eq_ignore_ascii_case(secret))
    };
    if !query.split('&').any(is_secret) {
        return Cow::Borrowed(target);
    }
    let mut shown = format!("{path}?");
    for (index, parameter) in query.split('&').enumerate() {
        if index > 0 {
            shown.push('&');
        }
        match parameter.split_once('=') {
            Some((name, _)) if is_secret(parameter) => {
                shown.push_str(name);
                shown.push_str("=...");
            }
            _ => shown.push_str(parameter),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logged_presigned_url_is_of_no_use() {
        assert_eq!(redact("/bucket/key?versionId=1&acl"), "/bucket/key?versionId=1&acl");
        assert_eq!(redact("/bucket/X-Amz-Signature=abc"), "/bucket/X-Amz-Signature=abc");
        assert_eq!(
            redact("/b/k?X-Amz-Date=20260101T000000Z&X-Amz-Signature=abcd&x-amz-security-token=t&uploads"),
            "/b/k?X-Amz-Date=20260101T000000Z&X-Amz-Signature=...&x-amz-security-token=...&uploads"
        );
        assert_eq!(
            redact(
                "/?Action=AssumeRoleWithWebIdentity&WebIdentityToken=a.b.c&%54okenCode=123456&AuthenticationCode1=1"
            ),
            "/?Action=AssumeRoleWithWebIdentity&WebIdentityToken=...&%54okenCode=...&AuthenticationCode1=..."
        );
        assert_eq!(redact("/b/k?Signature=abc%3D&Expires=1"), "/b/k?Signature=...&Expires=1");
    }
}
