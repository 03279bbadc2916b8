//! Very many versions of one key: load, read the current and old ones, list, restart.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use percent_encoding::utf8_percent_encode;

use super::Arguments;
use super::bodies::{Bodies, mix};
use super::client::{Call, Client, Connected};
use super::figures::{disk, memory, requests};
use super::fleet::{Own, Target};
use super::load::{Tally, drive};
use super::pages::walk;
use super::report::size_text;
use super::restart::restart;
use super::worker::{ENCODED, PAGE, Sample, element};

const BUCKET: &str = "/larder-bench-versions";
const KEY: &str = "/larder-bench-versions/key";
const VERSIONING: &[u8] = b"<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
<Status>Enabled</Status></VersioningConfiguration>";

pub(super) fn run(own: &Own, versions: u64, arguments: &Arguments) -> Result<()> {
    let server = own.start(0)?;
    let target = Target::of("larder", &server, arguments)?;
    let count = u64::from(arguments.connections);
    let each = versions.div_ceil(count);
    let versions = each * count;
    let bodies = Arc::new(Bodies::new(arguments.seed));
    let size = arguments.object_size;
    let mut writers: Vec<Writer> = (0..count)
        .map(|number| Writer {
            client: Client::new(&target.account),
            number,
            size,
            bodies: Arc::clone(&bodies),
            ids: Vec::new(),
            drawn: 0,
        })
        .collect();
    println!("| {versions} versions of one key, {} each | |\n|---|---:|", size_text(size));
    writers[0].create_bucket()?;
    let step = |writer: &mut Writer| if writer.ids.len() as u64 == each { Ok(None) } else { writer.put().map(Some) };
    let tally = drive("PUT", &mut writers, target.process, Duration::MAX, step)?;
    ensure!(tally.requests() == versions, "{} of {versions} versions were put", tally.requests());
    requests("PUT", &tally);
    disk(&own.data(), versions, "version")?;
    memory("after the load", target.process)?;
    let current = current(&mut writers)?;
    read(&mut writers, &target, versions, current, arguments.seconds)?;

    let server = restart(own, server, &mut || {
        writers[0].client.connect()?;
        writers[0].head()
    })?;
    let target = Target::of("larder", &server, arguments)?;
    disk(&own.data(), versions, "version")?;
    memory("after the restart", target.process)?;
    read(&mut writers, &target, versions, current, arguments.seconds)?;
    memory("at the end", target.process)?;
    server.stop()
}

/// The loads that change nothing.
fn read(writers: &mut [Writer], target: &Target, versions: u64, current: (u64, u64), seconds: u64) -> Result<()> {
    let limit = Duration::from_secs(seconds);
    let mut row = |what: &str, step: &(dyn Fn(&mut Writer) -> Result<Sample> + Sync)| {
        let tally: Tally = drive(what, writers, target.process, limit, |writer| step(writer).map(Some))?;
        ensure!(tally.failed == 0, "{} of {what} failed", tally.failed);
        requests(what, &tally);
        Ok::<(), anyhow::Error>(())
    };
    row("GET of the current version", &|writer| writer.get_current(current))?;
    row("GET of a random version", &|writer| writer.get_random())?;
    row("LIST of the bucket", &|writer| writer.list())?;
    println!("| *ListObjectVersions:* | |");
    writers[0].client.connect()?;
    let mut marker = None;
    let listed = walk(target.process, || writers[0].page(&mut marker))?;
    ensure!(listed == versions, "{listed} of {versions} versions are listed");
    Ok(())
}

/// Which of the bodies is the current version: that of the writer whose last write was the last of all.
fn current(writers: &mut [Writer]) -> Result<(u64, u64)> {
    writers[0].client.connect()?;
    let call = Call { method: "HEAD", path: KEY, ..Call::default() };
    let id = writers[0].client.call(&call, &mut |_| {})?.version_id;
    let last = |writer: &Writer| {
        let index = (writer.ids.len() as u64).checked_sub(1)?;
        (writer.ids.last() == id.as_ref()).then_some((writer.number, index))
    };
    writers.iter().find_map(last).context("the current version is nobody's last")
}

/// One client, and what it has written.
struct Writer {
    client: Client,
    number: u64,
    size: u64,
    bodies: Arc<Bodies>,
    /// Of its versions, in the order in which they were put.
    ids: Vec<String>,
    /// Requests so far that took a random version.
    drawn: u64,
}

impl Connected for Writer {
    fn client(&mut self) -> &mut Client {
        &mut self.client
    }
}

impl Writer {
    /// One with versions, for all.
    fn create_bucket(&mut self) -> Result<()> {
        let call = Call { method: "PUT", path: BUCKET, body: Some(&[]), ..Call::default() };
        self.client.call(&call, &mut |_| {}).context("no bucket to measure in")?;
        let call =
            Call { method: "PUT", path: BUCKET, query: "versioning=", body: Some(&[VERSIONING]), ..Call::default() };
        self.client.call(&call, &mut |_| {}).context("no versions in the bucket")?;
        Ok(())
    }

    fn put(&mut self) -> Result<Sample> {
        let bodies = Arc::clone(&self.bodies);
        let body = bodies.of(object(self.number, self.ids.len() as u64), self.size);
        let pieces: Vec<&[u8]> = body.pieces(0).collect();
        let call = Call { method: "PUT", path: KEY, body: Some(&pieces), ..Call::default() };
        let answer = self.client.call(&call, &mut |_| {})?;
        self.ids.push(answer.version_id.context("a PUT answered without a version id")?);
        Ok(Sample { took: answer.took, bytes: self.size, objects: 1 })
    }

    fn head(&mut self) -> Result<()> {
        let call = Call { method: "HEAD", path: KEY, ..Call::default() };
        self.client.call(&call, &mut |_| {}).map(|_| ())
    }

    fn get_current(&mut self, (number, index): (u64, u64)) -> Result<Sample> {
        self.get("", object(number, index))
    }

    fn get_random(&mut self) -> Result<Sample> {
        self.drawn += 1;
        let index = mix(object(self.number, self.drawn)) % self.ids.len() as u64;
        let query = format!("versionId={}", utf8_percent_encode(&self.ids[index as usize], ENCODED));
        self.get(&query, object(self.number, index))
    }

    fn get(&mut self, query: &str, object: u64) -> Result<Sample> {
        let bodies = Arc::clone(&self.bodies);
        let body = bodies.of(object, self.size);
        let (mut at, mut same) = (0, true);
        let call = Call { method: "GET", path: KEY, query, ..Call::default() };
        let answer = self.client.call(&call, &mut |bytes| {
            same &= body.holds(at, bytes);
            at += bytes.len() as u64;
        })?;
        ensure!(same && at == self.size, "GET {KEY}?{query}: not the {} bytes that were put", self.size);
        Ok(Sample { took: answer.took, bytes: self.size, objects: 1 })
    }

    /// The one key there is, however many versions lie behind it.
    fn list(&mut self) -> Result<Sample> {
        let query = format!("list-type=2&max-keys={PAGE}");
        let (page, took) = self.client.text(&Call { method: "GET", path: BUCKET, query: &query, ..Call::default() })?;
        ensure!(page.matches("<Key>").count() == 1, "GET {BUCKET}: not the one key: {page:.500}");
        Ok(Sample { took, bytes: page.len() as u64, objects: 1 })
    }

    /// The page of versions after a marker, which then is that of the next, and whether it was the last.
    fn page(&mut self, marker: &mut Option<(String, String)>) -> Result<(Sample, bool)> {
        let mut query = format!("versions=&max-keys={PAGE}");
        if let Some((key, version)) = marker {
            let (key, version) = (utf8_percent_encode(key, ENCODED), utf8_percent_encode(version, ENCODED));
            query.push_str(&format!("&key-marker={key}&version-id-marker={version}"));
        }
        let (page, took) = self.client.text(&Call { method: "GET", path: BUCKET, query: &query, ..Call::default() })?;
        ensure!(page.contains("</ListVersionsResult>"), "GET {BUCKET}?versions: not a listing: {page:.200}");
        let objects = page.matches("<Version>").count() as u64;
        *marker = element(&page, "NextKeyMarker").zip(element(&page, "NextVersionIdMarker"));
        Ok((Sample { took, bytes: page.len() as u64, objects }, marker.is_none()))
    }
}

/// Names a body among those of all writers.
fn object(number: u64, index: u64) -> u64 {
    number << 40 | index
}
