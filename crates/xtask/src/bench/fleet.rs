//! The servers of a run: started on fresh folders, stopped at its end.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::Arguments;
use super::bodies::Bodies;
use super::client::Account;
use super::peer::{self, Peer};
use super::stream::Certificate;
use super::worker::Worker;
use crate::process::Process;
use crate::scratch;
use crate::server::{self, ACCESS_KEY, SECRET_KEY, Server};

/// A server under load.
pub(super) struct Target {
    pub(super) name: String,
    pub(super) account: Account,
    pub(super) process: Option<Process>,
    /// Whether its data goes away with it, so that nothing need be deleted.
    pub(super) is_fresh: bool,
}

impl Target {
    /// One of ours.
    pub(super) fn of(name: &str, server: &Server, arguments: &Arguments) -> Result<Self> {
        let account = account(&server.endpoint, ACCESS_KEY, SECRET_KEY, arguments)?;
        let process = Some(Process::new(server.process_id()));
        Ok(Self { name: name.to_owned(), account, process, is_fresh: true })
    }

    /// Clients that share the bodies and differ in their keys.
    pub(super) fn workers(&self, count: u32, bucket: &str, size: u64, limit: u64, seed: u64) -> Vec<Worker> {
        let bodies = Arc::new(Bodies::new(seed));
        let worker =
            |number: u32| Worker::new(&self.account, u64::from(number), bucket, size, limit, Arc::clone(&bodies));
        (0..count).map(worker).collect()
    }
}

fn account(endpoint: &str, access_key: &str, secret_key: &str, arguments: &Arguments) -> Result<Account> {
    let Some((_, address)) = endpoint.split_once("://") else { bail!("{endpoint} is no URL") };
    Ok(Account {
        address: address.trim_end_matches('/').to_owned(),
        access_key: access_key.to_owned(),
        secret_key: secret_key.to_owned(),
        region: "us-east-1".to_owned(),
        signs_payload: arguments.signed_payload,
        trust: None,
    })
}

/// A folder on the disk to be measured.
fn folder(arguments: &Arguments) -> Result<TempDir> {
    scratch::folder("bench", arguments.data.as_deref())
}

/// Our own server on a folder that goes away with it.
pub(super) struct Own {
    binary: PathBuf,
    folder: TempDir,
}

impl Own {
    pub(super) fn prepare(arguments: &Arguments) -> Result<Self> {
        Ok(Self { binary: server::binary(arguments.server.as_deref())?, folder: folder(arguments)? })
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Port 0 takes a free one.
    pub(super) fn start(&self, port: u16) -> Result<Server> {
        self.start_with(port, &[])
    }

    fn start_with(&self, port: u16, flags: &[&str]) -> Result<Server> {
        Server::start_with(&self.binary, &self.data(), &self.folder.path().join("server.log"), port, flags)
    }
}

/// Ours first, then those beside it.
pub(super) struct Fleet {
    pub(super) targets: Vec<Target>,
    own: Vec<(Server, Own)>,
    peers: Vec<Peer>,
}

impl Fleet {
    pub(super) fn start(arguments: &Arguments) -> Result<Self> {
        let mut fleet = Self { targets: Vec::new(), own: Vec::new(), peers: Vec::new() };
        fleet.add_own("larder", &[], arguments)?;
        if arguments.unencrypted {
            fleet.add_own("larder, unencrypted", &["--default-encryption", "none"], arguments)?;
        }
        if arguments.tls {
            fleet.add_tls(arguments)?;
        }
        let mut names = arguments.peer_name.iter().cloned();
        for command in &arguments.peer_command {
            let name = names.next().unwrap_or_else(|| fleet.next_name());
            fleet.add_peer(name, command, arguments)?;
        }
        if let (Some(endpoint), Some(access_key), Some(secret_key)) =
            (&arguments.peer, &arguments.peer_access_key, &arguments.peer_secret_key)
        {
            if !endpoint.starts_with("http://") {
                bail!("{endpoint}: load is sent to a running server over plain http:// only");
            }
            let name = names.next().unwrap_or_else(|| fleet.next_name());
            let account = account(endpoint, access_key, secret_key, arguments)?;
            let process = arguments.peer_process.map(Process::new);
            fleet.targets.push(Target { name, account, process, is_fresh: false });
        }
        Ok(fleet)
    }

    fn next_name(&self) -> String {
        match self.peers.len() {
            0 => "peer".to_owned(),
            others => format!("peer {}", others + 1),
        }
    }

    fn add_own(&mut self, name: &str, flags: &[&str], arguments: &Arguments) -> Result<()> {
        let own = Own::prepare(arguments)?;
        let server = own.start_with(0, flags)?;
        self.targets.push(Target::of(name, &server, arguments)?);
        self.own.push((server, own));
        Ok(())
    }

    fn add_tls(&mut self, arguments: &Arguments) -> Result<()> {
        let own = Own::prepare(arguments)?;
        let certificate = Certificate::make(own.folder.path())?;
        let server = own.start_with(0, &certificate.flags()?)?;
        let mut target = Target::of("larder, TLS", &server, arguments)?;
        target.account.trust = Some(certificate.trust);
        self.targets.push(target);
        self.own.push((server, own));
        Ok(())
    }

    fn add_peer(&mut self, name: String, command: &str, arguments: &Arguments) -> Result<()> {
        let access_key = arguments.peer_access_key.as_deref().unwrap_or(peer::ACCESS_KEY);
        let secret_key = arguments.peer_secret_key.as_deref().unwrap_or(peer::SECRET_KEY);
        eprintln!("starting {name}");
        let mut peer = Peer::start(command, folder(arguments)?, access_key, secret_key)?;
        let account = account(&format!("http://{}", peer.address), access_key, secret_key, arguments)?;
        peer.wait(&account).with_context(|| format!("{name} does not start"))?;
        self.targets.push(Target { name, account, process: Some(peer.process()), is_fresh: true });
        self.peers.push(peer);
        Ok(())
    }

    /// What a load gave. Where it failed, the peers' last words are shown: they may say why.
    pub(super) fn finish<T>(self, outcome: Result<T>) -> Result<T> {
        if outcome.is_err() {
            for peer in &self.peers {
                eprintln!("the last lines of a peer:\n{}", peer.log_tail());
            }
        }
        let outcome = outcome?;
        for peer in self.peers {
            peer.stop()?;
        }
        for (server, _folder) in self.own {
            server.stop()?;
        }
        Ok(outcome)
    }
}
