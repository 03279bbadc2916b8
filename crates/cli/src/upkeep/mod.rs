//! Upkeep of what is stored: `larder scrub`, `fsck`, `backup` and `restore-backup`.

pub(crate) mod backup;
pub(crate) mod fsck;
mod report;
pub(crate) mod restore_backup;
pub(crate) mod scrub;
