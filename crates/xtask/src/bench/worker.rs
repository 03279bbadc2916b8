//! One client of many: its connection, the objects it has put, and how it does each operation once.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::ahead::Ahead;
use super::bodies::{Bodies, mix};
use super::client::{Account, Call, Client, Connected};

/// Keys that `DeleteObjects` takes at most, and that a page of a listing holds.
pub(super) const PAGE: u64 = 1_000;
/// Bytes of a body that are always compared.
const BEGINNING: u64 = 64 << 10;
/// Key prefixes that objects are spread over.
const PREFIXES: u64 = 64;
/// What AWS leaves bare in a query.
pub(super) const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Operation {
    Put,
    Get,
    Head,
    List,
    Delete,
}

impl Operation {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Put => "PUT",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::List => "LIST",
            Self::Delete => "DELETE",
        }
    }
}

/// What one request moved.
pub(super) struct Sample {
    pub(super) took: Duration,
    /// Bytes of content.
    pub(super) bytes: u64,
    /// Objects listed or deleted.
    pub(super) objects: u64,
}

pub(super) struct Worker {
    pub(super) client: Client,
    number: u64,
    bucket: String,
    size: u64,
    bodies: Arc<Bodies>,
    /// Objects that this worker may put.
    limit: u64,
    put: u64,
    deleted: u64,
    /// Requests so far that took a random object.
    drawn: u64,
    got: u64,
    token: Option<String>,
    ahead: Option<Ahead>,
    /// Of so many GETs one is compared to its end, the others only over their [`BEGINNING`].
    pub(super) compared: u64,
}

impl Connected for Worker {
    fn client(&mut self) -> &mut Client {
        &mut self.client
    }
}

impl Worker {
    pub(super) fn new(
        account: &Account,
        number: u64,
        bucket: &str,
        size: u64,
        limit: u64,
        bodies: Arc<Bodies>,
    ) -> Self {
        let client = Client::new(account);
        let bucket = bucket.to_owned();
        Self {
            client,
            number,
            bucket,
            size,
            bodies,
            limit,
            put: 0,
            deleted: 0,
            drawn: 0,
            token: None,
            ahead: None,
            compared: 1,
            got: 0,
        }
    }

    /// Objects put and not deleted.
    pub(super) fn objects(&self) -> u64 {
        self.put - self.deleted
    }

    /// Names an object among those of all workers.
    fn object(&self, index: u64) -> u64 {
        self.number << 40 | index
    }

    fn key(&self, index: u64) -> String {
        let object = self.object(index);
        format!("{:02x}/{object:016x}", mix(object) % PREFIXES)
    }

    /// Those of the objects that were put and not deleted.
    pub(super) fn keys(&self) -> impl Iterator<Item = String> {
        (self.deleted..self.put).map(|index| self.key(index))
    }

    pub(super) fn bucket(&self) -> &str {
        &self.bucket
    }

    fn path(&self, index: u64) -> String {
        format!("/{}/{}", self.bucket, self.key(index))
    }

    /// Does an operation once; `None` when there is nothing left to do it to.
    pub(super) fn step(&mut self, operation: Operation) -> Result<Option<Sample>> {
        match operation {
            Operation::Put => self.put(),
            Operation::Get => self.get(),
            Operation::Head => self.head(),
            Operation::List => self.list(),
            Operation::Delete => self.delete(),
        }
    }

    /// Signs the next requests now: `count` that put new objects, or that get random ones, round and round.
    pub(super) fn prepare(&mut self, operation: Operation, count: u64) -> Result<()> {
        let mut requests = Vec::new();
        let bodies = Arc::clone(&self.bodies);
        for number in 0..count {
            let index = match operation {
                Operation::Put => Some(self.put + number).filter(|index| *index < self.limit),
                _ => self.draw(),
            };
            let Some(index) = index else { break };
            let path = self.path(index);
            let body = bodies.of(self.object(index), self.size);
            let pieces: Vec<&[u8]> = body.pieces(0).collect();
            let body = (operation == Operation::Put).then_some(&pieces[..]);
            let call = Call { method: operation.name(), path: &path, body, ..Call::default() };
            requests.push((index, self.client.sign(&call)?));
        }
        self.ahead = Some(Ahead::new(operation, requests));
        Ok(())
    }

    /// A PUT and a GET by turns.
    pub(super) fn put_or_get(&mut self) -> Result<Option<Sample>> {
        let is_get = self.put > self.drawn || self.put == self.limit;
        self.step(if is_get { Operation::Get } else { Operation::Put })
    }

    fn put(&mut self) -> Result<Option<Sample>> {
        if self.put == self.limit {
            return Ok(None);
        }
        let path = self.path(self.put);
        let bodies = Arc::clone(&self.bodies);
        let body = bodies.of(self.object(self.put), self.size);
        let pieces: Vec<&[u8]> = body.pieces(0).collect();
        let call = Call { method: "PUT", path: &path, body: Some(&pieces), ..Call::default() };
        let answer = match self.ahead.as_ref().and_then(|ahead| ahead.head(Operation::Put, self.put)) {
            Some(head) => self.client.send(head, &call, &mut |_| {})?,
            None => self.client.call(&call, &mut |_| {})?,
        };
        self.put += 1;
        Ok(Some(Sample { took: answer.took, bytes: self.size, objects: 1 }))
    }

    /// A random object of those this worker has put.
    fn draw(&mut self) -> Option<u64> {
        self.drawn += 1;
        (self.objects() > 0).then(|| self.deleted + mix(self.object(self.drawn)) % self.objects())
    }

    fn get(&mut self) -> Result<Option<Sample>> {
        let mut ahead = self.ahead.take();
        let signed = ahead.as_mut().and_then(|ahead| ahead.next(Operation::Get));
        let sample = self.get_one(signed);
        self.ahead = ahead;
        sample
    }

    /// The object that a request was signed for, or a random one.
    fn get_one(&mut self, signed: Option<(u64, &[u8])>) -> Result<Option<Sample>> {
        let Some(index) = signed.map(|(index, _)| index).or_else(|| self.draw()) else { return Ok(None) };
        let path = self.path(index);
        let bodies = Arc::clone(&self.bodies);
        let body = bodies.of(self.object(index), self.size);
        let to = if self.got.is_multiple_of(self.compared) { self.size } else { BEGINNING };
        self.got += 1;
        let (mut at, mut same) = (0, true);
        let call = Call { method: "GET", path: &path, ..Call::default() };
        let mut sink = |bytes: &[u8]| {
            same &= at >= to || body.holds(at, bytes);
            at += bytes.len() as u64;
        };
        let answer = match signed {
            Some((_, head)) => self.client.send(head, &call, &mut sink)?,
            None => self.client.call(&call, &mut sink)?,
        };
        ensure!(same && at == self.size, "GET {path}: not the {} bytes that were put", self.size);
        Ok(Some(Sample { took: answer.took, bytes: self.size, objects: 1 }))
    }

    fn head(&mut self) -> Result<Option<Sample>> {
        let Some(index) = self.draw() else { return Ok(None) };
        let path = self.path(index);
        let call = Call { method: "HEAD", path: &path, ..Call::default() };
        let took = self.client.call(&call, &mut |_| {})?.took;
        Ok(Some(Sample { took, bytes: 0, objects: 1 }))
    }

    /// One page of the whole bucket, after the last page of the one before.
    fn list(&mut self) -> Result<Option<Sample>> {
        let (sample, _) = self.page()?;
        Ok(Some(sample))
    }

    /// The next page and whether it was the last.
    pub(super) fn page(&mut self) -> Result<(Sample, bool)> {
        let mut query = format!("list-type=2&max-keys={PAGE}");
        if let Some(token) = &self.token {
            query.push_str(&format!("&continuation-token={}", utf8_percent_encode(token, ENCODED)));
        }
        let path = format!("/{}", self.bucket);
        let call = Call { method: "GET", path: &path, query: &query, ..Call::default() };
        let (page, took) = self.client.text(&call)?;
        ensure!(page.contains("</ListBucketResult>"), "GET {path}: not a listing: {page:.200}");
        let objects = page.matches("<Key>").count() as u64;
        self.token = element(&page, "NextContinuationToken");
        Ok((Sample { took, bytes: page.len() as u64, objects }, self.token.is_none()))
    }

    fn delete(&mut self) -> Result<Option<Sample>> {
        if self.objects() == 0 {
            return Ok(None);
        }
        let path = self.path(self.deleted);
        let call = Call { method: "DELETE", path: &path, ..Call::default() };
        let took = self.client.call(&call, &mut |_| {})?.took;
        self.deleted += 1;
        Ok(Some(Sample { took, bytes: 0, objects: 1 }))
    }

    /// Deletes the next objects, up to a thousand of them with one request.
    pub(super) fn delete_many(&mut self) -> Result<Option<Sample>> {
        let count = self.objects().min(PAGE);
        if count == 0 {
            return Ok(None);
        }
        let keys = (self.deleted..self.deleted + count)
            .map(|index| format!("<Object><Key>{}</Key></Object>", self.key(index)))
            .collect::<String>();
        let body = format!("<Delete><Quiet>true</Quiet>{keys}</Delete>");
        let digest = STANDARD.encode(Md5::digest(&body));
        let path = format!("/{}", self.bucket);
        let call = Call {
            method: "POST",
            path: &path,
            query: "delete=",
            headers: &[("content-md5", &digest)],
            body: Some(&[body.as_bytes()]),
        };
        let (answer, took) = self.client.text(&call)?;
        ensure!(!answer.contains("<Error>"), "POST {path}?delete: {answer:.500}");
        self.deleted += count;
        Ok(Some(Sample { took, bytes: 0, objects: count }))
    }

    pub(super) fn create_bucket(&mut self) -> Result<()> {
        let path = format!("/{}", self.bucket);
        let call = Call { method: "PUT", path: &path, body: Some(&[]), ..Call::default() };
        self.client.call(&call, &mut |_| {}).map(|_| ()).context("no bucket to measure in")
    }

    pub(super) fn delete_bucket(&mut self) -> Result<()> {
        let path = format!("/{}", self.bucket);
        let call = Call { method: "DELETE", path: &path, ..Call::default() };
        self.client.call(&call, &mut |_| {}).map(|_| ())
    }
}

/// The text of the only element of a name; tokens hold no character that XML would escape but `&`.
pub(super) fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_a_page_is_found() {
        let xml = "<R><IsTruncated>true</IsTruncated><NextContinuationToken>a/b+c=&amp;</NextContinuationToken></R>";
        assert_eq!(element(xml, "NextContinuationToken").as_deref(), Some("a/b+c=&"));
        assert_eq!(element("<R></R>", "NextContinuationToken"), None);
    }

    #[test]
    fn keys_of_workers_differ_and_spread_over_prefixes() {
        let bodies = Arc::new(Bodies::new(1));
        let account = Account {
            address: "127.0.0.1:1".to_owned(),
            access_key: "a".to_owned(),
            secret_key: "s".to_owned(),
            region: "r".to_owned(),
            signs_payload: false,
            trust: None,
        };
        let worker = |number| Worker::new(&account, number, "b", 1, 1, Arc::clone(&bodies));
        let (one, two) = (worker(1), worker(2));
        let mut keys: Vec<String> = (0..1_000).flat_map(|index| [one.key(index), two.key(index)]).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 2_000);
        let mut prefixes: Vec<&str> = keys.iter().map(|key| &key[..3]).collect();
        prefixes.dedup();
        assert_eq!(prefixes.len() as u64, PREFIXES);
    }
}
