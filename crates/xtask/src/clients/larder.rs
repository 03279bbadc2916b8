//! The binary as its own client: sync both ways, streams, versions, server-side copies, removal.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::session::Session;
use super::{Verdict, readme, tree};
use crate::repository;

/// Eight parts at the client's part size of 8 MiB.
const MULTIPART: usize = 64 * 1024 * 1024;

pub(super) fn run(session: &Session) -> Result<Verdict> {
    let larder = |arguments: &[&str]| session.program(session.binary()).args(arguments).run();
    let (up, down) = (session.path("up"), session.path("down"));
    larder(&["mb", "s3://clients-larder"])?;
    tree::write(&up, session.files)?;
    larder(&["sync", "--quiet", "up", "s3://clients-larder/tree"])?;
    let again = larder(&["sync", "--quiet", "--json", "up", "s3://clients-larder/tree"]);
    ensure!(again.is_err(), "two kinds of output at once were taken");
    let again = larder(&["sync", "--json", "up", "s3://clients-larder/tree"])?;
    ensure!(again.lines().count() == 1, "a second sync of the same files uploads again:\n{again}");
    larder(&["sync", "--quiet", "s3://clients-larder/tree", "s3://clients-larder/copy"])?;
    larder(&["sync", "--quiet", "s3://clients-larder/copy", "down"])?;
    let files = tree::compare(&up, &down)?;
    let again = larder(&["sync", "--json", "s3://clients-larder/copy", "down", "--delete"])?;
    ensure!(again.lines().count() == 1, "a second sync of the same objects downloads again:\n{again}");
    large(session, &larder)?;
    larder(&["rm", "--recursive", "--quiet", "s3://clients-larder/tree"])?;
    let left = larder(&["find", "s3://clients-larder/tree/"])?;
    ensure!(left.is_empty(), "rm --recursive left objects:\n{left}");
    larder(&["rb", "s3://clients-larder", "--force", "--quiet"])?;
    ensure!(!larder(&["ls"])?.contains("clients-larder"), "the bucket is listed after rb");
    paste_readme(session)?;
    Ok(Verdict::Passed(format!(
        "{files} files synced up, copied on the server, synced down; parts, removal, the README"
    )))
}

/// The commands in the README's section on the command line, as they stand there.
fn paste_readme(session: &Session) -> Result<()> {
    let root = repository::root()?;
    let commands = readme::blocks("The command line")?.concat();
    let docs = session.path("docs");
    fs::create_dir_all(docs.join("adr"))?;
    for folder in ["docs", "docs/adr"] {
        for entry in fs::read_dir(root.join(folder))? {
            let path = entry?.path();
            if path.is_file() {
                fs::copy(&path, session.path(folder).join(path.file_name().unwrap_or_default()))?;
            }
        }
    }
    let folder = session.binary().parent().context("a binary is in a folder")?.display().to_string();
    let script = format!("set -euo pipefail\nPATH={folder}:$PATH\n{commands}");
    session.program("bash").args(["-c", &script]).run()?;
    let left = session.program(session.binary()).arg("ls").run()?;
    ensure!(left.is_empty(), "the README's commands leave buckets:\n{left}");
    Ok(())
}

fn large(session: &Session, larder: &dyn Fn(&[&str]) -> Result<String>) -> Result<()> {
    tree::write_file(&session.path("big"), MULTIPART)?;
    larder(&["cp", "--quiet", "big", "s3://clients-larder/big"])?;
    let stat = larder(&["stat", "s3://clients-larder/big"])?;
    ensure!(stat.contains("-8\"") && stat.contains("crc64nvme"), "an object of eight parts is:\n{stat}");
    larder(&["mv", "--quiet", "s3://clients-larder/big", "s3://clients-larder/moved"])?;
    larder(&["cp", "--quiet", "s3://clients-larder/moved", "big-back"])?;
    ensure!(fs::read(session.path("big"))? == fs::read(session.path("big-back"))?, "the large file came back changed");
    Ok(())
}
