//! CreateMultipartUpload.

use larder_env::random_u64;
use larder_store::{Commit, Table};
use larder_types::{ChecksumAlgorithm, ChecksumType, ObjectKey, UploadId};

use crate::attempts::Attempts;
use crate::bucket::Bucket;
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace;
use crate::multipart::ChecksumConflict;
use crate::object::NewObject;
use crate::record::Record;
use crate::record::upload::{Initiator, UploadRecord};

/// A CreateMultipartUpload request.
#[derive(Clone, Debug)]
pub struct CreateUpload {
    /// The key.
    pub key: ObjectKey,
    /// What the object will be.
    pub object: NewObject,
    /// The algorithm of its checksums; CRC64NVME over the whole object when the client names none.
    pub checksum_algorithm: Option<ChecksumAlgorithm>,
    /// What its checksum is to be taken over; the algorithm's usual type when the client names none.
    pub checksum_type: Option<ChecksumType>,
    /// Who starts it; `None` when that is the object's owner.
    pub initiator: Option<Initiator>,
}

impl Engine {
    /// Starts an upload.
    ///
    /// # Errors
    /// [`Error::ChecksumKind`] when algorithm and type do not go together, [`Error::NoObjectLock`], those of the store.
    pub async fn create_upload(
        &self,
        bucket: &Bucket,
        request: CreateUpload,
    ) -> Result<(UploadId, UploadRecord), Error> {
        self.check_lock_request(bucket, &request.object)?;
        let checksum_type = checksum_type(request.checksum_algorithm, request.checksum_type)?;
        let NewObject { owner, class, metadata, tags, retention, legal_hold, acl, encryption } = request.object;
        let record = UploadRecord {
            owner,
            initiated: self.clock.now(),
            class,
            checksum_algorithm: request.checksum_algorithm,
            checksum_type,
            metadata,
            tags,
            retention,
            legal_hold,
            acl,
            initiator: request.initiator,
            encryption,
        };
        let mut attempts = Attempts::new();
        loop {
            attempts.next().await?;
            let id = UploadId { sequence: self.next_sequence(None), nonce: random_u64(&*self.rng) };
            let stored_at = keyspace::upload(&request.key, id);
            let mut commit = Commit::new();
            commit.require(stored_at.clone(), None).put(Table::Records, stored_at, record.encode());
            if self.commit(bucket.partition_of(&request.key), commit).await? {
                return Ok((id, record));
            }
        }
    }
}

/// Source: "Checking object integrity for data uploads": SHA-1 and SHA-256 only come composite, CRC64NVME only over the full
/// object.
fn checksum_type(
    algorithm: Option<ChecksumAlgorithm>,
    asked: Option<ChecksumType>,
) -> Result<Option<ChecksumType>, Error> {
    let Some(algorithm) = algorithm else {
        return match asked {
            None => Ok(None),
            Some(_) => Err(Error::ChecksumKind(ChecksumConflict::TypeAlone)),
        };
    };
    let usual = match algorithm {
        ChecksumAlgorithm::Crc64Nvme => ChecksumType::FullObject,
        _ => ChecksumType::Composite,
    };
    let possible = match algorithm {
        ChecksumAlgorithm::Crc32 | ChecksumAlgorithm::Crc32c => true,
        _ => asked.is_none_or(|asked| asked == usual),
    };
    if possible {
        Ok(Some(asked.unwrap_or(usual)))
    } else {
        let kind = asked.unwrap_or(usual);
        Err(Error::ChecksumKind(ChecksumConflict::TypeNotOfAlgorithm { kind, algorithm }))
    }
}
