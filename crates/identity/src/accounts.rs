//! Making and deleting accounts.

use std::sync::Arc;

use larder_env::Rng;
use larder_types::{AccountId, CanonicalUserId, Owner};

use crate::change::Planned;
use crate::directory::Directory;
use crate::model::{AccessKey, Account, Who};
use crate::state::{AccountState, Change};
use crate::{ChangeError, IamError, IamErrorKind, Identity, RootKeys, ids};

const LONGEST_NAME: usize = 64;
/// AWS takes 6 to 64 characters; longer addresses exist.
const LONGEST_EMAIL: usize = 254;

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
    pub account: Arc<Account>,
    /// Its root key, with the secret that is not shown again.
    pub root_key: Arc<AccessKey>,
}

impl Identity {
    /// Makes an account with root keys.
    ///
    /// # Errors
    /// `EntityAlreadyExists` when its ids, address or access key id belong to another, `ValidationError`; when the store
    /// fails.
    pub async fn create_account(&self, request: CreateAccount) -> Result<CreatedAccount, ChangeError> {
        check(&request)?;
        self.transact(|directory, change| {
            let owner = Owner {
                account: free_account_id(directory, request.account_id, change.rng)?,
                canonical_id: free_canonical_id(directory, request.canonical_id.as_ref(), change.rng)?,
                display_name: request.name.as_str().into(),
            };
            if directory.by_email(&request.email).is_some() {
                return Err(taken("email address", &request.email));
            }
            let keys = request.keys.as_ref().map_or_else(|| RootKeys::generate(change.rng), RootKeys::duplicate);
            if directory.access_key(&keys.access_key_id).is_some() {
                return Err(taken("access key id", &keys.access_key_id));
            }
            Ok(make(change, owner, &request.email, keys)?)
        })
        .await
    }

    /// Closes an account that is to be deleted: from the next request on nobody can use its credentials, so that nothing
    /// comes to belong to it while it is looked whether anything does. It stays closed until it is deleted or opened again,
    /// also when the server stops in between.
    ///
    /// # Errors
    /// `UnmodifiableEntity` for the operator account; when there is no such account; when the store fails.
    pub async fn close_account(&self, account: AccountId) -> Result<(), ChangeError> {
        self.change(account, |state, _| {
            if state.account().operator {
                let message = format!("The account {account} answers for the server and cannot be deleted.");
                return Err(IamError::new(IamErrorKind::UnmodifiableEntity, message));
            }
            state.set_closing(true);
            Ok(())
        })
        .await
    }

    /// Opens an account again that was closed and not deleted.
    ///
    /// # Errors
    /// When there is no such account; when the store fails.
    pub async fn reopen_account(&self, account: AccountId) -> Result<(), ChangeError> {
        self.change(account, |state, _| {
            state.set_closing(false);
            Ok(())
        })
        .await
    }

    /// Deletes an account that was closed, with everything in it. The caller sees to it that no bucket belongs to it.
    ///
    /// # Errors
    /// `DeleteConflict` when it is not closed; when there is no such account; when the store fails.
    pub async fn delete_account(&self, account: AccountId) -> Result<(), ChangeError> {
        self.transact(|directory, _| {
            let state = directory.account(account).ok_or(ChangeError::NoSuchAccount(account))?;
            if !state.account().closing {
                return Err(IamError::conflict(format!("The account {account} is not closed.")).into());
            }
            Ok(Planned { account, state: None, result: () })
        })
        .await
    }
}

fn make(change: &Change<'_>, owner: Owner, email: &str, keys: RootKeys) -> Result<Planned<CreatedAccount>, IamError> {
    let mut state = AccountState::new(Account {
        owner,
        email: Some(email.into()),
        alias: None,
        created: change.now,
        public_access_block: None,
        closing: false,
        operator: false,
    });
    let root_key = state.add_access_key(change, Who::Root, keys)?;
    let result = CreatedAccount { account: Arc::clone(state.account()), root_key };
    Ok(Planned { account: state.id(), state: Some(state), result })
}

fn check(request: &CreateAccount) -> Result<(), IamError> {
    let text = |text: &str| !text.chars().any(char::is_control);
    let name = request.name.as_str();
    if name.trim().is_empty() || name.chars().count() > LONGEST_NAME || !text(name) {
        return Err(IamError::invalid(format!("An account's name is 1 to {LONGEST_NAME} characters.")));
    }
    let (user, host) = request.email.split_once('@').unwrap_or_default();
    let spaced = request.email.contains(char::is_whitespace);
    if user.is_empty() || host.is_empty() || spaced || !text(&request.email) || request.email.len() > LONGEST_EMAIL {
        return Err(IamError::invalid("An account's email is an address such as name@example.com."));
    }
    Ok(())
}

fn free_account_id(directory: &Directory, wanted: Option<AccountId>, rng: &dyn Rng) -> Result<AccountId, ChangeError> {
    if let Some(id) = wanted {
        return match directory.account(id) {
            None => Ok(id),
            Some(_) => Err(taken("account id", &id.to_string())),
        };
    }
    loop {
        let id = ids::account(rng);
        if directory.account(id).is_none() {
            return Ok(id);
        }
    }
}

fn free_canonical_id(
    directory: &Directory,
    wanted: Option<&CanonicalUserId>,
    rng: &dyn Rng,
) -> Result<CanonicalUserId, ChangeError> {
    if let Some(id) = wanted {
        return match directory.by_canonical_id(id) {
            None => Ok(id.clone()),
            Some(_) => Err(taken("canonical user id", id.as_str())),
        };
    }
    Ok(ids::canonical_user(rng))
}

fn taken(what: &str, value: &str) -> ChangeError {
    IamError::exists(format!("Another account has the {what} {value}.")).into()
}
