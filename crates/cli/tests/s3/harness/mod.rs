//! A server, a home of its own, and the binary.

mod proxy;
mod uploads;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, SystemTime};

pub(crate) use proxy::{Fault, Proxy};
use tempfile::TempDir;

const ACCESS_KEY: &str = "LARDERCLITESTROOT000";
const SECRET_KEY: &str = "larder-cli-test-secret-000000000000000000";

/// A running `larder serve` with a folder for files.
pub(crate) struct World {
    child: Child,
    folder: TempDir,
    pub(crate) endpoint: String,
}

/// What a command did.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("home/.aws")).expect("a folder");
        let mut child = Command::new(env!("CARGO_BIN_EXE_larder"))
            .args(["serve", "--listen", "127.0.0.1:0", "--durability", "relaxed", "--data"])
            .arg(folder.path().join("data"))
            .env_clear()
            .env("LARDER_ROOT_ACCESS_KEY_ID", ACCESS_KEY)
            .env("LARDER_ROOT_SECRET_ACCESS_KEY", SECRET_KEY)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs");
        let mut lines = BufReader::new(child.stdout.take().expect("piped"));
        let mut banner = String::new();
        while !banner.contains("aws s3 cp") {
            assert!(lines.read_line(&mut banner).expect("text") > 0, "it ends early: {banner}");
        }
        let (_, rest) = banner.split_once("endpoint").expect("an endpoint");
        let endpoint = rest.split_whitespace().next().expect("an endpoint").to_owned();
        Self { child, folder, endpoint }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command with nothing of the user's own settings.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_larder"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.path("home"))
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("TZ", "UTC")
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn larder(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments).output().expect("the binary runs"))
    }

    /// As [`Self::larder`], by way of a proxy.
    pub(crate) fn through(&self, proxy: &Proxy, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        ran(command.env("AWS_ENDPOINT_URL", &proxy.endpoint).output().expect("the binary runs"))
    }

    /// As [`Self::larder`], and it has to succeed.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.larder(arguments);
        assert_eq!(ran.code, 0, "larder {arguments:?}: {}{}", ran.out, ran.err);
        ran.out
    }

    /// Writes a file that was changed a minute ago, as most have been.
    pub(crate) fn write(&self, name: &str, content: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("a folder");
        fs::write(&path, content).expect("a file");
        age(&path, Duration::from_secs(60));
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// All keys of a bucket.
    pub(crate) fn keys(&self, bucket: &str) -> Vec<String> {
        let listed = self.ok(&["find", &format!("s3://{bucket}/")]);
        listed.lines().map(|line| line.trim_start_matches(&format!("s3://{bucket}/")).to_owned()).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // It may have ended already; then both calls fail and nothing is left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn ran(output: Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// Dates a file back.
#[expect(clippy::disallowed_methods, reason = "files have the machine's time")]
pub(crate) fn age(path: &Path, by: Duration) {
    let file = fs::File::options().write(true).open(path).expect("a file");
    file.set_modified(SystemTime::now() - by).expect("a time");
}

/// Bytes that do not repeat.
pub(crate) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// What every file below a folder holds.
pub(crate) fn files(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).expect("below the root").to_str().expect("text").to_owned();
                found.push((name, fs::read(&path).expect("a file")));
            }
        }
    }
    found.sort();
    found
}
