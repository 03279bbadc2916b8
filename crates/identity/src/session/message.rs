//! Encoded authorization messages. Nothing of IAM, STS and S3 gives out any, as in AWS, where only some other services do:
//! they are decoded for clients that ask, and encoded for whatever service here will want to.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use larder_types::AccountId;

use crate::seal::Purpose;
use crate::{IamError, IamErrorKind, Identity};

/// The longest encoded message that AWS takes back.
const MAX_CHARACTERS: usize = 10_240;
/// The longest message whose encoded form is not longer: base64 takes four characters for three bytes, sealing 29 bytes.
const MAX_BYTES: usize = MAX_CHARACTERS / 4 * 3 - 29;

impl Identity {
    /// Seals what an operator of `account` may read about a denial. A message of more than 7,600 bytes is cut.
    #[must_use]
    pub fn encode_authorization_message(&self, account: AccountId, message: &str) -> String {
        let mut end = message.len().min(MAX_BYTES);
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        let place = account.to_string();
        let shared = &self.shared;
        let plain = &message.as_bytes()[..end];
        URL_SAFE_NO_PAD.encode(shared.sealer.seal(&*shared.rng, Purpose::Message, &[place.as_bytes()], plain))
    }

    /// What was sealed for `account`.
    ///
    /// # Errors
    /// `InvalidAuthorizationMessageException`.
    pub fn decode_authorization_message(&self, account: AccountId, encoded: &str) -> Result<String, IamError> {
        let open = || {
            let sealed = URL_SAFE_NO_PAD.decode(encoded).ok()?;
            let place = account.to_string();
            let opened = self.shared.sealer.open(Purpose::Message, &[place.as_bytes()], &sealed)?;
            String::from_utf8(opened.to_vec()).ok()
        };
        let opened = if encoded.len() > MAX_CHARACTERS { None } else { open() };
        opened.ok_or_else(|| {
            let message = "Message is not valid: it was not made by this server for this account.";
            IamError::new(IamErrorKind::InvalidAuthorizationMessage, message)
        })
    }
}
