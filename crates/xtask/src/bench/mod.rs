//! `cargo xtask bench`: what a server does under load and what it spends on it.
//!
//! Three loads: one operation after the other at several sizes (the default), very many small objects (`--objects`), and
//! very many large uploads at once (`--uploads`). Requests are signed, bodies random, answers checked.
//!
//! Server and load generator share one machine, so its figures compare servers on that machine and promise nothing
//! else; the server's processor time per request is what varies least between runs.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use tempfile::TempDir;

use self::bodies::Bodies;
use self::client::Account;
use self::process::Process;
use self::report::Row;
pub(crate) use self::report::parse_size;
use self::worker::{Operation, Worker};
use crate::server::{self, ACCESS_KEY, SECRET_KEY, Server};

mod bodies;
mod bulk;
mod client;
mod connection;
mod load;
mod process;
mod report;
mod uploads;
mod worker;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The larder binary to measure [default: the release build of this checkout]
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,
    /// Where data folders are made; choose the disk to be measured
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Connections kept busy at a time
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=4096))]
    connections: u32,
    /// Seconds of load for each row
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    seconds: u64,
    /// Size of an object, such as 4KiB; a list makes a row for each
    #[arg(long, value_delimiter = ',', value_parser = parse_size, default_value = "4KiB,128KiB,8MiB")]
    size: Vec<u64>,
    /// What to measure. Objects are put in any case, for the others to have something to work on
    #[arg(long, value_delimiter = ',', value_enum, default_value = "put,get,head,list,delete")]
    operations: Vec<Operation>,
    /// Most bytes that one size may leave on the disk
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "8GiB")]
    most: u64,
    /// Sign the SHA-256 of bodies too, instead of UNSIGNED-PAYLOAD
    #[arg(long)]
    signed_payload: bool,
    /// Decides over keys, bodies and which objects are read
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Instead: load so many objects, list, sample, restart, and delete them all
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["uploads", "peer"])]
    objects: Option<u64>,
    /// Size of each object of `--objects`
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "100")]
    object_size: u64,
    /// Instead: upload so many objects at once and tell how much memory the server took
    #[arg(long, value_name = "COUNT", conflicts_with = "peer", value_parser = clap::value_parser!(u32).range(1..=4096))]
    uploads: Option<u32>,
    /// Size of each object of `--uploads`
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "64MiB")]
    upload_size: u64,
    /// Measure a second server beside the first that encrypts nothing (--default-encryption none): what encryption costs
    #[arg(long, conflicts_with_all = ["objects", "uploads"])]
    unencrypted: bool,
    /// Another S3 server that is running already, measured with the same load
    #[arg(long, value_name = "URL", requires_all = ["peer_access_key", "peer_secret_key"])]
    peer: Option<String>,
    #[arg(long, value_name = "KEY")]
    peer_access_key: Option<String>,
    #[arg(long, value_name = "SECRET")]
    peer_secret_key: Option<String>,
    /// The other server's process, to tell its processor time and memory
    #[arg(long, value_name = "PID", requires = "peer")]
    peer_process: Option<u32>,
}

/// A server under load.
struct Target {
    name: &'static str,
    account: Account,
    process: Option<Process>,
}

/// Our own server on a folder that goes away with it.
struct Own {
    binary: PathBuf,
    folder: TempDir,
}

impl Own {
    fn prepare(arguments: &Arguments) -> Result<Self> {
        let binary = server::binary(arguments.server.as_deref())?;
        let mut builder = tempfile::Builder::new();
        builder.prefix("larder-bench-");
        let folder = match &arguments.data {
            Some(folder) => builder.tempdir_in(folder),
            None => builder.tempdir(),
        };
        Ok(Self { binary, folder: folder.context("no folder for data")? })
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Port 0 takes a free one.
    fn start(&self, port: u16) -> Result<Server> {
        self.start_with(port, &[])
    }

    fn start_with(&self, port: u16, flags: &[&str]) -> Result<Server> {
        Server::start_with(&self.binary, &self.data(), &self.folder.path().join("server.log"), port, flags)
    }
}

fn target_of(name: &'static str, server: &Server, arguments: &Arguments) -> Result<Target> {
    let account = account(&server.endpoint, ACCESS_KEY, SECRET_KEY, arguments)?;
    Ok(Target { name, account, process: Some(Process::new(server.process_id())) })
}

fn account(endpoint: &str, access_key: &str, secret_key: &str, arguments: &Arguments) -> Result<Account> {
    let Some(address) = endpoint.strip_prefix("http://") else {
        bail!("{endpoint}: load is sent over plain http:// only");
    };
    Ok(Account {
        address: address.trim_end_matches('/').to_owned(),
        access_key: access_key.to_owned(),
        secret_key: secret_key.to_owned(),
        region: "us-east-1".to_owned(),
        signs_payload: arguments.signed_payload,
    })
}

/// Clients that share the bodies and differ in their keys.
fn workers(target: &Target, count: u32, bucket: &str, size: u64, limit: u64, seed: u64) -> Vec<Worker> {
    let bodies = Arc::new(Bodies::new(seed));
    let worker =
        |number: u32| Worker::new(&target.account, u64::from(number), bucket, size, limit, Arc::clone(&bodies));
    (0..count).map(worker).collect()
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if cfg!(debug_assertions) {
        return run_optimised();
    }
    let own = Own::prepare(arguments)?;
    if let Some(objects) = arguments.objects {
        return bulk::run(&own, objects, arguments);
    }
    if let Some(uploads) = arguments.uploads {
        return uploads::run(&own, uploads, arguments);
    }
    let server = own.start(0)?;
    let mut targets = vec![target_of("larder", &server, arguments)?];
    let plain = arguments.unencrypted.then(|| Own::prepare(arguments)).transpose()?;
    let plain_server = plain.as_ref().map(|own| own.start_with(0, &["--default-encryption", "none"])).transpose()?;
    if let Some(server) = &plain_server {
        targets.push(target_of("unencrypted", server, arguments)?);
    }
    if let (Some(endpoint), Some(access_key), Some(secret_key)) =
        (&arguments.peer, &arguments.peer_access_key, &arguments.peer_secret_key)
    {
        let account = account(endpoint, access_key, secret_key, arguments)?;
        targets.push(Target { name: "peer", account, process: arguments.peer_process.map(Process::new) });
    }
    println!("{}", report::HEADING);
    let mut rows = Vec::new();
    for size in &arguments.size {
        // In turn, so that whatever else the machine does meanwhile hits all alike.
        for target in &targets {
            measure(target, *size, arguments, &mut rows)?;
        }
    }
    print!("{}", report::ratios(&rows));
    plain_server.map_or(Ok(()), Server::stop)?;
    server.stop()
}

/// Runs the same command as a release build: an unoptimised client would take the processor from the server.
fn run_optimised() -> Result<()> {
    eprintln!("building the load generator with optimisations");
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["run", "--quiet", "--release", "--package", "larder-xtask", "--"])
        .args(env::args_os().skip(1))
        .status()
        .context("cargo does not start")?;
    ensure!(status.success(), "the benchmark failed");
    Ok(())
}

/// Every operation at one size, and nothing left behind.
fn measure(target: &Target, size: u64, arguments: &Arguments, rows: &mut Vec<Row>) -> Result<()> {
    let limit = (arguments.most / size.max(1) / u64::from(arguments.connections)).max(1);
    let bucket = format!("larder-bench-{size}");
    let mut workers = workers(target, arguments.connections, &bucket, size, limit, arguments.seed);
    workers[0].create_bucket()?;
    for operation in Operation::value_variants().iter().copied() {
        let is_wanted = arguments.operations.contains(&operation);
        if !is_wanted && operation != Operation::Put {
            continue;
        }
        let seconds = Duration::from_secs(arguments.seconds);
        let step = |worker: &mut Worker| worker.step(operation);
        let tally = load::drive(operation.name(), &mut workers, target.process, seconds, step)?;
        if is_wanted {
            let row = Row { server: target.name, operation, size, tally };
            println!("{}", row.line());
            rows.push(row);
        }
    }
    if workers.iter().any(|worker| worker.objects() > 0) {
        load::drive("DeleteObjects", &mut workers, None, Duration::MAX, Worker::delete_many)?;
    }
    workers[0].client.connect()?;
    workers[0].delete_bucket()
}

/// Bytes on disk, for reports.
fn disk_mebibytes(folder: &Path) -> Result<f64> {
    Ok(report::mebibytes(process::disk_bytes(folder)?))
}
