//! Encoded authorization messages.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>

use larder_types::AccountId;

use crate::{IamError, IamErrorKind, Identity};

impl Identity {
    /// Seals what an operator of `account` may read about a denial.
    #[must_use]
    pub fn encode_authorization_message(&self, _account: AccountId, _message: &str) -> String {
        String::new()
    }

    /// What was sealed for `account`.
    ///
    /// # Errors
    /// `InvalidAuthorizationMessageException`.
    pub fn decode_authorization_message(&self, _account: AccountId, _encoded: &str) -> Result<String, IamError> {
        Err(IamError::new(IamErrorKind::InvalidAuthorizationMessage, "The message is not valid."))
    }
}
