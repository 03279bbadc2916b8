//! Threads for work on files that is short and comes often.
//!
//! To write a small file takes less time than to wake a thread for it and to be woken by that. So a thread that is awake goes
//! on with whatever waits, in the order it came, and another one is woken only when more waits than those awake do soon.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::error::{ErrorKind, RequestError};

/// What may wait for each thread that is awake.
const WAITING_FOR_EACH: usize = 8;

/// Carries out work on the runtime's threads for what blocks.
pub(crate) struct FileThreads {
    most: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Box<dyn FnOnce() + Send>>,
    awake: usize,
}

impl FileThreads {
    /// At most so many threads at a time; with one of them all work is done in order. The runtime may have fewer.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most: most.max(1), state: Mutex::default() })
    }

    /// Has work done. What is ready to run goes first: it may have more work, and then one thread is woken for all.
    ///
    /// # Errors
    /// The work's.
    pub(crate) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce() -> Result<T, RequestError> + Send + 'static,
    ) -> Result<T, RequestError> {
        let begun = self.put(work);
        tokio::task::yield_now().await;
        self.wake();
        begun.done().await
    }

    /// Gives work to the threads; the outcome is to be waited for. Work that nobody waits for any more when its turn comes
    /// is not done.
    ///
    /// Must be called within a runtime.
    pub(crate) fn begin<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce() -> Result<T, RequestError> + Send + 'static,
    ) -> Begun<T> {
        let begun = self.put(work);
        self.wake();
        begun
    }

    fn put<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T, RequestError> + Send + 'static) -> Begun<T> {
        let (answer, waits) = oneshot::channel();
        self.lock().waiting.push_back(Box::new(move || {
            if !answer.is_closed() {
                // Who stopped waiting meanwhile has no use for it.
                let _ = answer.send(work());
            }
        }));
        Begun(waits)
    }

    /// Wakes another thread if those awake have too much to do.
    fn wake(self: &Arc<Self>) {
        {
            let mut state = self.lock();
            if state.awake == self.most || state.waiting.len() <= state.awake * WAITING_FOR_EACH {
                return;
            }
            state.awake += 1;
        }
        let threads = Arc::clone(self);
        tokio::task::spawn_blocking(move || threads.work_off());
    }

    fn work_off(&self) {
        while let Some(job) = self.next() {
            // A panic ends its own work and not that which waits.
            let _ = catch_unwind(AssertUnwindSafe(job));
        }
    }

    fn next(&self) -> Option<Box<dyn FnOnce() + Send>> {
        let mut state = self.lock();
        let job = state.waiting.pop_front();
        if job.is_none() {
            state.awake -= 1;
        }
        job
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Work that waits for its turn or is being done.
pub(crate) struct Begun<T>(oneshot::Receiver<Result<T, RequestError>>);

impl<T> Begun<T> {
    /// What came of it.
    pub(crate) async fn done(self) -> Result<T, RequestError> {
        // The answer is dropped unsent only by a panic, which has been printed.
        self.0.await.unwrap_or_else(|_| Err(RequestError::new(ErrorKind::Other, "work on a file broke off")))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn one_thread_works_in_order() {
        let threads = FileThreads::new(1);
        let done = Arc::new(Mutex::new(Vec::new()));
        let begun: Vec<_> = (0..100)
            .map(|number| {
                let done = Arc::clone(&done);
                threads.begin(move || {
                    done.lock().expect("no panic").push(number);
                    Ok(number)
                })
            })
            .collect();
        for (number, begun) in begun.into_iter().enumerate() {
            assert_eq!(begun.done().await.expect("done"), number);
        }
        assert_eq!(*done.lock().expect("no panic"), (0..100).collect::<Vec<_>>());
    }

    /// Work that is held up holds up no more than what waits for its own thread.
    #[tokio::test]
    async fn more_threads_wake_when_much_waits() {
        let threads = FileThreads::new(2);
        let (release, held_up) = mpsc::channel::<()>();
        let first = threads.begin(move || Ok(held_up.recv().is_ok()));
        let others: Vec<_> = (0..WAITING_FOR_EACH + 2).map(|number| threads.begin(move || Ok(number))).collect();
        for (number, other) in others.into_iter().enumerate() {
            assert_eq!(other.done().await.expect("done"), number);
        }
        release.send(()).expect("the first still waits");
        assert!(first.done().await.expect("done"));
    }

    #[tokio::test]
    async fn nothing_is_done_that_nobody_waits_for_and_a_panic_ends_only_itself() {
        let threads = FileThreads::new(1);
        let (release, held_up) = mpsc::channel::<()>();
        let done = Arc::new(AtomicUsize::new(0));
        let first = threads.begin(move || Ok(held_up.recv().is_ok()));
        let counts = Arc::clone(&done);
        drop(threads.begin(move || Ok(counts.fetch_add(1, Ordering::SeqCst))));
        let broken = threads.begin(|| -> Result<(), RequestError> { panic!("this is printed by the test") });
        let counts = Arc::clone(&done);
        let last = threads.begin(move || Ok(counts.fetch_add(1, Ordering::SeqCst)));
        release.send(()).expect("the first still waits");
        assert!(first.done().await.expect("done"));
        assert_eq!(broken.done().await.expect_err("it broke off").kind, ErrorKind::Other);
        assert_eq!(last.done().await.expect("done"), 0);
    }
}
