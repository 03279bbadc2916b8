//! restic: two backups, a full check, a restore that must be equal, forget and prune.

use std::fs;

use anyhow::Result;

use super::session::Session;
use super::{Verdict, tree};
use crate::program;

pub(super) fn run(session: &Session) -> Result<Verdict> {
    let Some(restic) = program::find("restic") else {
        return Ok(Verdict::Skipped("restic not found: apt-get install restic".to_owned()));
    };
    let repository = format!("s3:{}/clients-restic/backups", session.endpoint());
    let restic = |arguments: &[&str]| {
        session
            .program(&restic)
            .env("RESTIC_REPOSITORY", &repository)
            .env("RESTIC_PASSWORD", "a password for a test")
            .env("RESTIC_CACHE_DIR", session.path("restic-cache"))
            .args(arguments)
            .run()
    };
    let source = session.path("up");
    tree::write(&source, session.files)?;
    // restic makes the bucket itself.
    restic(&["init"])?;
    restic(&["backup", "up"])?;
    fs::write(source.join("added later"), "second backup")?;
    restic(&["backup", "up"])?;
    restic(&["check", "--read-data"])?;
    restic(&["restore", "latest", "--target", "restored"])?;
    let files = tree::compare(&source, &session.path("restored/up"))?;
    restic(&["forget", "--keep-last", "1", "--prune"])?;
    restic(&["check"])?;
    Ok(Verdict::Passed(format!("{files} files backed up twice, checked, restored, pruned")))
}
