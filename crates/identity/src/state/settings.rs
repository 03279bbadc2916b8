//! Settings of the account itself.

use std::sync::Arc;

use larder_types::PublicAccessBlock;

use super::{AccountState, checks};
use crate::IamError;
use crate::model::Account;

impl AccountState {
    /// Gives the account an alias in the place of the one it had. Aliases need not differ between accounts here: nobody
    /// signs in by them.
    ///
    /// # Errors
    /// `ValidationError`.
    pub fn set_alias(&mut self, alias: &str) -> Result<(), IamError> {
        checks::length("accountAlias", alias, 3, 63)?;
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let dashes = alias.starts_with('-') || alias.ends_with('-') || alias.contains("--");
        if !alias.bytes().all(fits) || dashes {
            return Err(IamError::invalid(
                "1 validation error detected: Value at 'accountAlias' failed to satisfy constraint: Member must satisfy \
                 regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$",
            ));
        }
        self.edit_account(|account| account.alias = Some(alias.into()));
        Ok(())
    }

    /// Takes the account's alias away.
    ///
    /// # Errors
    /// `NoSuchEntity` when that is not its alias.
    pub fn delete_alias(&mut self, alias: &str) -> Result<(), IamError> {
        if self.account.alias.as_deref() != Some(alias) {
            return Err(IamError::missing(format!("The account alias {alias} cannot be found.")));
        }
        self.edit_account(|account| account.alias = None);
        Ok(())
    }

    /// Sets Block Public Access for all buckets of the account; `None` takes it away.
    pub fn set_public_access_block(&mut self, block: Option<PublicAccessBlock>) {
        self.edit_account(|account| account.public_access_block = block);
    }

    pub(crate) fn set_closing(&mut self, closing: bool) {
        self.edit_account(|account| account.closing = closing);
    }

    fn edit_account(&mut self, edit: impl FnOnce(&mut Account)) {
        let mut account = Account::clone(&self.account);
        edit(&mut account);
        if account != *self.account {
            self.account = Arc::new(account);
        }
    }
}
