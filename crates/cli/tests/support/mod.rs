//! A server, started as a user starts it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A server and the lines it prints when it is ready.
pub(crate) struct Served {
    child: Child,
    pub(crate) banner: String,
}

impl Served {
    /// Starts one, and waits until it is ready.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary runs");
        let mut lines = BufReader::new(child.stdout.take().expect("piped"));
        let mut banner = String::new();
        while !banner.contains("aws s3 cp") {
            assert!(lines.read_line(&mut banner).expect("text") > 0, "it ends early: {banner}");
        }
        Self { child, banner }
    }

    pub(crate) fn word_after(&self, label: &str) -> &str {
        let (_, rest) = self.banner.split_once(label).expect("the label");
        rest.split_whitespace().next().expect("a word")
    }

    pub(crate) fn endpoint(&self) -> &str {
        self.word_after("endpoint")
    }

    /// Sends SIGTERM, and waits for the end that has to be a clean one.
    pub(crate) fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill runs").success());
        assert!(self.child.wait().expect("it ends").success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Of a test that failed; otherwise it has ended and both calls fail.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
