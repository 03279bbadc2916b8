//! `cargo xtask bench`: what a server does under load and what it spends on it.
//!
//! One load a file: one operation after the other at several sizes (`rows`, the default), a table beside other servers
//! (`--table`), very many small objects (`--objects`, `bulk`), very many versions of one key (`--versions`), very many large
//! uploads at once (`--uploads`), and very many clients at once (`--crowd`). Requests are signed, bodies random, answers
//! checked.
//!
//! Server and load generator share one machine, so its figures compare servers on that machine and promise nothing
//! else; the server's processor time per request is what varies least between runs.

use std::env;
use std::process::Command;

use anyhow::{Context, Result, ensure};

pub(crate) use self::arguments::Arguments;
use self::fleet::{Fleet, Own};
pub(crate) use self::report::parse_size;
pub(crate) use self::stream::Certificate;

mod ahead;
mod arguments;
mod bodies;
mod bulk;
mod bystanders;
mod client;
mod connection;
mod crowd;
mod figures;
mod fleet;
mod load;
mod pages;
mod peer;
mod placeholders;
mod report;
mod restart;
mod rows;
mod slow;
mod stream;
mod table;
mod uploads;
mod versions;
mod worker;

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if cfg!(debug_assertions) {
        return run_optimised();
    }
    let own = || Own::prepare(arguments);
    if let Some(objects) = arguments.objects {
        return bulk::run(&own()?, objects, arguments);
    }
    if let Some(versions) = arguments.versions {
        return versions::run(&own()?, versions, arguments);
    }
    if let Some(uploads) = arguments.uploads {
        return uploads::run(&own()?, uploads, arguments);
    }
    if arguments.crowd {
        return crowd::run(&own()?, arguments);
    }
    if arguments.table {
        return table::run(arguments);
    }
    let fleet = Fleet::start(arguments)?;
    let outcome = rows::run(&fleet.targets, arguments);
    fleet.finish(outcome)
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
