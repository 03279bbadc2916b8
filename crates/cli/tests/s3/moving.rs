//! What changes while it is carried, and must not be deleted then.

use std::fs;

use crate::harness::{Fault, Proxy, World, noise};

const MIB: usize = 1024 * 1024;

fn world() -> World {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    world
}

/// Does something when the first request of this kind comes, before it goes through.
fn once(world: &World, begins: &'static str, mut act: impl FnMut() + Send + 'static) -> Proxy {
    let mut done = false;
    Proxy::start(&world.endpoint, move |first| {
        if first.starts_with(begins) && !std::mem::replace(&mut done, true) {
            act();
        }
        Fault::None
    })
}

#[test]
fn a_small_file_that_changes_during_its_upload_is_uploaded_again() {
    for command in ["cp", "mv"] {
        let world = world();
        world.write("small", b"before");
        let path = world.path("small");
        let proxy = once(&world, "PUT /shelf/small", move || fs::write(&path, "after!").expect("written"));
        let ran = world.through(&proxy, &[command, "small", "s3://shelf/small"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_eq!(world.ok(&["cat", "s3://shelf/small"]), "after!");
        assert_eq!(world.path("small").exists(), command == "cp");
    }
}

#[test]
fn a_small_file_that_never_rests_is_told_and_stays() {
    let world = world();
    world.write("small", b"before");
    let (path, mut count) = (world.path("small"), 0);
    let proxy = Proxy::start(&world.endpoint, move |first| {
        if first.starts_with("PUT /shelf/small") {
            count += 1;
            fs::write(&path, format!("{count:06}")).expect("written");
        }
        Fault::None
    });
    let ran = world.through(&proxy, &["mv", "small", "s3://shelf/small"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("changed while it was uploaded"), "{}", ran.err);
    assert_eq!(world.read("small"), b"000003");
}

#[test]
fn a_large_file_that_is_replaced_during_its_upload_stays() {
    for (newer, reason) in [(20 * MIB, "changed while it was uploaded"), (20 * MIB + 1, "the source stays")] {
        let world = world();
        world.write("large", &noise(20 * MIB, 1));
        world.write("newer", &noise(newer, 2));
        let (from, to) = (world.path("newer"), world.path("large"));
        // As editors save.
        let proxy = once(&world, "PUT /shelf/large?", move || fs::rename(&from, &to).expect("renamed"));
        let ran = world.through(&proxy, &["mv", "large", "s3://shelf/large"]);
        assert_eq!(ran.code, 1);
        assert!(ran.err.contains(reason), "{}", ran.err);
        assert!(world.read("large") == noise(newer, 2));
    }
}

/// As logs are rotated: what was uploaded is whole, and the next synchronisation notices that there is more.
#[test]
fn a_file_that_gets_another_size_during_its_upload_is_no_failure_of_a_copy() {
    let world = world();
    world.write("log", b"before");
    let path = world.path("log");
    let proxy = once(&world, "PUT /shelf/log", move || fs::write(&path, "before and after").expect("written"));
    let ran = world.through(&proxy, &["cp", "log", "s3://shelf/log"]);
    assert_eq!((ran.code, world.ok(&["cat", "s3://shelf/log"]).as_str()), (0, "before"), "{}", ran.err);
}

#[test]
fn an_object_that_is_replaced_after_it_was_read_stays() {
    for (size, target) in [(9, "down"), (9, "s3://other/key"), (20 * MIB, "down")] {
        let world = world();
        world.ok(&["mb", "s3://other"]);
        world.write("file", &noise(size, 1));
        world.ok(&["cp", "file", "s3://shelf/key"]);
        world.write("newer", b"newer");
        let mut replace = world.command(&["cp", "newer", "s3://shelf/key"]);
        let proxy = once(&world, "DELETE /shelf/key", move || {
            assert!(replace.status().expect("the binary runs").success());
        });
        let ran = world.through(&proxy, &["mv", "s3://shelf/key", target]);
        assert_eq!(ran.code, 1, "{target}");
        assert!(ran.err.contains("the source stays"), "{}", ran.err);
        assert_eq!(world.ok(&["cat", "s3://shelf/key"]), "newer");
        let ran = world.larder(&["mv", "s3://shelf/key", target]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(world.keys("shelf").is_empty());
    }
}

#[test]
fn a_server_without_conditions_for_deletes_is_asked_before() {
    for replaces in [false, true] {
        let world = world();
        world.write("file", b"content");
        world.ok(&["cp", "file", "s3://shelf/key"]);
        world.write("newer", b"newer");
        let (mut replace, mut deletes) = (world.command(&["cp", "newer", "s3://shelf/key"]), 0);
        let proxy = Proxy::start(&world.endpoint, move |first| {
            deletes += usize::from(first.starts_with("DELETE /shelf/key"));
            if !first.starts_with("DELETE /shelf/key") || deletes > 1 {
                return Fault::None;
            }
            if replaces {
                assert!(replace.status().expect("the binary runs").success());
            }
            Fault::NotImplemented
        });
        let ran = world.through(&proxy, &["mv", "s3://shelf/key", "down"]);
        assert_eq!(ran.code, i32::from(replaces), "{}", ran.err);
        assert_eq!(world.keys("shelf").len(), usize::from(replaces));
    }
}

#[test]
fn an_old_version_that_is_moved_goes_and_the_current_one_stays() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf", "--object-lock"]);
    for content in [&b"first"[..], b"second"] {
        world.write("file", content);
        world.ok(&["cp", "file", "s3://shelf/doc"]);
    }
    let versions = || -> Vec<serde_json::Value> {
        let listed = world.ok(&["versions", "s3://shelf/doc", "--json"]);
        listed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    let oldest = versions().pop().expect("a version")["version"].as_str().expect("text").to_owned();
    world.ok(&["mv", "s3://shelf/doc", "first", "--version-id", &oldest]);
    assert_eq!(world.read("first"), b"first");
    assert_eq!(versions().len(), 1);
    assert_eq!(world.ok(&["cat", "s3://shelf/doc"]), "second");
}

/// Both versions have three parts, whose sizes differ, and a checksum over them.
#[test]
fn an_old_version_is_checked_by_its_own_parts() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf", "--object-lock"]);
    for (size, part) in [(20, "8MiB"), (18, "6MiB")] {
        world.write("file", &noise(size * MIB, 1));
        world.ok(&["cp", "file", "s3://shelf/doc", "--checksum-algorithm", "sha256", "--part-size", part]);
    }
    let listed = world.ok(&["versions", "s3://shelf/doc", "--json"]);
    let oldest: serde_json::Value = serde_json::from_str(listed.lines().last().expect("a line")).expect("JSON");
    let oldest = oldest["version"].as_str().expect("text");
    world.ok(&["cp", "s3://shelf/doc", "old", "--version-id", oldest]);
    assert!(world.read("old") == noise(20 * MIB, 1));
}
