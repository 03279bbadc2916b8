//! What the fuzz targets call: everything that reads stored bytes or backups.

use crate::Backup;
use crate::record;

/// Reads bytes as the keyring and as what is sealed in it. Errors are fine, panics are not; and what can be read is written
/// back to bytes that read the same.
pub fn keyring(data: &[u8]) {
    record::read_anything(data);
}

/// Reads bytes as a backup, short of the work that a passphrase costs, and as what is sealed in one.
pub fn backup(data: &[u8]) {
    Backup::read_anything(data);
}
