//! Accounts are made, listed and deleted by those who may.

use std::sync::Arc;

use bytes::Bytes;
use larder_access::Authenticator;
use larder_engine::{CreateBucket, Engine, EngineSettings};
use larder_env::{Clock, SeededRng, SimulatedClock};
use larder_identity::Identity;
use larder_keyring::Keyring;
use larder_store::memory::{MemoryBlobStore, MemoryMetaStore};
use larder_store::{Commit, CommitError, Entry, MetaStore, Partition, Scan, StoreError, Table};
use larder_types::{BucketName, Owner, Region, Timestamp};

use super::*;

/// The buckets, which are looked through only while the account `KEY` belongs to is closed.
struct Watched {
    buckets: MemoryMetaStore,
    identity: Identity,
}

#[async_trait::async_trait]
impl MetaStore for Watched {
    async fn commit(&self, partition: Partition, commit: Commit) -> Result<(), CommitError> {
        self.buckets.commit(partition, commit).await
    }

    async fn get(&self, partition: Partition, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.buckets.get(partition, table, key).await
    }

    async fn scan(&self, partition: Partition, scan: Scan) -> Result<Vec<Entry>, StoreError> {
        assert!(self.identity.authenticate("LABKEY", None).is_err(), "nobody can make a bucket meanwhile");
        self.buckets.scan(partition, scan).await
    }
}

/// Does no upkeep.
struct Nobody;

#[async_trait::async_trait]
impl crate::Upkeep for Nobody {
    async fn start_scrub(&self, _: Option<u64>) {}

    async fn scrub_status(&self) -> crate::messages::ScrubStatus {
        crate::messages::ScrubStatus::default()
    }

    async fn begin_backup(&self) -> Result<crate::messages::BackupPoint, crate::UpkeepError> {
        Err(crate::UpkeepError::Busy)
    }

    async fn keep_backup(&self, _: &str) -> Result<(), crate::UpkeepError> {
        Err(crate::UpkeepError::NoSuchBackup)
    }

    async fn end_backup(&self, _: &str) -> Result<(), crate::UpkeepError> {
        Err(crate::UpkeepError::NoSuchBackup)
    }
}

#[tokio::test]
async fn an_account_is_closed_while_its_buckets_are_looked_for() {
    let clock: Arc<dyn Clock> = Arc::new(SimulatedClock::new(Timestamp::from_millis(1_767_225_600_000)));
    let rng = Arc::new(SeededRng::new(7));
    let owner = Owner {
        account: AccountId::parse("111122223333").expect("twelve digits"),
        canonical_id: CanonicalUserId::parse(&"a1".repeat(32)).expect("64 digits"),
        display_name: "root".into(),
    };
    let keys = RootKeys::parse("ROOTKEY", "rootsecret".to_owned()).expect("good keys");
    let identity = Identity::in_memory(owner, keys, Arc::clone(&clock), rng.clone()).await.expect("accounts in memory");
    let keyring = Keyring::in_memory(Arc::clone(&clock), rng.clone()).await.expect("a keyring in memory");
    let meta = Arc::new(Watched { buckets: MemoryMetaStore::new(), identity: identity.clone() });
    let blobs = Arc::new(MemoryBlobStore::new());
    let kms = larder_kms::Kms::in_memory(Arc::clone(&clock), rng.clone()).await.expect("keys in memory");
    let engine = Arc::new(Engine::new(meta, blobs, Arc::clone(&clock), rng, EngineSettings::default()));
    let region = Region::parse("us-east-1").expect("a region");
    let authenticator = Arc::new(Authenticator::new(identity.clone(), clock, region.clone(), false));
    let api = AdminApi::new(identity.clone(), keyring, kms, Arc::clone(&engine), Arc::new(Nobody), authenticator);

    let lab = CreateAccount {
        name: "lab".to_owned(),
        email: "lab@example.com".to_owned(),
        access_key_id: Some("LABKEY".to_owned()),
        secret_access_key: Some("labsecret".to_owned()),
        ..CreateAccount::default()
    };
    let made = create(&api, lab.clone()).await.expect("made");
    let account_id = made.account.account_id;
    let account = AccountId::parse(&account_id).expect("its id");
    let bucket = CreateBucket {
        name: BucketName::parse("bucket").expect("a name"),
        owner: account,
        region,
        object_lock: false,
        ownership: None,
        tags: None,
        acl: None,
        public_access_block: None,
        encryption: None,
    };
    engine.create_bucket(&bucket).await.expect("made");
    let request = DeleteAccount { account_id };
    let refused = delete(&api, request.clone()).await.expect_err("it owns a bucket");
    assert!(refused.to_string().contains("bucket among them"), "{refused}");
    identity.authenticate("LABKEY", None).expect("open again");

    let other = CreateAccount { name: "other".to_owned(), email: "other@example.com".to_owned(), ..lab };
    let other = CreateAccount { access_key_id: None, secret_access_key: None, ..other };
    let made = create(&api, other.clone()).await.expect("made");
    identity.close_account(account).await.expect("closed, so that the buckets may be looked through");
    let gone = DeleteAccount { account_id: made.account.account_id.clone() };
    delete(&api, gone).await.expect("it owns nothing");
    // Its number may be given again, as for an account that moves back.
    let again = CreateAccount { account_id: Some(made.account.account_id), ..other };
    create(&api, again).await.expect("free");
}
