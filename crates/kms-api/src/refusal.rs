//! Why a request that came was not even looked at, in AWS's words.
//! <https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html>

use larder_access::NotReceived;
use larder_identity::CredentialRefusal;

use crate::protocol::{Code, Fault};

/// The refusal of what was not received.
pub(crate) fn fault(error: NotReceived) -> Fault {
    let message = error.to_string();
    match error {
        NotReceived::TooLarge { .. } => Fault::new(Code::REQUEST_TOO_LARGE, message),
        NotReceived::Broken(_) | NotReceived::TooSlow => Fault::serialization(message),
        NotReceived::Busy(_) => Fault::new(Code::SERVICE_UNAVAILABLE, message),
        NotReceived::OtherBody => Fault::new(Code::INVALID_SIGNATURE, message),
        NotReceived::Refused(larder_access::Refusal::Credential { reason, .. }) => match reason {
            CredentialRefusal::ExpiredToken => {
                Fault::new(Code::EXPIRED_TOKEN, "The security token included in the request is expired")
            }
            CredentialRefusal::UnknownKey
            | CredentialRefusal::InactiveKey
            | CredentialRefusal::InvalidToken
            | CredentialRefusal::TokenNeeded => {
                Fault::new(Code::UNRECOGNIZED_CLIENT, "The security token included in the request is invalid.")
            }
        },
        NotReceived::Refused(larder_access::Refusal::Signature(error)) if error.is_incomplete() => {
            Fault::new(Code::INCOMPLETE_SIGNATURE, message)
        }
        NotReceived::Refused(larder_access::Refusal::Signature(_)) => Fault::new(Code::INVALID_SIGNATURE, message),
    }
}
