//! What signs a request, and for whom.

use std::sync::Arc;

use larder_types::Owner;

use crate::Secret;

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// The root user of an account: may do everything with what the account owns.
    Root {
        /// The account.
        owner: Owner,
    },
    /// Nobody: the request was not signed.
    Anonymous,
}

/// An access key.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Its public half, which requests name.
    pub access_key_id: Arc<str>,
    /// Its secret half, which signs them.
    pub secret: Arc<Secret>,
    /// Whom it acts for.
    pub principal: Principal,
}
