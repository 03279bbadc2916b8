//! Walks over real folders.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;

use proptest::prelude::*;

use super::*;

fn keys(root: &Path, follows_links: bool) -> Vec<String> {
    let seen = Walk::new(root, follows_links).expect("a folder");
    seen.filter_map(|one| if let Sighting::Entry(entry) = one { Some(entry.key) } else { None }).collect()
}

fn holes(root: &Path) -> Vec<String> {
    let seen = Walk::new(root, true).expect("a folder");
    seen.filter_map(|one| if let Sighting::Hole(hole) = one { Some(hole.key) } else { None }).collect()
}

fn write(root: &Path, key: &str) {
    let path = root.join(key);
    fs::create_dir_all(path.parent().expect("below the root")).expect("a folder");
    fs::write(path, key).expect("a file");
}

#[test]
fn the_order_is_that_of_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    for key in ["a/b", "a.txt", "a-", "a0", "b", "a/c/d", "a/c.d", "Z"] {
        write(folder.path(), key);
    }
    assert_eq!(keys(folder.path(), true), ["Z", "a-", "a.txt", "a/b", "a/c.d", "a/c/d", "a0", "b"]);
}

#[test]
fn links_are_followed_or_not_and_never_in_a_circle() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "a/file");
    symlink("a", folder.path().join("link")).expect("a link");
    symlink("..", folder.path().join("a/up")).expect("a link");
    symlink("nowhere", folder.path().join("broken")).expect("a link");
    assert_eq!(keys(folder.path(), true), ["a/file", "link/file"]);
    assert_eq!(holes(folder.path()), ["a/up/", "broken", "link/up/"]);
    assert_eq!(keys(folder.path(), false), ["a/file"]);
}

#[test]
fn what_is_no_key_or_no_file_is_a_hole() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(OsStr::from_bytes(b"a\xff")), "").expect("a file");
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).expect("a socket");
    write(folder.path(), ".x.larder-part");
    assert!(keys(folder.path(), true).is_empty());
    assert_eq!(holes(folder.path()), ["a\u{fffd}", "socket"]);
}

#[test]
fn a_root_that_is_no_folder_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "file");
    assert!(Walk::new(&folder.path().join("file"), true).is_err());
    assert!(Walk::new(&folder.path().join("none"), true).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_file_is_seen_once_and_in_order(wanted in prop::collection::btree_set("[a.+0]{1,2}(/[a.+0]{1,2}x){0,3}", 0..24)) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut written = BTreeSet::new();
        for key in wanted {
            let path = folder.path().join(&key);
            let parts_are_names = key.split('/').all(|part| part != "." && part != "..");
            let made = parts_are_names && fs::create_dir_all(path.parent().expect("below")).is_ok();
            if made && fs::write(&path, "").is_ok() {
                written.insert(key);
            }
        }
        let wanted: Vec<String> = written.into_iter().collect();
        prop_assert_eq!(keys(folder.path(), true), wanted);
    }
}
