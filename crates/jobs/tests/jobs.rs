//! Workers as `Jobs` runs them. Waits end on events, never on the clock.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use larder_env::SeededRng;
use larder_jobs::{Jobs, Progress, Schedule, Stopped, Worker, WorkerError};
use tokio::sync::{Notify, Semaphore, mpsc};

/// Never reached in a test that passes.
const FOREVER: Duration = Duration::from_secs(600);
const QUICK: Schedule =
    Schedule { throttle: Duration::ZERO, first_retry: Duration::from_millis(1), last_retry: Duration::from_millis(2) };

#[derive(Clone, Copy)]
enum Step {
    Do(Progress),
    Fail,
    Panic,
    Hang,
}

/// Plays steps, reports each, and is idle after the last.
struct Scripted {
    steps: Mutex<VecDeque<Step>>,
    ran: mpsc::UnboundedSender<usize>,
    go_on: Semaphore,
    wake: Notify,
}

#[async_trait]
impl Worker for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    async fn run_once(&self) -> Result<Progress, WorkerError> {
        let (step, left) = {
            let mut steps = self.steps.lock().expect("not poisoned");
            (steps.pop_front(), steps.len())
        };
        let _ = self.ran.send(left);
        match step {
            Some(Step::Do(progress)) => Ok(progress),
            Some(Step::Fail) => Err("this failure is part of the test".into()),
            Some(Step::Panic) => panic!("this panic is part of the test"),
            Some(Step::Hang) => {
                let _go = self.go_on.acquire().await;
                Ok(Progress::IdleFor(FOREVER))
            }
            None => Ok(Progress::IdleFor(FOREVER)),
        }
    }

    async fn wanted(&self) {
        self.wake.notified().await;
    }
}

struct Run {
    jobs: Jobs,
    worker: Arc<Scripted>,
    ran: mpsc::UnboundedReceiver<usize>,
}

fn run(steps: impl IntoIterator<Item = Step>) -> Run {
    let (sender, ran) = mpsc::unbounded_channel();
    let steps = Mutex::new(steps.into_iter().collect());
    let worker = Arc::new(Scripted { steps, ran: sender, go_on: Semaphore::new(0), wake: Notify::new() });
    let mut jobs = Jobs::new(Arc::new(SeededRng::new(1)));
    jobs.start(Arc::clone(&worker) as Arc<dyn Worker>, QUICK);
    Run { jobs, worker, ran }
}

#[tokio::test]
async fn a_worker_goes_on_while_there_is_more_and_when_it_fails_or_panics() {
    let more = Step::Do(Progress::More);
    let mut run = run([more, Step::Fail, Step::Fail, more, Step::Panic, more]);
    for left in [5, 4, 3, 2, 1, 0] {
        assert_eq!(run.ran.recv().await, Some(left));
    }
    assert_eq!(run.jobs.stop(FOREVER).await, Stopped { aborted: 0 });
}

#[tokio::test]
async fn an_idle_worker_runs_when_it_is_woken() {
    let mut run = run([Step::Do(Progress::IdleFor(FOREVER)), Step::Do(Progress::IdleFor(FOREVER))]);
    assert_eq!(run.ran.recv().await, Some(1));
    run.worker.wake.notify_one();
    assert_eq!(run.ran.recv().await, Some(0));
    run.jobs.stop(FOREVER).await;
}

#[tokio::test]
async fn a_call_during_work_is_not_lost() {
    let mut run = run([Step::Hang, Step::Do(Progress::IdleFor(FOREVER))]);
    assert_eq!(run.ran.recv().await, Some(1));
    run.worker.wake.notify_one();
    run.worker.go_on.add_permits(1);
    assert_eq!(run.ran.recv().await, Some(0));
    run.jobs.stop(FOREVER).await;
}

#[tokio::test]
async fn an_idle_worker_runs_when_its_time_has_come() {
    let mut run = run([Step::Do(Progress::IdleFor(Duration::from_millis(1))), Step::Do(Progress::More)]);
    assert_eq!(run.ran.recv().await, Some(1));
    assert_eq!(run.ran.recv().await, Some(0));
    run.jobs.stop(FOREVER).await;
}

#[tokio::test]
async fn a_stop_waits_for_work_but_not_for_ever() {
    let mut patient = run([Step::Hang]);
    patient.ran.recv().await;
    let stopping = tokio::spawn(patient.jobs.stop(FOREVER));
    patient.worker.go_on.add_permits(1);
    assert_eq!(stopping.await.expect("stopped"), Stopped { aborted: 0 });

    let mut impatient = run([Step::Hang]);
    impatient.ran.recv().await;
    assert_eq!(impatient.jobs.stop(Duration::from_millis(5)).await, Stopped { aborted: 1 });
}
