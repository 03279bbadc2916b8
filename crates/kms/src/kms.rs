//! Opening the keys, and what the operations are built on.

use std::sync::Arc;

use larder_crypto::SecretKey;
use larder_env::{Clock, Rng};
use larder_store::memory::MemoryMetaStore;
use larder_store::{MetaStore, StoreError};
use larder_types::Timestamp;
use parking_lot::RwLock;

use crate::quota::Buckets;
use crate::sealing::Sealing;
use crate::state::State;
use crate::{Key, KmsError, load};

/// What the keys are kept in and live on.
#[derive(Clone)]
pub struct KmsParts {
    /// Where everything is kept: in the partition 2, 0.
    pub meta: Arc<dyn MetaStore>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives ids, keys and nonces. Key pairs take their chance from aws-lc.
    pub rng: Arc<dyn Rng>,
    /// What key material is sealed under. Another one does not open it.
    pub secret: SecretKey,
    /// What AWS's request quotas are multiplied by. Infinity means that nothing is throttled.
    pub quota_scale: f64,
}

/// The keys of a server. Cheap to clone.
#[derive(Clone)]
pub struct Kms {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) meta: Arc<dyn MetaStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) sealing: Sealing,
    pub(crate) state: RwLock<Arc<State>>,
    /// Held by whoever changes something.
    pub(crate) writer: Arc<tokio::sync::Mutex<()>>,
    pub(crate) buckets: Buckets,
    /// Held while a pair of RSA keys is made, so that people who make many leave processors to others.
    pub(crate) making: tokio::sync::Semaphore,
}

impl Kms {
    /// The keys kept in `parts.meta`.
    ///
    /// # Errors
    /// When the store cannot be read, or what it holds is damaged or was sealed under another secret.
    pub async fn open(parts: KmsParts) -> Result<Self, StoreError> {
        let KmsParts { meta, clock, rng, secret, quota_scale } = parts;
        let sealing = Sealing::new(&secret);
        let state = Arc::new(load::state(&*meta, &sealing).await?);
        let buckets = Buckets::new(quota_scale);
        buckets.apply(&state);
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let shared = Shared {
            meta,
            clock,
            rng,
            sealing,
            state: RwLock::new(state),
            writer: Arc::default(),
            buckets,
            making: tokio::sync::Semaphore::new((processors / 2).max(1)),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// No keys yet, over a store in memory, and nothing is throttled: for tests.
    ///
    /// # Errors
    /// None that a store in memory has.
    pub async fn in_memory(clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Result<Self, StoreError> {
        let secret = SecretKey::generate(&*rng);
        let meta = Arc::new(MemoryMetaStore::new());
        Self::open(KmsParts { meta, clock, rng, secret, quota_scale: f64::INFINITY }).await
    }

    /// Everything as it is now.
    pub(crate) fn state(&self) -> Arc<State> {
        Arc::clone(&self.shared.state.read())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// The key as it is now.
    pub(crate) fn live(&self, key: &Key) -> Result<Arc<Key>, KmsError> {
        self.state().live(key, self.now())
    }

    /// The key as it is now, which must be usable for cryptographic operations.
    pub(crate) fn usable(&self, key: &Key) -> Result<Arc<Key>, KmsError> {
        let key = self.live(key)?;
        key.check_usable(self.now())?;
        Ok(key)
    }

    /// Whether cryptographic operations can use the key now, whatever it was when it was found.
    ///
    /// # Errors
    /// `DisabledException`, `KMSInvalidStateException` (pending deletion or import), `NotFoundException` once it is deleted.
    pub fn check_usable(&self, key: &Key) -> Result<(), KmsError> {
        self.usable(key).map(drop)
    }

    /// Runs what keeps a processor busy for milliseconds where it holds up nobody.
    pub(crate) async fn busy<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<R, KmsError> + Send + 'static,
    ) -> Result<R, KmsError> {
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(_) => Err(KmsError::internal("The operation was interrupted.")),
        }
    }
}

impl std::fmt::Debug for Kms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kms")
    }
}
