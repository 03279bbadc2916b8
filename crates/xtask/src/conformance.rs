//! `cargo xtask conformance`: the ceph/s3-tests suite against the real binary on a fresh data folder.
//!
//! The suite is not part of this repository: clone <https://github.com/ceph/s3-tests>, install its requirements and name
//! the checkout.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::program::{self, Program};
use crate::repository;
use crate::scratch;
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

/// An account that the suite acts for: the section of its configuration, and what tells it from the others.
struct Account {
    section: &'static str,
    name: &'static str,
    number: u8,
}

const ALT: Account = Account { section: "s3 alt", name: "alt", number: 2 };
const IAM: Account = Account { section: "iam", name: "iam", number: 4 };

/// All but the first are made for the run; the first is the server's own.
const ACCOUNTS: [Account; 6] = [
    Account { section: "s3 main", name: "main", number: 1 },
    ALT,
    Account { section: "s3 tenant", name: "tenant", number: 3 },
    IAM,
    Account { section: "iam root", name: "iam-root", number: 5 },
    Account { section: "iam alt root", name: "iam-alt-root", number: 6 },
];

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let tests = arguments.suite.join("s3tests/functional/test_s3.py");
    ensure!(tests.is_file(), "{} is no checkout of ceph/s3-tests", arguments.suite.display());
    ensure!(
        arguments.pytest.is_file() || program::find(&arguments.pytest.to_string_lossy()).is_some(),
        "pytest not found: pip install -r requirements.txt pytest"
    );
    let binary = server::binary(arguments.server.as_deref())?.canonicalize()?;
    let scratch = scratch::folder("conformance", None)?;
    let data = scratch.path().join("data");
    fs::create_dir(&data)?;
    let server = Server::start(&binary, &data, &scratch.path().join("server.log"), 0)?;
    let account = fs::read_to_string(data.join("account.toml")).context("the server wrote no account")?;
    let owner = canonical_id(&account).context("the account has no canonical id")?;
    for account in &ACCOUNTS[1..] {
        account.make(&binary, &server.endpoint, &scratch.path().join("admin.log"))?;
    }
    let mut suite =
        Suite { arguments, scratch: scratch.path(), endpoint: &server.endpoint, owner, kms_keys: Vec::new() };
    for _ in 0..2 {
        let key = suite.prepare("suite_key.py", None, ACCESS_KEY, SECRET_KEY)?;
        suite.kms_keys.push(key);
    }
    let of_accounts = suite.run("accounts", &["test_s3.py", "test_headers.py"], None)?;
    let user = suite.make_user()?;
    let of_users = suite.run("users", &["test_iam.py", "test_sts.py"], Some(&user))?;
    server.stop()?;
    ensure!(of_accounts && of_users, "some tests of the suite fail");
    Ok(())
}

/// The suite, and whom it is to act for.
struct Suite<'a> {
    arguments: &'a Arguments,
    scratch: &'a Path,
    endpoint: &'a str,
    owner: &'a str,
    /// The ARNs of two keys of the first account.
    kms_keys: Vec<String>,
}

impl Suite<'_> {
    /// Runs some files of the suite; whether all their tests pass. In those about users, `user` (key and secret) takes the
    /// place of the second account.
    fn run(&self, name: &str, files: &[&str], user: Option<&(String, String)>) -> Result<bool> {
        let settings = self.scratch.join(format!("{name}.conf"));
        fs::write(&settings, configuration(self.endpoint, self.owner, &self.kms_keys, user))?;
        let pytest = &self.arguments.pytest;
        let pytest = pytest.canonicalize().unwrap_or_else(|_| pytest.clone());
        // Tests of users share the one user: they run one after the other, whatever pytest was told.
        let in_parallel = self.arguments.pytest_arguments.iter().any(|argument| argument.starts_with("-n"));
        let serially = (user.is_some() && in_parallel).then_some("-n0");
        let (status, printed) = Program::new(pytest.as_os_str(), &self.scratch.join(format!("{name}.log")))
            .env("S3TEST_CONF", &settings)
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .current_dir(&self.arguments.suite)
            .args(["-q", "--tb=line", "-p", "no:cacheprovider", "-p", "no:warnings", "-r", "fE"])
            .args(files.iter().map(|name| format!("s3tests/functional/{name}")))
            .args(&self.arguments.pytest_arguments)
            .args(serially)
            .unlimited()
            .outcome()?;
        println!("{}", last_lines(&printed, 2_000));
        Ok(status.success())
    }

    /// Makes the IAM user that the suite's tests of IAM take for their second account: named as that account's id.
    fn make_user(&self) -> Result<(String, String)> {
        let name = ALT.canonical_id();
        let printed = self.prepare("suite_user.py", Some(&name), &IAM.access_key(), &IAM.secret_key())?;
        let (id, secret) = printed.split_once(' ').context("the user's access key was not printed")?;
        Ok((id.to_owned(), secret.to_owned()))
    }

    /// Runs a script that makes something for the suite, as the root user of an account. Returns what it prints.
    fn prepare(&self, script: &str, argument: Option<&str>, access_key: &str, secret_key: &str) -> Result<String> {
        // Beside pytest is the Python that has the suite's requirements.
        let pytest = &self.arguments.pytest;
        let python = pytest.canonicalize().unwrap_or_else(|_| pytest.clone()).with_file_name("python3");
        let python = if python.is_file() { python } else { PathBuf::from("python3") };
        let printed = Program::new(python.as_os_str(), &self.scratch.join(format!("{script}.log")))
            .env("AWS_ENDPOINT_URL", self.endpoint)
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", access_key)
            .env("AWS_SECRET_ACCESS_KEY", secret_key)
            .arg(repository::root()?.join("crates/xtask/clients").join(script))
            .args(argument)
            .run()?;
        Ok(printed.trim().to_owned())
    }
}

/// The id by which listings name the account; some tests compare it.
fn canonical_id(account: &str) -> Option<&str> {
    account.lines().find_map(|line| line.strip_prefix("canonical_id = \"")?.strip_suffix('"'))
}

impl Account {
    fn account_id(&self) -> String {
        format!("{:012}", u64::from(self.number) * 111_111_111_111)
    }

    fn canonical_id(&self) -> String {
        format!("{:064x}", u128::from(self.number) << 64)
    }

    fn email(&self) -> String {
        format!("{}@example.com", self.name)
    }

    fn access_key(&self) -> String {
        format!("LARDERSUITE{:09}", self.number)
    }

    fn secret_key(&self) -> String {
        format!("larder-suite-secret-{:020}", self.number)
    }

    fn make(&self, binary: &Path, endpoint: &str, log: &Path) -> Result<()> {
        Program::new(binary.as_os_str(), log)
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("LARDER_NEW_SECRET_ACCESS_KEY", self.secret_key())
            .args(["admin", "account", "create", "--name", self.name, "--email", &self.email()])
            .args(["--account-id", &self.account_id(), "--canonical-id", &self.canonical_id()])
            .args(["--access-key-id", &self.access_key()])
            .run()
            .map(|_| ())
    }
}

fn configuration(endpoint: &str, owner: &str, kms_keys: &[String], user: Option<&(String, String)>) -> String {
    let port = endpoint.rsplit(':').next().unwrap_or_default();
    let mut text = format!("[DEFAULT]\nhost = 127.0.0.1\nport = {port}\nis_secure = False\nssl_verify = False\n\n");
    text.push_str(
        "[fixtures]\nbucket prefix = larder-{random}-\niam name prefix = s3-tests-\niam path prefix = /s3-tests/\n",
    );
    for account in &ACCOUNTS {
        let (section, number, email) = (account.section, account.number, account.email());
        // The first has the keys that the server was started with.
        let (id, secret) = match (number, user) {
            (1, _) => (ACCESS_KEY.to_owned(), SECRET_KEY.to_owned()),
            (2, Some(user)) => user.clone(),
            _ => (account.access_key(), account.secret_key()),
        };
        let (user_id, name) = match number {
            1 => (owner.to_owned(), "root"),
            // The suite compares this one with an account id.
            5 => (account.account_id(), account.name),
            _ => (account.canonical_id(), account.name),
        };
        text.push_str(&format!(
            "\n[{section}]\naccess_key = {id}\nsecret_key = {secret}\ndisplay_name = {name}\nuser_id = {user_id}\n\
             email = {email}\ntenant = testx\n"
        ));
        if let (1, [first, second]) = (number, kms_keys) {
            text.push_str(&format!("kms_keyid = {first}\nkms_keyid2 = {second}\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suite_is_told_the_port_and_a_different_account_in_every_section() {
        let owner = canonical_id("version = 1\ncanonical_id = \"0123\"\n").expect("an id");
        let text = configuration("http://127.0.0.1:4711", owner, &["one".to_owned(), "two".to_owned()], None);
        assert!(text.contains("tenant = testx\nkms_keyid = one\nkms_keyid2 = two\n"), "{text}");
        assert!(text.contains("\nuser_id = 0123\n") && text.contains("\nport = 4711\n"), "{text}");
        assert_eq!(text.matches("access_key = ").count(), 6);
        for account in &ACCOUNTS[1..] {
            assert_eq!(text.matches(&account.access_key()).count(), 1, "{text}");
            assert_eq!((account.canonical_id().len(), account.account_id().len()), (64, 12));
        }
        let with_user = configuration("http://127.0.0.1:4711", owner, &[], Some(&("AKIAUSER".into(), "secret".into())));
        assert!(with_user.contains("[s3 alt]\naccess_key = AKIAUSER\nsecret_key = secret\n"), "{with_user}");
        assert!(with_user.contains(&format!("user_id = {}\n", ALT.canonical_id())), "{with_user}");
    }
}
