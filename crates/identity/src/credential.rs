//! What signs a request, and for whom.

use std::sync::Arc;

use crate::{Caller, Secret};

/// An access key, long-term or temporary.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Its public half, which requests name.
    pub access_key_id: Arc<str>,
    /// Its secret half, which signs them.
    pub secret: Arc<Secret>,
    /// Whom it acts for.
    pub caller: Arc<Caller>,
}

/// Why an access key is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialRefusal {
    /// There is no such key. `InvalidAccessKeyId`, outside S3 `InvalidClientTokenId`.
    #[error("the access key does not exist")]
    UnknownKey,
    /// The key is inactive. AWS answers as if there were none.
    #[error("the access key is inactive")]
    InactiveKey,
    /// The session token is none of this server's, belongs to another key, or its user, role or account is gone.
    #[error("the session token is not valid")]
    InvalidToken,
    /// The session is over.
    #[error("the session token has expired")]
    ExpiredToken,
    /// The key is a temporary one and came without its session token.
    #[error("the access key needs its session token")]
    TokenNeeded,
}
