//! What goes wrong, and what is left of it then.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::symlink;

use crate::harness::{Fault, Proxy, World, files, noise};

fn with_files(count: usize) -> World {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    (0..count).for_each(|number| world.write(&format!("src/{number:03}"), format!("content {number}").as_bytes()));
    world
}

#[test]
fn throttling_cut_connections_and_skewed_clocks_only_take_longer() {
    let world = with_files(60);
    let mut seen: HashMap<String, u32> = HashMap::new();
    let proxy = Proxy::start(&world.endpoint, move |first| {
        let times = seen.entry(first.to_owned()).or_default();
        *times += 1;
        match (*times, first.len() % 3) {
            (1, _) if first.starts_with("PUT") => Fault::SlowDown,
            (2, 0) => Fault::Cut,
            (2, 1) => Fault::Skewed,
            _ => Fault::None,
        }
    });
    let ran = world.through(&proxy, &["sync", "src", "s3://shelf"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(world.keys("shelf").len(), 60);

    let mut first_time: HashMap<String, ()> = HashMap::new();
    let proxy = Proxy::start(&world.endpoint, move |first| {
        let is_new = first.contains("/shelf/0") && first_time.insert(first.to_owned(), ()).is_none();
        if is_new { Fault::CutBody(3) } else { Fault::None }
    });
    let ran = world.through(&proxy, &["sync", "s3://shelf", "down"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(files(&world.path("src")), files(&world.path("down")));
}

#[test]
fn one_refusal_does_not_stop_the_others() {
    let world = with_files(20);
    let proxy =
        Proxy::start(&world.endpoint, |first| if first.contains("/shelf/007") { Fault::Denied } else { Fault::None });
    let ran = world.through(&proxy, &["sync", "src", "s3://shelf"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("upload failed: src/007 to s3://shelf/007: AccessDenied"), "{}", ran.err);
    assert!(ran.err.contains("1 failed:"), "{}", ran.err);
    assert_eq!(world.keys("shelf").len(), 19);
    let json = world.through(&proxy, &["sync", "src", "s3://shelf", "--json"]);
    assert!(
        json.out.contains("\"event\":\"failed\"") && json.out.contains("\"code\":\"AccessDenied\""),
        "{}",
        json.out
    );
}

#[test]
fn a_bucket_that_vanishes_ends_the_run_and_deletes_nothing() {
    let world = with_files(5);
    world.ok(&["sync", "src", "s3://shelf"]);
    world.ok(&["sync", "s3://shelf", "down"]);
    let proxy = Proxy::start(&world.endpoint, |_| Fault::NoBucket);
    let ran = world.through(&proxy, &["sync", "s3://shelf", "down", "--delete"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("NoSuchBucket"), "{}", ran.err);
    assert_eq!(files(&world.path("src")), files(&world.path("down")));
    let proxy =
        Proxy::start(&world.endpoint, |first| if first.starts_with("PUT") { Fault::NoBucket } else { Fault::None });
    world.write("src/new", b"x");
    let ran = world.through(&proxy, &["sync", "src", "s3://shelf"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("NoSuchBucket"), "{}", ran.err);
}

#[test]
fn corrupt_content_never_appears() {
    let world = with_files(1);
    world.write("src/large", &noise(20 * 1024 * 1024, 3));
    world.ok(&["sync", "src", "s3://shelf"]);
    let proxy = Proxy::start(&world.endpoint, |first| {
        if first.starts_with("GET /shelf/") && !first.contains("list-type") { Fault::Corrupt } else { Fault::None }
    });
    let ran = world.through(&proxy, &["sync", "s3://shelf", "down"]);
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.err.matches("differs from its stored checksum").count(),
        4,
        "told when it happens and at the end: {}",
        ran.err
    );
    let left = if world.path("down").exists() { files(&world.path("down")) } else { Vec::new() };
    assert!(left.is_empty(), "{:?}", left.iter().map(|(name, _)| name).collect::<Vec<_>>());
}

#[test]
fn an_object_that_grows_after_it_was_listed_comes_whole() {
    let world = with_files(2);
    world.ok(&["sync", "src", "s3://shelf"]);
    let large = noise(20 * 1024 * 1024, 4);
    world.write("large", &large);
    let mut grow = world.command(&["cp", "large", "s3://shelf/001"]);
    let mut has_grown = false;
    let proxy = Proxy::start(&world.endpoint, move |first| {
        if first.starts_with("GET /shelf/001") && !std::mem::replace(&mut has_grown, true) {
            assert!(grow.status().expect("the binary runs").success());
        }
        Fault::None
    });
    let ran = world.through(&proxy, &["sync", "s3://shelf", "down"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(world.read("down/001") == large);
    assert_eq!(world.read("down/000"), b"content 0");
}

#[test]
fn names_that_fit_nowhere_are_told_and_passed_over() {
    let world = with_files(1);
    for key in ["good", "../escape", "a//b", "dir/./x", "/absolute"] {
        world.ok(&["cp", "src/000", &format!("s3://shelf/{key}"), "--quiet"]);
    }
    let ran = world.larder(&["sync", "s3://shelf", "down"]);
    assert_eq!(ran.code, 1);
    assert_eq!(files(&world.path("down")).iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["good"]);
    for key in ["../escape", "a//b", "dir/./x", "/absolute"] {
        assert!(ran.err.contains(&format!("s3://shelf/{key}")), "{key}: {}", ran.err);
    }
    // And the other way.
    use std::os::unix::ffi::OsStrExt;
    fs::write(world.path("src").join(std::ffi::OsStr::from_bytes(b"bad\xff")), "x").expect("a file");
    symlink("nowhere", world.path("src/broken")).expect("a link");
    let ran = world.larder(&["sync", "src", "s3://shelf/up"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("not UTF-8") && ran.err.contains("src/broken"), "{}", ran.err);
    assert!(world.keys("shelf").contains(&"up/000".to_owned()));
}

#[test]
fn a_file_where_a_folder_has_to_be_stays() {
    let world = with_files(1);
    world.ok(&["cp", "src/000", "s3://shelf/a"]);
    world.ok(&["cp", "src/000", "s3://shelf/a/b"]);
    world.ok(&["cp", "src/000", "s3://shelf/c"]);
    let ran = world.larder(&["sync", "s3://shelf", "down", "--concurrency", "1"]);
    assert_eq!(ran.code, 1);
    assert_eq!(world.read("down/c"), b"content 0");
    assert_eq!(files(&world.path("down")).len(), 2, "one of `a` and `a/b`, and `c`");
}

#[test]
fn a_full_disk_is_said_and_leaves_nothing_half_written() {
    let world = with_files(0);
    world.write("src/large", &noise(3 * 1024 * 1024, 9));
    world.ok(&["cp", "src/large", "s3://shelf/large"]);
    let in_ranges = ["--multipart-threshold", "2MiB"];
    let direct = ["--multipart-threshold", "2MiB", "--direct-io-from", "1MiB"];
    // The largest file a process may write stands for the disk's end; both fail the same write.
    let script = "ulimit -f 1024; trap '' XFSZ; exec \"$@\"";
    for flags in [&[][..], &in_ranges, &direct] {
        let mut command = std::process::Command::new("bash");
        command.args(["-c", script, "bash", env!("CARGO_BIN_EXE_larder"), "cp", "s3://shelf/large", "down/large"]);
        command.args(flags);
        let template = world.command(&[]);
        for (name, value) in template.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        let ran = crate::harness::ran(command.current_dir(world.path("")).output().expect("bash runs"));
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert!(ran.err.contains("down/large"), "{}", ran.err);
        assert!(files(&world.path("down")).is_empty());
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_not_uploaded() {
    let world = with_files(0);
    world.write("large", &noise(40 * 1024 * 1024, 1));
    let (path, mut other) = (world.path("large"), Some(noise(40 * 1024 * 1024, 2)));
    // It changes when the first part comes: no part has gone through then.
    let proxy = Proxy::start(&world.endpoint, move |first| {
        if first.contains("partNumber=")
            && let Some(other) = other.take()
        {
            fs::write(&path, other).expect("written");
        }
        Fault::None
    });
    let ran = world.through(&proxy, &["cp", "large", "s3://shelf/large"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("changed while it was read"), "{}", ran.err);
    assert!(world.keys("shelf").is_empty() && world.unfinished("shelf").is_empty());
}
