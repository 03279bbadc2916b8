//! `larder scrub`, `fsck`, `backup` and `restore-backup`, run as an operator runs them.

mod support;

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use support::Served;

struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn larder(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_larder"));
        command.current_dir(self.folder.path()).env_clear().stdin(Stdio::null()).args(arguments);
        command.env("LARDER_ROOT_ACCESS_KEY_ID", "test").env("LARDER_ROOT_SECRET_ACCESS_KEY", "testtest");
        command
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "testtest")
            .env("AWS_REGION", "us-east-1");
        command
    }

    fn serve(&self, data: &str) -> Served {
        let mut command = self.larder(&["serve", "--listen", "127.0.0.1:0", "--data", data]);
        Served::start(command.stderr(Stdio::null()))
    }

    fn run(&self, served: Option<&Served>, arguments: &[&str]) -> Output {
        let mut command = self.larder(arguments);
        if let Some(served) = served {
            command.env("AWS_ENDPOINT_URL", served.endpoint());
        }
        command.output().expect("the binary runs")
    }

    #[track_caller]
    fn done(&self, served: Option<&Served>, arguments: &[&str]) -> String {
        let output = self.run(served, arguments);
        let shown = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {shown:?}");
        shown.0.into_owned()
    }

    /// What is printed by a command that ends with 1.
    #[track_caller]
    fn fails(&self, served: Option<&Served>, arguments: &[&str]) -> String {
        let output = self.run(served, arguments);
        let shown = [output.stdout, output.stderr].concat();
        let shown = String::from_utf8_lossy(&shown).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {shown}");
        shown
    }

    fn put(&self, served: &Served, key: &str, body: &[u8]) {
        let mut command = self.larder(&["pipe", &format!("s3://bucket/{key}")]);
        command.env("AWS_ENDPOINT_URL", served.endpoint()).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the binary runs");
        child.stdin.take().expect("piped").write_all(body).expect("taken");
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{key}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn get(&self, served: &Served, key: &str) -> Option<Vec<u8>> {
        let output = self.run(Some(served), &["cat", &format!("s3://bucket/{key}")]);
        output.status.success().then_some(output.stdout)
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

fn flip(path: &Path, at: u64) {
    let file = OpenOptions::new().read(true).write(true).open(path).expect("there");
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).expect("a byte");
    file.write_all_at(&[byte[0] ^ 4], at).expect("a byte");
}

fn body(number: usize) -> Vec<u8> {
    let length = if number.is_multiple_of(3) { 200_000 } else { 2_000 };
    number.to_string().into_bytes().into_iter().cycle().take(length).collect()
}

#[test]
fn damage_is_found_while_the_server_runs_and_when_it_does_not() {
    let world = World::new();
    assert!(world.fails(None, &["fsck", "--data", "data"]).contains("there is no data in data"));
    let served = world.serve("data");
    world.done(Some(&served), &["mb", "s3://bucket"]);
    for number in 0..4 {
        world.put(&served, &format!("key{number}"), &body(number));
    }
    let said = world.done(Some(&served), &["scrub", "--data", "data", "--rate-mib", "0"]);
    assert!(said.contains("looked at ") && said.ends_with("no damage\n"), "{said}");
    assert!(world.fails(Some(&served), &["fsck", "--data", "data"]).contains("a server has data open"));

    let blobs = files(&world.path("data/blobs"));
    assert_eq!(blobs.len(), 2, "two objects are large");
    // Where no read looks.
    flip(&blobs[0], 3_000);
    let said = world.fails(Some(&served), &["scrub", "--data", "data", "--rate-mib", "0"]);
    assert!(said.contains("what follows the claim is not zero") && said.contains("DAMAGE: 1 found"), "{said}");
    assert!(world.get(&served, "key0").is_some() && world.get(&served, "key3").is_some(), "both are whole");
    flip(&blobs[0], 3_000);
    flip(&blobs[0], 8192 + 100_000);
    let said = world.fails(Some(&served), &["scrub", "--data", "data", "--rate-mib", "0"]);
    assert!(said.contains("DAMAGED    s3://bucket/key") && said.contains("(put aside)"), "{said}");
    assert!(said.contains("block 1 fails its checksum") && said.contains("DAMAGE: 1 found"), "{said}");
    let status = world.fails(Some(&served), &["scrub", "--status", "--json"]);
    assert!(status.contains("\"VersionId\": \"null\"") && status.contains("\"Bucket\": \"bucket\""), "{status}");
    let hurt = if said.contains("key0") { 0 } else { 3 };
    assert_eq!(world.get(&served, &format!("key{hurt}")), None);
    assert_eq!(world.get(&served, &format!("key{}", 3 - hurt)), Some(body(3 - hurt)));
    served.stop();

    let aside = files(&world.path("data/quarantine"));
    assert_eq!(aside.len(), 1);
    let said = world.fails(None, &["fsck", "--data", "data"]);
    assert!(said.contains(&format!("s3://bucket/key{hurt}")) && said.contains("is kept as "), "{said}");
    assert!(aside[0].exists(), "it is kept");

    // Other files than blobs.
    for name in ["data/account.toml", "data/root.key", "data/meta/keyspaces/1/current", "data/FORMAT"] {
        flip(&world.path(name), 2);
        let said = world.fails(None, &["fsck", "--data", "data"]);
        let shown = Path::new(name).file_name().expect("a name").to_string_lossy().into_owned();
        assert!(said.contains(&shown) || said.contains("keyspaces/1/v"), "{name}: {said}");
        flip(&world.path(name), 2);
    }
}

#[test]
fn blobs_that_no_record_names_go_with_repair_only() {
    let world = World::new();
    let served = world.serve("data");
    world.done(Some(&served), &["mb", "s3://bucket"]);
    world.put(&served, "key", &body(0));
    served.stop();
    let blob = files(&world.path("data/blobs")).remove(0);
    let stray = world.path("data/blobs/0/aa").join("aa".repeat(16));
    fs::create_dir_all(stray.parent().expect("a folder")).expect("made");
    fs::copy(&blob, &stray).expect("copied");
    let said = world.done(None, &["fsck", "--data", "data"]);
    assert!(said.contains("left over  unnamed: no record names blob aaaa"), "{said}");
    assert!(said.ends_with("no damage; 1 left over\n") && stray.exists(), "{said}");
    let said = world.done(None, &["fsck", "--data", "data", "--repair", "--json"]);
    assert!(said.contains("\"Done\": \"removed\"") && !stray.exists() && blob.exists(), "{said}");
    assert!(world.done(None, &["scrub", "--data", "data"]).ends_with("no damage\n"));
    // What an object needs and is gone.
    fs::remove_file(&blob).expect("there");
    let said = world.fails(None, &["fsck", "--data", "data", "--repair"]);
    assert!(said.contains("s3://bucket/key version null missing: its blob"), "{said}");
}

/// Writes objects one after the other, says after each which it was, and deletes those ten before.
fn write_on(world: &World, served: &Served, first: usize, stop: &AtomicBool) -> usize {
    let mut number = first;
    while !stop.load(Ordering::Relaxed) || number < first + 15 {
        world.put(served, &format!("key{number}"), &body(number));
        world.put(served, "last", number.to_string().as_bytes());
        if let Some(old) = number.checked_sub(10) {
            world.done(Some(served), &["rm", &format!("s3://bucket/key{old}")]);
        }
        number += 1;
    }
    number
}

/// That a server has everything as of one moment of [`write_on`].
fn assert_one_moment(world: &World, served: &Served) -> usize {
    let last = String::from_utf8(world.get(served, "last").expect("there")).expect("a number");
    let last: usize = last.parse().expect("a number");
    let listed = world.done(Some(served), &["ls", "s3://bucket/"]);
    let keys: BTreeSet<usize> =
        listed.split_whitespace().filter_map(|word| word.strip_prefix("key")?.parse().ok()).collect();
    let expected: BTreeSet<usize> = (last.saturating_sub(9)..=last).collect();
    let on_the_way: BTreeSet<usize> = [Some(last + 1), last.checked_sub(10)].into_iter().flatten().collect();
    assert!(keys.is_superset(&expected), "{last}: {keys:?}");
    assert!(keys.difference(&expected).all(|key| on_the_way.contains(key)), "{last}: {keys:?}");
    for key in keys {
        assert!(world.get(served, &format!("key{key}")) == Some(body(key)), "key{key} differs");
    }
    last
}

#[test]
fn a_backup_under_load_is_restored_as_of_one_moment() {
    let world = World::new();
    let served = world.serve("data");
    world.done(Some(&served), &["mb", "s3://bucket"]);
    let stop = AtomicBool::new(false);
    let begun = write_on(&world, &served, 0, &AtomicBool::new(true));
    let (first, next) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| write_on(&world, &served, begun, &stop));
        let said = world.done(Some(&served), &["backup", "backups", "--data", "data"]);
        assert!(said.contains("THE ROOT KEY IS NOT IN IT"), "{said}");
        stop.store(true, Ordering::Relaxed);
        let next = writer.join().expect("it writes");
        (world.path("backups").join(said.lines().next().expect("a line")), next)
    });
    assert!(!first.join("root.key").exists() && first.join("account.toml").exists());
    let said = world.done(Some(&served), &["backup", "backups", "--data", "data", "--json"]);
    assert!(said.contains("\"SharedWith\"") && !said.contains("\"Shared\": 0,"), "{said}");
    served.stop();
    let said = world.done(None, &["backup", "backups", "--data", "data", "--with-root-key"]);
    assert!(said.contains("whoever has the backup can read everything"), "{said}");
    assert!(world.fails(None, &["backup", "data/inside", "--data", "data"]).contains("lies in the data folder"));

    assert!(world.fails(None, &["restore-backup", "nothing", "--data", "new"]).contains("there is no whole backup in"));
    assert!(world.fails(None, &["restore-backup", "backups", "--data", "data"]).contains("is not empty"));
    let first_name = first.display().to_string();
    world.done(None, &["restore-backup", &first_name, "--data", "first"]);
    // As `larder admin keys restore` would.
    fs::copy(world.path("data/root.key"), world.path("first/root.key")).expect("copied");
    let served = world.serve("first");
    let last = assert_one_moment(&world, &served);
    assert!(last + 1 < next, "the backup is of before");
    served.stop();

    // The newest, without those that it shares files with.
    fs::remove_dir_all(&first).expect("removed");
    let said = world.done(None, &["restore-backup", "backups", "--data", "newest"]);
    assert!(said.ends_with("no damage\n") || said.contains("no damage;"), "{said}");
    let served = world.serve("newest");
    assert_eq!(assert_one_moment(&world, &served), next - 1);
    served.stop();

    // A damaged backup is not passed for a good one.
    let newest = fs::read_dir(world.path("backups")).expect("backups").map(|entry| entry.expect("one").path()).max();
    let newest = newest.expect("there are two");
    flip(&files(&newest.join("blobs"))[0], 9000);
    let said = world.fails(None, &["restore-backup", "backups", "--data", "damaged"]);
    assert!(said.contains("AND IT IS DAMAGED") && said.contains("DAMAGED    s3://bucket/key"), "{said}");
}

#[test]
fn a_newer_data_folder_is_refused_and_left_alone() {
    let world = World::new();
    world.serve("data").stop();
    fs::write(world.path("data/FORMAT"), "larder data directory 2\n").expect("written");
    let before = files(&world.path("data")).len();
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0", "--data", "data"][..],
        &["fsck", "--data", "data", "--repair"],
        &["scrub", "--data", "data"],
        &["backup", "backups", "--data", "data"],
    ] {
        let said = world.fails(None, arguments);
        assert!(
            said.contains("has format 2, and this version of Larder knows up to 1: start the newer version"),
            "{said}"
        );
    }
    assert_eq!(files(&world.path("data")).len(), before);
}
