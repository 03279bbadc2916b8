//! The operations on accounts.

use http::StatusCode;
use larder_engine::ListBuckets;
use larder_identity::RootKeys;
use larder_types::{AccountId, CanonicalUserId};

use crate::AdminApi;
use crate::messages::{Account, Accounts, CreateAccount, CreatedAccount, DeleteAccount, Done, ListAccounts};
use crate::refusal::AdminError;

pub(crate) async fn create(api: &AdminApi, request: CreateAccount) -> Result<CreatedAccount, AdminError> {
    let keys = match (request.access_key_id, request.secret_access_key) {
        (Some(id), Some(secret)) => {
            Some(RootKeys::parse(&id, secret).map_err(|error| AdminError::invalid(error.to_string()))?)
        }
        (None, None) => None,
        _ => {
            return Err(AdminError::invalid(
                "an access key id and a secret access key are given together or not at all",
            ));
        }
    };
    let account_id = request.account_id.as_deref().map(AccountId::parse).transpose();
    let canonical_id = request.canonical_id.as_deref().map(CanonicalUserId::parse).transpose();
    let created = api
        .identity
        .create_account(larder_identity::CreateAccount {
            name: request.name,
            email: request.email,
            account_id: account_id.map_err(|error| AdminError::invalid(error.to_string()))?,
            canonical_id: canonical_id.map_err(|error| AdminError::invalid(error.to_string()))?,
            keys,
        })
        .await?;
    Ok(CreatedAccount {
        account: shown(&created.account),
        access_key_id: created.root_key.id.to_string(),
        secret_access_key: created.root_key.secret.expose().to_owned(),
    })
}

pub(crate) fn list(api: &AdminApi, _: ListAccounts) -> Accounts {
    Accounts { accounts: api.identity.directory().accounts().map(|state| shown(state.account())).collect() }
}

pub(crate) async fn delete(api: &AdminApi, request: DeleteAccount) -> Result<Done, AdminError> {
    let account = AccountId::parse(&request.account_id).map_err(|error| AdminError::invalid(error.to_string()))?;
    // Its users must not make a bucket between the look at its buckets and its end.
    api.identity.close_account(account).await?;
    if let Err(refusal) = owns_nothing(api, account).await {
        api.identity.reopen_account(account).await?;
        return Err(refusal);
    }
    api.identity.delete_account(account).await?;
    Ok(Done {})
}

async fn owns_nothing(api: &AdminApi, account: AccountId) -> Result<(), AdminError> {
    let owned = ListBuckets { owner: account, prefix: String::new(), after: None, region: None, limit: 1 };
    let page = api.engine.list_buckets(&owned).await.map_err(|error| AdminError::internal(&error))?;
    let Some((name, _)) = page.buckets.first() else { return Ok(()) };
    let message = format!("account {account} still owns buckets, {name} among them; delete them first");
    Err(AdminError::new(StatusCode::CONFLICT, "ConflictException", message))
}

fn shown(account: &larder_identity::Account) -> Account {
    Account {
        account_id: account.owner.account.to_string(),
        canonical_id: account.owner.canonical_id.to_string(),
        name: account.owner.display_name.to_string(),
        email: account.email.as_deref().map(str::to_owned),
        created: account.created.to_jiff_seconds().to_string(),
        operator: account.operator,
    }
}

#[cfg(test)]
mod tests;
