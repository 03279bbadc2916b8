//! Opens a directory after a power cut and compares what is served with what was acknowledged.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use larder_engine::{Error, ListUploads, ListVersions, UploadPosition, VersionKind, VersionPosition};
use larder_types::{UploadId, VersionId};

use crate::model::{State, Told, Version};
use crate::world::{INLINE_LIMIT, In, World, body};

/// A version: its id, and the bytes of an object.
type FoundVersion = (VersionId, Option<Bytes>);

/// What is found of one task's keys.
#[derive(Debug, Default)]
struct Found {
    /// The versions of a key, oldest first.
    keys: BTreeMap<(In, String), Vec<FoundVersion>>,
    /// Of each upload the numbers of its parts and how long they are.
    uploads: BTreeMap<(In, String, UploadId), BTreeMap<u16, usize>>,
}

fn task_of(key: &str) -> Option<usize> {
    key.strip_prefix('t')?.split('/').next()?.parse().ok()
}

/// Reads all that is there.
async fn look(world: &World, tasks: usize) -> Result<Vec<Found>, Error> {
    let mut found: Vec<Found> = (0..tasks).map(|_| Found::default()).collect();
    for which in In::BOTH {
        let bucket = world.bucket(which).await?;
        let all =
            ListVersions { prefix: String::new(), delimiter: None, after: VersionPosition::Start, limit: 100_000 };
        for listed in world.engine.list_versions(&bucket, &all).await?.versions {
            let key = listed.key.as_str().to_owned();
            let Some(task) = task_of(&key) else { continue };
            let body = match listed.head.kind {
                VersionKind::DeleteMarker => None,
                VersionKind::Object(_) => Some(world.read(which, &key, Some(listed.head.id)).await?),
            };
            // Listed with the newest first.
            found[task].keys.entry((which, key)).or_default().insert(0, (listed.head.id, body));
        }
        let all = ListUploads { prefix: String::new(), delimiter: None, after: UploadPosition::Start, limit: 100_000 };
        for listed in world.engine.list_uploads(&bucket, &all).await?.uploads {
            let parts = world.engine.list_parts(&bucket, &listed.key, listed.id, 0, 10_000).await?.parts;
            let sizes = parts.iter().map(|(number, part)| (number.get(), usize::try_from(part.size).expect("small")));
            let key = listed.key.as_str().to_owned();
            let Some(task) = task_of(&key) else { continue };
            found[task].uploads.insert((which, key, listed.id), sizes.collect());
        }
    }
    Ok(found)
}

fn version_differs(expected: &Version, (id, body): &FoundVersion) -> Option<String> {
    if expected.id.is_some_and(|expected| expected != *id) {
        return Some(format!("its id is {id} and not {:?}", expected.id));
    }
    let length = |body: &Option<Bytes>| body.as_ref().map(Bytes::len);
    (expected.body != *body)
        .then(|| format!("{:?} bytes were put, {:?} are read", length(&expected.body), length(body)))
}

/// In what a state differs from what is found.
fn difference(expected: &State, found: &Found) -> Option<String> {
    for (at, versions) in &expected.keys {
        let none = Vec::new();
        let there = found.keys.get(at).unwrap_or(&none);
        if versions.len() != there.len() {
            return Some(format!("{at:?} has {} versions instead of {}", there.len(), versions.len()));
        }
        let mut pairs = versions.iter().zip(there);
        if let Some(what) = pairs.find_map(|(expected, found)| version_differs(expected, found)) {
            return Some(format!("{at:?}: {what}"));
        }
    }
    if let Some(at) = found.keys.keys().find(|at| !expected.keys.contains_key(at)) {
        return Some(format!("{at:?} is there"));
    }
    let mut left: BTreeMap<_, _> = found.uploads.iter().collect();
    // Those with ids first: the one without may be any that is left.
    let mut uploads: Vec<_> = expected.uploads.values().collect();
    uploads.sort_by_key(|upload| upload.id.is_none());
    for upload in uploads {
        let sizes: BTreeMap<u16, usize> = upload.parts.iter().map(|(number, part)| (*number, part.len())).collect();
        let is_it = |(which, key, id): &(In, String, UploadId)| {
            *which == upload.which && *key == upload.key && upload.id.is_none_or(|expected| expected == *id)
        };
        let at = left.keys().copied().find(|at| is_it(at)).cloned();
        match at.and_then(|at| left.remove(&at)) {
            None => return Some(format!("upload {:?} of {} is not there", upload.id, upload.key)),
            Some(found) if *found != sizes => {
                return Some(format!("upload {:?} of {} has parts {found:?} and not {sizes:?}", upload.id, upload.key));
            }
            Some(_) => {}
        }
    }
    left.keys().next().map(|at| format!("upload {at:?} is there"))
}

/// Finds for each task which of the states that are allowed it is in.
pub(crate) async fn compare(world: &World, told: &[Told]) -> Result<Vec<State>, String> {
    let found = look(world, told.len()).await.map_err(|error| format!("what is listed cannot be read: {error:?}"))?;
    let mut states = Vec::new();
    for (task, (told, found)) in told.iter().zip(&found).enumerate() {
        let mut differences = Vec::new();
        let mut is_it = |state: &State| match difference(state, found) {
            None => true,
            Some(what) => {
                differences.push(what);
                false
            }
        };
        match told.allowed().into_iter().find(|state| is_it(state)) {
            Some(state) => states.push(state),
            None => return Err(format!("task {task}, {:?} open: {}", told.open, differences.join("; or "))),
        }
    }
    Ok(states)
}

/// How many blobs there are when nothing is left over.
fn blobs(states: &[State]) -> usize {
    let versions = states.iter().flat_map(|state| state.keys.values().flatten());
    let parts = states.iter().flat_map(|state| state.uploads.values().flat_map(|upload| upload.parts.values()));
    let sizes = versions.flat_map(|version| version.parts.iter().copied()).chain(parts.map(Bytes::len));
    sizes.filter(|size| *size > INLINE_LIMIT).count()
}

fn count_files(directory: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(directory) else { return 0 };
    let count = |path: &Path| if path.is_dir() { count_files(path) } else { 1 };
    entries.map(|entry| count(&entry.expect("listed").path())).sum()
}

/// Completes each upload with its last part alone, which shows that the part has its bytes.
async fn complete_uploads(world: &World, states: &[State]) -> Result<(), String> {
    for upload in states.iter().flat_map(|state| state.uploads.values()) {
        let (Some(id), Some((number, body))) = (upload.id, upload.parts.last_key_value()) else { continue };
        let at = (upload.which, upload.key.as_str(), id);
        let failed = |error: Error| format!("upload {id:?} of {}: {error:?}", upload.key);
        let version = world.complete(at, &[*number]).await.map_err(failed)?;
        let found = world.read(upload.which, &upload.key, Some(version)).await.map_err(failed)?;
        if found != *body {
            return Err(format!("upload {id:?} of {} has other bytes in part {number}", upload.key));
        }
    }
    Ok(())
}

/// Everything acknowledged is there and whole, nothing else is, nothing is left over, and the store serves on.
pub(crate) async fn verify(directory: &Path, generation: u64, told: Option<&[Told]>) -> Result<(), String> {
    let world = World::open(directory, generation).await.map_err(|error| format!("does not open: {error:?}"))?;
    let states = match told {
        Some(told) => compare(&world, told).await?,
        None => Vec::new(),
    };
    let failed = |error: Error| format!("does not go on: {error:?}");
    if told.is_none() {
        world.create_buckets().await.map_err(failed)?;
    }
    world.reclaim_all().await.map_err(failed)?;
    let (found, expected) = (count_files(&directory.join("blobs")), blobs(&states));
    if found != expected {
        return Err(format!("{found} blobs are on the disk, {expected} are named"));
    }
    if count_files(&directory.join("staging")) != 0 {
        return Err("something is left in staging".to_owned());
    }
    complete_uploads(&world, &states).await?;
    for (number, length) in [(1, 100), (2, INLINE_LIMIT + 1)] {
        let key = format!("after{number}");
        world.put(In::Plain, &key, body(number, length)).await.map_err(failed)?;
        if world.read(In::Plain, &key, None).await.map_err(failed)? != body(number, length) {
            return Err(format!("{key} has other bytes"));
        }
    }
    world.store.close().await;
    Ok(())
}
