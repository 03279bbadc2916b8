//! Folders for one run, which go away with it.

use std::path::Path;

use anyhow::{Context, Result};
use tempfile::TempDir;

/// A folder whose name says what it is for, in `parent` or where the system keeps temporary files.
pub(crate) fn folder(purpose: &str, parent: Option<&Path>) -> Result<TempDir> {
    let prefix = format!("larder-{purpose}-");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    match parent {
        Some(parent) => builder.tempdir_in(parent).with_context(|| format!("no folder in {}", parent.display())),
        None => builder.tempdir().context("no temporary folder"),
    }
}
