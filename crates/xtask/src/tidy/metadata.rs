//! What cargo knows: the workspace's packages and everything they pull in.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A package as `cargo metadata` (format version 1) tells it; only what the rules need.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    #[serde(default)]
    pub(crate) rust_version: Option<String>,
    pub(crate) manifest_path: String,
    pub(crate) dependencies: Vec<Dependency>,
    /// `None` for a package of this workspace.
    pub(crate) source: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` is a normal one; else `dev` or `build`.
    pub(crate) kind: Option<String>,
    /// Set for a dependency on a folder.
    pub(crate) path: Option<String>,
}

impl Package {
    /// The name of the package's folder.
    pub(crate) fn folder(&self) -> &str {
        Path::new(&self.manifest_path).parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or("")
    }

    /// Where findings about the package point.
    pub(crate) fn manifest(&self) -> String {
        format!("crates/{}/Cargo.toml", self.folder())
    }
}

/// The packages of this workspace.
pub(crate) fn workspace(root: &Path) -> Result<Vec<Package>> {
    ask(root, &["--no-deps"])
}

/// Every package from outside that a build on this host compiles, tests and build scripts included.
pub(crate) fn dependencies(root: &Path) -> Result<Vec<Package>> {
    let host = host()?;
    let packages = ask(root, &["--filter-platform", &host])?;
    Ok(packages.into_iter().filter(|package| package.source.is_some()).collect())
}

/// Works from what is downloaded already; only a checkout that has not built its tests yet lets cargo fetch the rest.
fn ask(root: &Path, more: &[&str]) -> Result<Vec<Package>> {
    let run = |network: &[&str]| {
        Command::new(tool("CARGO", "cargo"))
            .args(["metadata", "--format-version", "1"])
            .args(network)
            .args(more)
            .current_dir(root)
            .stdin(Stdio::null())
            .output()
            .context("cargo does not start")
    };
    let mut output = run(&["--offline"])?;
    if !output.status.success() {
        output = run(&[])?;
    }
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("cargo metadata speaks another format")?;
    Ok(metadata.packages)
}

fn host() -> Result<String> {
    let output = Command::new(tool("RUSTC", "rustc")).arg("-vV").stdin(Stdio::null()).output().context("no rustc")?;
    let text = String::from_utf8_lossy(&output.stdout);
    match text.lines().find_map(|line| line.strip_prefix("host: ")) {
        Some(host) => Ok(host.to_owned()),
        None => bail!("rustc -vV names no host"),
    }
}

/// Cargo tells its subcommands which cargo they run under.
fn tool(variable: &str, name: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| name.into())
}
