//! What is known of a request besides the request itself.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use larder_env::Rng;
use larder_types::Timestamp;

/// Names a request in the answer (`x-amz-request-id`) and in logs: 16 upper-case letters and digits, as S3's do.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId([u8; 16]);

impl RequestId {
    /// A new id with 80 random bits.
    #[must_use]
    pub fn generate(rng: &dyn Rng) -> Self {
        const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let mut random = [0; 16];
        rng.fill(&mut random);
        Self(random.map(|byte| ALPHABET[usize::from(byte % 32)]))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("made of ASCII characters")
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Names the server process that answered (`x-amz-id-2`): 76 characters of base64, as S3's are.
#[derive(Clone, PartialEq, Eq)]
pub struct HostId(Arc<str>);

impl HostId {
    /// A new id with 448 random bits.
    #[must_use]
    pub fn generate(rng: &dyn Rng) -> Self {
        let mut random = [0; 56];
        rng.fill(&mut random);
        Self(STANDARD.encode(random).into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a connection is encrypted. The names are OpenSSL's and rustls's, for logs and `aws:SecureTransport`-like conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsInfo {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// The cipher suite, such as `TLS13_AES_128_GCM_SHA256`.
    pub cipher_suite: &'static str,
}

/// What a request asks for, by the names of AWS's API references.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OperationName {
    /// The service as signatures name it, such as `s3`.
    pub service: &'static str,
    /// The operation, such as `GetObject`.
    pub operation: &'static str,
}

/// Where the service that answers a request notes what it asks for, so that the log can tell. Clones are the same note.
#[derive(Clone, Debug, Default)]
pub struct Asked(Arc<OnceLock<OperationName>>);

impl Asked {
    /// Notes the operation. The first note stays.
    pub fn note(&self, service: &'static str, operation: &'static str) {
        // Who answers a request finds out once what it is.
        let _ = self.0.set(OperationName { service, operation });
    }

    /// The operation; `None` before it is known, and of requests that are for no operation.
    #[must_use]
    pub fn operation(&self) -> Option<OperationName> {
        self.0.get().copied()
    }
}

/// What is known of a request besides the request itself.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// Names the request.
    pub request_id: RequestId,
    /// Names the server.
    pub host_id: HostId,
    /// Who connected; a proxy's address when there is one.
    pub peer: SocketAddr,
    /// Where the request comes from: whoever connected, or whom a trusted proxy names.
    pub client: IpAddr,
    /// Whether the client's connection is encrypted, here or at a trusted proxy.
    pub secure: bool,
    /// How the connection is encrypted; `None` when it is not.
    pub tls: Option<TlsInfo>,
    /// When the request's head had been read.
    pub received_at: Timestamp,
    /// Path and query exactly as they were sent, which is what a signature covers.
    pub target: Arc<str>,
    /// What it asks for.
    pub asked: Asked,
}

impl RequestContext {
    /// Path and query of the target as it was sent.
    #[must_use]
    pub fn path_and_query(&self) -> (&str, &str) {
        // A client that speaks to a proxy sends the whole URL.
        let origin_form = match self.target.split_once("://") {
            Some((_, rest)) if !self.target.starts_with('/') => rest.find('/').map_or("/", |at| &rest[at..]),
            _ => &self.target,
        };
        origin_form.split_once('?').unwrap_or((origin_form, ""))
    }
}

#[cfg(test)]
mod tests {
    use larder_env::SeededRng;

    use super::*;

    #[test]
    fn ids_have_the_shape_of_s3s() {
        let rng = SeededRng::new(5);
        let (one, other) = (RequestId::generate(&rng), RequestId::generate(&rng));
        assert_ne!(one, other);
        assert_eq!(one.as_str().len(), 16);
        assert!(one.as_str().bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
        assert_eq!(HostId::generate(&rng).as_str().len(), 76);
    }
}
