//! Why there is no data key.

use larder_kms::{KmsError, Throttled};

/// Why a data key is not made or not opened.
#[derive(Debug, thiserror::Error)]
pub enum SseError {
    /// The object is encrypted with a customer's key, and the request has none.
    #[error("the object is encrypted with a key that the request must give")]
    CustomerKeyNeeded,
    /// The request's key is not the one that the object is encrypted with.
    #[error("the object is encrypted with another key than the request gives")]
    WrongCustomerKey,
    /// The request gives a customer's key for an object that is not encrypted with one.
    #[error("the object is not encrypted with a customer's key")]
    NoCustomerKeyApplies,
    /// The requester may not use the KMS key.
    #[error("{message}")]
    Denied {
        /// AWS's message.
        message: String,
    },
    /// Nobody signed the request, or not in a way that the KMS takes.
    #[error("a KMS key is used for signed requests alone")]
    Unsigned,
    /// The KMS refuses.
    #[error(transparent)]
    Kms(#[from] KmsError),
    /// The account makes more requests of the KMS than its quota allows.
    #[error("the rate of requests to the KMS is exceeded")]
    Throttled(#[from] Throttled),
    /// The sealed data key does not open: it was changed, belongs to another object, or the key it is sealed under is gone.
    #[error("an object's data key does not open")]
    Damaged,
}
