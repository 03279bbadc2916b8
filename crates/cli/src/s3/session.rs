//! One command's run: threads, signals, and the way for requests.

use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;

use larder_client::requests::Requests;
use larder_env::{Clock, Rng, SystemClock, SystemRng};
use tokio::sync::watch;

use super::{Ending, Failure, conclude};

/// Requests at a time, unless a flag says otherwise.
pub(crate) const CONCURRENCY: usize = 64;

/// Threads that read and write files: a few for each core. More wait for the locks of the same few folders, and spin while they do.
fn file_threads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from) * 2 + 4
}

/// Time and chance, handed down.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { clock: Arc::new(SystemClock::new()), rng: Arc::new(SystemRng) }
    }

    pub(crate) fn requests(&self, most: usize, bytes_per_second: Option<u64>) -> Arc<Requests> {
        Arc::new(Requests::new(most, bytes_per_second, Arc::clone(&self.clock), Arc::clone(&self.rng)))
    }
}

/// Runs a command to its end.
pub(crate) fn run<F: Future<Output = Ending>>(command: impl FnOnce(World) -> F) -> ExitCode {
    larder_server::raise_file_limit();
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = match builder.enable_all().max_blocking_threads(file_threads()).build() {
        Ok(runtime) => runtime,
        Err(error) => return conclude(Err(Failure::Other(anyhow::anyhow!("cannot start threads: {error}")))),
    };
    let ending = runtime.block_on(command(World::new()));
    // A thread may still wait for input that never comes.
    runtime.shutdown_background();
    conclude(ending)
}

/// Becomes true with the first Ctrl-C or SIGTERM; the second ends the process at once.
pub(crate) fn stop_signal() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        if next_signal().await {
            sender.send_replace(true);
            if next_signal().await {
                std::process::exit(1);
            }
        }
        // Without signals to wait for nothing ever stops the run.
        std::future::pending::<()>().await;
        drop(sender);
    });
    receiver
}

async fn next_signal() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return false };
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.is_ok(),
        _ = terminate.recv() => true,
    }
}
