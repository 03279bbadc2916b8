//! One client program: found on PATH, given the settings it needs, run within a time limit.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;
use std::{env, io};

use anyhow::{Context, Result, bail};

use crate::server::last_lines;
use crate::stopwatch::Stopwatch;

/// No step of any client takes this long on a machine that works.
const LIMIT: Duration = Duration::from_secs(600);
const POLL: Duration = Duration::from_millis(10);

/// Where PATH finds a program.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|candidate| candidate.is_file())
}

/// A command being put together. Its output goes to a file, so that no pipe can fill up and stop it.
pub(crate) struct Program {
    command: Command,
    shown: String,
    log: PathBuf,
    limit: Duration,
}

impl Program {
    pub(crate) fn new(program: &OsStr, log: &Path) -> Self {
        let mut command = Command::new(program);
        command.stdin(Stdio::null());
        let name = Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned();
        Self { command, shown: name, log: log.to_owned(), limit: LIMIT }
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn current_dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        let argument = argument.as_ref();
        self.shown.push(' ');
        self.shown.push_str(&argument.to_string_lossy());
        self.command.arg(argument);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, |program, argument| program.arg(argument))
    }

    /// For what is meant to take long.
    pub(crate) fn unlimited(mut self) -> Self {
        self.limit = Duration::MAX;
        self
    }

    /// Runs to the end and returns what was printed; a non-zero status is an error with the last lines.
    pub(crate) fn run(self) -> Result<String> {
        let shown = self.shown.clone();
        let (status, printed) = self.outcome()?;
        if !status.success() {
            bail!("`{shown}` ended with {status}:\n{}", last_lines(&printed, 30));
        }
        Ok(printed)
    }

    /// Runs to the end, whatever the status is then.
    pub(crate) fn outcome(mut self) -> Result<(ExitStatus, String)> {
        let mut child = self.spawn()?;
        let watch = Stopwatch::start();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if watch.elapsed() > self.limit {
                child.kill()?;
                child.wait()?;
                bail!("`{}` still ran after {:?}:\n{}", self.shown, self.limit, last_lines(&self.printed()?, 30));
            }
            thread::sleep(POLL);
        };
        Ok((status, self.printed()?))
    }

    /// Kills the program as soon as it has printed `count` complete lines that begin with `mark`; returns all it
    /// printed. An error when it ends before.
    pub(crate) fn kill_after(mut self, mark: &str, count: usize) -> Result<String> {
        let mut child = self.spawn()?;
        let watch = Stopwatch::start();
        loop {
            let printed = self.printed()?;
            let complete = printed.split_inclusive('\n').filter(|line| line.ends_with('\n') && line.starts_with(mark));
            let reached = complete.count() >= count;
            if let Some(status) = child.try_wait()? {
                bail!("`{}` ended with {status} before it was killed:\n{}", self.shown, last_lines(&printed, 30));
            }
            if reached || watch.elapsed() > self.limit {
                child.kill()?;
                child.wait()?;
            }
            if reached {
                return Ok(self.printed()?);
            }
            if watch.elapsed() > self.limit {
                bail!("`{}` did not get halfway within {:?}:\n{}", self.shown, self.limit, last_lines(&printed, 30));
            }
            thread::sleep(POLL);
        }
    }

    fn spawn(&mut self) -> Result<Child> {
        let output = File::create(&self.log).with_context(|| format!("cannot create {}", self.log.display()))?;
        self.command.stdout(output.try_clone()?).stderr(output);
        self.command.spawn().with_context(|| format!("`{}` does not start", self.shown))
    }

    fn printed(&self) -> io::Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(&self.log)?).into_owned())
    }
}
