//! Keys: what there is, and other ones. No answer holds a key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use larder_keyring::MasterKeyFacts;

use crate::api::AdminApi;
use crate::messages::{Done, Keys, ListKeys, MasterKey, ReadKeyring, RotateMasterKey, RotateRootKey, SealedKeyring};
use crate::refusal::AdminError;

pub(crate) fn list(api: &AdminApi, _: ListKeys) -> Keys {
    Keys {
        keyring_id: api.keyring.id().to_string(),
        root_key: api.keyring.root_key_place().to_string(),
        master_keys: api.keyring.master_keys().list().into_iter().map(message).collect(),
    }
}

pub(crate) async fn rotate_master(api: &AdminApi, _: RotateMasterKey) -> Result<MasterKey, AdminError> {
    let made = api.keyring.rotate_master_key().await?;
    tracing::info!(id = made.id, "an operator made a master key");
    Ok(message(made))
}

pub(crate) async fn rotate_root(api: &AdminApi, _: RotateRootKey) -> Result<Done, AdminError> {
    api.keyring.rotate_root_key().await?;
    tracing::info!("an operator changed the root key");
    Ok(Done {})
}

pub(crate) async fn read(api: &AdminApi, _: ReadKeyring) -> SealedKeyring {
    SealedKeyring { record: STANDARD.encode(api.keyring.stored().await.to_stored()) }
}

fn message(facts: MasterKeyFacts) -> MasterKey {
    let MasterKeyFacts { id, created, current } = facts;
    MasterKey { id, created: created.to_jiff_seconds().to_string(), current }
}
