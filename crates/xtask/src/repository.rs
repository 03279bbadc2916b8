//! The checkout: where it is and which files belong to it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context, Result, bail};

/// Folders that hold build output or data, never sources.
const SKIPPED: [&str; 7] =
    [".git", "target", "larder-data", "fuzz/target", "fuzz/corpus", "fuzz/artifacts", "fuzz/coverage"];

/// One text file of the repository. Files that are not UTF-8 (images, archives) are left out.
pub(crate) struct File {
    /// Relative to the root, with `/` between parts.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Made by a program from a model: exempt from rules on shape.
    pub(crate) fn is_generated(&self) -> bool {
        self.path.contains("/generated/")
    }

    /// Tests, benches and fuzz targets: code that is not shipped.
    pub(crate) fn is_test(&self) -> bool {
        let inside = |folder: &str| self.path.contains(folder);
        inside("/tests/")
            || inside("/benches/")
            || self.path.ends_with("/tests.rs")
            || self.path.ends_with("_tests.rs")
            || self.path.starts_with("fuzz/")
    }
}

/// The checkout with its text files, sorted by path.
pub(crate) struct Repository {
    pub(crate) root: PathBuf,
    pub(crate) files: Vec<File>,
}

impl Repository {
    pub(crate) fn open() -> Result<Self> {
        let root = root()?;
        let mut paths = match listed_by_git(&root) {
            Some(paths) => paths,
            None => walked(&root)?,
        };
        paths.sort();
        paths.dedup();
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            // A file may be listed and yet be gone, or be a link to nowhere.
            if let Ok(bytes) = fs::read(root.join(&path))
                && let Ok(text) = String::from_utf8(bytes)
            {
                files.push(File { path, text });
            }
        }
        Ok(Self { root, files })
    }

    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// The folder that holds the workspace's Cargo.toml and this crate.
pub(crate) fn root() -> Result<PathBuf> {
    let start = match env::var_os("CARGO_MANIFEST_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => env::current_dir().context("the current folder is gone")?,
    };
    match start.ancestors().find(|folder| folder.join("crates/xtask/Cargo.toml").is_file()) {
        Some(folder) => Ok(folder.to_path_buf()),
        None => bail!("{} is not inside a checkout of Larder", start.display()),
    }
}

/// What git tracks or would track; `None` without git or outside a git checkout (a release archive).
fn listed_by_git(root: &Path) -> Option<Vec<String>> {
    if !root.join(".git").exists() {
        return None;
    }
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let listing = String::from_utf8(output.stdout).ok()?;
    Some(listing.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}

fn walked(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(root.join(&folder)).with_context(|| format!("cannot list {folder}"))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if SKIPPED.contains(&path.as_str()) {
                continue;
            }
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                found.push(path);
            }
        }
    }
    Ok(found)
}
