//! Very many clients at once, most of them idle, some slow: what memory they take, and what becomes of the others.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Arguments;
use super::bystanders::Bystanders;
use super::client::{Call, Client};
use super::figures::{latencies, memory};
use super::fleet::{Own, Target};
use super::load::{Tally, drive};
use super::report::mebibytes;
use super::slow::Slow;
use super::worker::Worker;

const BUCKET: &str = "larder-bench-crowd";
/// Bytes of each object of the busy clients.
const SIZE: u64 = 4 << 10;
/// Between two things that a slow client does.
const PAUSE: Duration = Duration::from_secs(1);
/// Pauses after which an idle client sends a small request, so that no server closes its connection as unused.
const ROUND: usize = 15;

pub(super) fn run(own: &Own, arguments: &Arguments) -> Result<()> {
    let Arguments { idle, busy, slow_readers, slow_writers, .. } = *arguments;
    allow_files()?;
    let server = own.start(0)?;
    let target = Target::of("larder", &server, arguments)?;
    let process = target.process.context("our own server has a process")?;
    println!("| {idle} idle, {busy} busy, {slow_readers} slow readers, {slow_writers} slow writers | |\n|---|---:|");
    let mut bystanders = Bystanders::alone(&target, arguments)?;
    memory("before", target.process)?;

    process.forget_peak();
    let limit = (arguments.most / SIZE / u64::from(busy.max(1))).max(1);
    let mut crowd = Crowd {
        busy: target.workers(busy, BUCKET, SIZE, limit, arguments.seed),
        idle: Idle::connect(&target, idle)?,
        slow: Slow::begin(&target, slow_readers, slow_writers, arguments.seed)?,
    };
    memory("with the idle and the slow", target.process)?;
    let (tally, others) = crowd.beside(&mut bystanders)?;
    println!("| server memory at most, MiB | {:.0} |", mebibytes(process.peak_bytes()?));
    let what = "PUT and GET of 4 KiB by the busy,";
    println!("| {what} requests/s (failed) | {:.0} ({}) |", tally.rate(), tally.failed);
    latencies(what, &tally);
    bystanders.print("in the crowd", &others);
    crowd.slow.print();
    println!("| idle connections that the server has kept | {} of {idle} |", crowd.idle.answered());
    drop(crowd);
    memory("after the crowd has gone", target.process)?;
    server.stop()
}

struct Crowd {
    busy: Vec<Worker>,
    idle: Idle,
    slow: Slow,
}

impl Crowd {
    /// Keeps all of them at what they do while the bystanders get their objects.
    fn beside(&mut self, bystanders: &mut Bystanders) -> Result<(Tally, Tally)> {
        let is_over = AtomicBool::new(false);
        let Self { busy, idle, slow } = self;
        thread::scope(|scope| {
            let busy = scope.spawn(|| {
                drive("PUT or GET", busy, None, Duration::MAX, |worker| {
                    if is_over.load(Ordering::Relaxed) { Ok(None) } else { worker.put_or_get() }
                })
            });
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    slow.bite();
                    idle.stir();
                    thread::sleep(PAUSE);
                }
            });
            // Until the busy ones are at work.
            thread::sleep(PAUSE);
            let others = bystanders.get();
            is_over.store(true, Ordering::Relaxed);
            let busy = busy.join().map_err(|_| anyhow!("the busy clients panicked"))??;
            Ok((busy, others?))
        })
    }
}

/// Connections on which next to nothing happens.
struct Idle {
    clients: Vec<Client>,
    next: usize,
    lost: usize,
}

impl Idle {
    /// Each has sent one request.
    fn connect(target: &Target, count: u32) -> Result<Self> {
        let mut owner = target.workers(1, BUCKET, 0, 0, 0);
        owner[0].create_bucket()?;
        let mut clients: Vec<_> = (0..count).map(|_| Client::new(&target.account)).collect();
        clients.iter_mut().try_for_each(head_bucket)?;
        Ok(Self { clients, next: 0, lost: 0 })
    }

    /// Lets the next few send a request.
    fn stir(&mut self) {
        let count = self.clients.len();
        for _ in 0..count.div_ceil(ROUND) {
            if head_bucket(&mut self.clients[self.next % count]).is_err() {
                self.lost += 1;
            }
            self.next += 1;
        }
    }

    /// How many have kept their connection to this moment.
    fn answered(&mut self) -> usize {
        let kept = self.clients.iter_mut().filter_map(|client| head_bucket(client).ok()).count();
        kept.saturating_sub(self.lost)
    }
}

fn head_bucket(client: &mut Client) -> Result<()> {
    let call = Call { method: "HEAD", path: &format!("/{BUCKET}"), ..Call::default() };
    client.call(&call, &mut |_| {}).map(|_| ())
}

/// As many open files as the system lets a process have; the server inherits it.
fn allow_files() -> Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).context("cannot open more files")
}
