//! Opening everything that lives on the data folder, in the order in which one needs the other, and its background work.

use std::path::PathBuf;
use std::sync::Arc;

use larder_engine::{Engine, EngineSettings};
use larder_env::{Clock, Rng};
use larder_identity::{Identity, IdentityParts, KeysOrigin, OperatorSettings, RootKeys};
use larder_jobs::{Jobs, Reclaimer, Schedule, ScrubSchedule, Scrubber, Worker};
use larder_keyring::{Keyring, KeyringParts, Origin as KeyringOrigin};
use larder_kms::{Kms, KmsParts};
use larder_sse::{Sse, SseParts};
use larder_store_local::{Durability, LocalOptions, LocalStore};
use larder_types::Region;

use crate::accounts::{ProviderDocuments, UseRecorder};
use crate::keys;
use crate::kms_keys::KeyKeeper;
use crate::rewrapper::Rewrapper;
use crate::running::StartError;
use crate::settings::KeySettings;
use crate::upkeep::Keeper;

/// What a data folder is opened with.
pub(crate) struct Opening {
    pub(crate) data: PathBuf,
    pub(crate) region: Region,
    pub(crate) root_keys: Option<RootKeys>,
    pub(crate) keys: KeySettings,
    pub(crate) durability: Durability,
    pub(crate) inline_limit: usize,
    pub(crate) reserve_mib: Option<u64>,
    pub(crate) kms_quota_scale: f64,
    pub(crate) scrubs: ScrubSchedule,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
}

/// Everything that lives on a data folder.
pub(crate) struct Opened {
    pub(crate) store: LocalStore,
    pub(crate) engine: Arc<Engine>,
    pub(crate) identity: Identity,
    pub(crate) keyring: Keyring,
    pub(crate) kms: Kms,
    pub(crate) sse: Arc<Sse>,
    pub(crate) scrubber: Arc<Scrubber>,
    pub(crate) keeper: Arc<Keeper>,
    /// Where the operator account's root keys are from.
    pub(crate) root_keys: KeysOrigin,
    pub(crate) keyring_origin: KeyringOrigin,
}

impl Opening {
    /// Locks the folder, opens store, keyring, accounts, the KMS and the engine, and recovers what the last run left undone.
    pub(crate) async fn open(self) -> Result<Opened, StartError> {
        let (clock, rng) = (|| Arc::clone(&self.clock), || Arc::clone(&self.rng));
        let reserve_bytes = self.reserve_mib.map(|mib| mib.saturating_mul(1024 * 1024));
        let options =
            LocalOptions { durability: self.durability, clock: clock(), reserve_bytes, ..LocalOptions::default() };
        let folder = self.data.clone();
        let store = tokio::task::spawn_blocking(move || LocalStore::open(&folder, options));
        let store = store.await.map_err(|_| StartError::Panicked)??;

        let parts = KeyringParts { meta: store.meta(), clock: clock(), rng: rng() };
        let (keyring, keyring_origin) = keys::open(&self.data, self.keys, parts).await?;
        let parts = IdentityParts {
            meta: store.meta(),
            clock: clock(),
            rng: rng(),
            secret: keyring.identity_secret().clone(),
            fetch: Some(Arc::new(ProviderDocuments::new())),
        };
        let operator = OperatorSettings { root_keys: self.root_keys };
        let (identity, root_keys) = Identity::open(&self.data, operator, parts).await?;
        let parts = KmsParts {
            meta: store.meta(),
            clock: clock(),
            rng: rng(),
            secret: keyring.kms_secret().clone(),
            quota_scale: self.kms_quota_scale,
        };
        let kms = Kms::open(parts).await.map_err(StartError::Kms)?;
        let parts = SseParts {
            masters: keyring.master_keys().clone(),
            kms: kms.clone(),
            region: self.region,
            clock: clock(),
            rng: rng(),
        };
        let sse = Arc::new(Sse::new(parts));

        let settings = EngineSettings { inline_limit: self.inline_limit, ..EngineSettings::default() };
        let engine = Arc::new(Engine::new(store.meta(), store.blobs(), clock(), rng(), settings));
        engine.recover().await?;
        let scrubber = Arc::new(Scrubber::new(Arc::clone(&engine), self.scrubs));
        let (scrubs, points) = (Arc::clone(&scrubber), store.checkpoints());
        let keeper = Arc::new(Keeper::new(Arc::clone(&engine), scrubs, points, clock(), rng()));
        Ok(Opened { store, engine, identity, keyring, kms, sse, scrubber, keeper, root_keys, keyring_origin })
    }
}

impl Opened {
    /// Starts what nobody waits for.
    pub(crate) fn start_jobs(&self, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Jobs {
        let mut jobs = Jobs::new(rng);
        jobs.start(Arc::new(Reclaimer::new(Arc::clone(&self.engine))), Schedule::default());
        jobs.start(Arc::new(UseRecorder(self.identity.clone())), Schedule::default());
        jobs.start(Arc::new(KeyKeeper(self.kms.clone())), Schedule::default());
        let masters = self.keyring.master_keys().clone();
        let rewrapper = Rewrapper::new(Arc::clone(&self.engine), Arc::clone(&self.sse), masters, clock);
        jobs.start(Arc::new(rewrapper), Schedule::default());
        jobs.start(Arc::clone(&self.scrubber) as Arc<dyn Worker>, Schedule::default());
        jobs.start(Arc::clone(&self.keeper) as Arc<dyn Worker>, Schedule::default());
        jobs
    }
}
