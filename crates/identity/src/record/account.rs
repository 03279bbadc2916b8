//! An account.

use std::sync::Arc;

use larder_types::{Owner, PublicAccessBlock, Timestamp};
use serde::{Deserialize, Serialize};

use super::Record;
use crate::model::Account;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccountRecord {
    owner: Owner,
    email: Option<Arc<str>>,
    alias: Option<Arc<str>>,
    created: Timestamp,
    public_access_block: Option<PublicAccessBlock>,
    closing: bool,
}

impl Record for AccountRecord {
    const NAME: &'static str = "account";
    const VERSION: u8 = 1;
}

impl AccountRecord {
    pub(crate) fn of(account: &Account) -> Self {
        Self {
            owner: account.owner.clone(),
            email: account.email.clone(),
            alias: account.alias.clone(),
            created: account.created,
            public_access_block: account.public_access_block,
            closing: account.closing,
        }
    }

    /// The account; which one is the operator's is not in the store.
    pub(crate) fn into_account(self) -> Account {
        let Self { owner, email, alias, created, public_access_block, closing } = self;
        Account { owner, email, alias, created, public_access_block, closing, operator: false }
    }
}
