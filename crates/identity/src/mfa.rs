//! MFA codes: each is used up before anybody is told that it was good.

use larder_types::AccountId;

use crate::state::{AccountState, Change, MfaVerdict};
use crate::{ChangeError, IamError, IamErrorKind, Identity, Who};

impl Identity {
    /// Uses up a code of a device of `who`. When this succeeds the code is written down as used, so that it is not good again
    /// even after a crash.
    ///
    /// # Errors
    /// `InvalidAuthenticationCode` for a wrong or used code, `EntityTemporarilyUnmodifiable` after too many wrong ones,
    /// `NoSuchEntity` when it is not their device; when the store fails.
    pub async fn verify_mfa(&self, account: AccountId, who: &Who, serial: &str, code: &str) -> Result<(), ChangeError> {
        self.judged(account, |state, change| state.verify_mfa(change, who, serial, code)).await
    }

    /// Assigns a device to `who`, with two codes that follow each other.
    ///
    /// # Errors
    /// As [`Identity::verify_mfa`]; `EntityAlreadyExists`, `LimitExceeded`.
    pub async fn enable_mfa_device(
        &self,
        account: AccountId,
        who: &Who,
        serial: &str,
        codes: [&str; 2],
    ) -> Result<(), ChangeError> {
        self.judged(account, |state, change| state.enable_mfa_device(change, who.clone(), serial, codes)).await
    }

    /// Finds out how far a device's clock is off, by two codes that follow each other.
    ///
    /// # Errors
    /// As [`Identity::verify_mfa`].
    pub async fn resync_mfa_device(
        &self,
        account: AccountId,
        who: &Who,
        serial: &str,
        codes: [&str; 2],
    ) -> Result<(), ChangeError> {
        self.judged(account, |state, change| state.resync_mfa_device(change, who, serial, codes)).await
    }

    /// Stores what became of the device whatever the verdict, then gives the verdict as an error.
    async fn judged(
        &self,
        account: AccountId,
        mut judge: impl FnMut(&mut AccountState, &Change<'_>) -> Result<MfaVerdict, IamError> + Send,
    ) -> Result<(), ChangeError> {
        match self.change(account, |state, change| judge(state, change)).await? {
            MfaVerdict::Good => Ok(()),
            MfaVerdict::Wrong => Err(IamError::new(
                IamErrorKind::InvalidAuthenticationCode,
                "Authentication code for device is not valid.",
            )
            .into()),
            MfaVerdict::Locked => Err(IamError::new(
                IamErrorKind::EntityTemporarilyUnmodifiable,
                "The device takes no codes for some minutes after too many wrong ones.",
            )
            .into()),
        }
    }
}
