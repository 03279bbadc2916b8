//! `larder sync --delete` beside things that it cannot see or that are not its own.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use crate::harness::World;

/// A bucket that has what `src` has now.
fn synced(names: &[&str]) -> World {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    for name in names {
        world.write(&format!("src/{name}"), b"x");
    }
    world.ok(&["sync", "src", "s3://shelf"]);
    world
}

#[test]
fn a_link_to_a_folder_that_is_not_mounted_keeps_its_copies() {
    let world = synced(&["photos/1", "photos/deep/2", "photos-old/3", "photos.txt", "other"]);
    fs::remove_dir_all(world.path("src/photos")).expect("a folder");
    fs::remove_dir_all(world.path("src/photos-old")).expect("a folder");
    fs::remove_file(world.path("src/photos.txt")).expect("a file");
    symlink("/nowhere/photos", world.path("src/photos")).expect("a link");
    symlink("/nowhere/photos-old", world.path("src/photos-old")).expect("a link");
    let ran = world.larder(&["sync", "src", "s3://shelf", "--delete"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, "delete: s3://shelf/photos.txt\n"), "{}", ran.err);
    assert!(ran.err.contains("src/photos: ") && ran.err.contains("src/photos-old: "), "{}", ran.err);
    assert_eq!(world.keys("shelf"), ["other", "photos-old/3", "photos/1", "photos/deep/2"]);
}

#[test]
fn a_name_that_is_not_utf8_costs_its_neighbours_nothing() {
    let world = synced(&["ä.txt", "zoo", "\u{fffd}.txt"]);
    fs::remove_file(world.path("src/\u{fffd}.txt")).expect("a file");
    fs::write(world.path("src").join(OsStr::from_bytes(b"\x80.txt")), "x").expect("a file");
    let ran = world.larder(&["sync", "src", "s3://shelf", "--delete"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{}", ran.err);
    assert!(ran.err.contains("not UTF-8"), "{}", ran.err);
    assert_eq!(world.keys("shelf"), ["zoo", "ä.txt", "\u{fffd}.txt"]);
}

#[test]
fn filters_do_not_hide_that_a_folder_cannot_be_read() {
    let world = synced(&["a.jpg"]);
    let sync = ["sync", "src", "s3://shelf", "--exclude", "*", "--include", "*.jpg"];
    // Tests may run as root, who reads every folder; a circle is one that nobody can.
    symlink(".", world.path("src/circle")).expect("a link");
    let ran = world.larder(&sync);
    assert!(ran.code == 1 && ran.err.contains("src/circle/: "), "{}", ran.err);
    assert_eq!(world.ok(&["sync", "src", "s3://shelf", "--exclude", "circle/*"]), "", "it is left out on purpose");
    fs::remove_file(world.path("src/circle")).expect("a link");
    let _socket = std::os::unix::net::UnixListener::bind(world.path("src/socket")).expect("a socket");
    assert_eq!(world.ok(&sync), "");
}

#[test]
fn nothing_is_deleted_by_way_of_a_link() {
    let world = synced(&["a", "link/shared", "link/newer"]);
    world.write("elsewhere/theirs", b"x");
    world.write("elsewhere/newer", b"mine, and larger");
    fs::create_dir(world.path("down")).expect("a folder");
    world.write("down/extra", b"x");
    symlink("../elsewhere", world.path("down/link")).expect("a link");
    symlink("../elsewhere/theirs", world.path("down/alias")).expect("a link");
    let synced = world.ok(&["sync", "s3://shelf", "down", "--delete"]);
    let mut lines: Vec<_> = synced.lines().collect();
    lines.sort_unstable();
    let expected = [
        "delete: down/alias",
        "delete: down/extra",
        "download: s3://shelf/a to down/a",
        "download: s3://shelf/link/newer to down/link/newer",
        "download: s3://shelf/link/shared to down/link/shared",
    ];
    assert_eq!(lines, expected);
    assert_eq!((world.read("elsewhere/theirs"), world.read("elsewhere/shared")), (b"x".to_vec(), b"x".to_vec()));
    assert_eq!(world.ok(&["sync", "s3://shelf", "down", "--delete"]), "", "what is behind the link is compared");
    assert!(world.path("down/link").is_symlink() && world.path("elsewhere/theirs").exists());
}
