//! CompleteMultipartUpload.

use std::collections::HashMap;

use bytes::Bytes;
use larder_store::{Commit, Table};
use larder_types::limits::{MAX_OBJECT_BYTES, MIN_PART_BYTES};
use larder_types::{Checksum, ChecksumAlgorithm, ChecksumType, ETag, ObjectKey, PartNumber, UploadId, VersionId};

use super::{ChecksumConflict, FoundUpload};
use crate::attempts::Attempts;
use crate::bucket::Bucket;
use crate::content::{Content, same_checksum};
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace;
use crate::object::{ContentFacts, Current, NewObject, WriteConditions};
use crate::record::Record;
use crate::record::completed_upload::CompletedUpload;
use crate::record::manifest::{Manifest, ManifestPart};
use crate::record::outbox::OutboxRecord;
use crate::record::part::PartRecord;

/// For how long the answer to a Complete is kept for those who ask again.
const REMEMBER_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// Part records read at once.
const BATCH: usize = 1_000;

/// A CompleteMultipartUpload request.
#[derive(Clone, Debug)]
pub struct CompleteUpload {
    /// The upload's key.
    pub key: ObjectKey,
    /// The upload.
    pub upload: UploadId,
    /// The parts the object is to be made of, in ascending order; at least one.
    pub parts: Vec<CompletePart>,
    /// The whole object's checksum, when the client knows it.
    pub checksum: Option<Checksum>,
    /// The type of checksum the client expects.
    pub checksum_type: Option<ChecksumType>,
    /// The object's size in bytes, when the client knows it.
    pub size: Option<u64>,
    /// What the key must hold just before.
    pub conditions: WriteConditions,
}

/// A part as the client names it.
#[derive(Clone, Debug)]
pub struct CompletePart {
    /// Its number.
    pub number: PartNumber,
    /// Its tag; `None` for text that is no tag of this store.
    pub etag: Option<ETag>,
    /// Its checksum, when the client says it.
    pub checksum: Option<Checksum>,
}

/// What an upload became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completed {
    /// The object's entity tag.
    pub etag: ETag,
    /// Its version.
    pub version: VersionId,
    /// Its checksum.
    pub checksum: Option<(Checksum, ChecksumType)>,
}

/// The parts a client named, found and checked.
struct Assembly {
    manifest: Manifest,
    required: Vec<(Bytes, Bytes)>,
    size: u64,
    etag: ETag,
    checksum: Option<(Checksum, ChecksumType)>,
}

impl Engine {
    /// Makes an object of an upload's parts. Costs metadata only. Asked again after it was carried out, it gives the same
    /// answer, for a day.
    ///
    /// # Errors
    /// [`Error::NoSuchUpload`], [`Error::InvalidPart`], [`Error::InvalidPartOrder`], [`Error::PartTooSmall`], those for
    /// checksums and conditions, and those of the store.
    pub async fn complete_upload(&self, bucket: &Bucket, request: &CompleteUpload) -> Result<Completed, Error> {
        let mut attempts = Attempts::at(&self.turns, &request.key);
        loop {
            attempts.next().await?;
            let upload = match self.find_upload(bucket, &request.key, request.upload).await {
                Ok(upload) => upload,
                Err(Error::NoSuchUpload) => return self.completed_before(bucket, request).await,
                Err(error) => return Err(error),
            };
            let (assembly, current) = match self.prepare(bucket, &upload, request).await {
                Ok(prepared) => prepared,
                Err(refusal) if self.is_under_way(&upload).await? => return Err(refusal),
                // The same request went ahead meanwhile, or an abort: what was looked at is what that left.
                Err(_) => continue,
            };

            let mut commit = Commit::new();
            commit.require(upload.stored_at.clone(), Some(upload.raw.clone()));
            commit.delete(Table::Records, upload.stored_at.clone());
            for (part, raw) in assembly.required {
                commit.require(part.clone(), Some(raw)).delete(Table::Records, part);
            }
            let manifest = self.new_content_id();
            commit.put(Table::Contents, keyspace::content(manifest), assembly.manifest.encode());
            let facts = ContentFacts {
                content: Content::Manifest(manifest),
                size: assembly.size,
                etag: assembly.etag,
                checksum: assembly.checksum.clone(),
                upload: Some(request.upload),
            };
            let draft = self.draft(bucket, &new_object(&upload), facts);
            let version = self.add_version(&mut commit, bucket, &request.key, &current, draft).await?.head.id;
            let key = request.key.clone();
            let completed = CompletedUpload { key, etag: assembly.etag, version, checksum: assembly.checksum };
            commit.put(Table::Records, keyspace::completed(request.upload), completed.encode());
            self.post(&mut commit, 0, &OutboxRecord::SweepUpload(request.upload));
            self.post(&mut commit, REMEMBER_MILLIS, &OutboxRecord::ForgetUpload(request.upload));
            if self.commit(upload.partition, commit).await? {
                return Ok(completed.into());
            }
        }
    }

    /// Finds the parts and the key's newest version, and checks what the request says of them. A refusal holds if the upload
    /// is under way after it.
    async fn prepare(
        &self,
        bucket: &Bucket,
        upload: &FoundUpload,
        request: &CompleteUpload,
    ) -> Result<(Assembly, Current), Error> {
        let assembly = self.assemble(upload, request).await?;
        let current = self.current(bucket, &request.key).await?;
        request.conditions.check(current.record.as_ref())?;
        Ok((assembly, current))
    }

    async fn is_under_way(&self, upload: &FoundUpload) -> Result<bool, Error> {
        Ok(self.meta.get(upload.partition, Table::Records, &upload.stored_at).await?.is_some())
    }

    async fn completed_before(&self, bucket: &Bucket, request: &CompleteUpload) -> Result<Completed, Error> {
        let partition = bucket.partition_of(&request.key);
        let stored = self.meta.get(partition, Table::Records, &keyspace::completed(request.upload)).await?;
        let completed = CompletedUpload::decode(&stored.ok_or(Error::NoSuchUpload)?)?;
        // An id is good for its own key, and the same answer is for the same parts.
        let is_repeat = completed.key == request.key && usize::from(completed.etag.parts) == request.parts.len();
        if is_repeat { Ok(completed.into()) } else { Err(Error::NoSuchUpload) }
    }

    async fn assemble(&self, upload: &FoundUpload, request: &CompleteUpload) -> Result<Assembly, Error> {
        if !request.parts.is_sorted_by(|left, right| left.number < right.number) {
            return Err(Error::InvalidPartOrder);
        }
        let mut uploaded = self.uploaded_parts(upload, request.upload).await?;
        let mut required = Vec::with_capacity(request.parts.len());
        let mut records = Vec::with_capacity(request.parts.len());
        for named in &request.parts {
            let invalid = || Error::InvalidPart { number: named.number };
            let raw = uploaded.remove(&named.number).ok_or_else(invalid)?;
            let record = PartRecord::decode(&raw)?;
            if named.etag != Some(record.etag) {
                return Err(invalid());
            }
            check_part_checksum(upload, named, &record)?;
            required.push((keyspace::part(request.upload, named.number), raw));
            records.push((named.number, record));
        }
        check_sizes(&records)?;
        let size = records.iter().map(|(_, record)| record.size).sum();
        if size > MAX_OBJECT_BYTES {
            return Err(Error::EntityTooLarge { size, limit: MAX_OBJECT_BYTES });
        }
        if let Some(declared) = request.size.filter(|&declared| declared != size) {
            return Err(Error::ObjectSizeMismatch { declared, actual: size });
        }
        let checksum = object_checksum(upload, request, &records)?;
        let etag = larder_crypto::multipart_etag(records.iter().map(|(_, record)| record.etag));
        let parts = records.into_iter().map(|(number, record)| ManifestPart {
            number,
            size: record.size,
            content: record.content,
            checksum: record.checksum,
            stream: record.stream,
        });
        Ok(Assembly { manifest: Manifest { parts: parts.collect() }, required, size, etag, checksum })
    }

    async fn uploaded_parts(&self, upload: &FoundUpload, id: UploadId) -> Result<HashMap<PartNumber, Bytes>, Error> {
        let mut found = HashMap::new();
        let mut after = 0;
        loop {
            let entries = self.meta.scan(upload.partition, keyspace::parts(id, after, BATCH)).await?;
            let complete = entries.len() < BATCH;
            for (key, raw) in entries {
                let number = keyspace::part_number(&key)?;
                after = number.get();
                found.insert(number, raw);
            }
            if complete {
                return Ok(found);
            }
        }
    }
}

fn new_object(upload: &FoundUpload) -> NewObject {
    let record = upload.record.clone();
    NewObject {
        owner: record.owner,
        class: record.class,
        metadata: record.metadata,
        tags: record.tags,
        retention: record.retention,
        legal_hold: record.legal_hold,
        acl: record.acl,
        encryption: record.encryption,
    }
}

/// The algorithm of the checksums that an upload's parts are kept with.
fn algorithm_of(upload: &FoundUpload) -> ChecksumAlgorithm {
    upload.record.checksum_algorithm.unwrap_or(ChecksumAlgorithm::Crc64Nvme)
}

fn check_part_checksum(upload: &FoundUpload, named: &CompletePart, record: &PartRecord) -> Result<(), Error> {
    let known = || record.checksum.iter().chain(&record.sent);
    match (&named.checksum, &record.checksum) {
        (Some(checksum), Some(_)) if !known().any(|known| same_checksum(checksum, known)) => {
            Err(Error::InvalidPart { number: named.number })
        }
        (None, _) if upload.record.checksum_type == Some(ChecksumType::Composite) => {
            let missing = ChecksumConflict::PartWithout { algorithm: algorithm_of(upload), number: named.number };
            Err(Error::ChecksumKind(missing))
        }
        _ => Ok(()),
    }
}

fn check_sizes(records: &[(PartNumber, PartRecord)]) -> Result<(), Error> {
    let Some((_last, others)) = records.split_last() else { return Err(Error::InvalidPartOrder) };
    match others.iter().find(|(_, record)| record.size < MIN_PART_BYTES) {
        Some((number, record)) => Err(Error::PartTooSmall { number: *number, size: record.size }),
        None => Ok(()),
    }
}

/// The checksum of the object its parts make, compared with the one the client declares.
fn object_checksum(
    upload: &FoundUpload,
    request: &CompleteUpload,
    records: &[(PartNumber, PartRecord)],
) -> Result<Option<(Checksum, ChecksumType)>, Error> {
    let kind = upload.record.checksum_type.unwrap_or(ChecksumType::FullObject);
    let algorithm = algorithm_of(upload);
    if let Some(asked) = request.checksum_type.filter(|&asked| asked != kind) {
        return Err(Error::ChecksumKind(ChecksumConflict::OtherType { upload: kind, asked }));
    }
    let parts = || records.iter().filter_map(|(_, record)| record.checksum.as_ref().map(|sum| (sum, record.size)));
    let checksum = match kind {
        ChecksumType::Composite => larder_crypto::composite(algorithm, parts().map(|(sum, _)| sum)),
        ChecksumType::FullObject => {
            let mut rest = parts();
            let first = rest.next().map(|(sum, _)| sum.clone());
            rest.fold(first, |whole, (sum, size)| larder_crypto::combine(&whole?, sum, size))
        }
    };
    match (&request.checksum, &checksum) {
        // A composite value may carry `-N`; the protocol layer gives the value before it.
        (Some(declared), Some(actual)) if !same_checksum(declared, actual) => {
            Err(Error::ChecksumMismatch(declared.algorithm()))
        }
        _ => Ok(checksum.map(|value| (value, kind))),
    }
}

impl From<CompletedUpload> for Completed {
    fn from(record: CompletedUpload) -> Self {
        Self { etag: record.etag, version: record.version, checksum: record.checksum }
    }
}
