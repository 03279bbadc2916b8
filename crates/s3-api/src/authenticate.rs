//! Who sends this request? Nothing of the body is read before this is answered.

use std::sync::Arc;

use http::HeaderMap;
use larder_env::Clock;
use larder_identity::{Identity, Principal};
use larder_sigv4::{
    Algorithm, AuthError, ChunkVerifier, Credential, Location, Payload, Request, SigningKeyCache, StreamSignature,
    V2Auth, V4Auth, V4aKeyCache,
};
use larder_types::Region;
use larder_wire::error::{ErrorCode, S3Error};

use crate::refusal;

/// Derived keys kept, each good for one access key, day, region and service.
const CACHED_KEYS: usize = 1_024;

/// A request whose sender is known.
pub(crate) struct Authenticated {
    pub(crate) principal: Principal,
    /// How the body is protected.
    pub(crate) payload: Payload,
    /// Verifies the chunks of a body that is signed chunk by chunk.
    pub(crate) chunks: Option<ChunkVerifier>,
}

/// Verifies signatures against the accounts' keys.
pub(crate) struct Authenticator {
    identity: Arc<Identity>,
    clock: Arc<dyn Clock>,
    region: Region,
    allow_sigv2: bool,
    keys: SigningKeyCache,
    v4a_keys: V4aKeyCache,
}

impl Authenticator {
    pub(crate) fn new(identity: Arc<Identity>, clock: Arc<dyn Clock>, region: Region, allow_sigv2: bool) -> Self {
        Self {
            identity,
            clock,
            region,
            allow_sigv2,
            keys: SigningKeyCache::new(CACHED_KEYS),
            v4a_keys: V4aKeyCache::new(CACHED_KEYS),
        }
    }

    /// Finds out who sent a request.
    ///
    /// `bucket_in_host` is the bucket of a virtual-hosted request, which SigV2 signs as part of the path.
    pub(crate) async fn authenticate(
        &self,
        request: &Request<'_>,
        bucket_in_host: Option<&str>,
    ) -> Result<Authenticated, S3Error> {
        match larder_sigv4::parse(request).map_err(refusal::of_authentication)? {
            Credential::Anonymous => Ok(Authenticated {
                principal: Principal::Anonymous,
                payload: unsigned_payload(request.headers)?,
                chunks: None,
            }),
            Credential::V4(claim) => self.verify_v4(request, &claim).await,
            Credential::V2(claim) => self.verify_v2(request, &claim, bucket_in_host).await,
        }
    }

    async fn verify_v4(&self, request: &Request<'_>, claim: &V4Auth<'_>) -> Result<Authenticated, S3Error> {
        let refuse = refusal::of_authentication;
        if claim.credential.service() != "s3" {
            return Err(refuse(claim.wrong_service("s3")));
        }
        claim.check_region(self.region.as_str()).map_err(refuse)?;
        claim.check_time(self.now()).map_err(refuse)?;
        if claim.security_token.is_some() {
            return Err(S3Error::new(ErrorCode::InvalidToken));
        }
        let access_key_id = claim.credential.access_key_id();
        let credential = self.credential(access_key_id).await?;
        let secret = credential.secret.expose();
        let chunks = match claim.algorithm {
            Algorithm::HmacSha256 => {
                let scope = &claim.credential;
                let key = self.keys.get(access_key_id, secret, scope.date(), scope.region(), scope.service());
                claim.verify(request, &key, None).map_err(refuse)?;
                claim.chunk_verifier(key)
            }
            Algorithm::EcdsaP256Sha256 => {
                let key = self.v4a_keys.get(access_key_id, secret);
                let key = key.ok_or_else(|| S3Error::new(ErrorCode::InvalidAccessKeyId))?;
                claim.verify_v4a(request, &key, None).map_err(refuse)?;
                claim.chunk_verifier_v4a(key)
            }
        };
        let streams_signed_chunks =
            matches!(claim.payload, Payload::Streaming { signature, .. } if signature != StreamSignature::Unsigned);
        if streams_signed_chunks && chunks.is_none() {
            // The chunks are signed by another algorithm than the request: nothing could verify them.
            return Err(refuse(AuthError::AccessDenied));
        }
        if claim.location == Location::Query && matches!(claim.payload, Payload::Body) {
            return Ok(Authenticated { principal: credential.principal, payload: Payload::Unsigned, chunks: None });
        }
        Ok(Authenticated { principal: credential.principal, payload: claim.payload, chunks })
    }

    async fn verify_v2(
        &self,
        request: &Request<'_>,
        claim: &V2Auth<'_>,
        bucket_in_host: Option<&str>,
    ) -> Result<Authenticated, S3Error> {
        let refuse = refusal::of_authentication;
        if !self.allow_sigv2 {
            return Err(refuse(AuthError::UnsupportedMechanism));
        }
        claim.check_time(self.now()).map_err(refuse)?;
        if claim.security_token.is_some() {
            return Err(S3Error::new(ErrorCode::InvalidToken));
        }
        let credential = self.credential(&claim.access_key_id).await?;
        claim.verify(request, credential.secret.expose(), bucket_in_host).map_err(refuse)?;
        Ok(Authenticated { principal: credential.principal, payload: unsigned_payload(request.headers)?, chunks: None })
    }

    pub(crate) async fn credential(&self, access_key_id: &str) -> Result<larder_identity::Credential, S3Error> {
        self.identity
            .credential(access_key_id)
            .await
            .ok_or_else(|| S3Error::new(ErrorCode::InvalidAccessKeyId).with_extra("AWSAccessKeyId", access_key_id))
    }

    pub(crate) fn signing_key(
        &self,
        credential: &larder_identity::Credential,
        scope: &larder_sigv4::CredentialScope<'_>,
    ) -> Arc<larder_sigv4::SigningKey> {
        let secret = credential.secret.expose();
        self.keys.get(&credential.access_key_id, secret, scope.date(), scope.region(), scope.service())
    }

    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    pub(crate) fn allows_sigv2(&self) -> bool {
        self.allow_sigv2
    }

    fn now(&self) -> jiff::Timestamp {
        self.clock.now().to_jiff()
    }
}

/// How the body of a request that SigV4 does not sign is framed: it may still say its SHA-256 or be aws-chunked.
fn unsigned_payload(headers: &HeaderMap) -> Result<Payload, S3Error> {
    let Some(value) = headers.get("x-amz-content-sha256") else { return Ok(Payload::Unsigned) };
    let text = value.to_str().unwrap_or_default();
    match Payload::parse(text).map_err(refusal::of_authentication)? {
        Payload::Streaming { signature, .. } if signature != StreamSignature::Unsigned => {
            Err(refusal::of_authentication(AuthError::AccessDenied))
        }
        payload => Ok(payload),
    }
}
