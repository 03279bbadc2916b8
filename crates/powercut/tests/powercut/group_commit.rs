//! Group commit, by counting: the more requests there are at once, the fewer syncs each costs, and none is answered without.

use std::path::Path;
use std::sync::Arc;

use larder_powercut::Recording;

use crate::model::{Operation, State, Step};
use crate::workload::{Plan, Steps, first_start, runtime};
use crate::world::{In, World, body};

const WRITES: u64 = 512;
const TASKS: usize = 8;

/// Writes small objects from so many tasks at once. Gives how many syncs that took.
async fn syncs(tasks: u64) -> usize {
    let directory = tempfile::tempdir().expect("a directory");
    let (world, recording) = first_start(directory.path()).await;
    world.create_buckets().await.expect("buckets");
    let before = recording.log().syncs();
    let work: Vec<_> = (0..tasks)
        .map(|task| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                for number in 0..WRITES / tasks {
                    let key = format!("{task}/{number}");
                    world.put(In::Plain, &key, body(number, 10)).await.expect("put");
                }
            })
        })
        .collect();
    for task in work {
        task.await.expect("it does not panic");
    }
    recording.log().syncs() - before
}

#[test]
fn syncs_of_a_write_fall_with_concurrency() {
    let counted = [1, 4, 16, 64].map(|tasks| (tasks, runtime().block_on(syncs(tasks))));
    println!("{WRITES} writes: {counted:?}");
    let (_, alone) = counted[0];
    assert!(alone as u64 >= WRITES, "who writes alone waits for a sync of its own");
    assert!(counted.is_sorted_by(|before, after| after.1 < before.1), "{counted:?}");
    assert!(counted[3].1 < alone / 4, "{counted:?}");
    // However many there are, a group is no larger than what waits.
    assert!(counted.iter().all(|(tasks, syncs)| *syncs as u64 >= WRITES / tasks), "{counted:?}");
}

/// Between the beginning of a write and its acknowledgement a sync of the journal began and ended.
#[test]
fn nothing_is_acknowledged_without_a_sync() {
    let directory = tempfile::tempdir().expect("a directory");
    runtime().block_on(async {
        let (world, recording) = first_start(directory.path()).await;
        world.create_buckets().await.expect("buckets");
        let steps = Arc::new(Steps::default());
        let plan = Plan { seed: 5, tasks: TASKS, operations: 40 };
        let failures = crate::workload::run(plan, &world, &recording, &steps).await;
        assert!(failures.iter().all(Option::is_none), "{failures:?}");
        check(&recording, &world, &steps.all());
    });
}

fn check(recording: &Recording, world: &World, steps: &[Step]) {
    let log = recording.log();
    let mut states = vec![State::default(); TASKS];
    let mut begun: Vec<Option<(usize, Operation)>> = vec![None; TASKS];
    for (place, mark) in log.places_of_marks() {
        let step = &steps[usize::try_from(mark).expect("small")];
        match step {
            Step::Begins { task, operation } => begun[*task] = Some((place, operation.clone())),
            Step::Acknowledged { task, answer } => {
                let (from, operation) = begun[*task].take().expect("begun");
                let journal = |path: &Path| path.extension().is_some_and(|name| name == "jnl");
                let synced = log.whole_syncs(from, place, journal) > 0;
                assert!(synced || changes_nothing(&operation, &states[*task]), "{operation:?} without a sync");
                states[*task].apply(&operation, Some(*answer));
            }
            Step::Failed => unreachable!("nothing fails"),
        }
    }
    let stats = world.store.monitor().stats();
    assert!(stats.syncs == stats.groups && stats.groups < stats.commits, "{stats:?}");
}

/// A deletion of what is not there.
fn changes_nothing(operation: &Operation, state: &State) -> bool {
    matches!(operation, Operation::Delete { which: In::Plain, key } if !state.keys.contains_key(&(In::Plain, key.clone())))
}
