//! What a transfer was of, so that `mv` takes away that and nothing else.

use std::fs;
use std::path::Path;

use aws_sdk_s3::operation::delete_object::builders::DeleteObjectFluentBuilder;

use super::{CustomerKey, Identity, Transfers, blocking, source};
use crate::error::{ErrorKind, RequestError};
use crate::location::BucketPath;

/// What came of a transfer.
#[derive(Clone, Debug)]
pub struct Carried {
    /// Bytes that travelled; fewer than the size after a resume.
    pub bytes: u64,
    /// What was read.
    pub origin: Origin,
}

/// A file or an object in the state in which it was read.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A file.
    File(Identity),
    /// An object.
    Object {
        /// The version that was asked for.
        version: Option<String>,
        /// With its quotes.
        etag: Option<String>,
    },
}

impl Origin {
    pub(crate) fn object(version: Option<&str>, etag: Option<String>) -> Self {
        Self::Object { version: version.map(str::to_owned), etag }
    }
}

impl Transfers {
    /// Deletes a file of which this state was read.
    ///
    /// # Errors
    /// [`ErrorKind::Changed`] when it is another one now; it stays then. The file system's.
    pub async fn remove_file(&self, path: &Path, read: Identity) -> Result<(), RequestError> {
        let path = path.to_owned();
        blocking(move || {
            let failed = |error: std::io::Error| RequestError::local("cannot delete", &error);
            if source::Identity::of(&fs::metadata(&path).map_err(failed)?) != read {
                return Err(RequestError::new(ErrorKind::Changed, "the file changed after it was read"));
            }
            fs::remove_file(&path).map_err(failed)
        })
        .await
    }

    /// Deletes the version of an object that was read or, where none was asked for, the current one if it is still what was read.
    /// `key` is the caller's own, for objects under SSE-C.
    ///
    /// # Errors
    /// [`ErrorKind::Changed`] when it is another one now; it stays then. The server's.
    pub async fn remove_object(
        &self,
        object: &BucketPath,
        version: Option<&str>,
        etag: Option<&str>,
        key: Option<&CustomerKey>,
    ) -> Result<(), RequestError> {
        let request = || {
            let request = self.source.client().delete_object().bucket(&object.bucket).key(&object.key);
            request.set_version_id(version.map(str::to_owned)).set_request_payer(self.settings.payer())
        };
        // A version never changes.
        let Some(etag) = etag.filter(|_| version.is_none()) else { return self.delete(request).await };
        match self.delete(|| request().if_match(etag)).await {
            // A server that knows no conditions here may ignore this one, or refuse it.
            Err(error) if error.kind == ErrorKind::Other => {
                self.is_still(object, etag, key).await?;
                self.delete(request).await
            }
            other => other,
        }
    }

    async fn delete(&self, request: impl Fn() -> DeleteObjectFluentBuilder) -> Result<(), RequestError> {
        let send = || async { request().send().await.map_err(RequestError::from) };
        match self.requests.send(send).await {
            // A try before this one did it, or somebody else.
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            other => other.map(drop),
        }
    }

    /// Fails when the object is another one.
    async fn is_still(&self, object: &BucketPath, etag: &str, key: Option<&CustomerKey>) -> Result<(), RequestError> {
        let now = self.facts(&self.source, object, None, key).await?;
        if now.etag.as_deref() == Some(etag) {
            return Ok(());
        }
        Err(RequestError::new(ErrorKind::Changed, "the object changed after it was read"))
    }
}
