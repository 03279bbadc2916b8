//! The README's walk through users, policies and accounts, pasted as it stands: every block in order into one shell, which
//! stops at the first line that fails. Only the port and the program's path are other ones.

use std::fs;

use anyhow::{Result, ensure};

use super::session::Session;
use super::{Verdict, readme};
use crate::program;
use crate::server::{ACCESS_KEY, SECRET_KEY, last_lines};

const SECTION: &str = "Users, policies, a second account";
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
    let blocks = readme::blocks(SECTION)?;
    let refusals = blocks.iter().flat_map(|block| block.lines()).filter(|line| line.starts_with("refused ")).count();
    // The script starts servers itself, as whoever reads the section does; this session's only says which port is free.
    let port = session.endpoint().rsplit(':').next().unwrap_or_default().to_owned();
    session.stop_server()?;
    let pasted = blocks
        .concat()
        .replace(SERVE, "serve")
        .replace("localhost:9000", &format!("localhost:{port}"))
        .replace(BINARY, &session.binary().display().to_string());
    let file = session.path("walkthrough.sh");
    fs::write(&file, format!("{PRELUDE}\n{pasted}"))?;
    let (status, printed) = session
        .program("bash")
        .env("LARDER", session.binary())
        .env("LARDER_LISTEN", format!("127.0.0.1:{port}"))
        .env("LARDER_DATA", session.path("data"))
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
    Ok(Verdict::Passed(format!("{} blocks pasted, {refusals} refusals seen", blocks.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_the_section_with_its_blocks() {
        let blocks = readme::blocks(SECTION).expect("the section");
        assert!(blocks.len() > 5, "{}", blocks.len());
        assert_eq!(blocks.iter().filter(|block| block.starts_with(SERVE)).count(), 1);
        assert!(blocks.iter().any(|block| block.contains("\nrefused ")));
    }
}
