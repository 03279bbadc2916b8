//! `cargo xtask conformance`: the ceph/s3-tests suite against the real binary on a fresh data folder.
//!
//! The suite is not part of this repository: clone <https://github.com/ceph/s3-tests>, install its requirements and name
//! the checkout.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::program::{self, Program};
use crate::server::{self, ACCESS_KEY, SECRET_KEY, Server, last_lines};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A checkout of ceph/s3-tests
    #[arg(long, value_name = "FOLDER")]
    suite: PathBuf,
    /// The larder binary to test [default: the release build of this checkout]
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,
    /// The pytest to run, e.g. one in a virtual environment with the suite's requirements
    #[arg(long, value_name = "PATH", default_value = "pytest")]
    pytest: PathBuf,
    /// What pytest gets, e.g. `-- -m "not lifecycle" -k test_bucket_list`
    #[arg(last = true)]
    pytest_arguments: Vec<String>,
}

/// The sections the suite reads; all act for the one account there is.
const SECTIONS: [&str; 6] = ["s3 main", "s3 alt", "s3 tenant", "iam", "iam root", "iam alt root"];

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let tests = arguments.suite.join("s3tests/functional/test_s3.py");
    ensure!(tests.is_file(), "{} is no checkout of ceph/s3-tests", arguments.suite.display());
    ensure!(
        arguments.pytest.is_file() || program::find(&arguments.pytest.to_string_lossy()).is_some(),
        "pytest not found: pip install -r requirements.txt pytest"
    );
    let binary = server::binary(arguments.server.as_deref())?.canonicalize()?;
    let scratch = tempfile::Builder::new().prefix("larder-conformance-").tempdir().context("no temporary folder")?;
    let data = scratch.path().join("data");
    fs::create_dir(&data)?;
    let server = Server::start(&binary, &data, &scratch.path().join("server.log"), 0)?;
    let settings = scratch.path().join("s3tests.conf");
    let account = fs::read_to_string(data.join("account.toml")).context("the server wrote no account")?;
    let owner = canonical_id(&account).context("the account has no canonical id")?;
    fs::write(&settings, configuration(&server.endpoint, owner))?;
    let pytest = arguments.pytest.canonicalize().unwrap_or_else(|_| arguments.pytest.clone());
    let (status, printed) = Program::new(pytest.as_os_str(), &scratch.path().join("pytest.log"))
        .env("S3TEST_CONF", &settings)
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .current_dir(&arguments.suite)
        .args(["-q", "--tb=line", "-p", "no:cacheprovider", "-p", "no:warnings", "-r", "fE"])
        .args(["s3tests/functional/test_s3.py", "s3tests/functional/test_headers.py"])
        .args(&arguments.pytest_arguments)
        .unlimited()
        .outcome()?;
    println!("{}", last_lines(&printed, 2_000));
    server.stop()?;
    ensure!(status.success(), "some tests of the suite fail");
    Ok(())
}

/// The id by which listings name the account; some tests compare it.
fn canonical_id(account: &str) -> Option<&str> {
    account.lines().find_map(|line| line.strip_prefix("canonical_id = \"")?.strip_suffix('"'))
}

fn configuration(endpoint: &str, owner: &str) -> String {
    let port = endpoint.rsplit(':').next().unwrap_or_default();
    let mut text = format!("[DEFAULT]\nhost = 127.0.0.1\nport = {port}\nis_secure = False\nssl_verify = False\n\n");
    text.push_str("[fixtures]\nbucket prefix = larder-{random}-\n");
    for section in SECTIONS {
        text.push_str(&format!(
            "\n[{section}]\naccess_key = {ACCESS_KEY}\nsecret_key = {SECRET_KEY}\ndisplay_name = root\nuser_id = {owner}\n\
             email = root@example.com\ntenant = testx\n"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suite_is_told_the_port_in_every_section() {
        let owner = canonical_id("version = 1\ncanonical_id = \"0123\"\n").expect("an id");
        let text = configuration("http://127.0.0.1:4711", owner);
        assert!(text.contains("\nuser_id = 0123\n"), "{text}");
        assert!(text.contains("\nport = 4711\n"), "{text}");
        assert_eq!(text.matches(ACCESS_KEY).count(), SECTIONS.len());
    }
}
