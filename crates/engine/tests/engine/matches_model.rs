//! Random operations on the engine and on the model, compared after each step.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use larder_config::tagging::{TagScope, TagSet};
use larder_config::versioning::VersioningStatus;
use larder_engine::{
    CompletePart, CompleteUpload, CopyObject, CopySource, CreateUpload, Deleted, Error, ListObjects, ListPosition,
    ListUploads, ListVersions, ObjectReader, ObjectVersion, ReadConditions, Reading, UploadPart, UploadPosition,
    VersionKind, VersionPosition, VersioningChange, WriteConditions,
};
use larder_store::{BlobStore, MetaStore};
use larder_store_local::{Durability, LocalOptions, LocalStore};
use larder_types::{ByteRange, ETag, PartNumber, UploadId, VersionId};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::encryption::{keys, whole};
use crate::harness::{INLINE_LIMIT, MIN_PART, Memory, Pieces, World, drain, noise, object_key, runtime, unlock};
use crate::model::{self, Found, Object, Shown};

/// Keys with delimiters, bytes that the key space escapes, and keys that begin others.
const KEYS: [&str; 14] = [
    "a",
    "a/",
    "a/b",
    "a/b/c",
    "a/\u{0}",
    "a\u{0}",
    "a\u{1}/x",
    "a0",
    "b",
    "dir/1",
    "dir/2",
    "dir0",
    "é/ü",
    "\u{10ffff}",
];
const PREFIXES: [&str; 8] = ["", "", "a", "a/", "a/b", "dir", "é", "nothing"];
const MARKERS: [&str; 8] = ["a", "a/", "a/b", "a/zzz", "c", "dir/1", "dir/x", "\u{10ffff}\u{10ffff}"];
const DELIMITERS: [Option<&str>; 5] = [None, None, Some("/"), Some("b"), Some("/b")];
/// Bodies on both sides of the inline limit and of the blocks that blobs are read in.
const SIZES: [usize; 7] = [0, 1, INLINE_LIMIT - 1, INLINE_LIMIT, INLINE_LIMIT + 1, 500, 70_000];

/// Indexes are taken modulo what there is at the time.
#[derive(Clone, Debug)]
enum Step {
    Put {
        key: usize,
        size: usize,
        pieces: usize,
    },
    Get {
        key: usize,
        version: Which,
        range: Option<(u64, u64)>,
    },
    Delete {
        key: usize,
        version: Which,
    },
    Versioning(bool),
    Tag {
        key: usize,
        version: Which,
        value: u8,
    },
    Copy {
        from: usize,
        version: Which,
        to: usize,
    },
    List {
        prefix: usize,
        delimiter: usize,
        marker: Option<usize>,
        limit: usize,
    },
    CreateUpload {
        key: usize,
    },
    UploadPart {
        upload: usize,
        number: u16,
        size: usize,
    },
    CompleteUpload {
        upload: usize,
        leave_out: Option<u16>,
    },
    AbortUpload {
        upload: usize,
    },
    /// An upload of two parts, the first as large as it must be.
    WholeUpload {
        key: usize,
        last: usize,
    },
    Advance {
        millis: u64,
    },
    Reclaim,
    Restart,
}

#[derive(Clone, Copy, Debug)]
enum Which {
    Newest,
    Null,
    Nth(usize),
    Missing,
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![
        4 => Just(Which::Newest),
        2 => Just(Which::Null),
        3 => (0..9_usize).prop_map(Which::Nth),
        1 => Just(Which::Missing),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let key = || 0..KEYS.len();
    let size = || 0..SIZES.len();
    prop_oneof![
        12 => (key(), size(), 1..100_usize).prop_map(|(key, size, pieces)| Step::Put { key, size, pieces }),
        4 => (key(), which(), proptest::option::of((0..600_u64, 0..600_u64)))
            .prop_map(|(key, version, range)| Step::Get { key, version, range }),
        6 => (key(), which()).prop_map(|(key, version)| Step::Delete { key, version }),
        2 => any::<bool>().prop_map(Step::Versioning),
        2 => (key(), which(), any::<u8>()).prop_map(|(key, version, value)| Step::Tag { key, version, value }),
        3 => (key(), which(), key()).prop_map(|(from, version, to)| Step::Copy { from, version, to }),
        6 => (0..PREFIXES.len(), 0..DELIMITERS.len(), proptest::option::of(0..MARKERS.len()), 1..7_usize).prop_map(
            |(prefix, delimiter, marker, limit)| Step::List { prefix, delimiter, marker, limit }),
        2 => key().prop_map(|key| Step::CreateUpload { key }),
        4 => (0..9_usize, 1..4_u16, size()).prop_map(|(upload, number, size)| Step::UploadPart { upload, number, size }),
        2 => (0..9_usize, proptest::option::of(1..4_u16))
            .prop_map(|(upload, leave_out)| Step::CompleteUpload { upload, leave_out }),
        1 => (0..9_usize).prop_map(|upload| Step::AbortUpload { upload }),
        1 => (key(), size()).prop_map(|(key, last)| Step::WholeUpload { key, last }),
        2 => (0..3_u64).prop_map(|millis| Step::Advance { millis }),
        2 => Just(Step::Reclaim),
        1 => Just(Step::Restart),
    ]
}

/// What the engine runs on.
enum Backend {
    Memory(Memory),
    Local { directory: tempfile::TempDir, store: Option<LocalStore> },
}

impl Backend {
    fn memory() -> Self {
        Self::Memory(Memory::new())
    }

    fn local() -> Self {
        Self::Local { directory: tempfile::tempdir().expect("a directory"), store: None }
    }

    /// Opens the stores, for the first time or again with what they held.
    async fn open(&mut self) -> (Arc<dyn MetaStore>, Arc<dyn BlobStore>) {
        match self {
            Self::Memory(memory) => {
                memory.blobs = memory.blobs.restart();
                (memory.meta.clone(), Arc::new(memory.blobs.clone()))
            }
            Self::Local { directory, store } => {
                if let Some(store) = store.take() {
                    store.close().await;
                }
                let options = LocalOptions { durability: Durability::Relaxed, ..LocalOptions::default() };
                let store = store.insert(LocalStore::open(directory.path(), options).expect("opened"));
                (store.meta(), store.blobs())
            }
        }
    }
}

struct Run {
    world: World,
    backend: Backend,
    starts: u64,
    model: model::Bucket,
    bodies: u64,
}

impl Run {
    async fn take(&mut self, step: &Step) {
        match *step {
            Step::Put { key, size, pieces } => self.put(KEYS[key], SIZES[size], pieces).await,
            Step::Get { key, version, range } => {
                let version = self.pick(KEYS[key], version);
                self.check_get(KEYS[key], version, range).await;
            }
            Step::Delete { key, version } => self.delete(KEYS[key], version).await,
            Step::Versioning(enabled) => {
                let bucket = self.world.bucket().await;
                let change = VersioningChange { enabled, ..VersioningChange::default() };
                self.world.engine.put_bucket_versioning(&bucket, change).await.expect("versioning");
                self.model.versioning = if enabled { VersioningStatus::Enabled } else { VersioningStatus::Suspended };
            }
            Step::Tag { key, version, value } => self.tag(KEYS[key], version, value).await,
            Step::Copy { from, version, to } => self.copy(KEYS[from], version, KEYS[to]).await,
            Step::List { prefix, delimiter, marker, limit } => {
                let marker = marker.map(|marker| MARKERS[marker]);
                self.check_objects(PREFIXES[prefix], DELIMITERS[delimiter], marker, limit).await;
                self.check_versions(PREFIXES[prefix], DELIMITERS[delimiter], marker, limit).await;
                self.check_uploads(PREFIXES[prefix], DELIMITERS[delimiter], marker, limit).await;
            }
            Step::CreateUpload { key } => {
                self.create_upload(KEYS[key]).await;
            }
            Step::UploadPart { upload, number, size } => {
                if let Some((key, id)) = self.pick_upload(upload) {
                    self.upload_part(&key, id, number, SIZES[size]).await;
                }
            }
            Step::CompleteUpload { upload, leave_out } => {
                if let Some((key, id)) = self.pick_upload(upload) {
                    self.complete(&key, id, leave_out).await;
                }
            }
            Step::AbortUpload { upload } => self.abort(upload).await,
            Step::WholeUpload { key, last } => {
                let id = self.create_upload(KEYS[key]).await;
                self.upload_part(KEYS[key], id, 3, MIN_PART).await;
                self.upload_part(KEYS[key], id, 7, SIZES[last].max(1)).await;
                self.complete(KEYS[key], id, None).await;
            }
            Step::Advance { millis } => self.world.clock.advance(Duration::from_millis(millis)),
            Step::Reclaim => {
                self.world.engine.reclaim(100).await.expect("reclaim");
            }
            Step::Restart => self.restart().await,
        }
    }

    async fn start(mut backend: Backend, shards: u16) -> Self {
        let (meta, blobs) = backend.open().await;
        let world = World::new(meta, blobs, shards, 1).await;
        Self { world, backend, starts: 1, model: model::Bucket::default(), bodies: 0 }
    }

    async fn restart(&mut self) {
        self.starts += 1;
        let now = self.world.engine.now();
        // The stores can be opened again once nobody holds them.
        self.world = Memory::new().world(1).await;
        let (meta, blobs) = self.backend.open().await;
        self.world = World::new(meta, blobs, 1, self.starts).await;
        self.world.set_clock(now);
        self.world.engine.recover().await.expect("recovered");
    }

    fn pick(&self, key: &str, which: Which) -> Option<VersionId> {
        let versions = self.model.keys.get(key);
        match (which, versions) {
            (Which::Newest, _) => None,
            (Which::Null, _) => Some(VersionId::Null),
            (Which::Nth(nth), Some(versions)) => Some(versions[nth % versions.len()].id),
            (Which::Nth(_) | Which::Missing, _) => Some(VersionId::Id { sequence: 1, nonce: 1 }),
        }
    }

    fn pick_upload(&self, nth: usize) -> Option<(String, UploadId)> {
        let uploads = self.model.upload_list();
        uploads.get(nth.checked_rem(uploads.len())?).cloned()
    }

    fn body(&mut self, size: usize) -> Bytes {
        self.bodies += 1;
        noise(self.bodies, size)
    }

    async fn put(&mut self, key: &str, size: usize, pieces: usize) {
        let body = self.body(size);
        let mut source = Pieces::new(&body, size / pieces + 1);
        let bucket = self.world.bucket().await;
        let record = self.world.engine.put_object(&bucket, self.world.put_request(key), &mut source).await;
        let record = record.expect("put");
        let VersionKind::Object(summary) = &record.head.kind else { panic!("an object was put") };
        assert_eq!(summary.size, size as u64);
        let object = Object { body, etag: summary.etag, tag: None, parts: None };
        self.model.add(key, record.head.id, Some(object));
    }

    async fn open(
        &self,
        key: &str,
        version: Option<VersionId>,
        range: Option<ByteRange>,
    ) -> Result<ObjectReader, Error> {
        let bucket = self.world.bucket().await;
        let choose = |object: &ObjectVersion| {
            let inside = range.filter(|range| range.last() < object.summary().size);
            if range.is_some() && inside.is_none() {
                return Err(Error::RangeOutside { size: object.summary().size });
            }
            Ok(Reading { range: inside, ..whole(object)? })
        };
        self.world.engine.get_object(&bucket, &object_key(key), version, choose).await
    }

    async fn check_get(&self, key: &str, version: Option<VersionId>, range: Option<(u64, u64)>) {
        let range = range.and_then(|(start, length)| ByteRange::new(start, start + length));
        let found = self.open(key, version, range).await;
        match (self.model.find(key, version), found) {
            (Found::NoSuchKey, Err(Error::NoSuchKey)) | (Found::NoSuchVersion, Err(Error::NoSuchVersion)) => {}
            (Found::DeleteMarker, Err(Error::DeleteMarker { by_id, .. })) => assert_eq!(by_id, version.is_some()),
            (Found::Object(object), Err(Error::RangeOutside { size })) => {
                assert_eq!(size, object.body.len() as u64);
                assert!(range.is_some_and(|range| range.last() >= size));
            }
            (Found::Object(object), Ok(reader)) => {
                let (start, end) = range.map_or((0, object.body.len()), |range| {
                    (usize::try_from(range.start()).expect("small"), usize::try_from(range.end()).expect("small"))
                });
                assert_eq!(reader.object.summary().etag, object.etag);
                let tag = reader.object.detail().tags.get("tag").map(str::to_owned);
                assert_eq!(tag, object.tag);
                let bytes = drain(reader.content).await.expect("the bytes are there");
                assert!(bytes == object.body[start..end], "{key}: other bytes than were put");
            }
            (expected, found) => panic!("{key} {version:?}: {expected:?}, got {:?}", found.err()),
        }
    }

    async fn delete(&mut self, key: &str, which: Which) {
        let version = self.pick(key, which);
        match self.world.delete(key, version).await {
            Deleted::MarkerAdded { id } => {
                assert!(version.is_none() && self.model.versioning != VersioningStatus::Unversioned);
                self.model.add(key, id, None);
            }
            Deleted::Version { id, was_delete_marker } => {
                let removed = self.model.remove(key, id).expect("only what is there can be removed");
                assert_eq!(id, version.unwrap_or(VersionId::Null));
                assert_eq!(was_delete_marker, removed.object.is_none());
            }
            Deleted::Nothing => {
                assert!(version.is_some() || self.model.versioning == VersioningStatus::Unversioned);
                let found = self.model.find(key, version.or(Some(VersionId::Null)));
                assert!(matches!(found, Found::NoSuchVersion), "there was something: {found:?}");
            }
        }
    }

    async fn tag(&mut self, key: &str, which: Which, value: u8) {
        let version = self.pick(key, which);
        let value = value.to_string();
        let tags = TagSet::new(TagScope::Object, [(Some("tag".to_owned()), Some(value.clone()))]).expect("a tag");
        let bucket = self.world.bucket().await;
        let result = self.world.engine.put_object_tags(&bucket, &object_key(key), version, tags).await;
        match self.model.find_mut(key, version) {
            Some(object) => {
                result.expect("tagged");
                object.tag = Some(value);
            }
            None => assert!(result.is_err(), "there is no object to tag"),
        }
    }

    async fn copy(&mut self, from: &str, which: Which, to: &str) {
        let version = self.pick(from, which);
        let bucket = self.world.bucket().await;
        let key = object_key(from);
        let conditions = ReadConditions::default();
        let source = CopySource { bucket: &bucket, key: &key, version, conditions: &conditions };
        let opened =
            self.world.engine.open_copy_source(source, None, |object| Ok::<_, Error>(whole(object)?.keys)).await;
        let Found::Object(object) = self.model.find(from, version) else {
            assert!(opened.is_err(), "there is no object to copy");
            return;
        };
        let body = object.body.clone();
        let opened = opened.expect("a source");
        let mut object = self.world.new_object();
        if object.encryption.as_ref().is_some_and(|encryption| encryption.stream[7].is_multiple_of(2)) {
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
        let record = self.world.engine.copy_object(opened, &bucket, request).await.expect("copy");
        let VersionKind::Object(summary) = &record.head.kind else { panic!("an object was copied") };
        let object = Object { body, etag: summary.etag, tag: None, parts: None };
        self.model.add(to, record.head.id, Some(object));
    }

    async fn create_upload(&mut self, key: &str) -> UploadId {
        let bucket = self.world.bucket().await;
        let request = CreateUpload {
            key: object_key(key),
            object: self.world.new_object(),
            checksum_algorithm: None,
            checksum_type: None,
            initiator: None,
        };
        // Uploads that are started at the same moment have no order.
        self.world.clock.advance(Duration::from_millis(1));
        let (id, _) = self.world.engine.create_upload(&bucket, request).await.expect("an upload");
        self.model.uploads.insert((key.to_owned(), id), model::Upload::default());
        id
    }

    async fn upload_part(&mut self, key: &str, id: UploadId, number: u16, size: usize) {
        let body = self.body(size);
        let bucket = self.world.bucket().await;
        let request = UploadPart { key: object_key(key), upload: id, number: part_number(number), checksum: None };
        let mut source = Pieces::new(&body, 100_000);
        let part = self.world.engine.upload_part(&bucket, &request, &mut source, unlock).await.expect("a part");
        let upload = self.model.uploads.get_mut(&(key.to_owned(), id)).expect("an upload");
        upload.parts.insert(number, (body, part.etag));
    }

    async fn complete(&mut self, key: &str, id: UploadId, leave_out: Option<u16>) {
        let bucket = self.world.bucket().await;
        let at = (key.to_owned(), id);
        let mut parts = self.model.uploads[&at].parts.clone();
        parts.retain(|number, _| Some(*number) != leave_out);
        if parts.is_empty() {
            return;
        }
        let named = parts.iter().map(|(&number, (_, etag))| CompletePart {
            number: part_number(number),
            etag: Some(*etag),
            checksum: None,
        });
        let request = CompleteUpload {
            key: object_key(key),
            upload: id,
            parts: named.collect(),
            checksum: None,
            checksum_type: None,
            size: None,
            conditions: WriteConditions::default(),
        };
        let result = self.world.engine.complete_upload(&bucket, &request).await;
        let sizes: Vec<usize> = parts.values().map(|(body, _)| body.len()).collect();
        if sizes[..sizes.len() - 1].iter().any(|&size| size < MIN_PART) {
            assert!(matches!(result, Err(Error::PartTooSmall { .. })), "{result:?}");
            return;
        }
        let completed = result.expect("completed");
        let etags: Vec<ETag> = parts.values().map(|(_, etag)| *etag).collect();
        assert_eq!(completed.etag, larder_crypto::multipart_etag(etags.into_iter()));
        let again = self.world.engine.complete_upload(&bucket, &request).await.expect("the same answer again");
        assert_eq!(again, completed);
        self.model.uploads.remove(&at);
        let body: Vec<u8> = parts.values().flat_map(|(body, _)| body.iter().copied()).collect();
        let object = Object { body: body.into(), etag: completed.etag, tag: None, parts: Some(sizes) };
        self.model.add(key, completed.version, Some(object));
        self.check_get(key, None, None).await;
    }

    async fn abort(&mut self, nth: usize) {
        let bucket = self.world.bucket().await;
        let Some((key, id)) = self.pick_upload(nth) else { return };
        self.world.engine.abort_upload(&bucket, &object_key(&key), id).await.expect("aborted");
        self.model.uploads.remove(&(key.clone(), id));
        let parts = self.world.engine.list_parts(&bucket, &object_key(&key), id, 0, 10).await;
        assert!(matches!(parts, Err(Error::NoSuchUpload)));
    }

    async fn check_objects(&self, prefix: &str, delimiter: Option<&str>, marker: Option<&str>, limit: usize) {
        let expected = model::listing(&self.model.objects(), prefix, delimiter, marker);
        let bucket = self.world.bucket().await;
        let mut after = marker.map_or(ListPosition::Start, |marker| ListPosition::AfterKey(marker.to_owned()));
        for chunk in pages(&expected, limit) {
            let request =
                ListObjects { prefix: prefix.to_owned(), delimiter: delimiter.map(str::to_owned), after, limit };
            let page = self.world.engine.list_objects(&bucket, &request).await.expect("list");
            let objects = page.objects.into_iter().map(|object| {
                let VersionKind::Object(summary) = object.head.kind else { panic!("a delete marker is listed") };
                (object.key.as_str().to_owned(), (object.head.id, summary.etag))
            });
            assert_page(chunk, objects.collect(), page.common_prefixes, &request);
            assert_eq!(page.next.is_some(), chunk.last() != expected.last(), "{request:?}");
            after = page.next.unwrap_or(ListPosition::Start);
        }
    }

    async fn check_versions(&self, prefix: &str, delimiter: Option<&str>, marker: Option<&str>, limit: usize) {
        let expected = model::listing(&self.model.versions(), prefix, delimiter, marker);
        let bucket = self.world.bucket().await;
        let mut after = marker.map_or(VersionPosition::Start, |marker| VersionPosition::AfterKey(marker.to_owned()));
        for chunk in pages(&expected, limit) {
            let request =
                ListVersions { prefix: prefix.to_owned(), delimiter: delimiter.map(str::to_owned), after, limit };
            let page = self.world.engine.list_versions(&bucket, &request).await.expect("list");
            let versions = page.versions.into_iter().map(|version| {
                let is_object = version.head.kind != VersionKind::DeleteMarker;
                (version.key.as_str().to_owned(), (version.head.id, version.is_latest, is_object))
            });
            assert_page(chunk, versions.collect(), page.common_prefixes, &request);
            assert_eq!(page.next.is_some(), chunk.last() != expected.last(), "{request:?}");
            after = page.next.unwrap_or(VersionPosition::Start);
        }
    }

    async fn check_uploads(&self, prefix: &str, delimiter: Option<&str>, marker: Option<&str>, limit: usize) {
        let expected = model::listing(&self.model.upload_list(), prefix, delimiter, marker);
        let bucket = self.world.bucket().await;
        let mut after = marker.map_or(UploadPosition::Start, |marker| UploadPosition::AfterKey(marker.to_owned()));
        for chunk in pages(&expected, limit) {
            let request =
                ListUploads { prefix: prefix.to_owned(), delimiter: delimiter.map(str::to_owned), after, limit };
            let page = self.world.engine.list_uploads(&bucket, &request).await.expect("list");
            let uploads = page.uploads.into_iter().map(|upload| (upload.key.as_str().to_owned(), upload.id));
            assert_page(chunk, uploads.collect(), page.common_prefixes, &request);
            assert_eq!(page.next.is_some(), chunk.last() != expected.last(), "{request:?}");
            after = page.next.unwrap_or(UploadPosition::Start);
        }
    }

    async fn check_parts(&self) {
        let bucket = self.world.bucket().await;
        for ((key, id), upload) in &self.model.uploads {
            let page = self.world.engine.list_parts(&bucket, &object_key(key), *id, 1, 1).await.expect("list");
            let found: Vec<_> = page.parts.iter().map(|(number, part)| (number.get(), part.etag)).collect();
            let behind = upload.parts.range(2..).map(|(&number, (_, etag))| (number, *etag));
            assert_eq!(found, behind.clone().take(1).collect::<Vec<_>>());
            assert_eq!(page.more, behind.count() > 1);
        }
    }

    /// What must hold after every step.
    async fn check(&self) {
        self.check_versions("", None, None, 5).await;
        self.check_objects("", None, None, 5).await;
        self.check_parts().await;
    }
}

fn part_number(number: u16) -> PartNumber {
    PartNumber::new(number.into()).expect("a part number")
}

/// What each page shows; an empty listing has one page.
fn pages<T>(shown: &[T], limit: usize) -> impl Iterator<Item = &[T]> {
    let empty = shown.is_empty().then_some(&[][..]);
    shown.chunks(limit).chain(empty)
}

fn assert_page<T: Clone + PartialEq + std::fmt::Debug>(
    expected: &[Shown<T>],
    items: Vec<T>,
    prefixes: Vec<String>,
    request: &dyn std::fmt::Debug,
) {
    let (mut expected_items, mut expected_prefixes) = (Vec::new(), Vec::new());
    for shown in expected {
        match shown {
            Shown::Item(item) => expected_items.push(item.clone()),
            Shown::CommonPrefix(prefix) => expected_prefixes.push(prefix.clone()),
        }
    }
    assert_eq!(items, expected_items, "{request:?}");
    assert_eq!(prefixes, expected_prefixes, "{request:?}");
}

/// Takes the steps and then clears away all that is left to be.
async fn run(backend: Backend, shards: u16, steps: &[Step]) -> Run {
    let mut run = Run::start(backend, shards).await;
    for step in steps {
        run.take(step).await;
        run.check().await;
    }
    for key in KEYS {
        run.check_get(key, None, None).await;
        for id in run.model.keys.get(key).into_iter().flatten().map(|version| version.id) {
            run.check_get(key, Some(id), None).await;
        }
    }
    run.world.reclaim_all().await;
    let (blobs, contents) = run.model.footprint(INLINE_LIMIT);
    assert_eq!(run.world.count(b'N').await, blobs, "every blob has its name");
    assert_eq!(run.world.count(b'O').await, 0, "no work is left");
    assert_eq!(run.world.count(b'T').await, 0, "no completed upload is remembered any more");
    let parts: usize = run.model.uploads.values().map(|upload| upload.parts.len()).sum();
    assert_eq!(run.world.count(b'P').await, parts, "no part is left over or missing");
    if let Backend::Memory(memory) = &run.backend {
        assert_eq!(memory.blobs.sealed_count(), blobs, "no blob is left over or missing");
        assert_eq!(memory.meta.count_contents(), contents, "no content is left over or missing");
    }
    run
}

fn shards() -> impl Strategy<Value = u16> {
    prop_oneof![Just(1), Just(3)]
}

/// So many cases unless `PROPTEST_CASES` says otherwise.
fn config(cases: u32) -> ProptestConfig {
    let config = ProptestConfig { max_shrink_iters: 2_000, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() { config } else { ProptestConfig { cases, ..config } }
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn engine_matches_model(shards in shards(), steps in prop::collection::vec(step(), 1..80)) {
        runtime().block_on(run(Backend::memory(), shards, &steps));
    }
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn engine_matches_model_on_disk(shards in shards(), steps in prop::collection::vec(step(), 1..60)) {
        runtime().block_on(run(Backend::local(), shards, &steps));
    }
}

#[test]
fn the_same_seed_twice_gives_the_same_bytes() {
    let mut runner = TestRunner::deterministic();
    for shards in [1, 3] {
        let steps = prop::collection::vec(step(), 150).new_tree(&mut runner).expect("steps").current();
        let dump = || {
            let run = runtime().block_on(run(Backend::memory(), shards, &steps));
            let Backend::Memory(memory) = run.backend else { unreachable!("it was made in memory") };
            memory.meta.dump()
        };
        let (first, again) = (dump(), dump());
        assert!(!first.is_empty());
        assert!(first == again);
    }
}
