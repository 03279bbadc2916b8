//! How the objects of the tests are encrypted, and what is true of encrypted ones alone.

use bytes::Bytes;
use larder_crypto::{DataKeys, FRAME_BYTES, SecretKey, TAG_BYTES};
use larder_engine::{
    BytesSource, CompletePart, CompleteUpload, CreateUpload, Encryption, Error, KmsKey, NewObject, ObjectVersion,
    Reading, RewrapCursor, ServerKey, StoredKey, UploadPart, WriteConditions,
};
use larder_store::{Commit, MetaStore, StoreError, Table};
use larder_types::{ByteRange, PartNumber};

use crate::harness::{INLINE_LIMIT, Memory, World, drain, noise, object_key, runtime, unlock};

/// An encryption in `layers` layers. The tests' keys follow from it, so that nothing has to keep them.
pub(crate) fn encryption(stream: u64, layers: u32) -> Encryption {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&stream.to_be_bytes());
    let server = ServerKey { master: layers, sealed: Vec::new() };
    let key = match layers {
        2 => StoredKey::Kms(Box::new(KmsKey {
            arn: "key".to_owned(),
            context: Vec::new(),
            ciphertext: Vec::new(),
            under_bucket_key: None,
            second: Some(server),
        })),
        _ => StoredKey::Server(server),
    };
    Encryption { stream: id, key }
}

/// The data keys of such an encryption.
pub(crate) fn keys(encryption: Option<&Encryption>) -> Option<DataKeys> {
    let encryption = encryption?;
    let two = matches!(encryption.key, StoredKey::Kms(_));
    let key = |byte: u8| {
        let bytes: Vec<u8> = encryption.stream.iter().chain(&[byte; 16]).copied().collect();
        SecretKey::from_slice(&bytes).expect("32 bytes")
    };
    Some(DataKeys { first: key(1), second: two.then(|| key(2)) })
}

/// Reads all of an object.
#[expect(clippy::unnecessary_wraps, reason = "what the engine asks for may refuse")]
pub(crate) fn whole(object: &ObjectVersion) -> Result<Reading, Error> {
    Ok(Reading { range: None, keys: keys(object.detail().encryption.as_ref()) })
}

async fn put(world: &World, key: &str, body: Bytes, encryption: &Encryption) {
    let object = NewObject { encryption: Some(encryption.clone()), ..world.put_request(key).object };
    let request = larder_engine::PutObject { object, keys: keys(Some(encryption)), ..world.put_request(key) };
    let bucket = world.bucket().await;
    world.engine.put_object(&bucket, request, &mut BytesSource::new(body)).await.expect("put");
}

async fn read(world: &World, key: &str, range: Option<ByteRange>) -> Result<Vec<u8>, Error> {
    let choose = |object: &ObjectVersion| Ok::<_, Error>(Reading { range, ..whole(object)? });
    let bucket = world.bucket().await;
    let reader = world.engine.get_object(&bucket, &object_key(key), None, choose).await?;
    drain(reader.content).await
}

/// First bytes, last bytes, and those around every border of a frame.
fn ranges(size: usize, frame: usize) -> Vec<ByteRange> {
    let size = size as u64;
    let mut points: Vec<u64> = vec![0, 1, size / 2, size.saturating_sub(1)];
    points.extend((1..=3).flat_map(|n| [n * frame as u64 - 1, n * frame as u64]));
    points.retain(|&point| point < size);
    let pairs = points.iter().flat_map(|&first| points.iter().map(move |&last| (first, last)));
    pairs.filter_map(|(first, last)| ByteRange::new(first, last)).collect()
}

#[test]
fn every_range_of_every_size_is_what_was_put() {
    runtime().block_on(async {
        let world = Memory::new().world(1).await;
        for layers in [1, 2] {
            let frame = FRAME_BYTES - layers as usize * TAG_BYTES;
            let sizes = [0, 1, INLINE_LIMIT, INLINE_LIMIT + 1, frame - 1, frame, frame + 1, 5 * frame + 9];
            for (number, size) in (0_u64..).zip(sizes) {
                let body = noise(number, size);
                put(&world, "key", body.clone(), &encryption(number, layers)).await;
                assert_eq!(read(&world, "key", None).await.expect("read"), body, "{size}");
                for range in ranges(size, frame) {
                    let (start, end) = (usize::try_from(range.start()), usize::try_from(range.end()));
                    let expected = &body[start.expect("small")..end.expect("small")];
                    let found = read(&world, "key", Some(range)).await.expect("read");
                    assert!(found == expected, "{size} bytes in {layers} layers, {range:?}");
                }
            }
        }
    });
}

#[test]
fn every_range_over_parts_is_what_was_put() {
    runtime().block_on(async {
        let world = Memory::new().world(1).await;
        let bucket = world.bucket().await;
        let parts = [noise(1, 5 * 1024 * 1024), noise(2, 5 * 1024 * 1024 + 77), noise(3, 5)];
        for layers in [1, 2] {
            let object = NewObject { encryption: Some(encryption(9, layers)), ..world.put_request("key").object };
            let key = object_key("key");
            let request = CreateUpload {
                key: key.clone(),
                object,
                checksum_algorithm: None,
                checksum_type: None,
                initiator: None,
            };
            let (upload, _) = world.engine.create_upload(&bucket, request).await.expect("an upload");
            let mut named = Vec::new();
            for (number, body) in (1..).zip(&parts) {
                let number = PartNumber::new(number).expect("a number");
                let request = UploadPart { key: key.clone(), upload, number, checksum: None };
                // Uploaded twice: the second upload meets other nonces' keys, and is what counts.
                for body in [noise(99, 5 * 1024 * 1024), body.clone()] {
                    let mut source = BytesSource::new(body);
                    let part = world.engine.upload_part(&bucket, &request, &mut source, unlock).await.expect("a part");
                    named.push(CompletePart { number, etag: Some(part.etag), checksum: None });
                }
                named.remove(named.len() - 2);
            }
            let conditions = WriteConditions::default();
            let request = CompleteUpload {
                key,
                upload,
                parts: named,
                checksum: None,
                checksum_type: None,
                size: None,
                conditions,
            };
            world.engine.complete_upload(&bucket, &request).await.expect("completed");
            let body = parts.concat();
            assert_eq!(read(&world, "key", None).await.expect("read"), body, "{layers} layers");
            let border = parts[0].len() as u64;
            for (first, last) in [
                (border - 1, border),
                (border - 70_000, border + 70_000),
                (body.len() as u64 - 6, body.len() as u64 - 1),
            ] {
                let expected = &body[usize::try_from(first).expect("small")..=usize::try_from(last).expect("small")];
                let found = read(&world, "key", ByteRange::new(first, last)).await.expect("read");
                assert!(found == expected, "{first} to {last} in {layers} layers");
            }
        }
    });
}

#[test]
fn no_wrong_byte_is_given_whichever_byte_is_changed() {
    runtime().block_on(async {
        let memory = Memory::new();
        let world = memory.world(1).await;
        put(&world, "key", noise(4, 40), &encryption(4, 1)).await;
        // Whoever writes to the store past every checksum of its own.
        let stored = memory.meta.dump();
        let contents: Vec<_> = stored.iter().filter(|((_, table, _), _)| *table == Table::Contents).collect();
        let [((partition, _, key), sealed)] = contents[..] else { panic!("one content") };
        for at in 0..sealed.len() {
            for changed in [sealed[at] ^ 1, sealed[at] ^ 0x80] {
                let mut bytes = sealed.to_vec();
                bytes[at] = changed;
                let mut commit = Commit::new();
                commit.put(Table::Contents, key.clone(), bytes);
                memory.meta.commit(*partition, commit).await.expect("written");
                let found = read(&world, "key", None).await;
                assert!(matches!(found, Err(Error::Damaged { .. })), "byte {at}: {found:?}");
            }
        }
    });
}

/// The cipher finds it, and the store is asked what it knows of it.
#[test]
fn a_damaged_blob_is_told_by_the_store_that_has_it() {
    runtime().block_on(async {
        let memory = Memory::new();
        let world = memory.world(1).await;
        put(&world, "key", noise(6, 3 * FRAME_BYTES), &encryption(6, 1)).await;
        let blobs: Vec<_> = memory.blobs.dump().into_keys().collect();
        let [blob] = blobs[..] else { panic!("one blob") };
        memory.blobs.damage(blob);
        let found = read(&world, "key", None).await;
        let Err(Error::Store(StoreError::Corrupt { what })) = found else { panic!("{found:?}") };
        assert!(what.contains(&blob.id.to_string()), "{what}");
        let behind = read(&world, "key", ByteRange::new(FRAME_BYTES as u64, FRAME_BYTES as u64 + 9)).await;
        assert_eq!(
            behind.expect("frames that are not damaged"),
            noise(6, 3 * FRAME_BYTES)[FRAME_BYTES..FRAME_BYTES + 10]
        );
    });
}

#[test]
fn an_object_does_not_open_without_its_keys() {
    runtime().block_on(async {
        let world = Memory::new().world(1).await;
        put(&world, "key", noise(5, 500), &encryption(5, 1)).await;
        let bucket = world.bucket().await;
        let without = |_: &ObjectVersion| Ok::<_, Error>(Reading::default());
        let opened = world.engine.get_object(&bucket, &object_key("key"), None, without).await;
        assert!(matches!(opened.err(), Some(Error::Damaged { .. })));
        let others = |_: &ObjectVersion| Ok::<_, Error>(Reading { range: None, keys: keys(Some(&encryption(6, 1))) });
        let opened = world.engine.get_object(&bucket, &object_key("key"), None, others).await.expect("opened");
        assert!(matches!(drain(opened.content).await, Err(Error::Damaged { .. })));
    });
}

#[test]
fn data_keys_are_stored_anew_wherever_they_are() {
    runtime().block_on(async {
        let world = Memory::new().world(3).await;
        world.enable_versioning().await;
        let bucket = world.bucket().await;
        for (number, key) in (0_u64..).zip(["a", "a", "b", "a", "c"]) {
            put(&world, key, noise(number, 100), &encryption(number, 1)).await;
        }
        world.delete("b", None).await;
        let upload = CreateUpload {
            key: object_key("d"),
            object: NewObject { encryption: Some(encryption(9, 1)), ..world.put_request("d").object },
            checksum_algorithm: None,
            checksum_type: None,
            initiator: None,
        };
        let (upload, _) = world.engine.create_upload(&bucket, upload).await.expect("an upload");

        let marked = |encryption: &Encryption| {
            let StoredKey::Server(key) = &encryption.key else { panic!("not a test's key") };
            !key.sealed.is_empty()
        };
        let mark = |_: &larder_engine::Bucket, _: &larder_types::ObjectKey, old: &Encryption| {
            let key = StoredKey::Server(ServerKey { master: 1, sealed: vec![7] });
            (!marked(old)).then_some(Encryption { key, ..old.clone() })
        };
        for expected in [6, 0] {
            let (mut cursor, mut changed) = (RewrapCursor::default(), 0);
            loop {
                let step = world.engine.rewrap(cursor, mark).await.expect("a step");
                assert_eq!(step.missed, 0);
                changed += step.changed;
                match step.next {
                    Some(next) => cursor = next,
                    None => break,
                }
            }
            assert_eq!(changed, expected, "five versions and an upload, once");
        }
        let listed = world.engine.upload(&bucket, &object_key("d"), upload).await.expect("there");
        assert!(listed.encryption.as_ref().is_some_and(marked));
        assert_eq!(read(&world, "a", None).await.expect("read"), noise(3, 100));
        assert_eq!(read(&world, "c", None).await.expect("read"), noise(4, 100));
    });
}
