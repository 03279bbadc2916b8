//! Objects that go away, many with one request.

use std::sync::Arc;

use aws_sdk_s3::types::{Delete, Error as DeleteError, ObjectIdentifier};

use crate::error::{ErrorKind, RequestError};
use crate::location::BucketPath;
use crate::report::{Outcome, Step};
use crate::transfer::Transfers;

/// What S3 takes with one request.
const MOST_KEYS: usize = 1_000;

/// Keys of one bucket that wait to go away together.
#[derive(Default)]
pub(super) struct Deletes {
    bucket: String,
    keys: Vec<Key>,
}

struct Key {
    key: String,
    version: Option<String>,
    step: Step,
}

impl Deletes {
    /// Whether a key of this bucket can wait with those that do.
    pub(super) fn takes(&self, bucket: &str) -> bool {
        self.keys.is_empty() || self.bucket == bucket && self.keys.len() < MOST_KEYS
    }

    pub(super) fn add(&mut self, object: BucketPath, version: Option<String>, step: Step) {
        self.bucket = object.bucket;
        self.keys.push(Key { key: object.key, version, step });
    }

    /// All that wait.
    pub(super) fn take(&mut self) -> Option<Self> {
        (!self.keys.is_empty()).then(|| std::mem::take(self))
    }

    /// Deletes them, and says how it went with each.
    pub(super) async fn delete(self, transfers: &Arc<Transfers>) -> impl Iterator<Item = (Step, Outcome)> {
        let ask = || async {
            let identify =
                |key: &Key| ObjectIdentifier::builder().key(&key.key).set_version_id(key.version.clone()).build();
            let objects: Result<Vec<_>, _> = self.keys.iter().map(identify).collect();
            let built = objects.and_then(|objects| Delete::builder().set_objects(Some(objects)).quiet(true).build());
            let delete = built.map_err(|error| RequestError::new(ErrorKind::Other, error.to_string()))?;
            let request = transfers.target.client().delete_objects().bucket(&self.bucket).delete(delete);
            request.set_request_payer(transfers.settings.payer()).send().await.map_err(RequestError::from)
        };
        let refused = match transfers.requests.send(ask).await {
            Ok(answer) => refusals(answer.errors(), &self.keys),
            Err(error) => vec![Some(error); self.keys.len()],
        };
        let outcome = |refused: Option<RequestError>| refused.map_or(Outcome::Done { bytes: 0 }, Outcome::Failed);
        self.keys.into_iter().zip(refused).map(move |(key, refused)| (key.step, outcome(refused)))
    }
}

/// What of a batch was not deleted, in its order. An error that is about none of its keys, as it seems, may be about any.
fn refusals(errors: &[DeleteError], keys: &[Key]) -> Vec<Option<RequestError>> {
    let told = |error: &DeleteError| RequestError {
        kind: if error.code() == Some("AccessDenied") { ErrorKind::Denied } else { ErrorKind::Other },
        code: error.code().map(str::to_owned),
        message: error.message().unwrap_or_default().to_owned(),
    };
    let mut refused = vec![None; keys.len()];
    let mut of_any = None;
    for error in errors {
        // Some servers name no version with an empty text.
        let version = error.version_id().filter(|version| !version.is_empty());
        let mut is_known = false;
        for (key, refused) in keys.iter().zip(&mut refused) {
            if error.key() == Some(&key.key) && (version.is_none() || version == key.version.as_deref()) {
                *refused = Some(told(error));
                is_known = true;
            }
        }
        if !is_known {
            of_any = Some(told(error));
        }
    }
    for refusal in &mut refused {
        *refusal = refusal.take().or_else(|| of_any.clone());
    }
    refused
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Verb;

    fn errors(told: &[(&str, Option<&str>)]) -> Vec<DeleteError> {
        let error = |(key, version): &(&str, Option<&str>)| {
            DeleteError::builder().key(*key).set_version_id(version.map(str::to_owned)).code("AccessDenied").build()
        };
        told.iter().map(error).collect()
    }

    #[test]
    fn what_a_server_did_not_delete_is_found_however_it_names_it() {
        let step = || Step { id: 1, verb: Verb::Delete, source: String::new(), target: None, size: None };
        let keys = [("a", None), ("b", Some("1")), ("b", Some("2"))];
        let key = |(key, version): (&str, Option<&str>)| {
            let (key, version) = (key.to_owned(), version.map(str::to_owned));
            Key { key, version, step: step() }
        };
        let keys = keys.map(key);
        let refused = |told: &[_]| refusals(&errors(told), &keys).iter().map(Option::is_some).collect::<Vec<_>>();
        assert_eq!(refused(&[]), [false, false, false]);
        assert_eq!(refused(&[("a", None)]), [true, false, false]);
        assert_eq!(refused(&[("a", Some(""))]), [true, false, false], "MinIO names no version so");
        assert_eq!(refused(&[("b", Some("2"))]), [false, false, true]);
        assert_eq!(refused(&[("b", None)]), [false, true, true]);
        assert_eq!(refused(&[("a%20b", None)]), [true, true, true], "it may be about any");
    }
}
