//! `larder scrub`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use larder_admin_api::messages::{Done, GetScrub, ScrubReport, ScrubStatus, StartScrub};
use larder_server::{CheckOptions, FolderError, check_folder};

use super::report;
use crate::admin::connection::{Connection, Target};
use crate::data_folder::{DataFolder, runtime};

/// How often a server is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(500);

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    folder: DataFolder,
    /// MiB that a server reads a second; 0 is as fast as it goes [default: the server's scrub_rate_mib]
    #[arg(long, value_name = "MIB")]
    rate_mib: Option<u64>,
    /// Show the scrub under way, or what the last one found, and begin none
    #[arg(long)]
    status: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Reads everything that is stored and compares it with its checksums; sees that records and contents fit. Damaged blobs are put
aside: kept in the data folder, their objects refused. Nothing is removed. Ends with 1 when there is damage.

A server that has the data folder open, or that is elsewhere, is asked to do it (AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY); otherwise it is done here.

Examples:
  larder scrub
  larder scrub --rate-mib 0 --json
  larder scrub --status";

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let Arguments { target, folder, rate_mib, status, json } = arguments;
    let found = if status { None } else { here(folder)? };
    let found = match found {
        Some(found) => found,
        None => of_server(target, rate_mib, status)?,
    };
    report::print(&found, json)
}

/// The report on a folder that no server has open; `None` when there is none here.
fn here(folder: DataFolder) -> Result<Option<ScrubReport>> {
    let data = folder.path()?;
    let options = CheckOptions { quarantine: true, repair: false };
    match runtime()?.block_on(check_folder(&data, options, |_, _| {})) {
        Ok(report) => Ok(Some(report)),
        Err(FolderError::NoData(_)) => Ok(None),
        Err(error) if error.is_in_use() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn of_server(target: Target, rate_mib: Option<u64>, status: bool) -> Result<ScrubReport> {
    let connection = Connection::open(target).context("a server has to be asked")?;
    if !status {
        connection.ask::<Done>("StartScrub", &StartScrub { rate_mib })?;
    }
    let mut last = String::new();
    loop {
        let now: ScrubStatus = connection.ask("GetScrub", &GetScrub {})?;
        if status || !now.running {
            let since = now.finished.or(now.started).map_or_else(String::new, |time| format!(" ({time})"));
            if status {
                eprintln!("{}{since}", now.doing);
            }
            return Ok(now.report);
        }
        if now.doing != last {
            eprintln!("{}", now.doing);
            last = now.doing;
        }
        std::thread::sleep(ASK_EVERY);
    }
}
