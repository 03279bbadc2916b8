//! GetObject and HeadObject: finding a version, and opening its bytes.

use larder_crypto::DataKeys;
use larder_types::{ByteRange, Checksum, ObjectKey, PartNumber, VersionId};

use super::history::{Current, Located};
use crate::attempts::Attempts;
use crate::bucket::Bucket;
use crate::content::{Content, ContentReader};
use crate::engine::Engine;
use crate::error::Error;
use crate::record::manifest::ManifestPart;
use crate::record::version::{ObjectDetail, ObjectSummary, VersionHead, VersionRecord};

/// An object as it was found.
#[derive(Clone, Debug)]
pub struct ObjectVersion {
    /// Its record; always that of an object, never of a delete marker.
    pub record: VersionRecord,
    /// Whether it is the key's newest version.
    pub is_current: bool,
}

/// An object with its bytes, or a range of them, opened.
pub struct ObjectReader {
    /// The object.
    pub object: ObjectVersion,
    /// Its bytes.
    pub content: ContentReader,
}

/// What of an object is to be read, and with what.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The bytes; all of them when `None`.
    pub range: Option<ByteRange>,
    /// The data keys, for an object that is encrypted.
    pub keys: Option<DataKeys>,
}

/// Where one part of a multipart object lies in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartView {
    /// The part's bytes within the object; `None` for an empty object.
    pub range: Option<ByteRange>,
    /// How many parts the object has; `None` when it was put whole.
    pub parts_count: Option<u64>,
    /// The part's checksum.
    pub checksum: Option<Checksum>,
}

impl ObjectVersion {
    /// What every listing shows of it.
    #[must_use]
    pub fn head(&self) -> &VersionHead {
        &self.record.head
    }

    /// Its size, tag, class and kind of checksum.
    ///
    /// # Panics
    /// Never: an [`ObjectVersion`] is made of an object's record only.
    #[must_use]
    pub fn summary(&self) -> &ObjectSummary {
        self.record.object().expect("an object's record").0
    }

    /// Everything else.
    ///
    /// # Panics
    /// Never, as [`ObjectVersion::summary`].
    #[must_use]
    pub fn detail(&self) -> &ObjectDetail {
        self.record.object().expect("an object's record").1
    }
}

impl Engine {
    /// Finds an object: the newest version of a key, or the one asked for.
    ///
    /// # Errors
    /// [`Error::NoSuchKey`], [`Error::NoSuchVersion`] or [`Error::DeleteMarker`].
    pub async fn head_object(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        version: Option<VersionId>,
    ) -> Result<ObjectVersion, Error> {
        let (_, located) = self.find(bucket, key, version).await?;
        Ok(ObjectVersion { record: located.record, is_current: located.is_current })
    }

    /// Finds an object and opens the bytes that `choose` asks for, after it looked at the object. An error of `choose` is
    /// the answer.
    ///
    /// # Errors
    /// As [`Engine::head_object`], and those of `choose` and the store.
    pub async fn get_object<E: From<Error>>(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        version: Option<VersionId>,
        choose: impl Fn(&ObjectVersion) -> Result<Reading, E>,
    ) -> Result<ObjectReader, E> {
        let mut attempts = Attempts::new();
        let mut gone = None;
        loop {
            attempts.next().await?;
            let (current, located) = self.find(bucket, key, version).await?;
            let object = ObjectVersion { record: located.record, is_current: located.is_current };
            let reading = choose(&object)?;
            let opened = self.open_content(current.partition, object.detail(), object.summary().size, &reading).await?;
            if let Some(content) = opened {
                return Ok(ObjectReader { object, content });
            }
            // A content is removed after its record, and its id is not used again: that both reads met the same record says
            // that the content is lost, and reading again would say so for ever.
            let named = Some(object.detail().content);
            if gone == named {
                return Err(Error::Damaged { what: format!("the content of {key} is gone") }.into());
            }
            gone = named;
        }
    }

    /// Where part `number` of an object lies in it. An object that was put whole is its own part 1.
    ///
    /// # Errors
    /// [`Error::NoSuchPart`].
    pub async fn part_of_object(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        object: &ObjectVersion,
        number: PartNumber,
    ) -> Result<PartView, Error> {
        let Some(parts) = self.parts_of_object(bucket, key, object).await? else {
            let range = object.summary().size.checked_sub(1).and_then(|last| ByteRange::new(0, last));
            return if number.get() == 1 {
                Ok(PartView { range, parts_count: None, checksum: object.detail().checksum.clone() })
            } else {
                Err(Error::NoSuchPart { parts: 1 })
            };
        };
        let count = parts.len() as u64;
        let mut start = 0;
        // S3 counts the parts an object has, whatever numbers they were uploaded under.
        for (index, part) in parts.iter().enumerate() {
            if index + 1 == usize::from(number.get()) {
                let range = part.size.checked_sub(1).and_then(|last| ByteRange::new(start, start + last));
                return Ok(PartView { range, parts_count: Some(count), checksum: part.checksum.clone() });
            }
            start += part.size;
        }
        Err(Error::NoSuchPart { parts: count })
    }

    /// The parts of a multipart object in order; `None` for one that was put whole.
    ///
    /// # Errors
    /// Those of the store; [`Error::NoSuchVersion`] when the object was removed meanwhile.
    pub async fn parts_of_object(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        object: &ObjectVersion,
    ) -> Result<Option<Vec<ManifestPart>>, Error> {
        let Content::Manifest(id) = object.detail().content else { return Ok(None) };
        match self.manifest(bucket.partition_of(key), id).await? {
            Some(manifest) => Ok(Some(manifest.parts)),
            None => Err(Error::NoSuchVersion),
        }
    }

    /// Finds an object's record and where it lies.
    pub(crate) async fn find(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        version: Option<VersionId>,
    ) -> Result<(Current, Located), Error> {
        let (current, located) = self.find_any(bucket, key, version).await?;
        let located = located.ok_or(if version.is_some() { Error::NoSuchVersion } else { Error::NoSuchKey })?;
        match located.record.object() {
            Some(_) => Ok((current, located)),
            None => Err(Error::DeleteMarker {
                version: located.record.head.id,
                by_id: version.is_some(),
                modified: located.record.head.modified,
            }),
        }
    }

    /// Finds the record of a version, object or delete marker, and where it lies.
    pub(crate) async fn find_any(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        version: Option<VersionId>,
    ) -> Result<(Current, Option<Located>), Error> {
        let mut current = self.current(bucket, key).await?;
        let mut attempts = Attempts::new();
        loop {
            attempts.next().await?;
            let Some(newest) = &current.record else { return Ok((current, None)) };
            let wanted = version.unwrap_or(newest.head.id);
            if let Some(located) = self.locate(&current, key, wanted).await? {
                return Ok((current, Some(located)));
            }
            // The version may have moved from older to current between the two reads; then the current record differs.
            let again = self.current(bucket, key).await?;
            if again.raw == current.raw {
                return Ok((again, None));
            }
            current = again;
        }
    }
}
