//! `larder admin keys`, run as an operator runs it: against a server, and against a folder that none has open.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::Served;

const ROOT_KEY: &str = "larder-data/root.key";

struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("passphrase"), "correct horse\n").expect("written");
        Self { folder }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn larder(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_larder"));
        command.current_dir(self.folder.path()).env_clear().stdin(Stdio::null()).args(arguments);
        command.env("LARDER_ROOT_ACCESS_KEY_ID", "test").env("LARDER_ROOT_SECRET_ACCESS_KEY", "testtest");
        command
    }

    fn serve(&self) -> Served {
        Served::start(self.larder(&["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::null()))
    }

    /// Why a server does not start.
    fn start_fails(&self) -> String {
        let output = self.larder(&["serve", "--listen", "127.0.0.1:0"]).output().expect("the binary runs");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn keys(&self, served: Option<&Served>, arguments: &[&str]) -> Output {
        let mut command = self.larder(&["admin", "keys"]);
        command.args(arguments);
        if let Some(served) = served {
            command.env("AWS_ENDPOINT_URL", served.endpoint());
            command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "testtest");
        }
        command.output().expect("the binary runs")
    }

    #[track_caller]
    fn done(&self, served: Option<&Served>, arguments: &[&str]) -> String {
        let output = self.keys(served, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    #[track_caller]
    fn refused(&self, served: Option<&Served>, arguments: &[&str], why: &str) {
        let output = self.keys(served, arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(why), "{arguments:?}: {error}");
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("the file is there")
    }
}

const BACKUP: &[&str] = &["backup", "keys.backup", "--passphrase-file", "passphrase"];
const RESTORE: &[&str] = &["restore", "keys.backup", "--passphrase-file", "passphrase"];

fn with<'a>(arguments: &[&'a str], more: &'a str) -> Vec<&'a str> {
    arguments.iter().copied().chain([more]).collect()
}

#[test]
fn a_lost_root_key_comes_back_from_a_backup() {
    let world = World::new();
    world.refused(None, BACKUP, "there is no data in larder-data");
    assert!(!world.path("larder-data").exists(), "nothing was made");

    let first = world.serve();
    assert!(first.banner.contains("LOSING THE ROOT KEY IS LOSING THE DATA"), "{}", first.banner);
    assert!(first.banner.contains("  root key  ./larder-data/root.key (made just now)\n"), "{}", first.banner);
    // While the server runs, it is asked for the keyring, by somebody who may.
    world.refused(None, BACKUP, "a server has larder-data open");
    let said = world.done(Some(&first), BACKUP);
    assert!(said.starts_with("the keys of larder-data are in keys.backup;"), "{said}");
    world.refused(Some(&first), BACKUP, "keys.backup is there already");
    world.refused(None, RESTORE, "is in use by another process");
    first.stop();
    let backup = world.text("keys.backup");
    let root_key = world.text(ROOT_KEY);
    let digits = root_key.split('"').nth(1).expect("the key");
    assert!(!backup.contains(digits), "it is sealed");

    fs::remove_file(world.path(ROOT_KEY)).expect("there");
    let error = world.start_fails();
    assert!(error.contains("root.key is missing") && error.contains("larder admin keys restore"), "{error}");
    fs::write(world.path("other"), "wrong horse").expect("written");
    world.refused(None, &["restore", "keys.backup", "--passphrase-file", "other"], "the passphrase is wrong");
    assert!(!world.path(ROOT_KEY).exists());
    world.refused(None, &["restore", "keys.backup"], "use --passphrase-file");
    let said = world.done(None, RESTORE);
    assert!(said.contains("opens the data there"), "{said}");
    assert_eq!(world.text(ROOT_KEY), root_key);
    world.done(None, RESTORE);
    let second = world.serve();
    assert!(!second.banner.contains("LOSING"), "said once: {}", second.banner);
    second.stop();

    // Over another root key only when told so.
    let other = root_key.replace(digits, &"5a".repeat(32));
    fs::write(world.path(ROOT_KEY), &other).expect("written");
    let error = world.start_fails();
    assert!(error.contains("sealed under another root key"), "{error}");
    world.refused(None, RESTORE, "there is another root key in larder-data/root.key");
    assert_eq!(world.text(ROOT_KEY), other);
    world.done(None, &with(RESTORE, "--force"));
    world.serve().stop();
}

#[test]
fn keys_are_listed_and_changed_while_the_server_runs() {
    let world = World::new();
    let served = world.serve();
    let listed = world.done(Some(&served), &["list"]);
    let keyring = listed.lines().next().expect("a line").to_owned();
    assert!(keyring.starts_with("keyring     ") && listed.contains("the one in larder-data/root.key\n"), "{listed}");
    assert_eq!(listed.matches("master key").count(), 1, "{listed}");
    world.done(Some(&served), BACKUP);

    assert_eq!(world.done(Some(&served), &["rotate-master"]), "master key 2 is the current one\n");
    let before = world.text(ROOT_KEY);
    let said = world.done(Some(&served), &["rotate-root"]);
    assert!(said.contains("make a backup"), "{said}");
    assert_ne!(world.text(ROOT_KEY), before);
    let listed = world.done(Some(&served), &["list"]);
    assert!(listed.starts_with(&keyring) && listed.contains("   1  ") && listed.contains("  current\n"), "{listed}");
    let json = world.done(Some(&served), &["list", "--json"]);
    assert!(json.contains("\"MasterKeys\""), "{json}");
    world.refused(None, &["list"], "AWS_ACCESS_KEY_ID is not set");
    served.stop();

    // The backup is of before the change.
    world.refused(None, &with(RESTORE, "--force"), "the backup does not open the keyring of this data folder");
    let again = world.serve();
    assert_eq!(world.done(Some(&again), &["list"]), listed);
    again.stop();
    fs::remove_file(world.path("keys.backup")).expect("there");
    world.done(None, BACKUP);
    fs::remove_file(world.path(ROOT_KEY)).expect("there");
    world.done(None, RESTORE);
    world.serve().stop();
}

fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, text).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o400)).expect("ours");
}

#[test]
fn a_root_key_of_systemd_or_the_settings_leaves_no_file() {
    let world = World::new();
    let credentials = tempfile::tempdir().expect("a folder");
    write_private(&credentials.path().join("larder-root-key"), &"a5".repeat(32));
    let serve = || {
        let mut command = world.larder(&["serve", "--listen", "127.0.0.1:0"]);
        command.env("CREDENTIALS_DIRECTORY", credentials.path());
        command
    };
    let served = Served::start(&mut serve());
    assert!(served.banner.contains("  root key  from the systemd credential "), "{}", served.banner);
    world.refused(Some(&served), &["rotate-root"], "set another one there");
    served.stop();
    assert!(!world.path(ROOT_KEY).exists());

    let output = serve().env("LARDER_ROOT_KEY", "a5".repeat(32)).output().expect("the binary runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains("the root key comes from one place"), "{error}");
    let error = world.start_fails();
    assert!(error.contains("root.key is missing"), "{error}");

    // To the settings, and from there into a file that is made.
    let mut command = world.larder(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("LARDER_ROOT_KEY", "5b".repeat(32)).env("LARDER_PREVIOUS_ROOT_KEY", "a5".repeat(32));
    Served::start(&mut command).stop();
    let mut command = world.larder(&["serve", "--listen", "127.0.0.1:0"]);
    let served = Served::start(command.env("LARDER_PREVIOUS_ROOT_KEY", "5b".repeat(32)));
    assert!(served.banner.contains("LOSING THE ROOT KEY"), "{}", served.banner);
    served.stop();
    world.serve().stop();
}
