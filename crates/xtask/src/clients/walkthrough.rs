//! The README's walks through users, policies and accounts and through encryption, pasted as they stand: every block of a
//! section in order into one shell, which stops at the first line that fails. Only the port and the program's path are other ones.

use std::fs;

use anyhow::{Result, ensure};

use super::session::Session;
use super::{Verdict, readme};
use crate::program;
use crate::server::{ACCESS_KEY, SECRET_KEY, last_lines};

const SECTIONS: [&str; 2] = ["Users, policies, a second account", "Encryption and keys"];
/// What a block that starts the server begins with.
const SERVE: &str = "cargo run --release -- serve";
/// Stops the server that runs, if one does, and starts one; stops at the first line that fails.
const PRELUDE: &str = "set -eo pipefail
SERVER=
stop() { if [ -n \"$SERVER\" ]; then kill \"$SERVER\"; wait \"$SERVER\" || true; fi; }
serve() {
  stop
  \"$LARDER\" serve \"$@\" > serve.log 2>&1 &
  SERVER=$!
  until grep -q 'Paste this' serve.log; do kill -0 \"$SERVER\"; sleep 0.1; done
}
trap stop EXIT
serve";
/// The program as the README calls it.
const BINARY: &str = "target/release/larder";

pub(super) fn run(session: &Session) -> Result<Verdict> {
    for needed in ["aws", "bash", "openssl", "python3"] {
        if program::find(needed).is_none() {
            return Ok(Verdict::Skipped(format!("{needed} not found")));
        }
    }
    // The scripts start servers themselves, as whoever reads a section does; this session's only says which port is free.
    let port = session.endpoint().rsplit(':').next().unwrap_or_default().to_owned();
    session.stop_server()?;
    let (mut pasted, mut refusals) = (0, 0);
    for (number, section) in SECTIONS.iter().enumerate() {
        let blocks = readme::blocks(section)?;
        refusals += walk(session, &port, &blocks, &format!("walk-{number}"))?;
        pasted += blocks.len();
    }
    Ok(Verdict::Passed(format!("{pasted} blocks pasted, {refusals} refusals seen")))
}

/// Pastes the blocks of a section over a data folder of its own. Returns how many refusals were seen.
fn walk(session: &Session, port: &str, blocks: &[String], name: &str) -> Result<usize> {
    let refusals = blocks.iter().flat_map(|block| block.lines()).filter(|line| line.starts_with("refused ")).count();
    let pasted = blocks
        .concat()
        .replace(SERVE, "serve")
        .replace("localhost:9000", &format!("localhost:{port}"))
        .replace(BINARY, &session.binary().display().to_string());
    let file = session.path(&format!("{name}.sh"));
    fs::write(&file, format!("{PRELUDE}\n{pasted}"))?;
    let (status, printed) = session
        .program("bash")
        .env("LARDER", session.binary())
        .env("LARDER_LISTEN", format!("127.0.0.1:{port}"))
        .env("LARDER_DATA", session.path(&format!("{name}-data")))
        .env("LARDER_ROOT_ACCESS_KEY_ID", ACCESS_KEY)
        .env("LARDER_ROOT_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .arg(&file)
        .outcome()?;
    ensure!(
        status.success(),
        "a line of the README's section fails; the last that was printed:\n{}",
        last_lines(&printed, 20)
    );
    let seen = printed.matches("refused, as it should be").count();
    ensure!(seen == refusals, "{refusals} refusals are written down, {seen} were seen");
    Ok(refusals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_the_sections_with_their_blocks() {
        for (section, least, servers) in SECTIONS.iter().zip([(6, 1), (1, 0)]).map(|(section, (a, b))| (section, a, b))
        {
            let blocks = readme::blocks(section).expect("the section");
            assert!(blocks.len() >= least, "{}", blocks.len());
            assert_eq!(blocks.iter().filter(|block| block.starts_with(SERVE)).count(), servers);
            assert!(blocks.iter().any(|block| block.contains("\nrefused ")));
        }
    }
}
