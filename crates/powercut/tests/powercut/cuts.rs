//! Power cuts: a workload is recorded once, and then power fails at each of many places in it.
//!
//! `cargo xtask powercut` runs this with more cuts, through these variables.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use larder_env::{SeededRng, random_u64};
use larder_powercut::{Log, Loss, Recording};

use crate::model::{Step, Told, told};
use crate::verify::verify;
use crate::workload::{Plan, Steps, first_start, run, runtime};
use crate::world::{World, fill_journal};

const CUTS: &str = "LARDER_POWERCUT_CUTS";
const SEED: &str = "LARDER_POWERCUT_SEED";

/// Cuts of one workload in a short run; a long one makes more of both.
const CUTS_OF_ONE: usize = 100;

/// A workload that was carried out.
pub(crate) struct History {
    plan: Plan,
    log: Log,
    steps: Vec<Step>,
    /// From here on the buckets are there.
    ready: usize,
}

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

/// Carries a workload out and checks that the recording missed nothing of it.
fn record(plan: Plan, journal_is_full: bool) -> History {
    let directory = tempfile::tempdir().expect("a directory");
    let (log, steps, ready) = runtime().block_on(async {
        if journal_is_full {
            fill_journal(directory.path()).await;
        }
        let (world, recording) = first_start(directory.path()).await;
        world.create_buckets().await.expect("buckets");
        let ready = recording.log().cuts().1;
        let steps = Arc::new(Steps::default());
        let failures = run(plan, &world, &recording, &steps).await;
        assert!(failures.iter().all(Option::is_none), "{failures:?}");
        Arc::into_inner(world).expect("nobody else has it").store.close().await;
        (recording.log(), steps.all(), ready)
    });
    let image = log.image(log.cuts().1, Loss::Nothing, &SeededRng::new(0));
    let missed = image.differences(directory.path()).expect("compared");
    assert!(missed.is_empty(), "something went past the recording: {missed:?}");
    History { plan, log: weakened(log), steps, ready }
}

/// The engine syncs the files of large contents and not the directory that names them: there we rely on what all file systems that
/// Larder is meant for do (`docs/adr/0011-power-cuts.md`). Everywhere else on nothing.
pub(crate) fn weakened(log: Log) -> Log {
    log.with_names_that_follow_files(|path| path.starts_with("meta/keyspaces") && path.ends_with("blobs"))
}

impl History {
    /// What the tasks were told before a cut; nothing while the buckets are not known to be there.
    fn told(&self, cut: usize) -> Option<Vec<Told>> {
        let place = |mark: u64| usize::try_from(mark).expect("small");
        let steps = self.log.marks(cut).map(|mark| self.steps[place(mark)].clone());
        (cut >= self.ready).then(|| told(self.plan.tasks, steps))
    }

    /// So many places: half around syncs, half anywhere. With enough of them every sync is among them.
    fn cuts(&self, count: usize, rng: &SeededRng) -> Vec<usize> {
        let below = |limit: usize| usize::try_from(random_u64(rng) % limit as u64).expect("small");
        let (first, last) = self.log.cuts();
        let mut points: Vec<usize> = self.log.sync_points().into_iter().map(|point| point.cut()).collect();
        while points.len() > count / 2 {
            points.swap_remove(below(points.len()));
        }
        let anywhere = count - points.len();
        points.extend((0..anywhere).map(|_| first + below(last - first + 1)));
        points
    }

    /// Lets power fail so often. Gives what went wrong.
    fn cut_often(&self, count: usize) -> Vec<String> {
        self.cut_at(&self.cuts(count, &SeededRng::new(self.plan.seed)))
    }

    /// Lets power fail at these places, on two threads. Images of what went wrong stay.
    fn cut_at(&self, cuts: &[usize]) -> Vec<String> {
        let next = AtomicUsize::new(0);
        let work = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let mut failures = Vec::new();
            loop {
                let place = next.fetch_add(1, Ordering::SeqCst);
                let Some(cut) = cuts.get(place) else { break };
                let seed = self.plan.seed << 32 | (place as u64) << 16 | *cut as u64;
                let directory = tempfile::tempdir().expect("a directory");
                let image = directory.path().join("image");
                std::fs::create_dir(&image).expect("made");
                if let Err(what) = runtime.block_on(self.cut(*cut, seed, &image)) {
                    let (plan, at, tail) = (self.plan, directory.keep(), self.log.tail(*cut, 12));
                    failures.push(format!("{plan:?}, cut {cut}, seed {seed}: {what}\nin {}:\n{tail}", at.display()));
                }
            }
            failures
        };
        std::thread::scope(|scope| {
            let workers = [scope.spawn(work), scope.spawn(work)];
            workers.into_iter().flat_map(|worker| worker.join().expect("it does not panic")).collect()
        })
    }

    /// Lets power fail once, sometimes again while the store recovers, and verifies what is left.
    async fn cut(&self, cut: usize, seed: u64, directory: &Path) -> Result<(), String> {
        let rng = SeededRng::new(seed);
        let loss = |rng| Loss::ALL[usize::try_from(random_u64(rng) % Loss::ALL.len() as u64).expect("small")];
        let mut directory = directory.to_owned();
        let first = loss(&rng);
        let image = self.log.image(cut, first, &rng);
        image.write(&directory).expect("written");
        let mut how = format!("{first:?}");
        if random_u64(&rng).is_multiple_of(4) {
            let recording = Recording::start(&directory).expect("recorded");
            let world = World::open(&directory, 1).await.map_err(|error| format!("{how}: does not open: {error:?}"))?;
            let told = self.told(cut);
            if told.is_some() {
                world.reclaim_all().await.map_err(|error| format!("{how}: does not reclaim: {error:?}"))?;
            }
            world.store.close().await;
            let log = weakened(recording.log());
            drop(recording);
            let (from, to) = log.cuts();
            let again = from + usize::try_from(random_u64(&rng) % (to - from + 1) as u64).expect("small");
            let second = loss(&rng);
            how = format!("{how}, then {second:?} at {again} of {from} to {to} of the recovery");
            directory = directory.with_extension("again");
            std::fs::create_dir(&directory).expect("made");
            log.image(again, second, &rng).write(&directory).expect("written");
        }
        verify(&directory, 2, self.told(cut).as_deref()).await.map_err(|error| format!("{how}: {error}"))
    }
}

#[test]
fn what_was_acknowledged_survives_power_cuts() {
    let (total, seed) = (number(CUTS, 2 * CUTS_OF_ONE), number(SEED, 1) as u64);
    let of_one = CUTS_OF_ONE.max(total / 20);
    let (mut done, mut syncs, mut failures) = (0, 0, Vec::new());
    for round in 0.. {
        if done >= total || failures.len() > 5 {
            break;
        }
        let history = record(Plan { seed: seed * 1000 + round, tasks: 4, operations: 40 }, false);
        let count = of_one.min(total - done);
        failures.extend(history.cut_often(count));
        done += count;
        syncs += history.log.syncs();
    }
    println!("{done} power cuts, {syncs} syncs, {} failures", failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn what_was_acknowledged_survives_power_cuts_where_the_engine_changes_its_journal() {
    let (total, seed) = (number(CUTS, 2 * CUTS_OF_ONE), number(SEED, 1) as u64);
    let history = record(Plan { seed: seed * 1000 + 500, tasks: 4, operations: 90 }, true);
    let failures = history.cut_often(total / 16);
    println!("{} power cuts, {} syncs, {} failures", total / 16, history.log.syncs(), failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// From nothing to the first buckets: power may fail anywhere, and the next start makes what is missing.
#[test]
fn a_first_start_that_loses_power_is_no_obstacle() {
    let (total, seed) = (number(CUTS, 2 * CUTS_OF_ONE), number(SEED, 1) as u64);
    let directory = tempfile::tempdir().expect("a directory");
    let log = runtime().block_on(async { weakened(first_start(directory.path()).await.1.log()) });
    let (plan, ready) = (Plan { seed: seed * 1000 + 700, tasks: 0, operations: 0 }, usize::MAX);
    let (_, end) = log.cuts();
    let history = History { plan, log, steps: Vec::new(), ready };
    // Most of them where the engine makes its files.
    let cuts: Vec<usize> = (0..total / 5).map(|number| number * 3 % (end + 1)).collect();
    let failures = history.cut_at(&cuts);
    println!("{} power cuts in a first start, {} failures", cuts.len(), failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The engine makes directories that it does not sync.
#[test]
fn the_first_write_survives_everything_that_was_not_synced() {
    let directory = tempfile::tempdir().expect("a directory");
    runtime().block_on(async {
        let (world, recording) = first_start(directory.path()).await;
        world.create_buckets().await.expect("buckets");
        let history = History {
            plan: Plan { seed: 0, tasks: 0, operations: 0 },
            ready: 0,
            log: recording.log(),
            steps: Vec::new(),
        };
        let (_, end) = history.log.cuts();
        let image = tempfile::tempdir().expect("a directory");
        history.log.image(end, Loss::Everything, &SeededRng::new(1)).write(image.path()).expect("written");
        verify(image.path(), 1, history.told(end).as_deref()).await.expect("the buckets are there");
    });
}
