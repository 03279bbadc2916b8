//! `larder backup`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use larder_admin_api::messages::{BackupPoint, BeginBackup, Done, EndBackup, KeepBackup};
use larder_server::{Copied, FolderError, WithRootKey, back_up_folder, back_up_point};
use serde_json::json;

use crate::admin::connection::{Connection, Target};
use crate::data_folder::{DataFolder, runtime};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Folder of backups: each becomes a folder of its own in it, named after the time
    destination: PathBuf,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    folder: DataFolder,
    /// Copy the root key too: whoever has the backup can then read everything
    #[arg(long)]
    with_root_key: bool,
    /// Print what was copied as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Copies everything as of one moment, while the server serves. Run it on the server's machine, as the server's user: the server
holds still what is to be copied (AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), and this program copies it.
Without a server it copies the data folder itself. What the newest backup in the folder has already is shared with it (hard
links); every backup can be restored and removed alone.

THE ROOT KEY IS NOT IN IT, and without it the backup cannot be read: larder admin keys backup FILE

Examples:
  larder backup /mnt/backups
  larder backup /mnt/backups --data /srv/larder
  larder restore-backup /mnt/backups --data /srv/restored";

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let Arguments { destination, target, folder, with_root_key, json } = arguments;
    let data = folder.path()?;
    let with = if with_root_key { WithRootKey::Yes } else { WithRootKey::No };
    let copied = match runtime()?.block_on(back_up_folder(&data, &destination, with)) {
        Err(error) if error.is_in_use() || matches!(error, FolderError::NoData(_)) => {
            of_server(target, &data, &destination, with)?
        }
        copied => copied?,
    };
    let text = if json { as_json(&copied, with)? } else { text(&copied, with) };
    std::io::stdout().write_all(text.as_bytes()).context("cannot print what was copied")?;
    Ok(ExitCode::SUCCESS)
}

/// Copies while a server holds still, and tells it so all the time.
fn of_server(target: Target, data: &Path, destination: &Path, with: WithRootKey) -> Result<Copied> {
    let hint = || format!("no data in {} is at rest, so a server has to be asked", data.display());
    let connection = Connection::open(target).with_context(hint)?;
    let point: BackupPoint = connection.ask("BeginBackup", &BeginBackup {}).with_context(hint)?;
    let id = point.id.clone();
    let ask_every = Duration::from_secs((point.keep_seconds / 5).max(1));
    let (done, copied) = channel();
    let destination = destination.to_owned();
    std::thread::spawn(move || {
        // Nobody listens any more when the server gave the point up.
        let _ = done.send(back_up_point(&point, &destination, with));
    });
    let copied = loop {
        match copied.recv_timeout(ask_every) {
            Ok(copied) => break copied,
            Err(RecvTimeoutError::Timeout) => {
                connection.ask::<Done>("KeepBackup", &KeepBackup { id: id.clone() })?;
            }
            Err(RecvTimeoutError::Disconnected) => return Err(anyhow!("the copy panicked")),
        }
    };
    // Whether the copy is of use: that the server held still to its end.
    let ended = connection.ask::<Done>("EndBackup", &EndBackup { id });
    let copied = copied?;
    ended.with_context(|| format!("the server did not hold still; do not use {}", copied.path.display()))?;
    Ok(copied)
}

fn text(copied: &Copied, with: WithRootKey) -> String {
    let mib = copied.bytes.div_ceil(1024 * 1024);
    let shared = match &copied.base {
        Some(base) => format!(", {} shared with {}", copied.linked, base.display()),
        None => String::new(),
    };
    let key = match with {
        WithRootKey::Yes => "the root key is in it, if it is in a file: whoever has the backup can read everything\n",
        WithRootKey::No => {
            "THE ROOT KEY IS NOT IN IT. Without it the backup cannot be read. Keep a copy elsewhere:\n  larder admin keys backup FILE\n"
        }
    };
    format!("{}\n{} files copied ({mib} MiB){shared}\n{key}", copied.path.display(), copied.files)
}

fn as_json(copied: &Copied, with: WithRootKey) -> Result<String> {
    crate::admin::as_json(&json!({
        "Path": copied.path,
        "Files": copied.files,
        "Bytes": copied.bytes,
        "Shared": copied.linked,
        "SharedWith": copied.base,
        "WithRootKey": with == WithRootKey::Yes,
    }))
}
