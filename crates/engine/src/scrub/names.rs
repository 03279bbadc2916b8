//! Whether the bytes that a record names are there, and as many as it says.

use bytes::Bytes;
use larder_crypto::sealed_length;
use larder_store::{BlobRef, Partition, StoreError, Table};

use super::{Finding, FindingKind, Owner, Scrub};
use crate::content::{Content, ContentId, StoredBlob};
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace;
use crate::record::Record;
use crate::record::encryption::{Encryption, StoredKey};
use crate::record::manifest::Manifest;
use crate::record::outbox::OutboxRecord;

/// A record that names a content.
pub(super) struct Naming<'a> {
    pub(super) partition: Partition,
    pub(super) key: &'a Bytes,
    pub(super) raw: &'a Bytes,
    pub(super) owner: Owner,
    /// In how many layers the content is encrypted.
    pub(super) layers: Layers,
}

/// In how many layers a content may be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layers {
    These(usize),
    /// A part is encrypted as its upload says, which is not at hand.
    OneOrTwo,
}

impl Layers {
    pub(super) fn of(encryption: Option<&Encryption>) -> Self {
        Self::These(match encryption.map(|encryption| &encryption.key) {
            None => 0,
            Some(StoredKey::Kms(key)) if key.second.is_some() => 2,
            Some(_) => 1,
        })
    }

    fn fit(self, size: u64, stored: u64) -> bool {
        match self {
            Self::These(layers) => sealed_length(size, layers) == stored,
            Self::OneOrTwo => sealed_length(size, 1) == stored || sealed_length(size, 2) == stored,
        }
    }
}

impl Engine {
    /// Looks at what a record names.
    pub(super) async fn scrub_content(
        &self,
        pass: &mut Scrub,
        naming: &Naming<'_>,
        content: Content,
        size: u64,
    ) -> Result<(), Error> {
        let Content::Manifest(id) = content else { return self.scrub_bytes(pass, naming, content, size).await };
        let Some(stored) = self.scrub_small(pass, naming, id).await? else { return Ok(()) };
        let manifest = match Manifest::decode(&stored) {
            Ok(manifest) => manifest,
            Err(error) => return self.tell(pass, naming, FindingKind::Content, error.to_string(), None).await,
        };
        if manifest.parts.iter().map(|part| part.size).sum::<u64>() != size {
            let what = "its parts are not as long together as its record says".to_owned();
            self.tell(pass, naming, FindingKind::Length, what, None).await?;
        }
        for part in &manifest.parts {
            let owner = Owner { part: Some(part.number), ..naming.owner.clone() };
            let naming = Naming { owner, ..*naming };
            self.scrub_bytes(pass, &naming, part.content, part.size).await?;
        }
        Ok(())
    }

    async fn scrub_bytes(
        &self,
        pass: &mut Scrub,
        naming: &Naming<'_>,
        content: Content,
        size: u64,
    ) -> Result<(), Error> {
        let stored = match content {
            Content::Empty => 0,
            Content::Inline(id) => match self.scrub_small(pass, naming, id).await? {
                Some(bytes) => bytes.len() as u64,
                None => return Ok(()),
            },
            Content::Blob(blob) => match self.scrub_named_blob(pass, naming, blob).await? {
                Some(length) => length,
                None => return Ok(()),
            },
            Content::Manifest(_) => {
                let what = "a list of parts names a list of parts".to_owned();
                return self.tell(pass, naming, FindingKind::Content, what, None).await;
            }
        };
        if naming.layers.fit(size, stored) {
            return Ok(());
        }
        let what = format!("{stored} bytes are stored, which is no length of {size} bytes of content");
        self.tell(pass, naming, FindingKind::Length, what, None).await
    }

    async fn scrub_small(&self, pass: &mut Scrub, naming: &Naming<'_>, id: ContentId) -> Result<Option<Bytes>, Error> {
        let key = keyspace::content(id);
        match self.meta.get(naming.partition, Table::Contents, &key).await {
            Ok(Some(bytes)) => {
                pass.report.bytes += bytes.len() as u64;
                return Ok(Some(bytes));
            }
            Ok(None) => {
                self.tell(pass, naming, FindingKind::Missing, "its small content is gone".to_owned(), None).await?
            }
            Err(error) => {
                pass.told.insert((naming.partition, key));
                self.tell(pass, naming, FindingKind::Content, error.to_string(), None).await?;
            }
        }
        Ok(None)
    }

    /// The length of a blob that is there and whole.
    async fn scrub_named_blob(
        &self,
        pass: &mut Scrub,
        naming: &Naming<'_>,
        blob: StoredBlob,
    ) -> Result<Option<u64>, Error> {
        let blob = BlobRef::from(blob);
        if let Some(damaged) = pass.damaged.get(&blob) {
            let (what, done) = (damaged.what.clone(), damaged.done);
            if self.still_names(naming).await? {
                if let Some(damaged) = pass.damaged.get_mut(&blob) {
                    damaged.told = true;
                }
                let finding = Finding::new(FindingKind::Content, naming.owner.clone(), what).of_blob(blob);
                pass.report.add(Finding { done, ..finding });
            }
            return Ok(None);
        }
        let length = match self.blobs.inspect(blob).await {
            Ok(facts) => facts.length,
            Err(StoreError::NotFound) => {
                let what = format!("its blob {} is gone", blob.id);
                self.tell(pass, naming, FindingKind::Missing, what, Some(blob)).await?;
                return Ok(None);
            }
            Err(error) => {
                self.tell(pass, naming, FindingKind::Content, error.to_string(), Some(blob)).await?;
                return Ok(None);
            }
        };
        let name = keyspace::named_blob(blob.id);
        if matches!(self.meta.get(naming.partition, Table::Records, &name).await, Ok(None)) {
            let what = format!("the record that names its blob {} is gone", blob.id);
            self.tell(pass, naming, FindingKind::Record, what, Some(blob)).await?;
        }
        Ok(Some(length))
    }

    /// Reports something about what a record names, if it still does.
    async fn tell(
        &self,
        pass: &mut Scrub,
        naming: &Naming<'_>,
        kind: FindingKind,
        what: String,
        blob: Option<BlobRef>,
    ) -> Result<(), Error> {
        if self.still_names(naming).await? {
            pass.report.add(Finding { blob, ..Finding::new(kind, naming.owner.clone(), what) });
        }
        Ok(())
    }

    /// Whether a record is as it was read, and nobody is removing what it names. A content's id is never used twice, so it
    /// was there the whole time.
    async fn still_names(&self, naming: &Naming<'_>) -> Result<bool, Error> {
        // In this order: the sweep of an upload removes its note after the records of its parts.
        if let Some(upload) = naming.owner.upload {
            if self.meta.get(naming.partition, Table::Records, &keyspace::CLOSED).await?.is_some() {
                return Ok(false);
            }
            let mut after = None;
            loop {
                let page = self.meta.scan(naming.partition, keyspace::outbox_entries(after.as_ref(), 256)).await?;
                let is_swept = |raw: &Bytes| OutboxRecord::decode(raw).ok() == Some(OutboxRecord::SweepUpload(upload));
                if page.iter().any(|(_, raw)| is_swept(raw)) {
                    return Ok(false);
                }
                match page.last() {
                    Some((key, _)) if page.len() == 256 => after = Some(key.clone()),
                    _ => break,
                }
            }
        }
        let now = self.meta.get(naming.partition, Table::Records, naming.key).await?;
        Ok(now.as_ref() == Some(naming.raw))
    }
}
