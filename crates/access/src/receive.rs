//! Requests of services whose bodies are small documents, read whole and signed whole.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::{Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use larder_http::{BodyError, BodyRoom, NoRoom, Request, RequestBody, RequestContext};
use larder_sigv4::{AuthError, Payload};

use crate::authenticate::{Authenticated, Authenticator, Presented, Refusal};
use crate::service::Service;

/// Longest body that nobody signed: a form of AssumeRoleWithWebIdentity, whose token has at most 20,000 characters.
const UNSIGNED_LIMIT: usize = 64 * 1024;
/// How long a whole body may take to arrive: a client that sends a byte now and then must not keep the room from others.
const DEADLINE: Duration = Duration::from_secs(30);

/// A request that was read whole and whose sender is known.
#[derive(Debug)]
pub struct Received {
    /// Its head.
    pub head: http::request::Parts,
    /// Its body.
    pub body: Bytes,
    /// Who sent it.
    pub sender: Authenticated,
    /// What its body takes of the budget, until it is answered.
    _held: BodyRoom,
}

/// Why a request was not received.
#[derive(Debug, thiserror::Error)]
pub enum NotReceived {
    /// Nobody is known to have sent it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Its body is larger than the service takes.
    #[error("the request's body is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// Its body is not the one that was signed.
    #[error("the request's body is not the one that its signature covers")]
    OtherBody,
    /// It did not arrive in time.
    #[error("the request's body did not arrive within {} seconds", DEADLINE.as_secs())]
    TooSlow,
    /// Others take all the room that there is for bodies.
    #[error(transparent)]
    Busy(#[from] NoRoom),
    /// Its body did not arrive.
    #[error(transparent)]
    Broken(#[from] BodyError),
}

impl Authenticator {
    /// Reads a request of at most `limit` bytes of body and finds out who sent it. Of one that is not signed, or whose key is
    /// not known, little or nothing is read.
    ///
    /// # Errors
    /// [`NotReceived`].
    pub async fn receive(
        &self,
        request: Request,
        context: &RequestContext,
        service: Service,
        limit: usize,
    ) -> Result<Received, NotReceived> {
        let (head, incoming) = request.into_parts();
        let (path, query) = context.path_and_query();
        let signed = larder_sigv4::Request {
            method: head.method.as_str(),
            path: path.as_bytes(),
            query,
            headers: &head.headers,
        };
        let presented = Presented { request: &signed, service, bucket_in_host: None, body_sha256: None };
        let limit = if self.is_signed(&presented)? { limit } else { limit.min(UNSIGNED_LIMIT) };
        let length = head.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let length: usize = length.unwrap_or(limit);
        if length > limit {
            return Err(NotReceived::TooLarge { limit });
        }
        let held = self.bodies.hold(length).await?;
        let read = tokio::time::timeout(DEADLINE, read(incoming, limit)).await;
        let body = read.map_err(|_| NotReceived::TooSlow)??;

        let hash: [u8; 32] = digest(&SHA256, &body).as_ref().try_into().expect("SHA-256 has 32 bytes");
        let sender = self.authenticate(&Presented { body_sha256: Some(&hash), ..presented })?;
        match sender.payload {
            Payload::Body => {}
            Payload::Sha256(named) if named == hash => {}
            Payload::Sha256(_) => return Err(NotReceived::OtherBody),
            Payload::Unsigned if sender.signing.is_none() => {}
            // Such a signature would not say what is asked for.
            Payload::Unsigned | Payload::Streaming { .. } => {
                return Err(Refusal::Signature(AuthError::AccessDenied).into());
            }
        }
        Ok(Received { head, body, sender, _held: held })
    }
}

async fn read(mut incoming: RequestBody, limit: usize) -> Result<Bytes, NotReceived> {
    let mut body = BytesMut::new();
    while let Some(data) = incoming.next().await {
        let data = data?;
        if body.len() + data.len() > limit {
            return Err(NotReceived::TooLarge { limit });
        }
        body.extend_from_slice(&data);
    }
    Ok(body.freeze())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use larder_env::{SeededRng, SimulatedClock};
    use larder_http::{Asked, BodyBudget, HostId, RequestId};
    use larder_identity::{CredentialRefusal, Identity, RootKeys};
    use larder_types::{AccountId, CanonicalUserId, Owner, Region, Timestamp};

    use super::*;

    const LIMIT: usize = 1024 * 1024;

    async fn authenticator() -> Authenticator {
        let clock = Arc::new(SimulatedClock::new(Timestamp::from_millis(1_767_225_600_000)));
        let owner = Owner {
            account: AccountId::parse("111122223333").expect("twelve digits"),
            canonical_id: CanonicalUserId::parse(&"a1".repeat(32)).expect("64 digits"),
            display_name: "root".into(),
        };
        let keys = RootKeys::parse("ROOTKEY", "rootsecret".to_owned()).expect("good keys");
        let rng = Arc::new(SeededRng::new(7));
        let identity = Identity::in_memory(owner, keys, clock.clone(), rng).await.expect("accounts in memory");
        Authenticator::new(identity, clock, Region::parse("us-east-1").expect("a region"), false)
    }

    fn context() -> RequestContext {
        let rng = SeededRng::new(1);
        RequestContext {
            request_id: RequestId::generate(&rng),
            host_id: HostId::generate(&rng),
            peer: "127.0.0.1:1".parse().expect("an address"),
            client: "127.0.0.1".parse().expect("an address"),
            secure: false,
            tls: None,
            received_at: Timestamp::from_millis(1_767_225_600_000),
            target: "/".into(),
            asked: Asked::default(),
        }
    }

    /// A body that must not be looked at.
    fn untouched() -> RequestBody {
        RequestBody::from_chunks([Err(BodyError::Malformed)])
    }

    async fn refusal(
        authenticator: &Authenticator,
        key: Option<&str>,
        length: usize,
        body: RequestBody,
    ) -> NotReceived {
        let mut request =
            http::Request::post("/").header(CONTENT_LENGTH, length).header("x-amz-date", "20260101T000000Z");
        if let Some(key) = key {
            request = request.header(
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/iam/aws4_request, \
                     SignedHeaders=host;x-amz-date, Signature={}",
                    "0".repeat(64)
                ),
            );
        }
        let request = request.header("host", "localhost").body(body).expect("a request");
        authenticator.receive(request, &context(), Service::Iam, LIMIT).await.expect_err("a refusal")
    }

    #[tokio::test]
    async fn nothing_is_read_of_what_is_refused_anyway() {
        let authenticator = authenticator().await;
        let unknown = refusal(&authenticator, Some("NOBODY"), 1_000, untouched()).await;
        let NotReceived::Refused(Refusal::Credential { reason, .. }) = unknown else { panic!("{unknown}") };
        assert_eq!(reason, CredentialRefusal::UnknownKey);
        for (key, length) in [(Some("ROOTKEY"), LIMIT + 1), (None, UNSIGNED_LIMIT + 1)] {
            let refused = refusal(&authenticator, key, length, untouched()).await;
            assert!(matches!(refused, NotReceived::TooLarge { .. }), "{refused}");
        }
        // An announced length is only a claim.
        let long = RequestBody::from(Bytes::from(vec![0; UNSIGNED_LIMIT + 1]));
        let refused = refusal(&authenticator, None, 1, long).await;
        assert!(matches!(refused, NotReceived::TooLarge { limit: UNSIGNED_LIMIT }), "{refused}");
    }

    #[tokio::test]
    async fn large_bodies_wait_for_room() {
        let mut authenticator = authenticator().await;
        authenticator.bodies = BodyBudget::new().waiting(Duration::ZERO);
        let held = authenticator.bodies.hold(64 * 1024 * 1024).await.expect("all the room");
        let refused = refusal(&authenticator, Some("ROOTKEY"), LIMIT, untouched()).await;
        assert!(matches!(refused, NotReceived::Busy(_)), "{refused}");
        // Small ones do not, and the others when there is room again.
        let small = refusal(&authenticator, Some("ROOTKEY"), 1_000, RequestBody::empty()).await;
        assert!(matches!(small, NotReceived::Refused(Refusal::Signature(_))), "{small}");
        drop(held);
        let large = refusal(&authenticator, Some("ROOTKEY"), LIMIT, RequestBody::empty()).await;
        assert!(matches!(large, NotReceived::Refused(Refusal::Signature(_))), "{large}");
    }
}
