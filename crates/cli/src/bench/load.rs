//! Requests side by side until time is up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use bytes::Bytes;
use larder_client::connect::Connection;
use larder_client::error::{ErrorKind, RequestError};
use larder_client::location::BucketPath;
use larder_client::requests::Requests;
use larder_env::random_u64;
use tokio::task::JoinSet;

use super::Operation;
use super::histogram::Histogram;
use crate::s3::session::World;

/// Objects that reads need when nothing was put before.
const PREPARED: u64 = 1_000;

/// What one row found.
#[derive(Default)]
pub(super) struct Row {
    pub(super) latencies: Histogram,
    pub(super) done: u64,
    pub(super) bytes: u64,
    pub(super) took: Duration,
    /// By code or kind.
    pub(super) errors: BTreeMap<String, u64>,
}

impl Row {
    pub(super) fn failed(&self) -> u64 {
        self.errors.values().sum()
    }
}

/// The objects of one size, and the server that has them.
pub(super) struct Load {
    connection: Connection,
    world: World,
    place: BucketPath,
    body: Bytes,
    most: u64,
    concurrency: usize,
    stopped: Arc<AtomicBool>,
    /// Objects are numbered; these have been put, and these deleted.
    put: AtomicU64,
    deleted: AtomicU64,
}

impl Load {
    pub(super) fn new(
        connection: Connection,
        world: World,
        place: BucketPath,
        body: Bytes,
        (most, concurrency): (u64, usize),
        stopped: Arc<AtomicBool>,
    ) -> Self {
        let (put, deleted) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { connection, world, place, body, most, concurrency: concurrency.max(1), stopped, put, deleted }
    }

    /// Spread over folders, as keys are.
    fn key(&self, number: u64) -> String {
        format!("{}{:02}/{number:09}", self.place.key, number % 64)
    }

    /// Puts what reads need.
    pub(super) async fn prepare(self: &Arc<Self>) -> Result<(), RequestError> {
        let mut tasks = JoinSet::new();
        for _ in 0..self.concurrency {
            let load = Arc::clone(self);
            tasks.spawn(async move {
                while load.put.load(Ordering::Relaxed) < PREPARED.min(load.most) {
                    load.put_next().await?;
                }
                Ok(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap_or_else(|error| Err(RequestError::new(ErrorKind::Other, error.to_string())))?;
        }
        Ok(())
    }

    /// Keeps requests under way for so long, or until there is nothing left to do.
    pub(super) async fn run(self: &Arc<Self>, operation: Operation, lasting: Duration) -> Row {
        let began = self.world.clock.elapsed();
        let mut tasks = JoinSet::new();
        for _ in 0..self.concurrency {
            let load = Arc::clone(self);
            tasks.spawn(async move { load.worker(operation, began + lasting).await });
        }
        let mut row = Row::default();
        while let Some(done) = tasks.join_next().await {
            // A worker that panicked has told so already; what it counted is lost.
            let Ok(one) = done else { continue };
            row.latencies.merge(&one.latencies);
            row.done += one.done;
            row.bytes += one.bytes;
            one.errors.into_iter().for_each(|(code, count)| *row.errors.entry(code).or_default() += count);
        }
        row.took = self.world.clock.elapsed() - began;
        row
    }

    async fn worker(&self, operation: Operation, until: Duration) -> Row {
        let mut row = Row::default();
        let mut token: Option<String> = None;
        while !self.stopped.load(Ordering::Relaxed) {
            let before = self.world.clock.elapsed();
            if before >= until {
                break;
            }
            let outcome = match operation {
                Operation::Put if self.put.load(Ordering::Relaxed) >= self.most => break,
                Operation::Put => self.put_next().await,
                Operation::Get => self.get_any(0).await,
                Operation::Mixed => self.mixed().await,
                Operation::List => self.list(&mut token).await,
                Operation::Delete => match self.delete_next().await {
                    Some(outcome) => outcome,
                    None => break,
                },
            };
            match outcome {
                Ok(bytes) => {
                    row.latencies.add(self.world.clock.elapsed() - before);
                    row.done += 1;
                    row.bytes += bytes;
                }
                Err(error) => {
                    let code = error.code.clone().unwrap_or_else(|| format!("{:?}", error.kind));
                    *row.errors.entry(code).or_default() += 1;
                    // A server that refuses at once is not to be asked as fast as it can refuse.
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
        row
    }

    async fn put_next(&self) -> Result<u64, RequestError> {
        let key = self.key(self.put.fetch_add(1, Ordering::Relaxed));
        let request = self.connection.client().put_object().bucket(&self.place.bucket).key(key);
        let request = request.body(self.body.clone().into()).customize();
        let request = if self.connection.body_is_safe() { request.disable_payload_signing() } else { request };
        request.send().await.map_err(RequestError::from)?;
        Ok(self.body.len() as u64)
    }

    /// Any of those that are there: the newest, as many as are `under_way`, may not be yet.
    fn any(&self, under_way: usize) -> u64 {
        let (from, to) = (self.deleted.load(Ordering::Relaxed), self.put.load(Ordering::Relaxed));
        let settled = to.saturating_sub(from).saturating_sub(under_way as u64).max(1);
        from + random_u64(&*self.world.rng) % settled
    }

    async fn get_any(&self, under_way: usize) -> Result<u64, RequestError> {
        let key = self.key(self.any(under_way));
        let request = self.connection.client().get_object().bucket(&self.place.bucket).key(key);
        let mut body = request.send().await.map_err(RequestError::from)?.body;
        let mut bytes = 0;
        while let Some(chunk) = body.next().await {
            let broken = |error: &dyn std::fmt::Display| RequestError::new(ErrorKind::Unavailable, error.to_string());
            bytes += chunk.map_err(|error| broken(&error))?.len() as u64;
        }
        Ok(bytes)
    }

    async fn mixed(&self) -> Result<u64, RequestError> {
        let writes = self.put.load(Ordering::Relaxed) < self.most && random_u64(&*self.world.rng) % 10 < 3;
        if writes { self.put_next().await } else { self.get_any(self.concurrency).await }
    }

    /// Walks through all pages, and again.
    async fn list(&self, token: &mut Option<String>) -> Result<u64, RequestError> {
        let request = self.connection.client().list_objects_v2().bucket(&self.place.bucket).prefix(&self.place.key);
        let answer = request.set_continuation_token(token.take()).send().await.map_err(RequestError::from)?;
        *token = answer.next_continuation_token;
        Ok(0)
    }

    /// `None` when none is left.
    async fn delete_next(&self) -> Option<Result<u64, RequestError>> {
        let number = self.deleted.fetch_add(1, Ordering::Relaxed);
        if number >= self.put.load(Ordering::Relaxed) {
            return None;
        }
        let request = self.connection.client().delete_object().bucket(&self.place.bucket).key(self.key(number));
        Some(request.send().await.map(|_| 0).map_err(RequestError::from))
    }
}

/// Deletes up to a thousand keys.
pub(super) async fn delete_many(
    connection: &Connection,
    requests: &Requests,
    bucket: &str,
    keys: &[String],
) -> Result<(), RequestError> {
    let delete = || async {
        let objects: Result<Vec<_>, _> = keys.iter().map(|key| ObjectIdentifier::builder().key(key).build()).collect();
        let built = objects.and_then(|objects| Delete::builder().set_objects(Some(objects)).quiet(true).build());
        let delete = built.map_err(|error| RequestError::new(ErrorKind::Other, error.to_string()))?;
        connection.client().delete_objects().bucket(bucket).delete(delete).send().await.map_err(RequestError::from)
    };
    requests.send(delete).await.map(drop)
}
