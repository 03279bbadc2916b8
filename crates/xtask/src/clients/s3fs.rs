//! s3fs: a bucket mounted as a file system, written, remounted and read.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Result, ensure};

use super::session::{REGION, Session};
use super::{Verdict, tree};
use crate::program;
use crate::server::{ACCESS_KEY, SECRET_KEY};

/// A file system over HTTP is slow file by file.
const FILES: usize = 120;

pub(super) fn run(session: &Session) -> Result<Verdict> {
    let (Some(s3fs), Some(fusermount)) =
        (program::find("s3fs"), program::find("fusermount3").or_else(|| program::find("fusermount")))
    else {
        return Ok(Verdict::Skipped("s3fs or fusermount not found: apt-get install s3fs fuse3".to_owned()));
    };
    let Some(aws) = program::find("aws") else {
        return Ok(Verdict::Skipped("aws not found, and s3fs cannot make a bucket: pip install awscli".to_owned()));
    };
    if let Err(error) = OpenOptions::new().read(true).write(true).open("/dev/fuse") {
        return Ok(Verdict::Skipped(format!("/dev/fuse cannot be used here ({error}): run where FUSE is allowed")));
    }
    session.program(&aws).args(["s3", "mb", "s3://clients-s3fs"]).run()?;
    let password = session.path("passwd-s3fs");
    fs::write(&password, format!("{ACCESS_KEY}:{SECRET_KEY}\n"))?;
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600))?;
    let mount = session.path("mount");
    fs::create_dir(&mount)?;
    let mounted = || -> Result<Mounted<'_>> {
        session
            .program(&s3fs)
            .args(["clients-s3fs".as_ref(), mount.as_os_str(), "-o".as_ref()])
            .arg(format!(
                "url={},endpoint={REGION},sigv4,use_path_request_style,passwd_file={}",
                session.endpoint(),
                password.display()
            ))
            .run()?;
        let mounted = Mounted { folder: &mount, fusermount: &fusermount };
        ensure!(mounted.is_mounted()?, "s3fs ended without an error and without a mount");
        Ok(mounted)
    };
    let first = match mounted() {
        Ok(first) => first,
        Err(error) if error.to_string().contains("fuse: ") || error.to_string().contains("fusermount") => {
            return Ok(Verdict::Skipped(format!("mounting is not allowed here ({error}): run where FUSE is allowed")));
        }
        Err(error) => return Err(error),
    };
    let source = session.path("up");
    tree::write(&source, FILES)?;
    session.program("cp").args(["-r".as_ref(), source.as_os_str(), mount.join("tree").as_os_str()]).run()?;
    fs::rename(mount.join("tree/flat/00004"), mount.join("tree/flat/renamed"))?;
    fs::rename(source.join("flat/00004"), source.join("flat/renamed"))?;
    drop(first);
    let second = mounted()?;
    let files = tree::compare(&source, &mount.join("tree"))?;
    drop(second);
    Ok(Verdict::Passed(format!("{files} files copied in, one renamed, read back after a remount")))
}

/// Unmounts when dropped, whatever happened: a mount left behind would hang every later look at it.
struct Mounted<'a> {
    folder: &'a Path,
    fusermount: &'a Path,
}

impl Mounted<'_> {
    fn is_mounted(&self) -> Result<bool> {
        let folder = self.folder.to_string_lossy();
        Ok(fs::read_to_string("/proc/self/mounts")?.lines().any(|line| line.split(' ').nth(1) == Some(&folder)))
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let unmount = |lazily: &str| {
            let status = std::process::Command::new(self.fusermount).arg(lazily).arg(self.folder).status();
            status.is_ok_and(|status| status.success())
        };
        if !unmount("-u") && !unmount("-uz") {
            println!("could not unmount {}", self.folder.display());
        }
    }
}
