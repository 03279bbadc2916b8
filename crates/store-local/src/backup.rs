//! Copies of a data directory: docs/formats/backup.md. All of it blocks.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::directory::{FORMAT_FILE, format_text, make_directory, sync_directory};
use crate::meta::files::{self, Expected, Files};

/// Written last: a folder that has it holds a whole backup.
const BACKUP_FILE: &str = "BACKUP";
const BACKUP_TEXT: &str = "larder backup 1\n";
/// A backup that is not whole yet, or never became so.
const UNFINISHED: &str = ".unfinished";

/// Why a backup cannot be made or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("cannot {what} {}", path.display())]
    Io {
        /// What was attempted.
        what: &'static str,
        /// With what.
        path: PathBuf,
        /// The failure.
        #[source]
        source: io::Error,
    },
    /// What is to be copied is not what was written.
    #[error("{} is damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How.
        what: String,
    },
    /// There is no whole backup at the place.
    #[error("there is no whole backup in {}", .0.display())]
    NoBackup(PathBuf),
    /// The place for the restored data is taken.
    #[error("{} is not empty; a backup is restored into a new folder", .0.display())]
    Taken(PathBuf),
    /// A backup lies in what it would copy, or the other way round.
    #[error("{} lies in the data folder", .0.display())]
    Inside(PathBuf),
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Io { what, path, source }
}

/// What a copy took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Where the copy is.
    pub path: PathBuf,
    /// Files that were copied.
    pub files: u64,
    /// Bytes that were copied.
    pub bytes: u64,
    /// Files that are shared with the backup before, or with another name in this one.
    pub linked: u64,
    /// The backup before that files are shared with.
    pub base: Option<PathBuf>,
}

/// What is copied.
#[derive(Clone, Debug)]
pub struct BackupSource<'a> {
    /// The data directory.
    pub data: &'a Path,
    /// A checkpoint of its metadata, no blob having been removed since it was made.
    pub checkpoint: &'a Path,
    /// Further files of the data directory, those that are there.
    pub files: &'a [&'a str],
}

/// Backups in a folder that are whole, the oldest first.
///
/// # Errors
/// When the folder cannot be read.
pub fn backups(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed("list", folder))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed("list", folder))?.path();
        if is_whole(&path) {
            found.push(path);
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn is_whole(path: &Path) -> bool {
    let is_unfinished = path.extension().is_some_and(|extension| extension == &UNFINISHED[1..]);
    !is_unfinished && fs::read_to_string(path.join(BACKUP_FILE)).is_ok_and(|text| text == BACKUP_TEXT)
}

/// Copies files, sharing what can be shared.
struct Copier {
    base: Option<PathBuf>,
    /// What the metadata of the backup before is made of.
    base_files: Files,
    /// Copies of files with several names, by device and number.
    several: HashMap<(u64, u64), PathBuf>,
    copied: Copied,
}

impl Copier {
    /// Another name for a file that is there.
    fn link(&mut self, from: &Path, to: &Path) -> bool {
        let linked = fs::hard_link(from, to).is_ok();
        self.copied.linked += u64::from(linked);
        linked
    }

    /// Copies a file that never changes, unless it is in the backup before under the same name.
    fn share(&mut self, from: &Path, to: &Path, name: &str) -> Result<(), BackupError> {
        let facts = fs::metadata(from).map_err(failed("read", from))?;
        if let Some(before) = self.base.as_ref().map(|base| base.join(name)) {
            let is_same = fs::metadata(&before).is_ok_and(|before| before.len() == facts.len());
            if is_same && self.link(&before, to) {
                return Ok(());
            }
        }
        let number = (facts.dev(), facts.ino());
        if facts.nlink() > 1
            && let Some(copy) = self.several.get(&number).cloned()
            && self.link(&copy, to)
        {
            return Ok(());
        }
        self.copy(from, to)?;
        if facts.nlink() > 1 {
            self.several.insert(number, to.to_owned());
        }
        Ok(())
    }

    fn copy(&mut self, from: &Path, to: &Path) -> Result<(), BackupError> {
        let bytes = fs::copy(from, to).map_err(failed("copy", from))?;
        self.copied.files += 1;
        self.copied.bytes += bytes;
        Ok(())
    }

    /// Copies metadata, and sees that it is whole.
    fn metadata(&mut self, from: &Path, to: &Path) -> Result<(), BackupError> {
        for (name, expected) in files::list(from).map_err(failed("list", from))? {
            let (source, target) = (from.join(&name), to.join(&name));
            if let Some(parent) = target.parent() {
                make_directory(parent).map_err(failed("make", parent))?;
            }
            // An id of a table may be used again; its checksum tells.
            let is_known = matches!(expected, Expected::Checksum(_)) && self.base_files.get(&name) == Some(&expected);
            match is_known {
                true => self.share(&source, &target, &format!("meta/{name}"))?,
                false => self.copy(&source, &target)?,
            }
            let (_, damage) = files::check(to, &name, &expected).map_err(failed("read", &target))?;
            if let Some(what) = damage {
                return Err(BackupError::Damaged { path: source, what });
            }
        }
        for entry in fs::read_dir(from.join("keyspaces")).map_err(failed("list", from))? {
            let tree = to.join("keyspaces").join(entry.map_err(failed("list", from))?.file_name());
            for folder in ["tables", "blobs"] {
                let folder = tree.join(folder);
                make_directory(&folder).map_err(failed("make", &folder))?;
            }
        }
        Ok(())
    }

    /// Copies blobs. One that vanishes is no concern of this copy: what the metadata names is held.
    fn blobs(&mut self, from: &Path, to: &Path, name: &str) -> Result<(), BackupError> {
        let entries = match fs::read_dir(from) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(failed("list", from))?,
        };
        make_directory(to).map_err(failed("make", to))?;
        for entry in entries {
            let entry = entry.map_err(failed("list", from))?;
            let (source, target) = (entry.path(), to.join(entry.file_name()));
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(failed("read", &source))?.is_dir() {
                self.blobs(&source, &target, &name)?;
                continue;
            }
            match self.share(&source, &target, &name) {
                Err(BackupError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                result => result?,
            }
        }
        Ok(())
    }

    /// Copies a small file that may hold secrets, if it is there.
    fn private(&mut self, from: &Path, to: &Path) -> Result<(), BackupError> {
        let mut text = Vec::new();
        match File::open(from) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            file => file.and_then(|mut file| file.read_to_end(&mut text)).map_err(failed("read", from))?,
        };
        write_private(to, &text)?;
        self.copied.files += 1;
        self.copied.bytes += text.len() as u64;
        Ok(())
    }
}

fn write_private(path: &Path, text: &[u8]) -> Result<(), BackupError> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = opened.map_err(failed("create", path))?;
    file.write_all(text).and_then(|()| file.sync_all()).map_err(failed("write", path))
}

/// Makes durable all that was written to the file system of `folder`.
fn sync_all(folder: &Path) -> Result<(), BackupError> {
    let opened = File::open(folder).map_err(failed("open", folder))?;
    rustix::fs::syncfs(&opened).map_err(|error| failed("sync", folder)(error.into()))
}

/// Copies what `source` names into a new folder `name` in `folder`, sharing files with the newest whole backup there.
///
/// # Errors
/// [`BackupError`]; what was copied stays in a folder that is not taken for a backup and goes with the next one.
pub fn back_up(source: &BackupSource<'_>, folder: &Path, name: &str) -> Result<Copied, BackupError> {
    make_directory(folder).map_err(failed("make", folder))?;
    let folder = folder.canonicalize().map_err(failed("resolve", folder))?;
    if folder.starts_with(source.data) {
        return Err(BackupError::Inside(folder));
    }
    remove_unfinished(&folder)?;
    let base = backups(&folder)?.pop();
    let base_files = base.as_ref().and_then(|base| files::list(&base.join("meta")).ok()).unwrap_or_default();
    let unfinished = folder.join(format!("{name}{UNFINISHED}"));
    fs::DirBuilder::new().create(&unfinished).map_err(failed("make", &unfinished))?;
    let copied = Copied { base: base.clone(), ..Copied::default() };
    let mut copier = Copier { base, base_files, several: HashMap::new(), copied };
    copier.metadata(&source.checkpoint.join("meta"), &unfinished.join("meta"))?;
    copier.blobs(&source.data.join("blobs"), &unfinished.join("blobs"), "blobs")?;
    for name in source.files {
        copier.private(&source.data.join(name), &unfinished.join(name))?;
    }
    sync_all(&unfinished)?;
    write_private(&unfinished.join(BACKUP_FILE), BACKUP_TEXT.as_bytes())?;
    let whole = folder.join(name);
    fs::rename(&unfinished, &whole).map_err(failed("create", &whole))?;
    sync_directory(&folder).map_err(failed("sync", &folder))?;
    Ok(Copied { path: whole, ..copier.copied })
}

fn remove_unfinished(folder: &Path) -> Result<(), BackupError> {
    for entry in fs::read_dir(folder).map_err(failed("list", folder))? {
        let path = entry.map_err(failed("list", folder))?.path();
        if path.extension().is_some_and(|extension| extension == &UNFINISHED[1..]) {
            fs::remove_dir_all(&path).map_err(failed("remove", &path))?;
        }
    }
    Ok(())
}

/// Makes a data directory of a backup: `backup` itself, or the newest whole one in that folder. Nothing is shared with it. Blobs
/// that came after the moment of the backup may be among its own; a check with repair removes them.
///
/// # Errors
/// [`BackupError`]; what was restored so far stays and is not taken for a data directory.
pub fn restore(backup: &Path, data: &Path, files: &[&str]) -> Result<Copied, BackupError> {
    let backup = match is_whole(backup) {
        true => backup.to_owned(),
        false => backups(backup)?.pop().ok_or_else(|| BackupError::NoBackup(backup.to_owned()))?,
    };
    make_directory(data).map_err(failed("make", data))?;
    if fs::read_dir(data).map_err(failed("list", data))?.next().is_some() {
        return Err(BackupError::Taken(data.to_owned()));
    }
    let copied = Copied { path: backup.clone(), ..Copied::default() };
    let mut copier = Copier { base: None, base_files: Files::new(), several: HashMap::new(), copied };
    copier.metadata(&backup.join("meta"), &data.join("meta"))?;
    // The engine locks this file, which holds nothing, and does not open without it.
    write_private(&data.join("meta/lock"), b"")?;
    copier.blobs(&backup.join("blobs"), &data.join("blobs"), "blobs")?;
    for name in files {
        copier.private(&backup.join(name), &data.join(name))?;
    }
    make_directory(&data.join("staging")).map_err(failed("make", data))?;
    sync_all(data)?;
    let format = data.join(FORMAT_FILE);
    fs::write(&format, format_text()).map_err(failed("write", &format))?;
    sync_all(data)?;
    Ok(copier.copied)
}
