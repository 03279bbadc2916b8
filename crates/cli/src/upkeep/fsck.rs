//! `larder fsck`.

use std::process::ExitCode;

use anyhow::{Result, bail};
use larder_server::{CheckOptions, check_folder};

use super::report;
use crate::data_folder::{DataFolder, runtime};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    folder: DataFolder,
    /// Put damaged blobs aside, finish what a crash cut off, and remove blobs that no record names
    #[arg(long)]
    repair: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
As larder scrub, for a data folder that no server has open. Without --repair nothing is changed. No keys are needed. Ends with 1
when there is damage, also when all that could be done about it was done: --repair brings no object back.

Examples:
  larder fsck --data /srv/larder
  larder fsck --data /srv/larder --repair";

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let Arguments { folder, repair, json } = arguments;
    let data = folder.path()?;
    let options = CheckOptions { quarantine: repair, repair };
    match runtime()?.block_on(check_folder(&data, options, |_, _| {})) {
        Ok(found) => report::print(&found, json),
        Err(error) if error.is_in_use() => {
            bail!("a server has {} open; stop it, or use larder scrub", data.display())
        }
        Err(error) => Err(error.into()),
    }
}
