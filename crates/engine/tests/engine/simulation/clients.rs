//! Clients that do anything at any time on a few keys, and take down what they were answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use larder_crypto::md5;
use larder_engine::{
    BytesSource, CompletePart, CompleteUpload, CopyObject, CopySource, CreateUpload, Deleted, Error, ListVersions,
    NewObject, ObjectVersion, PutObject, ReadConditions, StoreError, TagMatch, UploadPart, VersionKind,
    VersionPosition, WriteConditions,
};
use larder_linearizability::{Answer, Call, Condition, Recorder, Removed, S3Key, Ticket, Value};
use larder_types::{ETag, PartNumber, UploadId, VersionId};
use parking_lot::Mutex;

use super::Dice;
use crate::encryption::{encryption, keys, whole};
use crate::harness::{World, drain, noise, object_key, unlock};

/// Few, so that the clients meet.
pub(super) const KEYS: [&str; 2] = ["a", "b"];

/// Bodies on both sides of the inline limit; the last are rare.
const SIZES: [usize; 16] = [0, 1, 20, 20, 64, 65, 65, 100, 300, 300, 20, 65, 300, 1_000, 3_000, 70_000];

/// The content of a write.
#[derive(Clone)]
struct Content {
    seed: u64,
    size: usize,
    etag: ETag,
}

impl Content {
    fn body(&self) -> Bytes {
        noise(self.seed, self.size)
    }
}

#[derive(Clone)]
struct Upload {
    key: &'static str,
    id: UploadId,
    part: ETag,
    value: Value,
}

/// What the clients know, in this life of the server and from those before.
#[derive(Default)]
pub(super) struct Past {
    pub(super) recorder: Recorder<S3Key>,
    /// Every answer in the order in which they came.
    pub(super) transcript: Mutex<Vec<String>>,
    numbers: AtomicU64,
    contents: Mutex<BTreeMap<u64, Content>>,
    versions: Mutex<BTreeMap<&'static str, Vec<VersionId>>>,
    uploads: Mutex<Vec<Upload>>,
}

impl Past {
    /// A new value with this content; `etag` is that of the object it will be.
    fn value(&self, seed: Option<u64>, size: usize, etag: impl FnOnce(&[u8]) -> ETag) -> Value {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let seed = seed.unwrap_or(number);
        let etag = etag(&noise(seed, size));
        self.contents.lock().insert(number, Content { seed, size, etag });
        Value { number, etag: etag.to_string() }
    }

    fn content(&self, number: u64) -> Content {
        self.contents.lock()[&number].clone()
    }

    fn learn(&self, key: &'static str, version: VersionId) {
        let mut versions = self.versions.lock();
        let known = versions.entry(key).or_default();
        if !known.contains(&version) {
            known.push(version);
        }
    }

    pub(super) fn known_versions(&self, key: &str) -> Vec<VersionId> {
        self.versions.lock().get(key).cloned().unwrap_or_default()
    }

    fn tell(&self, what: String) {
        self.transcript.lock().push(what);
    }
}

/// A client of one life of the server.
pub(super) struct Client {
    pub(super) world: Arc<World>,
    pub(super) past: Arc<Past>,
    pub(super) dice: Dice,
}

fn tag_of(body: &[u8]) -> ETag {
    ETag::of_md5(md5(body))
}

fn conditions(condition: &Condition) -> WriteConditions {
    match condition {
        Condition::None => WriteConditions::default(),
        Condition::Absent => WriteConditions { if_none_match: Some(TagMatch::Any), ..WriteConditions::default() },
        Condition::ETag(tag) => WriteConditions {
            if_match: Some(TagMatch::OneOf(vec![ETag::parse(tag).expect("a tag of ours")])),
            ..WriteConditions::default()
        },
    }
}

fn number_of(object: &ObjectVersion) -> u64 {
    let [(_, number)] = &object.detail().metadata.user[..] else { panic!("metadata that nobody gave") };
    number.parse().expect("a number")
}

impl Client {
    /// Does a few things.
    pub(super) async fn run(self, operations: usize) {
        for _ in 0..operations {
            let key = KEYS[self.dice.index(KEYS.len())];
            match self.dice.below(23) {
                0..=2 => self.put(key, Condition::None).await,
                3 => self.put(key, Condition::Absent).await,
                4 | 5 => self.put(key, self.some_tag()).await,
                6..=8 => self.get(key, None).await,
                9 | 10 => self.get(key, self.some_version(key)).await,
                11 => self.head(key).await,
                12 | 13 => self.delete(key, None, Condition::None).await,
                14 => self.delete(key, None, self.some_tag()).await,
                15 => self.complete_some().await,
                16 | 17 => self.copy(key, KEYS[self.dice.index(KEYS.len())]).await,
                18 => self.upload(key).await,
                19..=21 => self.delete(key, self.some_version(key), Condition::None).await,
                _ => self.complete_some().await,
            }
            self.world.clock.advance(Duration::from_millis(self.dice.below(3)));
        }
    }

    /// The tag of something that was written, most likely of late.
    fn some_tag(&self) -> Condition {
        let contents = self.past.contents.lock();
        let back = self.dice.index(4.min(contents.len()).max(1));
        contents.values().nth_back(back).map_or(Condition::Absent, |content| Condition::ETag(content.etag.to_string()))
    }

    fn some_version(&self, key: &'static str) -> Option<VersionId> {
        let versions = self.past.known_versions(key);
        versions.get(self.dice.index(versions.len().max(1))).copied()
    }

    fn new_object(&self, value: &Value) -> NewObject {
        let mut object = self.world.new_object();
        // One whose entity tag is the MD5 of its content: it says which value was found.
        if let Some(other) = object.encryption.take_if(|encryption| !encryption.shows_md5()) {
            let (number, _) = other.stream.split_first_chunk().expect("16 bytes");
            object.encryption = Some(encryption(u64::from_be_bytes(*number), 1));
        }
        object.metadata.user = vec![("number".to_owned(), value.number.to_string())];
        object
    }

    /// Takes down what became of an operation, and what an answer told of versions.
    fn end(&self, key: &'static str, ticket: Ticket, result: Result<(Answer, Option<VersionId>), Error>) {
        self.past.tell(format!("{} {key} {result:?}", self.world.engine.now().as_millis()));
        let answer = match result {
            Ok((answer, version)) => {
                if let Some(version) = version {
                    self.past.learn(key, version);
                }
                answer
            }
            Err(Error::NoSuchKey) => Answer::NoSuchKey,
            Err(Error::NoSuchVersion) => Answer::NoSuchVersion,
            Err(Error::PreconditionFailed { .. }) => Answer::PreconditionFailed,
            Err(Error::DeleteMarker { version, .. }) => {
                self.past.learn(key, version);
                Answer::DeleteMarker(version.to_string())
            }
            // The log failed: what was to be written may be found after the next start.
            Err(Error::Store(StoreError::ReadOnly { .. })) => return,
            // Nothing of what failed otherwise may ever be seen. An upload may have been aborted.
            Err(Error::Store(_) | Error::Source(_) | Error::Contended | Error::NoSuchUpload) => {
                return self.past.recorder.void(ticket);
            }
            Err(error) => panic!("{key}: {error:?}"),
        };
        self.past.recorder.end(ticket, answer);
    }

    async fn put(&self, key: &'static str, condition: Condition) {
        let size = SIZES[self.dice.index(SIZES.len())];
        let value = self.past.value(None, size, tag_of);
        let body = self.past.content(value.number).body();
        let object = self.new_object(&value);
        let request = PutObject {
            keys: keys(object.encryption.as_ref()),
            object,
            conditions: conditions(&condition),
            ..self.world.put_request(key)
        };
        let ticket = self.past.recorder.begin(key, Call::Put { value, condition });
        let result = async {
            let bucket = self.world.engine.bucket(&self.world.name).await?;
            let record = self.world.engine.put_object(&bucket, request, &mut BytesSource::new(body)).await?;
            Ok((Answer::Written(Some(record.head.id.to_string())), Some(record.head.id)))
        };
        self.end(key, ticket, result.await);
    }

    fn found(&self, object: &ObjectVersion) -> (Answer, Option<VersionId>) {
        let number = number_of(object);
        let content = self.past.content(number);
        assert_eq!(object.summary().etag, content.etag, "{number}");
        assert_eq!(object.summary().size, content.size as u64, "{number}");
        let id = object.head().id;
        (Answer::Found { number, version: Some(id.to_string()) }, Some(id))
    }

    pub(super) async fn get(&self, key: &'static str, version: Option<VersionId>) {
        let call = Call::Get { version: version.map(|version| version.to_string()) };
        let ticket = self.past.recorder.begin(key, call);
        let result = async {
            let bucket = self.world.engine.bucket(&self.world.name).await?;
            let reader = self.world.engine.get_object(&bucket, &object_key(key), version, whole).await?;
            let found = self.found(&reader.object);
            let number = number_of(&reader.object);
            let bytes = drain(reader.content).await?;
            assert!(bytes == self.past.content(number).body(), "{key}: other bytes than {number} has");
            Ok(found)
        };
        self.end(key, ticket, result.await);
    }

    async fn head(&self, key: &'static str) {
        let ticket = self.past.recorder.begin(key, Call::Get { version: None });
        let result = async {
            let bucket = self.world.engine.bucket(&self.world.name).await?;
            Ok(self.found(&self.world.engine.head_object(&bucket, &object_key(key), None).await?))
        };
        self.end(key, ticket, result.await);
    }

    /// Lists the versions of a key while nobody writes, and reads those that nobody has been told of.
    pub(super) async fn list(&self, key: &'static str) {
        let request =
            ListVersions { prefix: key.to_owned(), delimiter: None, after: VersionPosition::Start, limit: 1_000 };
        let bucket = self.world.bucket().await;
        let ticket = self.past.recorder.begin(key, Call::List);
        let page = self.world.engine.list_versions(&bucket, &request).await.expect("a listing");
        let versions = page.versions.iter().enumerate().map(|(age, version)| {
            assert_eq!(version.is_latest, age == 0, "{key}");
            let etag = match &version.head.kind {
                VersionKind::Object(summary) => Some(summary.etag.to_string()),
                VersionKind::DeleteMarker => None,
            };
            (version.head.id.to_string(), etag)
        });
        self.end(key, ticket, Ok((Answer::Versions(versions.collect()), None)));
        let known = self.past.known_versions(key);
        for version in page.versions.iter().filter(|version| version.head.kind != VersionKind::DeleteMarker) {
            if !known.contains(&version.head.id) {
                self.get(key, Some(version.head.id)).await;
            }
        }
    }

    async fn delete(&self, key: &'static str, version: Option<VersionId>, condition: Condition) {
        let mut request = self.world.delete_request(key, version);
        request.conditions = conditions(&condition);
        let call = Call::Delete { version: version.map(|version| version.to_string()), condition };
        let ticket = self.past.recorder.begin(key, call);
        let result = async {
            let bucket = self.world.engine.bucket(&self.world.name).await?;
            Ok(match self.world.engine.delete_object(&bucket, &request).await? {
                Deleted::Nothing => (Answer::Removed(Removed::Nothing), None),
                Deleted::Version { was_delete_marker: false, .. } => (Answer::Removed(Removed::Object), None),
                Deleted::Version { was_delete_marker: true, .. } => (Answer::Removed(Removed::Marker), None),
                Deleted::MarkerAdded { id } => (Answer::MarkerAdded(id.to_string()), Some(id)),
            })
        };
        self.end(key, ticket, result.await);
    }

    /// A copy is a read of one key and then a write of another: it is atomic to those who look at either, not at both.
    async fn copy(&self, from: &'static str, to: &'static str) {
        let reading = self.past.recorder.begin(from, Call::Get { version: None });
        let opened = async {
            let bucket = self.world.engine.bucket(&self.world.name).await?;
            let (key, conditions) = (object_key(from), ReadConditions::default());
            let source = CopySource { bucket: &bucket, key: &key, version: None, conditions: &conditions };
            let unlock = |object: &ObjectVersion| Ok::<_, Error>(whole(object)?.keys);
            let opened = self.world.engine.open_copy_source(source, None, unlock).await?;
            Ok((bucket, opened))
        };
        let (bucket, opened) = match opened.await {
            Ok(opened) => opened,
            Err(error) => return self.end(from, reading, Err(error)),
        };
        let source = self.past.content(number_of(&opened.object));
        self.end(from, reading, Ok(self.found(&opened.object)));

        let value = self.past.value(Some(source.seed), source.size, tag_of);
        let mut object = self.new_object(&value);
        if self.dice.below(2) == 0 {
            // A copy that may share its source's bytes.
            object.encryption.clone_from(&opened.object.detail().encryption);
        }
        let request = CopyObject {
            key: object_key(to),
            keys: keys(object.encryption.as_ref()),
            object,
            checksum: None,
            conditions: WriteConditions::default(),
        };
        let writing = self.past.recorder.begin(to, Call::Put { value, condition: Condition::None });
        let copied = self.world.engine.copy_object(opened, &bucket, request).await;
        let written = copied.map(|record| (Answer::Written(Some(record.head.id.to_string())), Some(record.head.id)));
        self.end(to, writing, written);
    }

    /// Uploads an object of one part. Completes it, or leaves that to others, or both at once.
    async fn upload(&self, key: &'static str) {
        let size = 1 + SIZES[self.dice.index(SIZES.len())];
        let value = self.past.value(None, size, |body| larder_crypto::multipart_etag([tag_of(body)].into_iter()));
        let body = self.past.content(value.number).body();
        let number = PartNumber::new(1).expect("a part number");
        let uploaded = async {
            let bucket = self.world.engine.bucket(&self.world.name).await?;
            let request = CreateUpload {
                key: object_key(key),
                object: self.new_object(&value),
                checksum_algorithm: None,
                checksum_type: None,
                initiator: None,
            };
            let (id, _) = self.world.engine.create_upload(&bucket, request).await?;
            let request = UploadPart { key: object_key(key), upload: id, number, checksum: None };
            let mut source = BytesSource::new(body);
            let part = self.world.engine.upload_part(&bucket, &request, &mut source, unlock).await?.etag;
            Ok::<_, Error>(Upload { key, id, part, value })
        };
        let upload = match uploaded.await {
            Ok(upload) => upload,
            Err(Error::Store(_)) => return,
            Err(error) => panic!("{key}: {error:?}"),
        };
        self.past.uploads.lock().push(upload.clone());
        if self.dice.below(4) > 0 {
            self.complete(&upload, Condition::None).await;
        }
    }

    async fn complete_some(&self) {
        let upload = {
            let uploads = self.past.uploads.lock();
            let back = self.dice.index(3.min(uploads.len()).max(1));
            uploads.iter().nth_back(back).cloned()
        };
        let Some(upload) = upload else { return };
        match self.dice.below(8) {
            0 => self.abort(&upload).await,
            1 | 2 => self.complete(&upload, Condition::Absent).await,
            _ => self.complete(&upload, Condition::None).await,
        }
    }

    async fn complete(&self, upload: &Upload, condition: Condition) {
        let number = PartNumber::new(1).expect("a part number");
        let request = CompleteUpload {
            key: object_key(upload.key),
            upload: upload.id,
            parts: vec![CompletePart { number, etag: Some(upload.part), checksum: None }],
            checksum: None,
            checksum_type: None,
            size: None,
            conditions: conditions(&condition),
        };
        let call = Call::Complete { value: upload.value.clone(), condition };
        let ticket = self.past.recorder.begin(upload.key, call);
        let result = async {
            let bucket = self.world.engine.bucket(&self.world.name).await?;
            let completed = self.world.engine.complete_upload(&bucket, &request).await?;
            Ok((Answer::Written(Some(completed.version.to_string())), Some(completed.version)))
        };
        self.end(upload.key, ticket, result.await);
    }

    async fn abort(&self, upload: &Upload) {
        let result = async {
            let bucket = self.world.engine.bucket(&self.world.name).await?;
            self.world.engine.abort_upload(&bucket, &object_key(upload.key), upload.id).await
        };
        match result.await {
            Ok(()) | Err(Error::NoSuchUpload | Error::Store(_)) => {}
            Err(error) => panic!("{}: {error:?}", upload.key),
        }
    }
}
