//! Why a request that came was not even looked at, in AWS's words.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>

use larder_access::NotReceived;
use larder_identity::CredentialRefusal;

use crate::protocol::{Code, Fault};

/// The refusal of what was not received.
pub(crate) fn fault(error: NotReceived) -> Fault {
    let message = error.to_string();
    match error {
        NotReceived::TooLarge { .. } => Fault::new(Code::RequestTooLarge, "The request is too large."),
        NotReceived::Broken(_) | NotReceived::TooSlow => Fault::new(Code::MalformedInput, message),
        NotReceived::Busy(_) => Fault::new(Code::Throttling, "Rate exceeded"),
        NotReceived::OtherBody => Fault::new(Code::SignatureDoesNotMatch, message),
        NotReceived::Refused(larder_access::Refusal::Credential { reason, .. }) => match reason {
            CredentialRefusal::ExpiredToken => {
                Fault::new(Code::ExpiredCredentials, "The security token included in the request is expired")
            }
            CredentialRefusal::UnknownKey
            | CredentialRefusal::InactiveKey
            | CredentialRefusal::InvalidToken
            | CredentialRefusal::TokenNeeded => {
                Fault::new(Code::InvalidClientTokenId, "The security token included in the request is invalid.")
            }
        },
        NotReceived::Refused(larder_access::Refusal::Signature(error)) if error.is_incomplete() => {
            Fault::new(Code::IncompleteSignature, message)
        }
        NotReceived::Refused(larder_access::Refusal::Signature(_)) => Fault::new(Code::SignatureDoesNotMatch, message),
    }
}

#[cfg(test)]
mod tests {
    use larder_sigv4::AuthError;

    use super::*;
    use crate::Service;
    use crate::protocol::failure;

    #[test]
    fn each_has_its_code() {
        let credential =
            |reason| larder_access::Refusal::Credential { access_key_id: "AKIA".to_owned(), reason }.into();
        let signature = |error: AuthError| larder_access::Refusal::from(error).into();
        for (error, status, code) in [
            (NotReceived::TooLarge { limit: 1 }, 413, "RequestEntityTooLarge"),
            (NotReceived::OtherBody, 403, "SignatureDoesNotMatch"),
            (NotReceived::Busy(larder_http::NoRoom), 400, "Throttling"),
            (credential(CredentialRefusal::ExpiredToken), 403, "ExpiredToken"),
            (credential(CredentialRefusal::UnknownKey), 403, "InvalidClientTokenId"),
            (signature(AuthError::MissingDate), 400, "IncompleteSignature"),
            (signature(AuthError::AccessDenied), 403, "SignatureDoesNotMatch"),
        ] {
            let told = error.to_string();
            let answer = failure(Service::Sts, &fault(error), "id");
            let body = String::from_utf8(answer.body().to_vec()).expect("UTF-8");
            assert_eq!(answer.status(), status, "{told}");
            assert!(body.contains(&format!("<Code>{code}</Code>")), "{told}: {body}");
            assert!(body.contains("xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\""), "{body}");
        }
    }
}
