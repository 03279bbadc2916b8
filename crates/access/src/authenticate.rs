//! Who sends a request? Nothing of a body is read before this is answered, but where the signature covers it whole.

use std::sync::Arc;

use http::HeaderMap;
use larder_env::Clock;
use larder_http::BodyBudget;
use larder_identity::{Caller, CredentialRefusal, Identity};
use larder_sigv4::{
    Algorithm, AuthError, ChunkVerifier, Credential, CredentialScope, Location, Payload, Request, SigningKey,
    SigningKeyCache, StreamSignature, V2Auth, V4Auth, V4aKeyCache,
};
use larder_types::{Region, Timestamp};

use crate::facts::Signing;
use crate::service::Service;

/// Derived keys kept, each good for one access key, day, region and service.
const CACHED_KEYS: usize = 1_024;

/// Why a request is not authenticated.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Its signature, or what the signature claims.
    #[error(transparent)]
    Signature(#[from] AuthError),
    /// The access key or the session token.
    #[error("{reason}")]
    Credential {
        /// The key that the request names.
        access_key_id: String,
        /// What is wrong with it.
        reason: CredentialRefusal,
    },
}

/// What a request presents: where to find its signature, and what it may cover.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// The request as it came.
    pub request: &'a Request<'a>,
    /// The service it is for.
    pub service: Service,
    /// The bucket of a virtual-hosted request, which SigV2 signs as part of the path.
    pub bucket_in_host: Option<&'a str>,
    /// The SHA-256 of the body, for services whose requests are signed over it without saying it in a header.
    pub body_sha256: Option<&'a [u8; 32]>,
}

/// A request whose sender is known.
#[derive(Debug)]
pub struct Authenticated {
    /// Who.
    pub caller: Arc<Caller>,
    /// How it is signed; `None` when it is not.
    pub signing: Option<Signing>,
    /// The region that it is for: the one that its signature names, where the service is in every region.
    pub region: Region,
    /// How the body is protected.
    pub payload: Payload,
    /// Verifies the chunks of a body that is signed chunk by chunk.
    pub chunks: Option<ChunkVerifier>,
}

/// Verifies signatures against the accounts' keys.
pub struct Authenticator {
    identity: Identity,
    clock: Arc<dyn Clock>,
    region: Region,
    allow_sigv2: bool,
    nobody: Arc<Caller>,
    keys: SigningKeyCache,
    v4a_keys: V4aKeyCache,
    pub(crate) bodies: BodyBudget,
}

impl Authenticator {
    /// For the accounts of `identity`, and clients that sign for `region`.
    #[must_use]
    pub fn new(identity: Identity, clock: Arc<dyn Clock>, region: Region, allow_sigv2: bool) -> Self {
        Self {
            identity,
            clock,
            region,
            allow_sigv2,
            nobody: Arc::new(Caller::anonymous()),
            keys: SigningKeyCache::new(CACHED_KEYS),
            v4a_keys: V4aKeyCache::new(CACHED_KEYS),
            bodies: BodyBudget::new(),
        }
    }

    /// Finds out who sent a request. One that is not signed is nobody's.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn authenticate(&self, presented: &Presented<'_>) -> Result<Authenticated, Refusal> {
        match larder_sigv4::parse(presented.request)? {
            Credential::Anonymous => Ok(Authenticated {
                caller: Arc::clone(&self.nobody),
                signing: None,
                region: self.region.clone(),
                payload: unsigned_payload(presented.request.headers)?,
                chunks: None,
            }),
            Credential::V4(claim) => self.verify_v4(presented, &claim),
            Credential::V2(claim) => self.verify_v2(presented, &claim),
        }
    }

    /// Whether a request is signed, and as far as the body does not matter in good order: a known key, for this service and
    /// now. That its signature is right it does not say.
    pub(crate) fn is_signed(&self, presented: &Presented<'_>) -> Result<bool, Refusal> {
        match larder_sigv4::parse(presented.request)? {
            Credential::Anonymous => Ok(false),
            Credential::V4(claim) => self.claimed_v4(presented.service, &claim).map(|_| true),
            Credential::V2(claim) => self.claimed_v2(presented.service, &claim).map(|_| true),
        }
    }

    fn claimed_v4(&self, service: Service, claim: &V4Auth<'_>) -> Result<larder_identity::Credential, Refusal> {
        if claim.credential.service() != service.as_str() {
            return Err(claim.wrong_service(service.as_str()).into());
        }
        self.region_of(service, claim)?;
        claim.check_time(self.now().to_jiff())?;
        self.credential(claim.credential.access_key_id(), claim.security_token.as_deref())
    }

    fn claimed_v2(&self, service: Service, claim: &V2Auth<'_>) -> Result<larder_identity::Credential, Refusal> {
        if !self.allow_sigv2 || service != Service::S3 {
            return Err(AuthError::UnsupportedMechanism.into());
        }
        claim.check_time(self.now().to_jiff())?;
        self.credential(&claim.access_key_id, claim.security_token.as_deref())
    }

    fn verify_v4(&self, presented: &Presented<'_>, claim: &V4Auth<'_>) -> Result<Authenticated, Refusal> {
        let credential = self.claimed_v4(presented.service, claim)?;
        let service = presented.service.as_str();
        let access_key_id = claim.credential.access_key_id();
        let secret = credential.secret.expose();
        let request = presented.request;
        let chunks = match claim.algorithm {
            Algorithm::HmacSha256 => {
                let key = self.signing_key(&credential, &claim.credential);
                claim.verify(request, &key, presented.body_sha256)?;
                claim.chunk_verifier(key)
            }
            Algorithm::EcdsaP256Sha256 => {
                let unknown = || refused(access_key_id, CredentialRefusal::UnknownKey);
                let key = self.v4a_keys.get(access_key_id, secret).ok_or_else(unknown)?;
                claim.verify_v4a(request, &key, presented.body_sha256)?;
                claim.chunk_verifier_v4a(key)
            }
        };
        let streams_signed_chunks =
            matches!(claim.payload, Payload::Streaming { signature, .. } if signature != StreamSignature::Unsigned);
        if streams_signed_chunks && chunks.is_none() {
            // The chunks are signed by another algorithm than the request: nothing could verify them.
            return Err(AuthError::AccessDenied.into());
        }
        let region = self.region_of(presented.service, claim)?;
        self.identity.note_use(&credential, service, region.as_str());
        let presigned = claim.location == Location::Query;
        let signing = Signing {
            version: claim.algorithm.as_str(),
            kind: if presigned { "REST-QUERY-STRING" } else { "REST-HEADER" },
            signed_at: Some(Timestamp::from_millis(claim.date.timestamp().as_millisecond())),
        };
        let payload = match claim.payload {
            // The body of a presigned request is whatever is sent with it; other services sign that there is none.
            Payload::Body if presigned && presented.service == Service::S3 => Payload::Unsigned,
            payload => payload,
        };
        Ok(Authenticated { caller: credential.caller, signing: Some(signing), region, payload, chunks })
    }

    fn verify_v2(&self, presented: &Presented<'_>, claim: &V2Auth<'_>) -> Result<Authenticated, Refusal> {
        let credential = self.claimed_v2(presented.service, claim)?;
        let request = presented.request;
        claim.verify(request, credential.secret.expose(), presented.bucket_in_host)?;
        self.identity.note_use(&credential, presented.service.as_str(), self.region.as_str());
        let presigned = claim.location == Location::Query;
        let signing = Signing {
            version: "AWS",
            kind: if presigned { "REST-QUERY-STRING" } else { "REST-HEADER" },
            signed_at: claim.date.as_ref().map(|date| Timestamp::from_millis(date.timestamp().as_millisecond())),
        };
        let payload = unsigned_payload(request.headers)?;
        let region = self.region.clone();
        Ok(Authenticated { caller: credential.caller, signing: Some(signing), region, payload, chunks: None })
    }

    /// The region that a request is for. IAM and STS have one endpoint for the world, for which clients sign as in us-east-1 or
    /// without a region, whatever region they are set to. KMS and its quotas are in every region: the one that is signed for
    /// says where the keys are.
    fn region_of(&self, service: Service, claim: &V4Auth<'_>) -> Result<Region, AuthError> {
        let refused = match claim.check_region(self.region.as_str()) {
            Ok(()) => return Ok(self.region.clone()),
            Err(refused) => refused,
        };
        let claimed = claim.credential.region();
        match service {
            Service::Iam | Service::Sts if ["", Region::US_EAST_1].contains(&claimed) => Ok(self.region.clone()),
            // An asymmetric signature names a set of regions, which says nothing of where a key is.
            Service::Kms | Service::ServiceQuotas if claim.algorithm == Algorithm::HmacSha256 => {
                Region::parse(claimed).map_err(|_| refused)
            }
            _ => Err(refused),
        }
    }

    /// The credential of an access key, with the session token that came with it.
    ///
    /// # Errors
    /// [`Refusal::Credential`].
    pub fn credential(&self, access_key_id: &str, token: Option<&str>) -> Result<larder_identity::Credential, Refusal> {
        self.identity.authenticate(access_key_id, token).map_err(|reason| refused(access_key_id, reason))
    }

    /// The key that signs for a credential in a scope.
    pub fn signing_key(
        &self,
        credential: &larder_identity::Credential,
        scope: &CredentialScope<'_>,
    ) -> Arc<SigningKey> {
        let secret = credential.secret.expose();
        self.keys.get(&credential.access_key_id, secret, scope.date(), scope.region(), scope.service())
    }

    /// Who sends what nobody signed.
    pub fn nobody(&self) -> &Arc<Caller> {
        &self.nobody
    }

    /// The region that clients sign for.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Whether Signature Version 2 is accepted.
    pub fn allows_sigv2(&self) -> bool {
        self.allow_sigv2
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

fn refused(access_key_id: &str, reason: CredentialRefusal) -> Refusal {
    Refusal::Credential { access_key_id: access_key_id.to_owned(), reason }
}

/// How the body of a request that SigV4 does not sign is framed: it may still say its SHA-256 or be aws-chunked.
fn unsigned_payload(headers: &HeaderMap) -> Result<Payload, AuthError> {
    let Some(value) = headers.get("x-amz-content-sha256") else { return Ok(Payload::Unsigned) };
    match Payload::parse(value.to_str().unwrap_or_default())? {
        Payload::Streaming { signature, .. } if signature != StreamSignature::Unsigned => Err(AuthError::AccessDenied),
        payload => Ok(payload),
    }
}
