//! What every client step gets: a running server, a scratch folder, and the settings clients read.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use tempfile::TempDir;

use super::Arguments;
use crate::program::Program;
use crate::repository;
use crate::scratch;
use crate::server::{ACCESS_KEY, SECRET_KEY, Server};

pub(super) const REGION: &str = "us-east-1";

/// A server on fresh data; both are gone when the session is dropped.
pub(super) struct Session {
    /// `None` only while the server is down between a kill and the next start.
    server: RefCell<Option<Server>>,
    scratch: TempDir,
    binary: PathBuf,
    pub(super) files: usize,
    /// MiB
    pub(super) large_size: u64,
}

impl Session {
    pub(super) fn start(binary: &Path, arguments: &Arguments) -> Result<Self> {
        let scratch = scratch::folder("clients", None)?;
        for folder in ["data", "home"] {
            fs::create_dir(scratch.path().join(folder))?;
        }
        // The AWS tools take path-style addressing from a file only, and presign with version 2 unless a file says otherwise.
        fs::write(
            scratch.path().join("aws-config"),
            "[default]\ns3 =\n    addressing_style = path\n    signature_version = s3v4\n",
        )?;
        let session = Self {
            server: RefCell::new(None),
            scratch,
            binary: binary.canonicalize()?,
            files: arguments.files,
            large_size: arguments.large_size,
        };
        session.start_server()?;
        Ok(session)
    }

    /// A path in the scratch folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// The binary that serves, which is a client too.
    pub(super) fn binary(&self) -> &Path {
        &self.binary
    }

    pub(super) fn endpoint(&self) -> String {
        self.server.borrow().as_ref().map(|server| server.endpoint.clone()).unwrap_or_default()
    }

    pub(super) fn server_log_tail(&self) -> String {
        self.server.borrow().as_ref().map_or_else(|| "(the server is down)".to_owned(), Server::log_tail)
    }

    fn start_server(&self) -> Result<()> {
        let server = Server::start(&self.binary, &self.path("data"), &self.path("server.log"), 0)?;
        self.server.replace(Some(server));
        Ok(())
    }

    /// `kill -9`, then a start on the same data and another port.
    pub(super) fn kill_and_restart_server(&self) -> Result<()> {
        if let Some(server) = self.server.take() {
            server.kill()?;
        }
        self.start_server()
    }

    /// SIGTERM; fails unless the server drains and ends with success.
    pub(super) fn stop_server(&self) -> Result<()> {
        self.server.take().map_or(Ok(()), Server::stop)
    }

    /// A client with the credentials, endpoint and an empty home; nothing of the user's own settings reaches it.
    pub(super) fn program(&self, program: impl AsRef<OsStr>) -> Program {
        let mut command = Program::new(program.as_ref(), &self.path("client.log"))
            .env("HOME", self.path("home"))
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_REGION", REGION)
            .env("AWS_ENDPOINT_URL", self.endpoint())
            .env("AWS_CONFIG_FILE", self.path("aws-config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.path("no-such-file"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_PAGER", "")
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1")
            .current_dir(self.scratch.path());
        for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "RUST_LOG"] {
            command = command.without_env(name);
        }
        command
    }

    /// One of the scripts under `crates/xtask/clients`.
    pub(super) fn script(&self, name: &str) -> Result<PathBuf> {
        Ok(repository::root()?.join("crates/xtask/clients").join(name))
    }
}
