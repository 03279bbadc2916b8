//! rclone: sync up, compare on the server, sync down, and a second sync that must find nothing to do.

use anyhow::{Result, ensure};

use super::session::{REGION, Session};
use super::{Verdict, tree};
use crate::program;
use crate::program::Program;
use crate::server::{ACCESS_KEY, SECRET_KEY};

pub(super) fn run(session: &Session) -> Result<Verdict> {
    let Some(rclone) = program::find("rclone") else {
        return Ok(Verdict::Skipped("rclone not found: apt-get install rclone".to_owned()));
    };
    let rclone = || configured(session.program(&rclone), session);
    tree::write(&session.path("up"), session.files)?;
    rclone().args(["mkdir", "larder:clients-rclone"]).run()?;
    rclone().args(["sync", "up", "larder:clients-rclone/tree", "--transfers", "8"]).run()?;
    rclone().args(["check", "up", "larder:clients-rclone/tree"]).run()?;
    rclone().args(["check", "--download", "up", "larder:clients-rclone/tree"]).run()?;
    let again = rclone().args(["sync", "-v", "--stats", "0", "up", "larder:clients-rclone/tree"]).run()?;
    ensure!(!again.contains("Copied ("), "a second sync of the same files copies again:\n{again}");
    rclone().args(["copy", "larder:clients-rclone/tree", "larder:clients-rclone/copy"]).run()?;
    rclone().args(["sync", "larder:clients-rclone/copy", "down"]).run()?;
    let files = tree::compare(&session.path("up"), &session.path("down"))?;
    rclone().args(["purge", "larder:clients-rclone"]).run()?;
    Ok(Verdict::Passed(format!("{files} files synced up, checked, copied on the server, synced down")))
}

/// rclone takes a remote from variables, so no configuration file is needed. The provider `Minio` is what rclone calls
/// Amazon's behaviour with buckets in the path.
fn configured(program: Program, session: &Session) -> Program {
    program
        .env("RCLONE_CONFIG", session.path("rclone.conf"))
        .env("RCLONE_CONFIG_LARDER_TYPE", "s3")
        .env("RCLONE_CONFIG_LARDER_PROVIDER", "Minio")
        .env("RCLONE_CONFIG_LARDER_ACCESS_KEY_ID", ACCESS_KEY)
        .env("RCLONE_CONFIG_LARDER_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("RCLONE_CONFIG_LARDER_REGION", REGION)
        .env("RCLONE_CONFIG_LARDER_ENDPOINT", session.endpoint())
        // A retry would hide an answer that a first attempt should not have got.
        .env("RCLONE_RETRIES", "1")
        .env("RCLONE_LOW_LEVEL_RETRIES", "2")
}
