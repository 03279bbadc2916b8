//! Reading every record as what its key says it is.

use bytes::Bytes;
use larder_store::{Partition, StoreError, Table};

use super::names::{Layers, Naming};
use super::report::nameless;
use super::{BATCH, FindingKind, Owner, Phase, Scrub};
use crate::content::Content;
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace::{self, FIRST_BUCKET, Index, Kind, ROOT};
use crate::record::Record;
use crate::record::bucket::BucketRecord;
use crate::record::completed_upload::CompletedUpload;
use crate::record::deleted_bucket::DeletedBucket;
use crate::record::named_blob::NamedBlob;
use crate::record::outbox::OutboxRecord;
use crate::record::part::PartRecord;
use crate::record::upload::UploadRecord;
use crate::record::version::VersionRecord;

/// What a record names, when it names bytes.
type Named = Option<(Content, u64, Layers)>;

impl Engine {
    pub(super) async fn scrub_records(&self, pass: &mut Scrub) -> Result<(), Error> {
        let Phase::Records { after } = &pass.phase else { return Ok(()) };
        let page = match self.meta.walk(Table::Records, after.clone(), BATCH).await {
            Err(StoreError::Corrupt { what }) => {
                pass.report.incomplete = true;
                let behind =
                    after.as_ref().map_or_else(String::new, |(_, key)| format!(" behind {}", key.escape_ascii()));
                pass.find(FindingKind::File, Owner::default(), format!("records cannot be read on{behind}: {what}"));
                Vec::new()
            }
            page => page?,
        };
        let Some(last) = page.last() else {
            pass.phase = Phase::Contents { after: None };
            return Ok(());
        };
        let reached = Phase::Records { after: Some((last.partition, last.key.clone())) };
        for entry in page {
            pass.report.records += 1;
            match entry.value {
                Ok(raw) => {
                    pass.report.bytes += (entry.key.len() + raw.len()) as u64;
                    self.scrub_record(pass, entry.partition, &entry.key, &raw).await?;
                }
                Err(error) => {
                    pass.meet_name(&entry.key);
                    let owner = pass.owner_of(entry.partition, &entry.key);
                    pass.find(FindingKind::Record, owner, error.to_string());
                }
            }
        }
        pass.phase = reached;
        Ok(())
    }

    async fn scrub_record(
        &self,
        pass: &mut Scrub,
        partition: Partition,
        key: &Bytes,
        raw: &Bytes,
    ) -> Result<(), Error> {
        if partition == ROOT {
            if let Err(what) = pass.root_record(key, raw) {
                let owner = pass.owner_of(partition, key);
                pass.find(FindingKind::Record, owner, what);
            }
            return Ok(());
        }
        if partition.group < FIRST_BUCKET {
            return Ok(());
        }
        let mut owner = pass.owner_of(partition, key);
        match pass.record(key, raw, &mut owner) {
            Ok(None) => Ok(()),
            Ok(Some((content, size, layers))) => {
                let naming = Naming { partition, key, raw, owner, layers };
                self.scrub_content(pass, &naming, content, size).await
            }
            Err(what) => {
                pass.find(FindingKind::Record, owner, what);
                Ok(())
            }
        }
    }
}

impl Scrub {
    /// A record in the root partition. `Err` says what is wrong with it.
    fn root_record(&mut self, key: &[u8], raw: &[u8]) -> Result<(), String> {
        match Kind::of(key) {
            Some(Kind::Bucket) => {
                let name = keyspace::bucket_name(key).map_err(|_| "a bucket has an impossible name")?;
                let record = BucketRecord::decode(raw).map_err(|error| error.to_string())?;
                self.buckets.insert(record.id, name.to_string());
                Ok(())
            }
            Some(Kind::DeletedBucket) => {
                keyspace::deleted_bucket_id(key).map_err(|_| "a deleted bucket has an impossible id")?;
                DeletedBucket::decode(raw).map(drop).map_err(|error| error.to_string())
            }
            _ => Err(format!("the key {} is none of a record", key.escape_ascii())),
        }
    }

    /// A record in a bucket's partition: what it names. `Err` says what is wrong with it.
    fn record(&mut self, key: &[u8], raw: &[u8], owner: &mut Owner) -> Result<Named, String> {
        let text = |error: Error| error.to_string();
        let lost = || format!("the key {} is none of a record", key.escape_ascii());
        match Kind::of(key) {
            Some(Kind::Current | Kind::Older) => {
                owner.key.as_ref().ok_or_else(lost)?;
                let record = VersionRecord::decode(raw).map_err(text)?;
                owner.version = Some(record.head.id);
                Ok(record
                    .object()
                    .map(|(summary, detail)| (detail.content, summary.size, Layers::of(detail.encryption.as_ref()))))
            }
            Some(Kind::Upload) => {
                owner.key.as_ref().ok_or_else(lost)?;
                UploadRecord::decode(raw).map_err(text)?;
                // A version is told from a part by it.
                owner.upload = None;
                Ok(None)
            }
            Some(Kind::Part) => {
                owner.upload = Some(keyspace::part_upload(key).map_err(|_| lost())?);
                owner.part = Some(keyspace::part_number(key).map_err(|_| lost())?);
                let record = PartRecord::decode(raw).map_err(text)?;
                let layers = if record.stream.is_some() { Layers::OneOrTwo } else { Layers::These(0) };
                Ok(Some((record.content, record.size, layers)))
            }
            Some(Kind::Completed) => CompletedUpload::decode(raw).map(|_| None).map_err(text),
            Some(Kind::NamedBlob) => {
                keyspace::named_blob_id(key).map_err(|_| lost())?;
                self.meet_name(key);
                NamedBlob::decode(raw).map(|_| None).map_err(text)
            }
            Some(Kind::Outbox) => {
                keyspace::outbox_due(key).map_err(|_| lost())?;
                OutboxRecord::decode(raw).map(|_| None).map_err(text)
            }
            Some(Kind::Closed) => Ok(None),
            Some(Kind::Bucket | Kind::DeletedBucket) | None => Err(lost()),
        }
    }

    /// What is known of whose a partition is.
    pub(super) fn owner_in(&self, partition: Partition) -> Owner {
        let bucket = match partition.group {
            0..FIRST_BUCKET => None,
            id => Some(self.buckets.get(&id).cloned().unwrap_or_else(|| nameless(partition))),
        };
        Owner { bucket, ..Owner::default() }
    }

    /// What a record's key says of whose it is.
    fn owner_of(&self, partition: Partition, key: &[u8]) -> Owner {
        let mut owner = self.owner_in(partition);
        if partition == ROOT {
            owner.bucket = keyspace::bucket_name(key).map(|name| name.to_string()).ok();
            return owner;
        }
        let index = match Kind::of(key) {
            Some(Kind::Current) => Index::Currents,
            Some(Kind::Older) => Index::Olders,
            Some(Kind::Upload) => Index::Uploads,
            _ => return owner,
        };
        owner.key = index.read(key).map(|(key, _)| key).ok();
        owner
    }
}
