//! Making and deleting accounts.

use larder_types::{AccountId, CanonicalUserId};

use crate::{ChangeError, IamError, Identity, RootKeys};

/// What a new account is to be. What is not given is made.
#[derive(Debug, Default)]
pub struct CreateAccount {
    /// Its display name.
    pub name: String,
    /// The address of whoever answers for it.
    pub email: String,
    /// Its id.
    pub account_id: Option<AccountId>,
    /// Its canonical user id.
    pub canonical_id: Option<CanonicalUserId>,
    /// Its root keys.
    pub keys: Option<RootKeys>,
}

/// A new account.
#[derive(Debug)]
pub struct CreatedAccount {
    /// The account.
    pub account: std::sync::Arc<crate::Account>,
    /// Its root key, with the secret that is not shown again.
    pub root_key: std::sync::Arc<crate::AccessKey>,
}

impl Identity {
    /// Makes an account with root keys.
    ///
    /// # Errors
    /// `EntityAlreadyExists` when its ids, address or access key id belong to another, `ValidationError`; when the store
    /// fails.
    pub async fn create_account(&self, _request: CreateAccount) -> Result<CreatedAccount, ChangeError> {
        Err(ChangeError::Contended)
    }

    /// Deletes an account with everything in it. The caller sees to it that no bucket belongs to it.
    ///
    /// # Errors
    /// `UnmodifiableEntity` for the operator account; when there is no such account; when the store fails.
    pub async fn delete_account(&self, account: AccountId) -> Result<(), ChangeError> {
        if account == self.owner().account {
            let message = format!("The account {account} answers for the server and cannot be deleted.");
            return Err(IamError::new(crate::IamErrorKind::UnmodifiableEntity, message).into());
        }
        Err(ChangeError::NoSuchAccount(account))
    }
}
