//! `larder admin keys`.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Subcommand;
use larder_admin_api::messages::{
    Done, Keys, ListKeys, MasterKey, ReadKeyring, RotateMasterKey, RotateRootKey, SealedKeyring,
};
use larder_server::{Settings, StoredKeyring, back_up_keys, restore_keys, stored_keyring};

use super::connection::{Connection, Target};
use super::passphrase;
use crate::data_folder::{DataFolder, runtime};

/// A backup has a few hundred bytes, and 64 more for each master key.
const LARGEST_BACKUP: u64 = 1024 * 1024;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show where the root key is from, and the ids and ages of master keys; never a key
    List(List),
    /// Make a master key, which new objects are encrypted under; no data is rewritten
    RotateMaster,
    /// Make a root key in the place of the one in root.key or root.key.kms. Backups of before no longer open the data
    RotateRoot,
    /// Write a copy of the root key that only a passphrase opens. The root key is read on this machine and never sent
    Backup(Backup),
    /// Put the root key of a backup back into a data folder that no server has open
    Restore(Restore),
}

#[derive(clap::Args)]
pub(crate) struct List {
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct Backup {
    /// File to write; it must not be there yet
    file: PathBuf,
    #[command(flatten)]
    folder: DataFolder,
    #[command(flatten)]
    passphrase: passphrase::Source,
}

#[derive(clap::Args)]
pub(crate) struct Restore {
    /// File that `larder admin keys backup` wrote
    file: PathBuf,
    #[command(flatten)]
    folder: DataFolder,
    #[command(flatten)]
    passphrase: passphrase::Source,
    /// Write over another root key that is in the data folder
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(target: Target, command: Command) -> Result<()> {
    let text = match command {
        Command::List(list) => listed(&Connection::open(target)?, &list)?,
        Command::RotateMaster => {
            let made: MasterKey = Connection::open(target)?.ask("RotateMasterKey", &RotateMasterKey {})?;
            format!("master key {} is the current one\n", made.id)
        }
        Command::RotateRoot => {
            Connection::open(target)?.ask::<Done>("RotateRootKey", &RotateRootKey {})?;
            "the root key is another one; make a backup of it: larder admin keys backup FILE\n".to_owned()
        }
        Command::Backup(backup) => backed_up(target, backup)?,
        Command::Restore(restore) => restored(restore)?,
    };
    std::io::stdout().write_all(text.as_bytes()).context("cannot print the answer")
}

fn listed(connection: &Connection, list: &List) -> Result<String> {
    let found: Keys = connection.ask("ListKeys", &ListKeys {})?;
    if list.json {
        return super::as_json(&found);
    }
    let line = |key: &MasterKey| {
        let role = if key.current { "current" } else { "-" };
        format!("master key  {:>4}  {}  {role}\n", key.id, key.created)
    };
    let masters: String = found.master_keys.iter().map(line).collect();
    Ok(format!("keyring     {}\nroot key    {}\n{masters}", found.keyring_id, found.root_key))
}

fn backed_up(target: Target, backup: Backup) -> Result<String> {
    let Backup { file, folder, passphrase } = backup;
    if file.exists() {
        bail!("{} is there already", file.display());
    }
    let Settings { data, keys, .. } = folder.settings()?;
    let runtime = runtime()?;
    let stored = match runtime.block_on(stored_keyring(&data)) {
        Ok(stored) => stored,
        // The record is sealed: asking for it over the network tells nobody anything.
        Err(error) if error.is_in_use() => of_running_server(target, &data)?,
        Err(error) => return Err(error.into()),
    };
    let passphrase = passphrase.new_passphrase()?;
    let text = runtime.block_on(back_up_keys(&data, &keys, stored, &passphrase))?;
    write(&file, &text).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(format!(
        "the keys of {} are in {}; keep it, and its passphrase, apart from the data\n",
        data.display(),
        file.display()
    ))
}

fn of_running_server(target: Target, data: &Path) -> Result<StoredKeyring> {
    let asked = Connection::open(target).and_then(|it| it.ask::<SealedKeyring>("ReadKeyring", &ReadKeyring {}));
    let hint = || format!("a server has {} open and has to be asked for its keyring, or be stopped", data.display());
    let record = STANDARD.decode(asked.with_context(hint)?.record).context("the server's answer is not understood")?;
    Ok(StoredKeyring::from_stored(&record)?)
}

fn restored(restore: Restore) -> Result<String> {
    let Restore { file, folder, passphrase, force } = restore;
    let mut text = String::new();
    let cannot = || format!("cannot read {}", file.display());
    let opened = std::fs::File::open(&file).with_context(cannot)?;
    opened.take(LARGEST_BACKUP).read_to_string(&mut text).with_context(cannot)?;
    let Settings { data, .. } = folder.settings()?;
    let passphrase = passphrase.passphrase()?;
    let restored = runtime()?.block_on(restore_keys(&data, &text, &passphrase, force))?;
    Ok(format!("the root key is in {}, and opens the data there\n", restored.display()))
}

/// A new file, which only its owner may read, and which is on disk when this returns.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
