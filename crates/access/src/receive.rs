//! Requests of services whose bodies are small documents, read whole and signed whole.

use std::pin::Pin;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::{Bytes, BytesMut};
use http_body::Body;
use larder_http::{BodyError, Request, RequestContext};
use larder_sigv4::{AuthError, Payload};

use crate::authenticate::{Authenticated, Authenticator, Presented, Refusal};
use crate::service::Service;

/// A request that was read whole and whose sender is known.
#[derive(Debug)]
pub struct Received {
    /// Its head.
    pub head: http::request::Parts,
    /// Its body.
    pub body: Bytes,
    /// Who sent it.
    pub sender: Authenticated,
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
    /// Its body did not arrive.
    #[error(transparent)]
    Broken(#[from] BodyError),
}

impl Authenticator {
    /// Reads a request of at most `limit` bytes of body and finds out who sent it.
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
        let (head, mut incoming) = request.into_parts();
        let mut body = BytesMut::new();
        while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut incoming).poll_frame(cx)).await {
            let Ok(data) = frame?.into_data() else { continue };
            if body.len() + data.len() > limit {
                return Err(NotReceived::TooLarge { limit });
            }
            body.extend_from_slice(&data);
        }
        let hash: [u8; 32] = digest(&SHA256, &body).as_ref().try_into().expect("SHA-256 has 32 bytes");
        let (path, query) = context.path_and_query();
        let signed = larder_sigv4::Request {
            method: head.method.as_str(),
            path: path.as_bytes(),
            query,
            headers: &head.headers,
        };
        let presented = Presented { request: &signed, service, bucket_in_host: None, body_sha256: Some(&hash) };
        let sender = self.authenticate(&presented)?;
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
        Ok(Received { head, body: body.freeze(), sender })
    }
}
