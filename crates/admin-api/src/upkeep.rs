//! Upkeep of what is stored: scrubs and backups.

use async_trait::async_trait;
use http::StatusCode;

use crate::AdminApi;
use crate::messages::{
    BackupPoint, BeginBackup, Done, EndBackup, GetScrub, KeepBackup, ScrubFinding, ScrubReport, ScrubStatus, StartScrub,
};
use crate::refusal::AdminError;

/// Why upkeep is refused.
#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    /// A backup is under way already.
    #[error("a backup is under way already; it is given up when nobody asks for it for some minutes")]
    Busy,
    /// There is no such backup, or it was given up.
    #[error("there is no such backup under way")]
    NoSuchBackup,
    /// It failed.
    #[error("the point of a backup cannot be made")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Whoever scrubs and holds still for backups.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Has a scrub begin now, or go on at another rate: MiB a second, 0 without limit.
    async fn start_scrub(&self, rate_mib: Option<u64>);

    /// The scrub under way, or the last one.
    async fn scrub_status(&self) -> ScrubStatus;

    /// Makes a point to copy, and keeps everything it needs for as long as it is asked for.
    ///
    /// # Errors
    /// [`UpkeepError::Busy`] and [`UpkeepError::Failed`].
    async fn begin_backup(&self) -> Result<BackupPoint, UpkeepError>;

    /// Says that a copy is still being made.
    ///
    /// # Errors
    /// [`UpkeepError::NoSuchBackup`]: the copy is of no use.
    async fn keep_backup(&self, id: &str) -> Result<(), UpkeepError>;

    /// Lets go of a point.
    ///
    /// # Errors
    /// [`UpkeepError::NoSuchBackup`]: the copy is of no use.
    async fn end_backup(&self, id: &str) -> Result<(), UpkeepError>;
}

impl From<UpkeepError> for AdminError {
    fn from(error: UpkeepError) -> Self {
        match error {
            UpkeepError::Busy => Self::new(StatusCode::CONFLICT, "ConflictException", error.to_string()),
            UpkeepError::NoSuchBackup => Self::new(StatusCode::NOT_FOUND, "NotFoundException", error.to_string()),
            error @ UpkeepError::Failed(_) => Self::internal(&error),
        }
    }
}

pub(crate) async fn start_scrub(api: &AdminApi, request: StartScrub) -> Result<Done, AdminError> {
    if request.rate_mib.is_some_and(|rate| rate > 1_000_000) {
        return Err(AdminError::invalid("the rate is at most 1000000 MiB a second"));
    }
    api.upkeep.start_scrub(request.rate_mib).await;
    Ok(Done {})
}

pub(crate) async fn get_scrub(api: &AdminApi, _: GetScrub) -> ScrubStatus {
    api.upkeep.scrub_status().await
}

pub(crate) async fn begin_backup(api: &AdminApi, _: BeginBackup) -> Result<BackupPoint, AdminError> {
    Ok(api.upkeep.begin_backup().await?)
}

pub(crate) async fn keep_backup(api: &AdminApi, request: KeepBackup) -> Result<Done, AdminError> {
    api.upkeep.keep_backup(&request.id).await?;
    Ok(Done {})
}

pub(crate) async fn end_backup(api: &AdminApi, request: EndBackup) -> Result<Done, AdminError> {
    api.upkeep.end_backup(&request.id).await?;
    Ok(Done {})
}

impl From<&larder_engine::ScrubReport> for ScrubReport {
    fn from(report: &larder_engine::ScrubReport) -> Self {
        Self {
            files: report.files,
            blobs: report.blobs,
            records: report.records,
            contents: report.contents,
            bytes: report.bytes,
            damaged: report.damaged,
            left_over: report.left_over,
            incomplete: report.incomplete,
            findings: report.findings.iter().map(ScrubFinding::from).collect(),
        }
    }
}

impl From<&larder_engine::Finding> for ScrubFinding {
    fn from(finding: &larder_engine::Finding) -> Self {
        let owner = &finding.owner;
        Self {
            kind: finding.kind.as_str().to_owned(),
            damage: finding.kind.is_damage(),
            bucket: owner.bucket.clone(),
            key: owner.key.as_ref().map(|key| key.as_str().to_owned()),
            version_id: owner.version.map(|version| version.to_string()),
            upload_id: owner.upload.map(|upload| upload.to_string()),
            part_number: owner.part.map(larder_types::PartNumber::get),
            blob: finding.blob.map(|blob| blob.to_string()),
            message: finding.what.clone(),
            done: finding.done.map(str::to_owned),
        }
    }
}
