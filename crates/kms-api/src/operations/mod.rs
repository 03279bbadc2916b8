//! The operations of KMS: each reads its input, finds its key, asks whether the caller may, and then does it.

mod aliases;
mod data_keys;
mod encryption;
mod grants;
mod import;
mod key_stores;
mod keys;
mod multi_region;
mod policies;
mod random;
mod rotation;
mod shapes;
mod signing;
mod states;
pub(crate) mod table;
pub(crate) mod tags;

use crate::protocol::{Code, Fault, Output};
use crate::request::Request;

/// What an operation answers; `None` when there is nothing to tell.
pub(crate) type Answer = Result<Option<Output>, Fault>;

/// Nitro enclaves, for which an answer can be encrypted, are AWS's hardware: nothing here could tell a true attestation.
fn no_recipient(request: &Request<'_>) -> Result<(), Fault> {
    if request.input.object("Recipient")?.is_some() {
        return Err(Fault::new(Code::UNSUPPORTED_OPERATION, "Recipient is not supported by this server."));
    }
    Ok(())
}
