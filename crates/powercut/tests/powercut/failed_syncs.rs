//! Syncs that fail: what they covered is refused, the store takes no more writes, and everything acknowledged is there when it is
//! opened again, also when power fails then. The kernel tells of a failure once and takes the pages for clean (Rebello et al.,
//! "Can Applications Recover from fsync Failures?", USENIX ATC 2020); the recording does the same.

use std::path::Path;
use std::sync::Arc;

use larder_engine::{Error, StoreError};
use larder_env::{SeededRng, random_u64};
use larder_powercut::{Loss, Recording};

use crate::cuts::weakened;
use crate::model::{Answer, Operation, Told, told};
use crate::verify::{compare, verify};
use crate::workload::{Plan, Steps, first_start, run, runtime};
use crate::world::{INLINE_LIMIT, In, World, body};

/// What one failed sync was of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// A blob's own file: that blob alone is given up.
    Blob,
    /// The engine's journal.
    Journal,
    /// A file or directory that the engine writes in the background.
    Tree,
    /// A directory of blobs, or `staging`.
    Names,
}

impl Of {
    fn is(self) -> fn(&Path) -> bool {
        match self {
            Self::Blob => |path| path.parent() == Some(Path::new("staging")),
            Self::Journal => |path| path.extension().is_some_and(|name| name == "jnl"),
            Self::Tree => |path| path.starts_with("meta/keyspaces"),
            Self::Names => |path| path.starts_with("blobs") || path == Path::new("staging"),
        }
    }
}

fn refused<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Store(StoreError::ReadOnly { .. })))
}

/// After the failure: every write is refused, however often it is tried, and reads go on.
async fn check_read_only(world: &World, told: &[Told], failed: &Path) {
    let failed = failed.display();
    for number in 0..3 {
        for length in [10, INLINE_LIMIT + 1] {
            let put = world.put(In::Plain, "more", body(number, length)).await;
            assert!(refused(&put), "{failed}: {put:?}");
        }
    }
    assert!(world.store.monitor().read_only().is_some());
    compare(world, told).await.expect("reads go on");
}

/// What is told when the store was opened again and took one more write.
async fn write_again(world: &World, told: &[Told]) -> Vec<Told> {
    let states = compare(world, told).await.expect("all is there after the restart");
    let mut told: Vec<Told> = states.into_iter().map(|state| Told { state, open: None }).collect();
    for (number, length) in [(0, 100), (1, 5000), (2, INLINE_LIMIT + 1)] {
        let (which, key, body) = (In::Plain, format!("t0/again{number}"), body(1 << 60 | number, length));
        let id = world.put(which, &key, body.clone()).await.expect("it writes again");
        told[0].state.apply(&Operation::Put { which, key, body }, Some(Answer::Version(id)));
    }
    told
}

/// Lets power fail now, and finds everything.
async fn cut_power(recording: &Recording, seed: u64, told: &[Told]) -> Result<(), String> {
    let log = weakened(recording.log());
    let (_, now) = log.cuts();
    for loss in [Loss::Everything, Loss::Pages] {
        let image = tempfile::tempdir().expect("a directory");
        log.image(now, loss, &SeededRng::new(seed)).write(image.path()).expect("written");
        verify(image.path(), 8, Some(told)).await.map_err(|what| format!("{loss:?}: {what}"))?;
    }
    Ok(())
}

/// One workload, in which the `nth` sync of such a file or directory fails.
async fn fail(of: Of, nth: u64, seed: u64) -> Result<(), String> {
    let directory = tempfile::tempdir().expect("a directory");
    let (world, recording) = first_start(directory.path()).await;
    world.create_buckets().await.expect("buckets");
    recording.fail_sync(nth, of.is());
    let plan = Plan { seed, tasks: 3, operations: 40 };
    let steps = Arc::new(Steps::default());
    let failures: Vec<Error> = run(plan, &world, &recording, &steps).await.into_iter().flatten().collect();
    let told = told(plan.tasks, steps.all().into_iter());
    let failed = recording.log().failed_syncs();
    let [failed] = &failed[..] else { panic!("{of:?} {nth}: {failed:?}") };
    match of {
        Of::Blob => {
            assert_eq!(failures.len(), 1, "{failures:?}");
            assert!(matches!(&failures[0], Error::Store(StoreError::Io { .. })), "{failures:?}");
            world.put(In::Plain, "more", body(0, INLINE_LIMIT + 1)).await.expect("another blob is well");
            world.delete(In::Plain, "more", None).await.expect("deletions too");
            assert_eq!(world.store.monitor().read_only(), None);
        }
        _ => check_read_only(&world, &told, failed).await,
    }
    Arc::into_inner(world).expect("nobody else has it").store.close().await;
    cut_power(&recording, seed, &told).await?;

    let world = World::open(directory.path(), 7).await.map_err(|error| format!("does not open: {error:?}"))?;
    let told = write_again(&world, &told).await;
    world.store.close().await;
    cut_power(&recording, seed, &told).await.map_err(|what| format!("opened again: {what}"))
}

/// The first such sync, the last of those that every workload has, and some between.
fn fail_some(of: Of, last: u64) {
    let rng = SeededRng::new(last);
    let between = (0..3).map(|_| 1 + random_u64(&rng) % last);
    for (round, nth) in (0..).zip([1, last].into_iter().chain(between)) {
        if let Err(what) = runtime().block_on(fail(of, nth, 7000 + round)) {
            panic!("{of:?}, sync {nth}: {what}");
        }
    }
}

#[test]
fn a_blob_that_cannot_be_synced_is_given_up_alone() {
    fail_some(Of::Blob, 8);
}

#[test]
fn a_failed_sync_of_the_journal_is_final() {
    fail_some(Of::Journal, 60);
}

#[test]
fn a_failed_sync_of_the_engines_files_is_final() {
    fail_some(Of::Tree, 12);
}

#[test]
fn a_failed_sync_of_names_is_final() {
    fail_some(Of::Names, 25);
}
