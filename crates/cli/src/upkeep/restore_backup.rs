//! `larder restore-backup`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use larder_server::restore_folder;

use super::report;
use crate::data_folder::{DataFolder, runtime};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A backup, or a folder of backups: then the newest
    backup: PathBuf,
    #[command(flatten)]
    folder: DataFolder,
    /// Print the report of the check as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Makes a data folder, which must be new or empty, of what larder backup wrote, and looks at everything in it as larder fsck does.
It is good when this ends with 0. The root key is not in a backup unless it was asked for:
  larder admin keys restore FILE --data FOLDER

Examples:
  larder restore-backup /mnt/backups --data /srv/larder
  larder restore-backup /mnt/backups/20261127T120000.000Z --data /srv/larder";

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let Arguments { backup, folder, json } = arguments;
    let data = folder.path()?;
    let (copied, found) = runtime()?.block_on(restore_folder(&backup, &data))?;
    let code = report::print(&found, json)?;
    let is_good = found.damaged == 0 && !found.incomplete;
    match is_good {
        true => eprintln!("restored {} into {}", copied.path.display(), data.display()),
        false => eprintln!("restored {} into {}, AND IT IS DAMAGED", copied.path.display(), data.display()),
    }
    if !data.join("root.key").exists() && !data.join("root.key.kms").exists() {
        eprintln!(
            "the root key is not in it; unless the server has it from elsewhere: larder admin keys restore FILE --data {}",
            data.display()
        );
    }
    Ok(code)
}
