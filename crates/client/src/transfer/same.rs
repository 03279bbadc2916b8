//! `--checksum`: whether two things of the same size have the same content.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::facts::Asked;
use super::{Seal, Transfers, blocking};
use crate::error::RequestError;
use crate::location::BucketPath;

impl Transfers {
    /// Whether a file has the content of the object at the end that is a bucket. `None` when the server has nothing to
    /// tell it by.
    ///
    /// # Errors
    /// The file's or the server's.
    pub async fn file_is_same(
        &self,
        file: &Path,
        object: &BucketPath,
        object_is_source: bool,
    ) -> Result<Option<bool>, RequestError> {
        let asked = if object_is_source {
            self.asked(object, None, false)
        } else {
            Asked { connection: &self.target, object, version: None, key: self.settings.customer_key.as_ref() }
        };
        let seal = self.sealed_facts(asked).await?.seal;
        if !seal.is_some() {
            return Ok(None);
        }
        let path = file.to_owned();
        blocking(move || check_file(&path, &seal)).await.map(Some)
    }

    /// Whether two objects have the same content: by checksums of one kind, else by entity tags. `None` when neither tells.
    ///
    /// # Errors
    /// Either server's.
    pub async fn objects_are_same(
        &self,
        source: &BucketPath,
        target: &BucketPath,
    ) -> Result<Option<bool>, RequestError> {
        let here = self.facts(&self.source, source, None, self.settings.source_key(true)).await?;
        let there = self.facts(&self.target, target, None, self.settings.customer_key.as_ref()).await?;
        let told = match (&here.seal, &there.seal) {
            (Seal::Whole(one), Seal::Whole(other)) if one.algorithm() == other.algorithm() => Some(one == other),
            (Seal::Md5(one), Seal::Md5(other)) => Some(one == other),
            // The same parts have the same checksum; other parts may be the same content.
            (Seal::Parts { .. }, Seal::Parts { .. }) if here.seal == there.seal => Some(true),
            _ if here.etag.is_some() && here.etag == there.etag => Some(true),
            _ => None,
        };
        Ok(told)
    }
}

fn check_file(path: &Path, seal: &Seal) -> Result<bool, RequestError> {
    let failed = |error: &std::io::Error| RequestError::local("cannot read", error);
    let mut file = File::open(path).map_err(|error| failed(&error))?;
    let mut check = seal.check();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(check.finish()),
            Ok(length) => check.update(&buffer[..length]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(&error)),
        }
    }
}
