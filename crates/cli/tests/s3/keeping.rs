//! Nothing that a user has is lost by a command that was meant otherwise.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::process::Stdio;
use std::thread;

use crate::harness::{World, noise};

fn with_objects(keys: &[&str]) -> World {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    for key in keys {
        world.write("file", key.as_bytes());
        world.ok(&["cp", "file", &format!("s3://shelf/{key}")]);
    }
    world
}

#[test]
fn what_is_moved_onto_itself_stays() {
    let keys = ["photos/a.jpg", "photos/b.jpg"];
    let world = with_objects(&keys);
    let class = ["--storage-class", "STANDARD_IA"];
    let whole = ["mv", "--recursive", "s3://shelf/photos", "s3://shelf/photos", class[0], class[1]];
    assert_eq!(world.larder(&whole).code, 2);
    let pattern = world.larder(&["mv", "s3://shelf/photos/*.jpg", "s3://shelf/photos/", class[0], class[1]]);
    assert_eq!(pattern.code, 1);
    assert_eq!(pattern.err.matches("it cannot be moved onto itself").count(), 4, "each, and again: {}", pattern.err);
    let single = world.larder(&["mv", "s3://shelf/photos/a.jpg", "s3://shelf/photos/", class[0], class[1]]);
    assert_eq!(single.code, 1, "{}", single.err);
    assert_eq!(world.keys("shelf"), keys);
    // A copy may: it changes the class.
    world.ok(&["cp", "s3://shelf/photos/*.jpg", "s3://shelf/photos/", class[0], class[1]]);
    assert!(world.ok(&["stat", "s3://shelf/photos/a.jpg"]).contains("STANDARD_IA"));
}

#[test]
fn what_is_moved_up_does_not_replace_what_was_not_moved_yet() {
    let world = with_objects(&["a/a/y", "a/x", "a/y"]);
    let ran = world.larder(&["mv", "--recursive", "s3://shelf/a/", "s3://shelf/"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("move failed: s3://shelf/a/a/y: what is moved to lies in what is moved from"),
        "{}",
        ran.err
    );
    assert_eq!(world.keys("shelf"), ["a/a/y", "x", "y"]);
    assert_eq!(world.ok(&["cat", "s3://shelf/y"]), "a/y");
}

#[test]
fn the_source_is_not_deleted_from() {
    let world = with_objects(&["a/x", "z"]);
    let ran = world.larder(&["sync", "s3://shelf/a/", "s3://shelf/", "--delete"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert_eq!(world.keys("shelf"), ["a/x", "z"]);
    world.ok(&["sync", "s3://shelf/a/", "s3://shelf/"]);
    assert_eq!(world.keys("shelf"), ["a/x", "x", "z"]);
}

#[test]
fn of_two_sources_with_one_name_the_second_stays() {
    let world = with_objects(&["jan/report.gz", "feb/report.gz"]);
    world.write("jan/report.csv", b"january");
    world.write("feb/report.csv", b"february");
    let ran = world.larder(&["mv", "jan/report.csv", "feb/report.csv", "s3://shelf/r/"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("move failed: feb/report.csv: another source has the same name"), "{}", ran.err);
    assert_eq!(
        (world.ok(&["cat", "s3://shelf/r/report.csv"]).as_str(), world.read("feb/report.csv")),
        ("january", b"february".into())
    );
    let ran = world.larder(&["mv", "s3://shelf/jan/*.gz", "s3://shelf/feb/*.gz", "down/"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_eq!(world.read("down/report.gz"), b"jan/report.gz");
    assert!(world.keys("shelf").contains(&"feb/report.gz".to_owned()));
    assert_eq!(world.larder(&["cp", "--recursive", "jan", "feb", "s3://shelf/"]).code, 2);
}

#[test]
fn a_pattern_does_not_take_its_own_copies() {
    let world = with_objects(&["logs/a.gz", "logs/b/c.gz"]);
    let ran = world.larder(&["cp", "s3://shelf/logs/**", "s3://shelf/logs/old/"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("its copy would match the pattern too"), "{}", ran.err);
    assert_eq!(world.keys("shelf"), ["logs/a.gz", "logs/b/c.gz"]);
}

#[test]
fn a_dry_run_of_a_stream_writes_nothing() {
    let world = with_objects(&["doc"]);
    for arguments in [&["pipe", "s3://shelf/doc", "--dry-run"][..], &["cp", "-", "s3://shelf/doc", "--dry-run"]] {
        let said = world.ok(arguments);
        assert!(said.contains("(dryrun) upload: - to s3://shelf/doc"), "{said}");
    }
    assert_eq!(world.ok(&["cat", "s3://shelf/doc"]), "doc");
    let said = world.ok(&["cp", "s3://shelf/doc", "-", "--dry-run"]);
    assert!(said.contains("(dryrun) download: s3://shelf/doc to -"), "{said}");
}

#[test]
fn a_dry_run_says_why_something_would_not_be_done() {
    let world = with_objects(&["a/../b", "c"]);
    let ran = world.larder(&["sync", "s3://shelf", "down", "--dry-run"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("download failed: s3://shelf/a/../b"), "{}", ran.err);
    assert!(ran.out.contains("(dryrun) download: s3://shelf/c") && !ran.out.contains("../b"), "{}", ran.out);
}

#[test]
fn a_version_is_of_the_key_as_it_stands_and_alone_goes_away() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf", "--object-lock"]);
    for (key, content) in [("what?.txt", "old"), ("what?.txt", "new"), ("whats.txt", "other")] {
        world.write("file", content.as_bytes());
        world.ok(&["cp", "file", &format!("s3://shelf/{key}"), "--no-glob"]);
    }
    let versions = |key: &str| -> Vec<String> {
        let listed = world.ok(&["versions", &format!("s3://shelf/{key}"), "--json"]);
        let version = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["version"].clone();
        listed.lines().map(|line| version(line).as_str().expect("text").to_owned()).collect()
    };
    let [new, old] = versions("what?.txt").try_into().expect("two versions");
    world.ok(&["mv", "s3://shelf/what?.txt", "moved.txt", "--version-id", &old]);
    assert_eq!((world.read("moved.txt"), versions("what?.txt")), (b"old".into(), vec![new.clone()]));
    world.ok(&["rm", "s3://shelf/what?.txt", "--version-id", &new]);
    assert_eq!(world.keys("shelf"), ["whats.txt"]);
    assert_eq!(world.larder(&["rm", "s3://shelf/a", "s3://shelf/b", "--version-id", &new]).code, 2);
}

#[test]
fn patterns_and_prefixes_take_the_key_that_equals_them() {
    let world = with_objects(&["report", "report-2", "tmp/x"]);
    world.write("empty", b"");
    world.ok(&["cp", "empty", "s3://shelf/tmp/", "--no-glob"]);
    world.ok(&["cp", "s3://shelf/report*", "down/"]);
    assert_eq!((world.read("down/report"), world.read("down/report-2")), (b"report".into(), b"report-2".into()));
    world.ok(&["rm", "--recursive", "s3://shelf/tmp/"]);
    world.ok(&["rm", "s3://shelf/report*"]);
    assert!(world.keys("shelf").iter().all(|key| key == "tmp/empty"), "{:?}", world.keys("shelf"));
}

#[test]
fn every_place_of_an_rm_is_tried() {
    let world = with_objects(&["a", "b", "c"]);
    world.ok(&["rm", "s3://shelf/a", "s3://shelf/none*", "s3://shelf/b"]);
    assert_eq!(world.keys("shelf"), ["c"]);
}

#[test]
fn a_reader_who_has_had_enough_ends_a_cat() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    world.write("large", &noise(40 * 1024 * 1024, 1));
    world.ok(&["cp", "large", "s3://shelf/large"]);
    let mut cat = world.command(&["cat", "s3://shelf/large"]).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut first = [0; 10];
    cat.stdout.take().expect("piped").read_exact(&mut first).expect("bytes");
    assert_eq!(cat.wait().expect("it ends").code(), Some(0));
}

/// A server of before `ListObjectsV2` answers as it always did: there is more, and no token to ask with.
#[test]
fn a_listing_without_a_way_on_is_not_taken_for_whole() {
    let world = World::new();
    ["a", "b", "c"].iter().for_each(|name| world.write(&format!("down/{name}"), b"x"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 8192]);
            let body = "<ListBucketResult><Name>shelf</Name><IsTruncated>true</IsTruncated><Contents><Key>a</Key><Size>1</Size>\
                <LastModified>2020-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>";
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/xml\r\n";
            let _ = write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len());
        }
    });
    let mut sync = world.command(&["sync", "s3://shelf", "down", "--delete"]);
    let ran = crate::harness::ran(sync.env("AWS_ENDPOINT_URL", &endpoint).output().expect("it runs"));
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.err.contains("the server says that its listing goes on"), "{}", ran.err);
    assert_eq!(crate::harness::files(&world.path("down")).len(), 3);
    assert_eq!(world.larder(&["sync", "s3://shelf", "down", "--page-size", "0"]).code, 2);
}

#[test]
fn what_a_link_leads_to_is_copied_and_stays() {
    let world = with_objects(&[]);
    world.write("src/own", b"own");
    world.write("other/theirs", b"theirs");
    symlink(world.path("other"), world.path("src/link")).expect("a link");
    world.ok(&["mv", "--recursive", "src", "s3://shelf/"]);
    assert_eq!(world.keys("shelf"), ["link/theirs", "own"]);
    assert_eq!((world.path("src/own").exists(), world.read("other/theirs")), (false, b"theirs".into()));
}

#[test]
fn an_object_whose_key_ends_with_a_slash_is_one() {
    let world = with_objects(&["plain"]);
    assert_eq!(world.larder(&["cp", "s3://shelf/odd/", "x"]).code, 2, "there is none yet");
    world.ok(&["pipe", "s3://shelf/odd/"]);
    world.ok(&["cp", "s3://shelf/odd/", "x"]);
    assert_eq!(world.read("x"), b"");
    let into = world.larder(&["cp", "s3://shelf/odd/", "."]);
    assert!(into.code == 2 && into.err.contains("name the file to make"), "{}", into.err);
    world.ok(&["mv", "s3://shelf/odd/", "s3://shelf/even"]);
    assert_eq!(world.keys("shelf"), ["even", "plain"]);
}
