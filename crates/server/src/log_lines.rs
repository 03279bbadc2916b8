//! Log lines on their way to the standard error.
//!
//! Whoever reads them may stop to: a collector that hangs, a terminal that is held. Threads that answer requests are not to wait
//! for that, so a thread of its own writes, and lines that find no room are dropped and counted.

use std::io::{self, Write, stderr};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// Bytes of lines that may wait.
const MOST_WAITING: usize = 4 * 1024 * 1024;

/// How long the end of the process is put off for lines that wait.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Takes lines, and never waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogLines(Arc<Queue>);

#[derive(Debug, Default)]
struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    emptied: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    dropped: u64,
    is_writing: bool,
    is_ending: bool,
}

/// Lines are written while this lives. Dropped, it waits a moment for those that wait.
#[derive(Debug)]
pub struct LogGuard(LogLines);

impl LogLines {
    /// Begins to write to the standard error.
    ///
    /// # Errors
    /// When there can be no further thread.
    pub(crate) fn start() -> io::Result<(Self, LogGuard)> {
        let lines = Self::default();
        let queue = Arc::clone(&lines.0);
        thread::Builder::new().name("log".to_owned()).spawn(move || queue.write_to(stderr()))?;
        Ok((lines.clone(), LogGuard(lines)))
    }

    fn push(&self, line: &[u8]) {
        let mut state = self.0.state.lock();
        if state.waiting.len() + line.len() > MOST_WAITING {
            state.dropped += 1;
            return;
        }
        state.waiting.extend_from_slice(line);
        self.0.filled.notify_one();
    }
}

impl Queue {
    /// Writes what comes until there is an end.
    fn write_to(&self, mut out: impl Write) {
        let mut lines = Vec::new();
        loop {
            let dropped = {
                let mut state = self.state.lock();
                state.is_writing = false;
                self.emptied.notify_all();
                while state.waiting.is_empty() && !state.is_ending {
                    self.filled.wait(&mut state);
                }
                if state.waiting.is_empty() {
                    return;
                }
                state.is_writing = true;
                std::mem::swap(&mut state.waiting, &mut lines);
                std::mem::take(&mut state.dropped)
            };
            // Lines that cannot be written have no reader.
            let _ = out.write_all(&lines);
            if dropped > 0 {
                let _ = writeln!(out, "{dropped} log lines were dropped here: nobody read them fast enough");
            }
            lines.clear();
        }
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        let queue = &self.0.0;
        let mut state = queue.state.lock();
        state.is_ending = true;
        queue.filled.notify_one();
        while !state.waiting.is_empty() || state.is_writing {
            if queue.emptied.wait_for(&mut state, LAST_LINES).timed_out() {
                return;
            }
        }
    }
}

impl Write for LogLines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogLines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Passes on what is written, once it is let.
    struct Held(mpsc::Receiver<()>, mpsc::Sender<Vec<u8>>);

    impl Write for Held {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            let _ = self.1.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_find_no_room_are_counted_and_nobody_waits() {
        let ((release, held), (sender, written)) = (mpsc::channel(), mpsc::channel());
        let lines = LogLines::default();
        let queue = Arc::clone(&lines.0);
        let writer = thread::spawn(move || queue.write_to(Held(held, sender)));
        let line = [b'x'; 1024];
        for _ in 0..3 * MOST_WAITING / line.len() {
            lines.push(&line);
        }
        drop(release);
        drop(LogGuard(lines));
        writer.join().expect("it ends");
        let written: Vec<u8> = written.iter().flatten().collect();
        let text = String::from_utf8(written).expect("text");
        // Told after each batch before which lines were dropped. There are one or two: the writer may begin in the midst of it.
        let told = text.lines().map(|line| line.trim_start_matches('x')).filter(|told| !told.is_empty());
        let told: Vec<&str> = told.collect();
        let count =
            |told: &&str| told.split(' ').next().and_then(|count| count.parse::<usize>().ok()).expect("a count");
        let dropped: usize = told.iter().map(count).sum();
        assert_eq!(text.matches('x').count() + dropped * line.len(), 3 * MOST_WAITING, "{told:?}");
        assert!(dropped >= MOST_WAITING / line.len(), "{told:?}");
    }
}
