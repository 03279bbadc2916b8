//! The one door to data keys.

use std::sync::Arc;

use larder_crypto::{DataKeys, SecretKey};
use larder_engine::{Encryption, StoredKey};
use larder_env::{Clock, Rng};
use larder_keyring::MasterKeys;
use larder_kms::Kms;
use larder_types::Region;

use crate::bucket_keys::BucketKeys;
use crate::place::{Bound, FIRST, SECOND};
use crate::{CustomerKey, Place, Requester, SseError, Wanted, server};

/// What data keys are made with.
#[derive(Clone)]
pub struct SseParts {
    /// The master keys of SSE-S3.
    pub masters: MasterKeys,
    /// The keys of SSE-KMS.
    pub kms: Kms,
    /// The region whose KMS keys S3 uses.
    pub region: Region,
    /// Tells how old a bucket key is.
    pub clock: Arc<dyn Clock>,
    /// Gives data keys and nonces.
    pub rng: Arc<dyn Rng>,
}

/// Makes and opens the data keys of objects.
pub struct Sse {
    pub(crate) masters: MasterKeys,
    pub(crate) kms: Kms,
    pub(crate) region: Region,
    /// `kms:ViaService` of what S3 asks of the KMS.
    pub(crate) via_service: String,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) bucket_keys: BucketKeys,
}

/// How a new object is encrypted: what is stored of it, and the keys themselves.
#[derive(Clone, Debug)]
pub struct NewEncryption {
    /// What is stored.
    pub record: Encryption,
    /// The data keys.
    pub keys: DataKeys,
}

impl Sse {
    /// Over these keys.
    #[must_use]
    pub fn new(parts: SseParts) -> Self {
        let SseParts { masters, kms, region, clock, rng } = parts;
        let via_service = format!("s3.{region}.amazonaws.com");
        Self { masters, kms, region, via_service, clock, rng, bucket_keys: BucketKeys::default() }
    }

    /// Makes the data key of a new object; `None` when it is not to be encrypted.
    ///
    /// # Errors
    /// For SSE-KMS, when the requester may not use the key or the KMS refuses.
    pub async fn begin(
        &self,
        wanted: &Wanted,
        place: &Place<'_>,
        requester: &Requester<'_>,
    ) -> Result<Option<NewEncryption>, SseError> {
        let mut stream = [0; 16];
        self.rng.fill(&mut stream);
        let bound = Bound::new(place, stream);
        let (key, keys) = match wanted {
            Wanted::Nothing => return Ok(None),
            Wanted::Server => {
                let data_key = SecretKey::generate(&*self.rng);
                let stored = server::seal(&self.masters, &*self.rng, &bound, FIRST, &data_key);
                (StoredKey::Server(stored), data_key.into())
            }
            Wanted::Customer(customer) => {
                let data_key = SecretKey::generate(&*self.rng);
                (customer.seal(&*self.rng, &bound, &data_key), data_key.into())
            }
            Wanted::Kms(wish) => self.begin_kms(wish, place, stream, requester).await?,
        };
        Ok(Some(NewEncryption { record: Encryption { stream, key }, keys }))
    }

    /// SSE-S3 for a copy of an SSE-S3 object, with the data key that it has: the copy may share its bytes.
    ///
    /// # Errors
    /// [`SseError::Damaged`].
    pub fn begin_copy(&self, source: &Encryption, keys: &DataKeys, place: &Place<'_>) -> NewEncryption {
        let bound = Bound::new(place, source.stream);
        let stored = server::seal(&self.masters, &*self.rng, &bound, FIRST, &keys.first);
        let record = Encryption { stream: source.stream, key: StoredKey::Server(stored) };
        NewEncryption { record, keys: keys.clone() }
    }

    /// Opens the data keys of an object or upload.
    ///
    /// # Errors
    /// Those of the kind of encryption: the customer's key that is missing, wrong or out of place, the KMS key that cannot
    /// be used.
    pub fn open(
        &self,
        encryption: Option<&Encryption>,
        place: &Place<'_>,
        customer: Option<&CustomerKey>,
        requester: &Requester<'_>,
    ) -> Result<Option<DataKeys>, SseError> {
        let keys = match (encryption.map(|encryption| (&encryption.key, encryption.stream)), customer) {
            (Some((StoredKey::Customer { .. }, _)), None) => return Err(SseError::CustomerKeyNeeded),
            (Some((StoredKey::Customer { salt, sealed }, stream)), Some(customer)) => {
                customer.open(&Bound::new(place, stream), salt, sealed)?.into()
            }
            (_, Some(_)) => return Err(SseError::NoCustomerKeyApplies),
            (None, None) => return Ok(None),
            (Some((StoredKey::Server(stored), stream)), None) => {
                server::open(&self.masters, &Bound::new(place, stream), FIRST, stored)?.into()
            }
            (Some((StoredKey::Kms(stored), stream)), None) => self.open_kms(stored, place, stream, requester)?,
        };
        Ok(Some(keys))
    }

    /// The same encryption with its data keys under the current master key; `None` when they are, or are under none.
    ///
    /// # Errors
    /// [`SseError::Damaged`] when they do not open.
    pub fn rewrap(&self, encryption: &Encryption, place: &Place<'_>) -> Result<Option<Encryption>, SseError> {
        let bound = Bound::new(place, encryption.stream);
        let current = self.masters.current_id();
        let mut rewrapped = encryption.clone();
        let (stored, layer) = match &mut rewrapped.key {
            StoredKey::Server(stored) => (Some(stored), FIRST),
            StoredKey::Kms(kms) => (kms.second.as_mut(), SECOND),
            StoredKey::Customer { .. } => (None, FIRST),
        };
        let Some(stored) = stored.filter(|stored| stored.master != current) else { return Ok(None) };
        let data_key = server::open(&self.masters, &bound, layer, stored)?;
        *stored = server::seal(&self.masters, &*self.rng, &bound, layer, &data_key);
        Ok(Some(rewrapped))
    }
}
