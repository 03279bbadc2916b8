//! The README's sections, whose shell blocks are pasted as they stand.

use std::fs;

use anyhow::{Context, Result};

use crate::repository;

/// The shell blocks of the section under a heading of the second level.
pub(super) fn blocks(heading: &str) -> Result<Vec<String>> {
    let readme = fs::read_to_string(repository::root()?.join("README.md"))?;
    let missing = || format!("the README has no section {heading:?}");
    let (_, rest) = readme.split_once(&format!("\n## {heading}\n")).with_context(missing)?;
    let section = rest.split_once("\n## ").map_or(rest, |(section, _)| section);
    let parts = section.split("```sh\n").skip(1);
    Ok(parts.filter_map(|part| part.split_once("```").map(|(block, _)| block.to_owned())).collect())
}
