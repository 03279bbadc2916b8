//! Another S3 server: started by a command line on a fresh folder and free ports, stopped with everything it started.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use super::bodies::Bodies;
use super::client::Account;
use super::placeholders::fill;
use super::worker::{Operation, Worker};
use crate::process::Process;
use crate::server::last_lines;
use crate::stopwatch::Stopwatch;

/// Credentials in a form that every server takes; Garage is strict about it.
pub(super) const ACCESS_KEY: &str = "GK5ca1ab1e0ddba11c0ffee000";
pub(super) const SECRET_KEY: &str = "5ca1ab1e0ddba11c0ffee0005ca1ab1e0ddba11c0ffee0005ca1ab1e0ddba11c";

/// Long enough for a server of several parts to find them all.
const START_LIMIT: Duration = Duration::from_secs(90);
/// Data is thrown away, so nothing is lost by ending a slow one the hard way.
const STOP_LIMIT: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(50);
/// Below those that Linux gives to outgoing connections, of which a load opens many.
const PORTS: std::ops::Range<u16> = 12_000..32_000;
/// Ends a group and removes a folder as soon as whoever holds the other end of the pipe has ended, however that came
/// about.
const GUARD: &str = r#"read -r _; kill -s KILL -- "-$1"; rm -rf -- "$2""#;

pub(super) struct Peer {
    child: Child,
    guard: Child,
    folder: TempDir,
    /// `host:port`
    pub(super) address: String,
}

impl Peer {
    /// Starts a command line, in which placeholders are replaced, as a process group of its own.
    pub(super) fn start(command: &str, folder: TempDir, access_key: &str, secret_key: &str) -> Result<Self> {
        let data = folder.path().join("data");
        fs::create_dir(&data).context("no folder for a peer")?;
        let data = data.to_str().context("the path of the data folder is not UTF-8")?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@".contains(&byte);
        ensure!(data.bytes().all(is_plain), "{data}: a shell would not take that as one word; choose another --data");
        let mut ports = FreePorts::new();
        let address = format!("127.0.0.1:{}", ports.number(1)?);
        let command = fill(command, &mut |name| match name {
            "data" => Ok(Some(data.to_owned())),
            "access-key" => Ok(Some(access_key.to_owned())),
            "secret-key" => Ok(Some(secret_key.to_owned())),
            "port" => ports.number(1).map(|port| Some(port.to_string())),
            _ => match name.strip_prefix("port-").and_then(|number| number.parse().ok()) {
                Some(number @ 2..=FreePorts::MOST) => ports.number(number).map(|port| Some(port.to_string())),
                _ => Ok(None),
            },
        })?;
        let log = File::create(log_of(&folder)).context("no log for a peer")?;
        let child = Command::new("sh")
            .args(["-c", &command])
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("`{command}` does not start"))?;
        let guard = Command::new("sh")
            .args(["-c", GUARD, "guard", &child.id().to_string()])
            .arg(folder.path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("no guard for a peer")?;
        Ok(Self { child, guard, folder, address })
    }

    /// Everything that the command line started.
    pub(super) fn process(&self) -> Process {
        Process::group(self.child.id())
    }

    /// Returns once an object was put, read and deleted.
    pub(super) fn wait(&mut self, account: &Account) -> Result<()> {
        let bodies = Arc::new(Bodies::new(0));
        let watch = Stopwatch::start();
        loop {
            let Err(error) = is_ready(account, &bodies) else { return Ok(()) };
            let status = self.child.try_wait()?;
            if let Some(status) = status.filter(|_| !self.process().is_running()) {
                bail!("the peer ended at start ({status}):\n{}", self.log_tail());
            }
            if watch.elapsed() > START_LIMIT {
                bail!("the peer is not ready after {START_LIMIT:?}: {error:#}\n{}", self.log_tail());
            }
            thread::sleep(POLL);
        }
    }

    /// Asks all of it to end, and makes what does not.
    pub(super) fn stop(mut self) -> Result<()> {
        self.signal(Signal::TERM);
        let watch = Stopwatch::start();
        // The first process stays in the group until it is waited for.
        while watch.elapsed() < STOP_LIMIT && (self.child.try_wait()?.is_none() || self.process().is_running()) {
            thread::sleep(POLL);
        }
        Ok(())
    }

    fn signal(&self, signal: Signal) {
        // Without a process left in the group there is nothing to do.
        let _ = Pid::from_raw(self.child.id().cast_signed()).map(|group| kill_process_group(group, signal));
    }

    /// The last lines of its output, cut where they are very long.
    pub(super) fn log_tail(&self) -> String {
        let text = fs::read(log_of(&self.folder)).unwrap_or_default();
        let lines = last_lines(&String::from_utf8_lossy(&text), 20);
        lines.lines().map(|line| line.chars().take(300).collect::<String>() + "\n").collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
        // The folder goes away by itself.
        let _ = self.guard.kill();
        let _ = self.guard.wait();
    }
}

fn log_of(folder: &TempDir) -> PathBuf {
    folder.path().join("log")
}

/// Whether a server does what it is for. Some answer before they can store anything.
pub(super) fn is_ready(account: &Account, bodies: &Arc<Bodies>) -> Result<()> {
    let mut worker = Worker::new(account, 0, "larder-bench-ready", 1_024, 1, Arc::clone(bodies));
    // An attempt before may have made it; if there is none, the next request fails.
    let created = worker.create_bucket();
    for operation in [Operation::Put, Operation::Get, Operation::Delete] {
        worker.step(operation).map_err(|error| match &created {
            Ok(()) => error,
            Err(first) => error.context(format!("{first:#}")),
        })?;
    }
    worker.delete_bucket()
}

/// Ports that nobody listens on, by number.
struct FreePorts {
    found: Vec<u16>,
    next: u16,
}

impl FreePorts {
    const MOST: usize = 20;

    fn new() -> Self {
        // Runs at the same time begin at different places.
        let start = std::process::id().wrapping_mul(127) % u32::from(PORTS.end - PORTS.start);
        Self { found: Vec::new(), next: PORTS.start + start as u16 }
    }

    /// From 1 on; the same number gives the same port.
    fn number(&mut self, number: usize) -> Result<u16> {
        let most = PORTS.len();
        for _ in 0..most {
            if let Some(port) = self.found.get(number - 1) {
                return Ok(*port);
            }
            let port = self.next;
            self.next = if port + 1 < PORTS.end { port + 1 } else { PORTS.start };
            if TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok() {
                self.found.push(port);
            }
        }
        bail!("no free port from {} to {}", PORTS.start, PORTS.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_port_is_free_and_stays_the_same() {
        let mut ports = FreePorts::new();
        let taken = ports.number(3).unwrap();
        assert_eq!(ports.number(3).unwrap(), taken);
        assert_ne!(ports.number(1).unwrap(), ports.number(2).unwrap());
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, taken)).unwrap();
        let mut others = FreePorts::new();
        assert!((1..=3).all(|number| others.number(number).unwrap() != taken));
        drop(listener);
    }

    #[test]
    fn everything_that_was_started_ends_and_the_folder_goes() {
        let folder = folder();
        let path = folder.path().to_owned();
        let peer =
            Peer::start("sleep 600 & echo {access-key} > {data}/key; sleep 600", folder, "id", "secret").unwrap();
        let process = peer.process();
        while fs::read_to_string(path.join("data/key")).unwrap_or_default() != "id\n" {
            thread::sleep(POLL);
        }
        assert!(process.is_running());
        peer.stop().unwrap();
        assert!(!process.is_running());
        assert!(!path.exists());
    }

    #[test]
    fn nothing_is_left_when_this_program_is_killed() {
        let folder = folder();
        let path = folder.path().to_owned();
        let mut peer = Peer::start("sleep 600; exit", folder, "id", "secret").unwrap();
        assert!(peer.process().is_running());
        // What the kernel closes of a program that has ended.
        drop(peer.guard.stdin.take());
        peer.guard.wait().unwrap();
        while peer.process().is_running() {
            thread::sleep(POLL);
        }
        assert!(!path.exists());
    }

    #[test]
    fn a_command_that_fails_says_why() {
        let mut peer = Peer::start("echo no such server >&2; exit 3", folder(), "id", "secret").unwrap();
        let account = Account {
            address: peer.address.clone(),
            access_key: "id".to_owned(),
            secret_key: "secret".to_owned(),
            region: "us-east-1".to_owned(),
            signs_payload: false,
            trust: None,
        };
        let error = peer.wait(&account).unwrap_err().to_string();
        assert!(error.contains("exit status: 3") && error.contains("no such server"), "{error}");
        assert!(Peer::start("serve {prot}", self::folder(), "id", "secret").is_err());
    }
}
