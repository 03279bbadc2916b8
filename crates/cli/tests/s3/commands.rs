//! Each command's plain cases.

use std::io::Write;
use std::process::Stdio;

use crate::harness::{World, noise, ran};

#[test]
fn buckets_are_made_listed_and_removed() {
    let world = World::new();
    assert_eq!(world.ok(&["mb", "s3://shelf"]), "make_bucket: shelf\n");
    assert!(world.ok(&["ls"]).ends_with(" shelf\n"));
    world.write("file", b"x");
    world.ok(&["cp", "file", "s3://shelf/a/b"]);
    let refused = world.larder(&["rb", "s3://shelf"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("BucketNotEmpty"), "{}", refused.err);
    assert!(world.ok(&["rb", "s3://shelf", "--force"]).contains("remove_bucket: shelf"));
    assert_eq!(world.ok(&["ls"]), "");
}

#[test]
fn files_go_up_and_come_down() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    world.write("one.html", b"<p>one</p>");
    world.write("dir/two", b"two");
    world.write("dir/sub/three", b"three");
    assert_eq!(world.ok(&["cp", "one.html", "s3://shelf"]), "upload: one.html to s3://shelf/one.html\n");
    world.ok(&["cp", "dir", "s3://shelf/d", "--recursive", "--exclude", "*", "--include", "sub/*"]);
    assert_eq!(world.keys("shelf"), ["d/sub/three", "one.html"]);
    world.ok(&["cp", "s3://shelf/one.html", "down/"]);
    assert_eq!(world.read("down/one.html"), b"<p>one</p>");
    world.ok(&["cp", "s3://shelf/d/*/thr*", "globbed/"]);
    assert_eq!(world.read("globbed/sub/three"), b"three");
    world.ok(&["mv", "s3://shelf/one.html", "s3://shelf/moved/"]);
    assert_eq!(world.keys("shelf"), ["d/sub/three", "moved/one.html"]);
    assert!(world.ok(&["stat", "s3://shelf/moved/one.html"]).contains("text/html"));
    world.ok(&["mv", "dir/two", "s3://shelf/two"]);
    assert!(!world.path("dir/two").exists());
    world.ok(&["rm", "s3://shelf/", "--recursive", "--exclude", "two"]);
    assert_eq!(world.keys("shelf"), ["two"]);
}

#[test]
fn standard_streams_are_ends_too() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    // More than one part.
    let content = noise(9 * 1024 * 1024 + 7, 1);
    for arguments in [&["pipe", "s3://shelf/piped"][..], &["cp", "-", "s3://shelf/piped"]] {
        let mut child = world.command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
        child.stdin.take().expect("piped").write_all(&content).expect("written");
        assert_eq!(ran(child.wait_with_output().expect("it ends")).code, 0);
        let printed = world.command(&["cat", "s3://shelf/piped"]).output().expect("it runs");
        assert!(printed.stdout == content, "{} bytes came back", printed.stdout.len());
    }
    let printed = world.command(&["cp", "s3://shelf/piped", "-"]).output().expect("it runs");
    assert!(printed.stdout == content);
}

#[test]
fn what_is_there_is_shown() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    for (name, size) in [("a/one.txt", 1), ("a/b/two.log", 2000), ("three", 30)] {
        world.write("file", &noise(size, 1));
        world.ok(&["cp", "file", &format!("s3://shelf/{name}")]);
    }
    let level = world.ok(&["ls", "s3://shelf"]);
    assert!(level.starts_with("                           PRE a/\n") && level.ends_with(" 30 three\n"), "{level}");
    assert!(world.ok(&["ls", "s3://shelf/a/", "--summarize", "-r"]).contains("Total Objects: 2"));
    assert!(world.ok(&["du", "s3://shelf"]).contains("2031"));
    let tree = world.ok(&["tree", "s3://shelf"]);
    assert!(tree.contains("├── a/\n│   ├── b/\n│   │   └── two.log\n│   └── one.txt\n└── three\n"), "{tree}");
    assert_eq!(world.ok(&["find", "s3://shelf", "--larger", "1KiB", "--name", "*.log"]), "s3://shelf/a/b/two.log\n");
    assert_eq!(world.ok(&["find", "s3://shelf", "--older", "1d"]), "");
    assert_eq!(world.larder(&["ls", "s3://shelf/nothing"]).code, 1);
    let line = world.ok(&["ls", "s3://shelf/three", "--json"]);
    assert!(line.contains("\"key\":\"three\"") && line.contains("\"size\":30"), "{line}");
}

#[test]
fn presigned_urls_work_without_credentials() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    world.write("file", b"for all");
    world.ok(&["cp", "file", "s3://shelf/a b"]);
    let url = world.ok(&["presign", "s3://shelf/a b", "--expires-in", "5m"]);
    let target = url.trim().trim_start_matches(&world.endpoint).to_owned();
    let address = world.endpoint.trim_start_matches("http://").to_owned();
    let mut stream = std::net::TcpStream::connect(&address).expect("it listens");
    write!(stream, "GET {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("for all"), "{answer}");
}

#[test]
fn bad_usage_is_exit_code_2_and_failures_1() {
    let world = World::new();
    world.write("a-file", b"x");
    for arguments in [
        &["cp", "only-one"][..],
        &["cp", "a", "b"],
        &["sync", "a", "b"],
        &["cp", "-", "a"],
        &["ls", "s3:///x"],
        &["sync", "a", "s3://b", "--no-such-flag"],
        &["ls", "--profile", "nobody"],
        &["mv", "s3://a/x", "s3://a/x/", "--recursive"],
        &["sync", "s3://a", "-"],
        &["sync", "a-file", "s3://a"],
        &["cp", "a-file", "s3://a", "--recursive"],
    ] {
        assert_eq!(world.larder(arguments).code, 2, "{arguments:?}");
    }
    let failed = world.larder(&["cp", "s3://none/key", "x"]);
    assert_eq!(failed.code, 1);
    assert_eq!(world.larder(&["cp", "nothing-here", "s3://none/key"]).code, 1);
}

#[test]
fn old_versions_come_back() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf", "--object-lock"]);
    for content in [&b"first"[..], b"second"] {
        world.write("file", content);
        world.ok(&["cp", "file", "s3://shelf/doc"]);
    }
    world.ok(&["rm", "s3://shelf/doc"]);
    let listed = world.ok(&["versions", "s3://shelf/doc", "--json"]);
    assert_eq!(listed.lines().count(), 3, "{listed}");
    let oldest: serde_json::Value = serde_json::from_str(listed.lines().last().expect("a line")).expect("JSON");
    world.ok(&["versions", "s3://shelf/doc", "--restore", oldest["version"].as_str().expect("text")]);
    assert_eq!(world.ok(&["cat", "s3://shelf/doc"]), "first");
}

#[test]
fn bench_measures_and_leaves_nothing() {
    let world = World::new();
    let ran = world.larder(&["bench", &world.endpoint, "--size", "1KiB", "--duration", "1s", "--concurrency", "4"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    for row in ["PUT", "GET", "mixed", "LIST", "DELETE"] {
        assert!(ran.out.contains(row), "{}", ran.out);
    }
    assert_eq!(world.ok(&["ls"]), "");
}
