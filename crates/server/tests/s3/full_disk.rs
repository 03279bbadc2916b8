//! A file system that is full: writes are refused with 507, reads and deletions go on, nothing is lost, and service resumes when
//! there is space again.
//!
//! The file system is a small one of the test's own, in a mount namespace of its own, which ends with the test: memory for
//! anybody who may have namespaces, ext4 in a file for root. Where neither can be had, the test says so on the terminal.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use larder_server::Durability;
use rustix::fs::{FallocateFlags, fallocate, statvfs};

use crate::harness::{Answer, TestServer, noise, run_in};
use crate::multipart::{begin, complete, part};

const FOLDER: &str = "LARDER_TEST_FULL_DISK";
const MIB: u64 = 1024 * 1024;
/// What is left for deletions: less than the reserve of such a file system, and more than a quarter of that.
const RESERVE: u64 = 30 * MIB;

/// Runs the ignored test of this module on a file system that a shell's command mounts at `$LARDER_TEST_FULL_DISK`.
fn run_on(what: &str, namespaces: &[&str], mount: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |command: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args(namespaces).args(["sh", "-c", command]).arg(std::env::current_exe().expect("a program"));
        unshare.env(FOLDER, folder.path()).output()
    };
    match run(mount) {
        Ok(tried) if tried.status.success() => {}
        tried => {
            let why =
                tried.map_or_else(|error| error.to_string(), |it| String::from_utf8_lossy(&it.stderr).into_owned());
            // Past the harness, which keeps to itself what a test that passes says.
            writeln!(std::io::stderr(), "\nSKIPPED, full disk on {what}: {}\n", why.trim()).expect("said");
            return;
        }
    }
    let done = run(&format!("{mount} && exec \"$0\" --exact --ignored --nocapture full_disk::child")).expect("a shell");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_full_file_system_in_memory() {
    let mount = format!("mount -t tmpfs -o size=256m none \"${FOLDER}\"");
    run_on("tmpfs", &["--user", "--map-root-user", "--mount"], &mount);
}

#[test]
fn a_full_ext4() {
    let mount = format!(
        "f=\"${FOLDER}.ext4\"; truncate -s 256M \"$f\" && mkfs.ext4 -q -F -m 0 \"$f\" && mount -o loop \"$f\" \"${FOLDER}\" && rm \"$f\""
    );
    run_on("ext4", &["--mount"], &mount);
}

/// What takes the space that is free.
struct Filler {
    folder: PathBuf,
}

impl Filler {
    fn path(&self) -> PathBuf {
        self.folder.join("filler")
    }

    /// Leaves so many bytes free, which the server notices.
    fn leave(&self, s: &TestServer, left: u64) {
        self.take_all_but(left);
        s.advance_millis(200);
    }

    /// The same, and the server has no reason to measure: its clock stands still.
    fn take_all_but(&self, left: u64) {
        let file = File::create(self.path()).expect("a file");
        let found = statvfs(&self.folder).expect("measured");
        let mut more = (found.f_bavail * found.f_frsize).saturating_sub(left);
        let mut length = 0;
        while more >= 4096 {
            match fallocate(&file, FallocateFlags::empty(), length, more) {
                Ok(()) => length += more,
                Err(_) => more /= 2,
            }
            let found = statvfs(&self.folder).expect("measured");
            more = more.min((found.f_bavail * found.f_frsize).saturating_sub(left));
        }
    }

    fn go(&self, s: &TestServer) {
        std::fs::remove_file(self.path()).expect("removed");
        s.advance_millis(200);
    }
}

/// An object that was acknowledged.
type Stored = (String, Vec<u8>);

async fn put(s: &TestServer, stored: &mut Vec<Stored>, target: &str, content: Vec<u8>) {
    s.put(target, &content).send().await.ok();
    stored.push((target.to_owned(), content));
}

async fn assert_all(s: &TestServer, stored: &[Stored]) {
    for (target, content) in stored {
        let got = s.get(target).send().await.status(200);
        assert!(got.body == *content, "{target} has other bytes");
    }
    let mut keys: Vec<&str> = stored.iter().map(|(target, _)| &target["/bucket/".len()..]).collect();
    keys.sort_unstable();
    assert_eq!(s.keys("bucket").await, keys);
}

fn full(answer: Answer) {
    answer.refused(507, "InsufficientStorage");
}

async fn copy(s: &TestServer, from: &str) -> Answer {
    s.put("/bucket/copy", "").header("x-amz-copy-source", from).send().await
}

/// Each write that needs space, and that nothing of it shows.
async fn writes_are_refused(s: &TestServer, stored: &[Stored]) {
    full(s.put("/bucket/new", "small").send().await);
    full(s.put("/bucket/new", noise(300_000, 1)).send().await);
    full(s.put("/bucket/small", "another").send().await);
    full(copy(s, "/bucket/small").await);
    full(copy(s, "/bucket/large").await);
    full(s.put("/another-bucket", "").send().await);
    full(s.put("/bucket/small?tagging", "<Tagging><TagSet/></Tagging>").send().await);
    assert_all(s, stored).await;
    s.assert_missing("/bucket/new").await;
}

/// An upload, whose every step is first refused for want of space and then done.
async fn upload_through(s: &TestServer, filler: &Filler, left: u64, stored: &mut Vec<Stored>) {
    let target = format!("/bucket/upload-{left}");
    filler.leave(s, left);
    full(s.post(&format!("{target}?uploads"), "").send().await);
    filler.go(s);
    let id = begin(s, &target).await;
    let mut tags = Vec::new();
    for (number, content) in [(1, noise(5 * MIB as usize, 3)), (2, b"the last".to_vec())] {
        filler.leave(s, left);
        full(s.put(&format!("{target}?partNumber={number}&uploadId={id}"), &content).send().await);
        filler.go(s);
        tags.push(part(s, &target, &id, number, &content).await);
    }
    filler.leave(s, left);
    full(complete(s, &target, &id, &[(1, &tags[0]), (2, &tags[1])]).await);
    s.assert_missing(&target).await;
    let listed = s.get(&format!("{target}?uploadId={id}")).send().await.status(200);
    assert_eq!(listed.all("PartNumber"), ["1", "2"], "the parts are still there");
    filler.go(s);
    complete(s, &target, &id, &[(1, &tags[0]), (2, &tags[1])]).await.status(200);
    stored.push((target, [noise(5 * MIB as usize, 3), b"the last".to_vec()].concat()));
}

async fn scenario(s: &TestServer, folder: &Path) -> Vec<Stored> {
    let filler = Filler { folder: folder.to_owned() };
    let mut stored = Vec::new();
    s.bucket("bucket").await;
    put(s, &mut stored, "/bucket/small", b"some bytes".to_vec()).await;
    put(s, &mut stored, "/bucket/large", noise(3 * MIB as usize, 2)).await;
    let abandoned = begin(s, "/bucket/abandoned").await;
    part(s, "/bucket/abandoned", &abandoned, 1, &noise(100_000, 4)).await;

    for left in [RESERVE, 0] {
        upload_through(s, &filler, left, &mut stored).await;
        filler.leave(s, left);
        writes_are_refused(s, &stored).await;
        filler.go(s);
        assert_all(s, &stored).await;
        put(s, &mut stored, &format!("/bucket/after-{left}"), noise(200_000, 5)).await;
    }
    // Others fill it faster than it is measured.
    filler.take_all_but(0);
    full(s.put("/bucket/new", "small").send().await);
    full(s.put("/bucket/new", noise(3_000_000, 1)).send().await);
    filler.go(s);
    put(s, &mut stored, "/bucket/again", b"there is space".to_vec()).await;

    // Deletions go on while it is full.
    filler.leave(s, RESERVE);
    for target in ["/bucket/small", "/bucket/large"] {
        s.delete(target).send().await.status(204);
        stored.retain(|(stored, _)| stored != target);
    }
    s.delete(&format!("/bucket/abandoned?uploadId={abandoned}")).send().await.status(204);
    assert_all(s, &stored).await;
    filler.go(s);
    assert!(s.get("/bucket?uploads").send().await.ok().inner("Upload").is_empty());
    stored
}

#[test]
#[ignore = "run by the tests of this module on a file system of its own"]
fn child() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("run by a test of this module"));
    let data = folder.join("data");
    let mut stored = Vec::new();
    run_in(&data, |settings| settings.durability = Durability::Full, async |s| stored = scenario(s, &folder).await);
    run_in(
        &data,
        |settings| settings.durability = Durability::Full,
        async |s| {
            assert_all(s, &stored).await;
            s.put("/bucket/last", "written").send().await.ok();
        },
    );
}

#[test]
fn a_reserve_that_is_asked_for_is_kept_free() {
    let folder = tempfile::tempdir().expect("a folder");
    run_in(
        folder.path(),
        |_| {},
        async |s| {
            s.bucket("bucket").await;
            s.put("/bucket/key", "x").send().await.ok();
        },
    );
    run_in(
        folder.path(),
        // More than any disk has.
        |settings| settings.reserve_mib = Some(1_000_000_000),
        async |s| {
            s.put("/bucket/other", "x").send().await.refused(507, "InsufficientStorage");
            assert_eq!(s.get("/bucket/key").send().await.ok().body, b"x");
        },
    );
}
