//! When the scrubber scrubs. Time is a simulated clock's.

use std::sync::Arc;
use std::time::Duration;

use larder_engine::{Engine, EngineSettings};
use larder_env::{SeededRng, SimulatedClock};
use larder_jobs::{Progress, ScrubSchedule, Scrubber, Worker};
use larder_store::memory::{MemoryBlobStore, MemoryMetaStore};
use larder_types::Timestamp;

const HOUR: Duration = Duration::from_secs(60 * 60);

fn scrubber(clock: &Arc<SimulatedClock>, interval: Duration) -> Scrubber {
    let (meta, blobs) = (Arc::new(MemoryMetaStore::new()), Arc::new(MemoryBlobStore::new()));
    let rng = Arc::new(SeededRng::new(1));
    let engine = Arc::new(Engine::new(meta, blobs, Arc::clone(clock) as _, rng, EngineSettings::default()));
    Scrubber::new(engine, ScrubSchedule { interval, rate_mib: 16 })
}

async fn run(scrubber: &Scrubber) -> Duration {
    loop {
        match scrubber.run_once().await.expect("a step") {
            Progress::More => {}
            Progress::IdleFor(pause) => return pause,
        }
    }
}

#[tokio::test]
async fn it_scrubs_when_it_is_time_and_when_asked() {
    let clock = Arc::new(SimulatedClock::new(Timestamp::from_millis(1_767_225_600_000)));
    let scrubber = scrubber(&clock, 100 * HOUR);
    assert_eq!(run(&scrubber).await, HOUR, "the first comes soon");
    assert_eq!(scrubber.state().await.started, None);
    clock.advance(HOUR);
    assert_eq!(run(&scrubber).await, 100 * HOUR);
    let state = scrubber.state().await;
    assert!(!state.running && state.started == state.finished && state.finished.is_some());
    clock.advance(10 * HOUR);
    assert_eq!(run(&scrubber).await, 90 * HOUR);

    scrubber.begin(Some(0)).await;
    assert!(scrubber.state().await.running);
    scrubber.wanted().await;
    assert_eq!(run(&scrubber).await, 100 * HOUR);
    let again = scrubber.state().await;
    assert!(!again.running && again.finished > state.finished);
}

#[tokio::test]
async fn it_scrubs_only_when_asked_if_told_so() {
    let clock = Arc::new(SimulatedClock::new(Timestamp::from_millis(1_767_225_600_000)));
    let scrubber = scrubber(&clock, Duration::ZERO);
    run(&scrubber).await;
    clock.advance(10_000 * HOUR);
    run(&scrubber).await;
    assert_eq!(scrubber.state().await.started, None);
    scrubber.begin(None).await;
    run(&scrubber).await;
    assert!(scrubber.state().await.finished.is_some());
}
