//! A data folder that no server has open: checked, copied and restored.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use larder_admin_api::messages::{BackupPoint, ScrubFinding, ScrubReport};
use larder_engine::{Engine, EngineSettings, Scrub, ScrubOptions};
use larder_env::{Clock, SystemClock, SystemRng};
use larder_store::CheckedFile;
use larder_store_local::{
    BackupError, BackupSource, Copied, LocalOptions, LocalStore, OpenError, back_up, check_closed, restore,
};

use crate::private_files::{self, ACCOUNT_FILES, ROOT_KEY, SEALED_ROOT_KEY};

/// Why a data folder cannot be checked, copied or restored.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is no data folder at the place.
    #[error("there is no data in {}; say where it is with --data", .0.display())]
    NoData(PathBuf),
    /// It does not open.
    #[error("the data folder does not open")]
    Open(#[from] OpenError),
    /// The stores in it cannot be read.
    #[error("the data cannot be read")]
    Read(#[from] larder_engine::Error),
    /// A copy cannot be made or restored.
    #[error(transparent)]
    Copy(#[from] BackupError),
    /// The metadata cannot be put at rest.
    #[error("the point of a backup cannot be made")]
    Point(#[from] larder_engine::StoreError),
    /// A part of the work panicked; the panic itself is on the standard error.
    #[error("working on the data folder panicked")]
    Panicked,
}

impl FolderError {
    /// Whether a server has the data folder open.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        matches!(self, Self::Open(OpenError::InUse { .. }))
    }
}

/// What is done about what is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckOptions {
    /// Puts damaged blobs aside.
    pub quarantine: bool,
    /// Finishes what a crash cut off, and removes blobs that no record names.
    pub repair: bool,
}

/// Whether to copy the root key with the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithRootKey {
    /// The copy is of no use to who has nothing else.
    No,
    /// Whoever has the copy can read everything.
    Yes,
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, FolderError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| FolderError::Panicked)
}

fn require_data(data: &Path) -> Result<(), FolderError> {
    if data.join("FORMAT").exists() { Ok(()) } else { Err(FolderError::NoData(data.to_owned())) }
}

/// Looks at everything in a data folder that no server has open. `told` hears now and then what is done.
///
/// # Errors
/// [`FolderError`]; see [`FolderError::is_in_use`]. What is wrong with the data is in the report.
pub async fn check_folder(
    data: &Path,
    options: CheckOptions,
    told: impl Fn(&str, u64) + Send + Sync,
) -> Result<ScrubReport, FolderError> {
    require_data(data)?;
    let mut report = check_files(data).await?;
    let metadata_is_whole = report.damaged == 0;
    private_files::check(data, &mut report);
    if !metadata_is_whole && !options.repair {
        // Opening it would change it, and might not even be possible.
        report.incomplete = true;
        return Ok(report);
    }
    let folder = data.to_owned();
    let opened = blocking(move || LocalStore::open(&folder, LocalOptions::default())).await?;
    let store = match opened {
        Ok(store) => store,
        Err(error @ OpenError::Damaged { .. }) => {
            report.incomplete = true;
            add_file(&mut report, error.to_string());
            return Ok(report);
        }
        Err(error) => return Err(error.into()),
    };
    let scrubbed = scrub(&store, options, metadata_is_whole, told).await;
    store.close().await;
    let found = ScrubReport::from(&scrubbed?);
    Ok(merged(report, found))
}

async fn scrub(
    store: &LocalStore,
    options: CheckOptions,
    metadata_is_whole: bool,
    told: impl Fn(&str, u64),
) -> Result<larder_engine::ScrubReport, FolderError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let engine = Engine::new(store.meta(), store.blobs(), clock, Arc::new(SystemRng), EngineSettings::default());
    if options.repair {
        engine.recover().await?;
    }
    // What damaged metadata does not show must not be taken for what was never there.
    let repair = options.repair && metadata_is_whole;
    let mut pass = Scrub::new(ScrubOptions { quarantine: options.quarantine, repair, skip_files: true });
    while !pass.is_done() {
        engine.scrub(&mut pass).await?;
        told(pass.doing(), pass.report().bytes);
    }
    Ok(pass.report().clone())
}

async fn check_files(data: &Path) -> Result<ScrubReport, FolderError> {
    let folder = data.to_owned();
    blocking(move || {
        let mut report = ScrubReport::default();
        check_closed(&folder, |file: CheckedFile| {
            report.files += 1;
            report.bytes += file.bytes;
            if let Some(damage) = file.damage {
                add_file(&mut report, format!("{}: {damage}", file.name));
            }
        })?;
        Ok(report)
    })
    .await?
}

fn add_file(report: &mut ScrubReport, message: String) {
    report.damaged += 1;
    report.findings.push(ScrubFinding { kind: "file".to_owned(), damage: true, message, ..Default::default() });
}

fn merged(first: ScrubReport, second: ScrubReport) -> ScrubReport {
    ScrubReport {
        files: first.files + second.files,
        bytes: first.bytes + second.bytes,
        damaged: first.damaged + second.damaged,
        left_over: first.left_over + second.left_over,
        incomplete: first.incomplete || second.incomplete,
        findings: first.findings.into_iter().chain(second.findings).collect(),
        ..second
    }
}

/// Copies a point that a running server holds still into a new folder in `folder`. Blocks.
///
/// # Errors
/// [`FolderError::Copy`]
pub fn back_up_point(point: &BackupPoint, folder: &Path, with: WithRootKey) -> Result<Copied, FolderError> {
    copy(Path::new(&point.data), Path::new(&point.checkpoint), folder, with)
}

fn copy(data: &Path, checkpoint: &Path, folder: &Path, with: WithRootKey) -> Result<Copied, FolderError> {
    let mut files = ACCOUNT_FILES.to_vec();
    files.push(SEALED_ROOT_KEY);
    if with == WithRootKey::Yes {
        files.push(ROOT_KEY);
    }
    let name = SystemClock::new().now().to_jiff().strftime("%Y%m%dT%H%M%S.%3fZ").to_string();
    Ok(back_up(&BackupSource { data, checkpoint, files: &files }, folder, &name)?)
}

/// Copies a data folder that no server has open into a new folder in `folder`.
///
/// # Errors
/// [`FolderError`]; see [`FolderError::is_in_use`].
pub async fn back_up_folder(data: &Path, folder: &Path, with: WithRootKey) -> Result<Copied, FolderError> {
    require_data(data)?;
    let opened = data.to_owned();
    let store = blocking(move || LocalStore::open(&opened, LocalOptions::default())).await??;
    let checkpoint = store.checkpoints().make("backup").await?;
    let data = data.canonicalize().map_err(|_| FolderError::NoData(data.to_owned()))?;
    let folder = folder.to_owned();
    let copied = blocking(move || copy(&data, checkpoint.path(), &folder, with)).await;
    store.close().await;
    copied?
}

/// Makes a data folder of a backup, and looks at everything in it.
///
/// # Errors
/// [`FolderError`]. What is wrong with the data is in the report.
pub async fn restore_folder(backup: &Path, data: &Path) -> Result<(Copied, ScrubReport), FolderError> {
    let (from, to) = (backup.to_owned(), data.to_owned());
    let files = [ACCOUNT_FILES[0], ACCOUNT_FILES[1], SEALED_ROOT_KEY, ROOT_KEY];
    let copied = blocking(move || restore(&from, &to, &files)).await??;
    // What came after the moment of the backup, or was under way, is removed.
    let options = CheckOptions { quarantine: false, repair: true };
    let report = check_folder(data, options, |_, _| {}).await?;
    Ok((copied, report))
}
