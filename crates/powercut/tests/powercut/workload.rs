//! Several tasks that write at once, each to keys of its own, and say what they do and what they are told.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use larder_engine::{Deleted, Error};
use larder_env::{SeededRng, random_u64};
use larder_powercut::Recording;

use crate::model::{Answer, Operation, State, Step};
use crate::world::{INLINE_LIMIT, In, World, body};

/// A workload of a test.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) tasks: usize,
    /// How many operations each task carries out.
    pub(crate) operations: u64,
}

/// What the tasks said. The place in it is what they mark the recording with.
#[derive(Default)]
pub(crate) struct Steps(Mutex<Vec<Step>>);

impl Steps {
    fn say(&self, recording: &Recording, step: Step) {
        let mut steps = self.0.lock().expect("nobody panics here");
        recording.mark(steps.len() as u64);
        steps.push(step);
    }

    pub(crate) fn all(&self) -> Vec<Step> {
        self.0.lock().expect("nobody panics here").clone()
    }
}

/// One task: what it was told, and chance.
struct Task<'a> {
    plan: Plan,
    task: usize,
    world: &'a World,
    rng: SeededRng,
    state: State,
    bodies: u64,
}

impl Task<'_> {
    fn below(&self, limit: u64) -> u64 {
        random_u64(&self.rng) % limit
    }

    fn some_key(&self) -> (In, String) {
        (In::BOTH[usize::from(self.below(2) == 1)], format!("t{}/k{}", self.task, self.below(5)))
    }

    fn some_body(&mut self) -> Bytes {
        let inline = INLINE_LIMIT as u64;
        let length = match self.below(10) {
            0 => 0,
            1..=3 => self.below(600),
            4..=6 => self.below(inline + 1),
            7..=8 => inline + self.below(4 * inline),
            _ => 65_000 + self.below(300_000),
        };
        self.body(length)
    }

    fn body(&mut self, length: u64) -> Bytes {
        self.bodies += 1;
        let number = self.plan.seed << 32 | (self.task as u64) << 24 | self.bodies;
        body(number, usize::try_from(length).expect("small"))
    }

    /// What to do next: mostly what there is something to do it with.
    fn next(&mut self, number: u64) -> Operation {
        let (which, key) = self.some_key();
        let uploads: Vec<u64> = self.state.uploads.keys().copied().collect();
        let upload = (!uploads.is_empty()).then(|| uploads[self.below(uploads.len() as u64) as usize]);
        match (self.below(20), upload) {
            (0..=2, _) => Operation::Delete { which, key },
            (3, _) if let Some(id) = self.some_version(which, &key) => Operation::DeleteVersion { which, key, id },
            (4..=5, _) if self.state.newest(which, &key).is_some() => {
                Operation::Copy { which, from: key, to: self.some_key().1 }
            }
            (6..=7, _) if uploads.len() < 3 => Operation::Begin { number, which, key },
            (8..=12, Some(upload)) => self.go_on(upload),
            (13, Some(upload)) => Operation::Abort { upload },
            _ => Operation::Put { which, key, body: self.some_body() },
        }
    }

    fn some_version(&self, which: In, key: &str) -> Option<larder_types::VersionId> {
        let versions = self.state.keys.get(&(which, key.to_owned()))?;
        versions[self.below(versions.len() as u64) as usize].id
    }

    /// Another part of an upload, or its completion. All parts but an object's last have 5 MiB, so most objects have one.
    fn go_on(&mut self, upload: u64) -> Operation {
        let parts = &self.state.uploads[&upload].parts;
        let numbers: Vec<u16> = parts.keys().copied().collect();
        let long = parts.get(&1).is_some_and(|part| part.len() >= 5 << 20);
        if numbers.len() >= 2 && self.below(2) == 0 {
            let last = numbers[self.below(numbers.len() as u64) as usize];
            let numbers = if long && last != 1 { vec![1, last] } else { vec![last] };
            return Operation::Complete { upload, numbers };
        }
        let number = 1 + u16::try_from(self.below(3)).expect("small");
        let first_long = self.task == 0 && number == 1 && self.bodies < 30 && self.below(3) == 0;
        let body = if first_long { self.body((5 << 20) + 100) } else { self.some_body() };
        Operation::Part { upload, number, body }
    }

    async fn carry_out(&self, operation: &Operation) -> Result<Answer, Error> {
        let upload = |number: &u64| {
            let upload = &self.state.uploads[number];
            (upload.which, upload.key.as_str(), upload.id.expect("it was acknowledged"))
        };
        let world = self.world;
        Ok(match operation {
            Operation::Put { which, key, body } => Answer::Version(world.put(*which, key, body.clone()).await?),
            Operation::Copy { which, from, to } => Answer::Version(world.copy(*which, from, to).await?),
            Operation::Delete { which, key } => match world.delete(*which, key, None).await? {
                Deleted::MarkerAdded { id } => Answer::Version(id),
                _ => Answer::Done,
            },
            Operation::DeleteVersion { which, key, id } => {
                world.delete(*which, key, Some(*id)).await?;
                Answer::Done
            }
            Operation::Begin { which, key, .. } => Answer::Upload(world.begin_upload(*which, key).await?),
            Operation::Part { upload: of, number, body } => {
                world.part(upload(of), *number, body.clone()).await?;
                Answer::Done
            }
            Operation::Complete { upload: of, numbers } => Answer::Version(world.complete(upload(of), numbers).await?),
            Operation::Abort { upload: of } => {
                world.abort(upload(of)).await?;
                Answer::Done
            }
        })
    }

    /// Does all that is planned, or stops where it fails.
    async fn run(mut self, recording: &Recording, steps: &Steps) -> Result<(), Error> {
        let task = self.task;
        for number in 0..self.plan.operations {
            let operation = self.next(number);
            steps.say(recording, Step::Begins { task, operation: operation.clone() });
            match self.carry_out(&operation).await {
                Ok(answer) => {
                    steps.say(recording, Step::Acknowledged { task, answer });
                    self.state.apply(&operation, Some(answer));
                }
                Err(error) => {
                    steps.say(recording, Step::Failed);
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

/// Runs all tasks, and the reclaimer beside them, in a world with buckets. Gives what each task failed with.
pub(crate) async fn run(
    plan: Plan,
    world: &Arc<World>,
    recording: &Arc<Recording>,
    steps: &Arc<Steps>,
) -> Vec<Option<Error>> {
    let done = Arc::new(AtomicBool::new(false));
    let reclaimer = tokio::spawn({
        let (world, done) = (Arc::clone(world), Arc::clone(&done));
        async move {
            while !done.load(Ordering::SeqCst) {
                // Where the store refuses writes, it fails; so do the tasks.
                let _failed = world.engine.reclaim(8).await;
                tokio::task::yield_now().await;
            }
        }
    });
    let tasks: Vec<_> = (0..plan.tasks)
        .map(|task| {
            let (world, recording, steps) = (Arc::clone(world), Arc::clone(recording), Arc::clone(steps));
            tokio::spawn(async move {
                let rng = SeededRng::new(plan.seed << 8 | task as u64);
                let task = Task { plan, task, world: &world, rng, state: State::default(), bodies: 0 };
                task.run(&recording, &steps).await.err()
            })
        })
        .collect();
    let mut failures = Vec::new();
    for task in tasks {
        failures.push(task.await.expect("it does not panic"));
    }
    done.store(true, Ordering::SeqCst);
    reclaimer.await.expect("it does not panic");
    failures
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// Opens a world in an empty directory that is recorded from the start.
pub(crate) async fn first_start(directory: &Path) -> (Arc<World>, Arc<Recording>) {
    let recording = Arc::new(Recording::start(directory).expect("recorded"));
    let world = Arc::new(World::open(directory, 0).await.expect("opened"));
    (world, recording)
}
