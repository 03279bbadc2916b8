//! One running `larder serve`: started on a port of its choosing, stopped when dropped.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, thread};

use anyhow::{Context, Result, bail};

use crate::repository;
use crate::stopwatch::Stopwatch;

pub(crate) const ACCESS_KEY: &str = "LARDERCLIENTSROOT000";
pub(crate) const SECRET_KEY: &str = "larder-clients-root-secret-0000000000000";

/// Long enough for a slow machine to open its data after a kill.
const START_LIMIT: Duration = Duration::from_secs(60);
/// Longer than the drain that SIGTERM starts.
const STOP_LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);

pub(crate) struct Server {
    child: Child,
    log: PathBuf,
    /// `http://127.0.0.1:<port>`, or `https://localhost:<port>` where the flags turn TLS on.
    pub(crate) endpoint: String,
}

impl Server {
    /// Returns once the server has printed the endpoint it listens on; port 0 lets the system choose.
    pub(crate) fn start(binary: &Path, data: &Path, log: &Path, port: u16) -> Result<Self> {
        Self::start_with(binary, data, log, port, &[])
    }

    /// As [`Server::start`], with further flags of `larder serve`.
    pub(crate) fn start_with(binary: &Path, data: &Path, log: &Path, port: u16, flags: &[&str]) -> Result<Self> {
        let output = File::create(log).with_context(|| format!("cannot create {}", log.display()))?;
        let child = Command::new(binary)
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(data)
            .args(flags)
            .env("LARDER_ROOT_ACCESS_KEY_ID", ACCESS_KEY)
            .env("LARDER_ROOT_SECRET_ACCESS_KEY", SECRET_KEY)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("{} does not start", binary.display()))?;
        let mut server = Self { child, log: log.to_owned(), endpoint: String::new() };
        let watch = Stopwatch::start();
        while watch.elapsed() < START_LIMIT {
            if let Some(endpoint) = endpoint_in(&server.log_text()) {
                server.endpoint = endpoint;
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                bail!("larder ended at start ({status}):\n{}", server.log_tail());
            }
            thread::sleep(POLL);
        }
        bail!("larder printed no endpoint within {START_LIMIT:?}:\n{}", server.log_tail())
    }

    /// Ends the process the hard way: what a power loss leaves to the operating system's memory is all that survives.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill().context("cannot kill larder")?;
        self.child.wait().context("larder vanished")?;
        Ok(())
    }

    /// Asks the process to drain and fails when it does not end cleanly.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.terminate()?;
        let watch = Stopwatch::start();
        while watch.elapsed() < STOP_LIMIT {
            if let Some(status) = self.child.try_wait()? {
                if status.success() {
                    return Ok(());
                }
                bail!("larder ended with {status} after SIGTERM:\n{}", self.log_tail());
            }
            thread::sleep(POLL);
        }
        bail!("larder still ran {STOP_LIMIT:?} after SIGTERM:\n{}", self.log_tail())
    }

    fn terminate(&self) -> Result<()> {
        let status =
            Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().context("no `kill`")?;
        if !status.success() {
            bail!("larder had already ended:\n{}", self.log_tail());
        }
        Ok(())
    }

    fn log_text(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log_tail(&self) -> String {
        last_lines(&self.log_text(), 20)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended already; then both calls fail and nothing is left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The given binary, or the release build of this checkout.
pub(crate) fn binary(given: Option<&Path>) -> Result<PathBuf> {
    let path = match (given, env::var_os("CARGO_TARGET_DIR")) {
        (Some(path), _) => path.to_owned(),
        (None, Some(target)) => PathBuf::from(target).join("release/larder"),
        (None, None) => repository::root()?.join("target/release/larder"),
    };
    if !path.is_file() {
        bail!("{} does not exist; run `cargo build --release` first", path.display());
    }
    Ok(path)
}

/// The address in the start-up lines; only a complete line counts, for the file may hold half of one.
fn endpoint_in(log: &str) -> Option<String> {
    let complete = &log[..log.rfind('\n')?];
    complete.split_whitespace().find_map(|word| {
        let scheme = ["http://127.0.0.1:", "https://localhost:"].into_iter().find(|start| word.starts_with(start))?;
        let port: String = word[scheme.len()..].chars().take_while(char::is_ascii_digit).collect();
        (!port.is_empty() && port != "0").then(|| format!("{scheme}{port}"))
    })
}

pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_read_from_complete_lines() {
        assert_eq!(endpoint_in("endpoint  http://127.0.0.1:91"), None);
        assert_eq!(endpoint_in("x\nendpoint  http://127.0.0.1:9100\n"), Some("http://127.0.0.1:9100".to_owned()));
        assert_eq!(endpoint_in("\"url\":\"x\" http://127.0.0.1:9/ \n"), Some("http://127.0.0.1:9".to_owned()));
        assert_eq!(endpoint_in("listen http://127.0.0.1:0\n"), None);
        assert_eq!(endpoint_in("endpoint  https://localhost:9443\n"), Some("https://localhost:9443".to_owned()));
    }
}
