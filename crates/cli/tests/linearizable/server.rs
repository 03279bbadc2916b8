//! The binary, serving a folder until it is killed.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

pub(crate) const ACCESS_KEY: &str = "LARDERLINEARROOT0000";
pub(crate) const SECRET_KEY: &str = "larder-linear-secret-0000000000000000000";

pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// A process that may not have come so far as to serve.
pub(crate) struct Starting(Child);

impl Starting {
    pub(crate) fn spawn(folder: &Path) -> Self {
        // `LARDER_BINARY` lets the long run try another build.
        let binary = std::env::var_os("LARDER_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_larder").into());
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--durability", "full", "--data"]).arg(folder.join("data"));
        command
            .env_clear()
            .env("LARDER_ROOT_ACCESS_KEY_ID", ACCESS_KEY)
            .env("LARDER_ROOT_SECRET_ACCESS_KEY", SECRET_KEY);
        command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        Self(command.spawn().expect("the binary runs"))
    }

    /// Waits until it says where it listens.
    pub(crate) fn ready(mut self) -> Server {
        let mut lines = BufReader::new(self.0.stdout.take().expect("piped"));
        let mut banner = String::new();
        while !banner.contains("aws s3 cp") {
            assert!(lines.read_line(&mut banner).expect("text") > 0, "it does not start: {banner}");
        }
        let (_, rest) = banner.split_once("endpoint").expect("an endpoint");
        let endpoint = rest.split_whitespace().next().expect("an endpoint");
        let address = endpoint.strip_prefix("http://").and_then(|address| address.parse().ok());
        Server { child: self.0, address: address.expect("an address") }
    }

    /// Ends it the hard way.
    pub(crate) fn kill(mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("ended");
    }
}

impl Server {
    /// Ends it the hard way. When this returns, the process is gone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already, unless the test failed; then both calls fail and nothing is left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
