//! One table: small and large objects put and got, a page of a listing, memory; a column for each server.

use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};

use self::listing::Lister;
use self::text::{Cell, Memory, Row, Table};
use super::bodies::Bodies;
use super::fleet::{Fleet, Target};
use super::load::{Tally, drive};
use super::report::milliseconds;
use super::worker::{Operation, Worker};
use super::{Arguments, peer};

mod listing;
mod machine;
mod markers;
mod text;

const SMALL: u64 = 4 << 10;
const LARGE: u64 = 8 << 20;
/// Clients that fill the bucket to be listed, and what each puts: 20,000 keys. Their objects are small: some servers take
/// long over larger ones, and a listing reads none.
const FILLERS: u32 = 16;
const FILL: u64 = 1_250;
const FILL_SIZE: u64 = 1 << 10;
/// More requests a second than any server will answer on the machines this is for; what is not signed ahead is signed when
/// it is sent.
const SMALL_RATE: u64 = 40_000;
const LARGE_RATE: u64 = 400;
/// Half a kilobyte each.
const MOST_AHEAD: u64 = 500_000;
/// Of so many large GETs one is compared to its end: comparing costs the client as much as receiving.
const LARGE_COMPARED: u64 = 8;
/// Objects that each client gets round and round.
const GET_AHEAD: u64 = 8_192;

type Load = fn(&mut Contender<'_>) -> Result<Tally>;

/// Each load, and what Larder is to reach under it, durable and encrypted, on two cores that it shares with the load
/// generator.
const ROWS: [(&str, Cell, Load); 5] = [
    ("PUT 4 KiB", goal(10_000.0, 0.08), |contender| contender.put(Size::Small)),
    ("GET 4 KiB", goal(25_000.0, 0.03), |contender| contender.get(Size::Small)),
    ("PUT 8 MiB", goal(60.0, 22.0), |contender| contender.put(Size::Large)),
    ("GET 8 MiB", goal(250.0, 5.0), |contender| contender.get(Size::Large)),
    ("LIST 1,000 of 20,000 keys", goal(1_500.0, 1.0), |contender| contender.list()),
];
const MEMORY_GOAL: Memory = Memory { start: 20_000_000, peak: 150_000_000 };

/// Operations a second, and milliseconds of the server's processor time for each.
const fn goal(rate: f64, milliseconds: f64) -> Cell {
    Cell { rate, milliseconds: Some(milliseconds) }
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    if let Some(path) = &arguments.write {
        // A file without a place for the table is found out before an hour of measuring rather than after it.
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        markers::replaced(&text, "").with_context(|| path.display().to_string())?;
    }
    let fleet = Fleet::start(arguments)?;
    let outcome = measure(&fleet.targets, arguments);
    let table = fleet.finish(outcome)?.render();
    println!("{table}");
    if let Some(path) = &arguments.write {
        // Read again: the file may have changed meanwhile.
        let text = markers::replaced(&fs::read_to_string(path)?, &table)?;
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn measure(targets: &[Target], arguments: &Arguments) -> Result<Table> {
    let mut contenders = Vec::new();
    for target in targets {
        contenders.push(Contender::ready(target, arguments)?);
    }
    for contender in &mut contenders {
        contender.fill()?;
    }
    let mut rows = Vec::new();
    for (title, goal, load) in ROWS {
        rows.push(take_turns(title, goal, load, &mut contenders)?);
    }
    let memory = contenders.iter().map(|contender| contender.memory).collect();
    for contender in contenders {
        contender.clean()?;
    }
    let servers = targets.iter().map(|target| target.name.clone()).collect();
    let conditions = machine::conditions(arguments.connections, arguments.seconds);
    Ok(Table { servers, rows, memory, memory_goal: MEMORY_GOAL, conditions })
}

/// One row: the same load on every server.
fn take_turns(title: &'static str, goal: Cell, load: Load, contenders: &mut [Contender<'_>]) -> Result<Row> {
    let (mut cells, mut client) = (Vec::new(), Vec::new());
    for contender in contenders {
        let tally = load(contender).with_context(|| format!("{title}, {}", contender.target.name))?;
        let own = tally.own_seconds * 1e3 / tally.requests().max(1) as f64;
        let (p50, p99) = (milliseconds(tally.percentile(0.5)), milliseconds(tally.percentile(0.99)));
        eprintln!(
            "{title}, {}: {:.0}/s, p50 {p50} ms, p99 {p99} ms, client CPU {own:.3} ms, failed {}",
            contender.target.name,
            tally.rate(),
            tally.failed
        );
        cells.push(Cell { rate: tally.rate(), milliseconds: tally.cost().map(|seconds| seconds * 1e3) });
        client.push(own);
        // What one server has left to the page cache is not written to the disk while the next is measured.
        rustix::fs::sync();
    }
    Ok(Row { title, goal, cells, client })
}

#[derive(Clone, Copy)]
enum Size {
    Small,
    Large,
}

/// A server and its clients.
struct Contender<'a> {
    target: &'a Target,
    connections: u32,
    seconds: u64,
    small: Vec<Worker>,
    large: Vec<Worker>,
    fillers: Vec<Worker>,
    listers: Vec<Lister>,
    memory: Option<Memory>,
}

impl<'a> Contender<'a> {
    /// Stores and deletes one object, so that what is in memory then is what it takes to work at all.
    fn ready(target: &'a Target, arguments: &Arguments) -> Result<Self> {
        peer::is_ready(&target.account, &Arc::new(Bodies::new(arguments.seed)))?;
        let start = target.process.map(|process| process.resident_bytes()).transpose()?;
        let count = arguments.connections;
        let limit = |size: u64| (arguments.most / size / u64::from(count)).max(1);
        let workers = |count, bucket, size, limit| target.workers(count, bucket, size, limit, arguments.seed);
        let mut large = workers(count, "larder-bench-large", LARGE, limit(LARGE));
        for worker in &mut large {
            worker.compared = LARGE_COMPARED;
        }
        Ok(Self {
            target,
            connections: count,
            seconds: arguments.seconds,
            small: workers(count, "larder-bench-small", SMALL, limit(SMALL)),
            large,
            fillers: workers(FILLERS, "larder-bench-list", FILL_SIZE, FILL),
            listers: Vec::new(),
            memory: start.map(|start| Memory { start, peak: start }),
        })
    }

    fn workers(&mut self, size: Size) -> (&mut Vec<Worker>, u64) {
        let (workers, rate) = match size {
            Size::Small => (&mut self.small, SMALL_RATE),
            Size::Large => (&mut self.large, LARGE_RATE),
        };
        (workers, (rate * self.seconds).min(MOST_AHEAD).div_ceil(u64::from(self.connections)))
    }

    fn put(&mut self, size: Size) -> Result<Tally> {
        let (workers, ahead) = self.workers(size);
        workers[0].create_bucket()?;
        prepare(workers, Operation::Put, ahead)?;
        self.drive(size, Operation::Put)
    }

    fn get(&mut self, size: Size) -> Result<Tally> {
        prepare(self.workers(size).0, Operation::Get, GET_AHEAD)?;
        self.drive(size, Operation::Get)
    }

    fn drive(&mut self, size: Size, operation: Operation) -> Result<Tally> {
        let (process, limit) = (self.target.process, Duration::from_secs(self.seconds));
        let workers = self.workers(size).0;
        let tally = drive(operation.name(), workers, process, limit, |worker| worker.step(operation))?;
        self.note(&tally);
        Ok(tally)
    }

    /// Puts the keys to be listed.
    fn fill(&mut self) -> Result<()> {
        self.fillers[0].client.connect()?;
        self.fillers[0].create_bucket()?;
        let step = |worker: &mut Worker| worker.step(Operation::Put);
        let tally = drive("PUT", &mut self.fillers, self.target.process, Duration::MAX, step)?;
        let keys = u64::from(FILLERS) * FILL;
        ensure!(tally.requests() == keys, "{} of {keys} keys to be listed were put", tally.requests());
        self.note(&tally);
        let mut keys: Vec<String> = self.fillers.iter().flat_map(Worker::keys).collect();
        keys.sort_unstable();
        for number in 0..self.connections {
            self.listers.push(Lister::new(&self.target.account, self.fillers[0].bucket(), &keys, number.into())?);
        }
        rustix::fs::sync();
        Ok(())
    }

    fn list(&mut self) -> Result<Tally> {
        let limit = Duration::from_secs(self.seconds);
        let tally = drive("LIST", &mut self.listers, self.target.process, limit, |lister| lister.step().map(Some))?;
        self.note(&tally);
        Ok(tally)
    }

    fn note(&mut self, tally: &Tally) {
        if let (Some(memory), Some(peak)) = (&mut self.memory, tally.peak_bytes) {
            memory.peak = memory.peak.max(peak);
        }
    }

    /// Leaves nothing behind on a server that goes on.
    fn clean(self) -> Result<()> {
        if self.target.is_fresh {
            return Ok(());
        }
        for mut workers in [self.small, self.large, self.fillers] {
            drive("DeleteObjects", &mut workers, None, Duration::MAX, Worker::delete_many)?;
            workers[0].client.connect()?;
            workers[0].delete_bucket()?;
        }
        Ok(())
    }
}

fn prepare(workers: &mut [Worker], operation: Operation, count: u64) -> Result<()> {
    thread::scope(|scope| {
        let threads: Vec<_> =
            workers.iter_mut().map(|worker| scope.spawn(move || worker.prepare(operation, count))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow!("a worker panicked"))?)
    })
}
