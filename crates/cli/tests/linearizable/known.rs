//! What the clients know of what they wrote and were told, across all lives of the server.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use larder_env::{Rng, SeededRng, random_u64};
use larder_linearizability::{Recorder, S3Key, Value};
use md5::{Digest, Md5};

/// Chance from a seed.
pub(crate) struct Dice(SeededRng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededRng::new(seed))
    }

    pub(crate) fn below(&self, end: u64) -> u64 {
        random_u64(&self.0) % end
    }

    pub(crate) fn index(&self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).expect("an index")
    }

    pub(crate) fn seed(&self) -> u64 {
        random_u64(&self.0)
    }
}

/// The content of a write.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    seed: u64,
    pub(crate) size: usize,
    pub(crate) etag: String,
}

impl Content {
    pub(crate) fn body(&self) -> Vec<u8> {
        noise(self.seed, self.size)
    }
}

fn noise(seed: u64, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    SeededRng::new(seed).fill(&mut bytes);
    bytes
}

/// An upload whose one part is there.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) part: String,
    pub(crate) value: Value,
}

/// The tag of an object that is put whole.
pub(crate) fn tag_of(body: &[u8]) -> String {
    format!("\"{}\"", hex::encode(Md5::digest(body)))
}

/// The tag of an object that is uploaded in one part.
pub(crate) fn tag_of_upload(body: &[u8]) -> String {
    format!("\"{}-1\"", hex::encode(Md5::digest(Md5::digest(body))))
}

#[derive(Default)]
pub(crate) struct Known {
    pub(crate) recorder: Recorder<S3Key>,
    numbers: AtomicU64,
    contents: Mutex<BTreeMap<u64, Content>>,
    versions: Mutex<BTreeMap<String, Vec<String>>>,
    uploads: Mutex<Vec<Upload>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Known {
    /// A new value with a content of its own.
    pub(crate) fn value(&self, size: usize, tag: fn(&[u8]) -> String) -> Value {
        self.value_of(None, size, tag)
    }

    /// A new value with a content that another had.
    pub(crate) fn copy_of(&self, content: &Content) -> Value {
        self.value_of(Some(content.seed), content.size, tag_of)
    }

    fn value_of(&self, seed: Option<u64>, size: usize, tag: fn(&[u8]) -> String) -> Value {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let seed = seed.unwrap_or(number);
        let etag = tag(&noise(seed, size));
        locked(&self.contents).insert(number, Content { seed, size, etag: etag.clone() });
        Value { number, etag }
    }

    pub(crate) fn content(&self, number: u64) -> Content {
        locked(&self.contents)[&number].clone()
    }

    /// One of the last contents.
    pub(crate) fn some_content(&self, dice: &Dice) -> Option<Content> {
        let contents = locked(&self.contents);
        contents.values().nth_back(dice.index(contents.len().clamp(1, 8))).cloned()
    }

    pub(crate) fn learn(&self, path: &str, version: &str) {
        let mut versions = locked(&self.versions);
        let known = versions.entry(path.to_owned()).or_default();
        if !known.iter().any(|other| other == version) {
            known.push(version.to_owned());
        }
    }

    pub(crate) fn versions(&self, path: &str) -> Vec<String> {
        locked(&self.versions).get(path).cloned().unwrap_or_default()
    }

    pub(crate) fn keep_upload(&self, upload: &Upload) {
        locked(&self.uploads).push(upload.clone());
    }

    /// One of the last uploads.
    pub(crate) fn some_upload(&self, dice: &Dice) -> Option<Upload> {
        let uploads = locked(&self.uploads);
        uploads.iter().nth_back(dice.index(uploads.len().clamp(1, 6))).cloned()
    }
}
