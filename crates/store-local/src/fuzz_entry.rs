//! Entries for fuzzing: parsers of files that a damaged disk may hold anything in.

use crate::meta::{files, journal_check};

/// Reads bytes as a list of files of the key-value engine.
#[must_use]
pub fn is_list_of_files(bytes: &[u8]) -> bool {
    files::is_listing(bytes)
}

/// Reads bytes as a journal of the key-value engine.
///
/// # Panics
/// When reading from memory fails, which it does not.
#[must_use]
pub fn is_whole_journal(bytes: &[u8]) -> bool {
    journal_check::check_bytes(bytes).expect("memory can be read").is_none()
}
