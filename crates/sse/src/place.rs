//! The object that a data key belongs to.

use larder_types::{BucketName, ObjectKey};

/// Where an object is: what its sealed data key is bound to.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The bucket's id, which no later bucket of the name shares.
    pub bucket_id: u64,
    /// The bucket's name, for the encryption context that the KMS sees.
    pub bucket: &'a BucketName,
    /// The object's key.
    pub key: &'a ObjectKey,
}

/// The bytes of a place that sealing binds to: the bucket's id, the object's key and its stream.
pub(crate) struct Bound<'a> {
    bucket: [u8; 8],
    key: &'a [u8],
    stream: [u8; 16],
}

impl<'a> Bound<'a> {
    pub(crate) fn new(place: &Place<'a>, stream: [u8; 16]) -> Self {
        Self { bucket: place.bucket_id.to_be_bytes(), key: place.key.as_str().as_bytes(), stream }
    }

    /// Its parts, for a data key of the layer `layer`.
    pub(crate) fn parts(&self, layer: &'static [u8]) -> [&[u8]; 4] {
        [layer, &self.bucket, self.key, &self.stream]
    }
}

/// The only layer, or the inner one.
pub(crate) const FIRST: &[u8] = b"1";
/// The outer layer of DSSE-KMS.
pub(crate) const SECOND: &[u8] = b"2";
