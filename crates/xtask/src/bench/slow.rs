//! Clients that take their time over large objects: a server must neither buffer for them nor wait with the others.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use anyhow::{Context, Result};

use super::bodies::Bodies;
use super::client::{Account, Call, Client};
use super::fleet::Target;
use super::worker::{Operation, Worker};

/// Bytes of each object.
const SIZE: u64 = 8 << 20;
/// Bytes that each client reads or writes at a time.
const BITE: usize = 4 << 10;
/// The writers' objects, among those of the bodies.
const WRITTEN: u64 = 1 << 32;

/// Readers of one object and writers of one each, moved by whoever calls [`Self::bite`].
pub(super) struct Slow {
    readers: Vec<Mouth>,
    writers: Vec<Mouth>,
    bodies: Arc<Bodies>,
}

/// One connection, in the middle of a body.
struct Mouth {
    stream: TcpStream,
    moved: u64,
    /// The server has ended it.
    is_lost: bool,
}

impl Slow {
    /// Puts what is to be read, and sends the heads of all requests.
    pub(super) fn begin(target: &Target, readers: u32, writers: u32, seed: u64) -> Result<Self> {
        let bodies = Arc::new(Bodies::new(seed));
        let bucket = "larder-bench-slow";
        let account = &target.account;
        let mut worker = Worker::new(account, 0, bucket, SIZE, 1, Arc::clone(&bodies));
        worker.create_bucket()?;
        worker.step(Operation::Put)?;
        let mut client = Client::new(account);
        let key = worker.keys().next().context("no object to read slowly")?;
        let path = format!("/{bucket}/{key}");
        let get = client.sign(&Call { method: "GET", path: &path, ..Call::default() })?;
        let readers = (0..readers).map(|_| Mouth::open(account, &get)).collect::<io::Result<_>>()?;
        let writers = (0..writers).map(|number| {
            let path = format!("/{bucket}/written-{number}");
            let body = bodies.of(WRITTEN + u64::from(number), SIZE);
            let pieces: Vec<&[u8]> = body.pieces(0).collect();
            let put = client.sign(&Call { method: "PUT", path: &path, body: Some(&pieces), ..Call::default() })?;
            Ok(Mouth::open(account, &put)?)
        });
        let writers = writers.collect::<Result<_>>()?;
        Ok(Self { readers, writers, bodies })
    }

    /// Lets each client move a little more.
    pub(super) fn bite(&mut self) {
        let mut buffer = [0; BITE];
        for reader in self.readers.iter_mut().filter(|reader| !reader.is_lost) {
            let outcome = reader.stream.read(&mut buffer);
            reader.note(outcome);
        }
        for (number, writer) in self.writers.iter_mut().enumerate().filter(|(_, writer)| !writer.is_lost) {
            let body = self.bodies.of(WRITTEN + number as u64, SIZE);
            let Some(piece) = body.pieces(writer.moved).next() else { continue };
            let outcome = writer.stream.write(&piece[..piece.len().min(BITE)]);
            writer.note(outcome);
        }
    }

    pub(super) fn print(&self) {
        for (what, mouths) in [("slow readers", &self.readers), ("slow writers", &self.writers)] {
            let there = mouths.iter().filter(|mouth| !mouth.is_lost).count();
            let moved: u64 = mouths.iter().map(|mouth| mouth.moved).sum();
            println!("| {what} that the server has kept (KiB moved) | {there} of {} ({}) |", mouths.len(), moved >> 10);
        }
    }
}

impl Mouth {
    fn open(account: &Account, head: &[u8]) -> io::Result<Self> {
        let mut stream = TcpStream::connect(&account.address)?;
        stream.write_all(head)?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream, moved: 0, is_lost: false })
    }

    fn note(&mut self, outcome: io::Result<usize>) {
        match outcome {
            Ok(0) => self.is_lost = true,
            Ok(bytes) => self.moved += bytes as u64,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => self.is_lost = true,
        }
    }
}
