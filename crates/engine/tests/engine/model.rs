//! What a bucket is, in maps and vectors: slow, plain, and right by being short.

use std::collections::BTreeMap;

use bytes::Bytes;
use larder_config::versioning::VersioningStatus;
use larder_types::{ETag, UploadId, VersionId};

/// One version of a key.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) id: VersionId,
    /// `None` for a delete marker.
    pub(crate) object: Option<Object>,
}

#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) body: Bytes,
    pub(crate) etag: ETag,
    pub(crate) tag: Option<String>,
    /// Sizes of its parts, for one that was uploaded in parts.
    pub(crate) parts: Option<Vec<usize>>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Upload {
    pub(crate) parts: BTreeMap<u16, (Bytes, ETag)>,
}

/// A bucket.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bucket {
    pub(crate) versioning: VersioningStatus,
    /// Each key's versions, oldest first; never none.
    pub(crate) keys: BTreeMap<String, Vec<Version>>,
    pub(crate) uploads: BTreeMap<(String, UploadId), Upload>,
}

/// What a read of a version gives.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    Object(&'a Object),
    DeleteMarker,
    NoSuchKey,
    NoSuchVersion,
}

/// What a listing shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shown<T> {
    Item(T),
    CommonPrefix(String),
}

impl Bucket {
    /// Adds a new newest version, which has this id.
    pub(crate) fn add(&mut self, key: &str, id: VersionId, object: Option<Object>) {
        let expects_null = self.versioning != VersioningStatus::Enabled;
        assert_eq!(id == VersionId::Null, expects_null, "the versioning state decides on the kind of id");
        let versions = self.keys.entry(key.to_owned()).or_default();
        if expects_null {
            versions.retain(|version| version.id != VersionId::Null);
        }
        versions.push(Version { id, object });
    }

    pub(crate) fn find(&self, key: &str, id: Option<VersionId>) -> Found<'_> {
        let versions = self.keys.get(key).map_or(&[][..], Vec::as_slice);
        let found = match id {
            None => versions.last(),
            Some(id) => versions.iter().find(|version| version.id == id),
        };
        match found {
            Some(Version { object: Some(object), .. }) => Found::Object(object),
            Some(_) => Found::DeleteMarker,
            None if id.is_some() => Found::NoSuchVersion,
            None => Found::NoSuchKey,
        }
    }

    pub(crate) fn find_mut(&mut self, key: &str, id: Option<VersionId>) -> Option<&mut Object> {
        let versions = self.keys.get_mut(key)?;
        let found = match id {
            None => versions.last_mut(),
            Some(id) => versions.iter_mut().find(|version| version.id == id),
        };
        found?.object.as_mut()
    }

    /// Takes a version away; gives it when it was there.
    pub(crate) fn remove(&mut self, key: &str, id: VersionId) -> Option<Version> {
        let versions = self.keys.get_mut(key)?;
        let at = versions.iter().position(|version| version.id == id)?;
        let removed = versions.remove(at);
        if versions.is_empty() {
            self.keys.remove(key);
        }
        Some(removed)
    }

    /// Key and tag of each current object.
    pub(crate) fn objects(&self) -> Vec<(String, (VersionId, ETag))> {
        let newest = self.keys.iter().filter_map(|(key, versions)| Some((key, versions.last()?)));
        newest.filter_map(|(key, version)| Some((key.clone(), (version.id, version.object.as_ref()?.etag)))).collect()
    }

    /// Key, id, whether it is the newest, and whether it is an object, of each version.
    pub(crate) fn versions(&self) -> Vec<(String, (VersionId, bool, bool))> {
        let mut all = Vec::new();
        for (key, versions) in &self.keys {
            for (age, version) in versions.iter().rev().enumerate() {
                all.push((key.clone(), (version.id, age == 0, version.object.is_some())));
            }
        }
        all
    }

    pub(crate) fn upload_list(&self) -> Vec<(String, UploadId)> {
        self.uploads.keys().cloned().collect()
    }

    /// How many blobs and how many entries of the contents table there are when nothing is left to reclaim.
    pub(crate) fn footprint(&self, inline_limit: usize) -> (usize, usize) {
        let (mut blobs, mut contents) = (0, 0);
        let mut count = |size: usize| match size {
            0 => {}
            size if size <= inline_limit => contents += 1,
            _ => blobs += 1,
        };
        let mut manifests = 0;
        for object in self.keys.values().flatten().filter_map(|version| version.object.as_ref()) {
            match &object.parts {
                None => count(object.body.len()),
                Some(parts) => {
                    manifests += 1;
                    parts.iter().copied().for_each(&mut count);
                }
            }
        }
        for (body, _) in self.uploads.values().flat_map(|upload| upload.parts.values()) {
            count(body.len());
        }
        (blobs, contents + manifests)
    }
}

/// The common prefix of a key.
pub(crate) fn common_prefix(key: &str, prefix: &str, delimiter: Option<&str>) -> Option<String> {
    let (before, _) = key.strip_prefix(prefix)?.split_once(delimiter?)?;
    Some(format!("{prefix}{before}{}", delimiter?))
}

/// What a listing of `items` shows behind a marker, all pages together.
pub(crate) fn listing<T: Clone>(
    items: &[(String, T)],
    prefix: &str,
    delimiter: Option<&str>,
    marker: Option<&str>,
) -> Vec<Shown<(String, T)>> {
    let mut shown = Vec::new();
    let mut last_prefix = None;
    for (key, item) in items.iter().filter(|(key, _)| key.starts_with(prefix)) {
        if marker.is_some_and(|marker| key.as_str() <= marker) {
            continue;
        }
        match common_prefix(key, prefix, delimiter) {
            Some(rolled_up) if marker.is_some_and(|marker| marker.starts_with(&rolled_up)) => {}
            Some(rolled_up) if last_prefix.as_ref() == Some(&rolled_up) => {}
            Some(rolled_up) => {
                shown.push(Shown::CommonPrefix(rolled_up.clone()));
                last_prefix = Some(rolled_up);
            }
            None => shown.push(Shown::Item((key.clone(), item.clone()))),
        }
    }
    shown
}
