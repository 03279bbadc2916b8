//! Walks over real folders.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
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
fn names_that_are_not_utf8_stand_where_their_keys_do() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in [&b"\x80"[..], "ä.txt".as_bytes(), "\u{fffd}".as_bytes(), "\u{ffff}".as_bytes()] {
        fs::write(folder.path().join(OsStr::from_bytes(name)), "").expect("a file");
    }
    let seen: Vec<_> = Walk::new(folder.path(), true).expect("a folder").collect();
    let keys: Vec<_> = seen.iter().map(Sighting::key).collect();
    assert_eq!(keys, ["ä.txt", "\u{fffd}", "\u{fffd}", "\u{ffff}"]);
    assert!(matches!(seen[1], Sighting::Hole(_)));
}

#[test]
fn a_link_that_cannot_be_followed_may_be_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    symlink("nowhere", folder.path().join("broken")).expect("a link");
    symlink("round", folder.path().join("round")).expect("a link");
    write(folder.path(), "broken-not");
    let seen: Vec<_> = Walk::new(folder.path(), true).expect("a folder").collect();
    assert_eq!(seen.iter().map(Sighting::key).collect::<Vec<_>>(), ["broken", "broken-not", "round"]);
    for at in [0, 2] {
        assert!(matches!(&seen[at], Sighting::Hole(Hole { extent: Extent::Either, .. })), "{seen:?}");
    }
}

#[test]
fn what_is_behind_a_link_is_marked() {
    let (folder, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    write(other.path(), "deep/er");
    write(other.path(), "file");
    write(folder.path(), "own");
    write(folder.path(), "z/own");
    symlink(other.path(), folder.path().join("link")).expect("a link");
    symlink(other.path().join("file"), folder.path().join("linked-file")).expect("a link");
    let root = folder.path().with_extension("root");
    symlink(folder.path(), &root).expect("a link");
    for root in [folder.path(), &root] {
        let behind =
            |one| if let Sighting::Entry(entry) = one { (entry.key, entry.behind_link) } else { panic!("{one:?}") };
        let seen: Vec<_> = Walk::new(root, true).expect("a folder").map(behind).collect();
        let seen: Vec<_> = seen.iter().map(|(key, behind)| (key.as_str(), *behind)).collect();
        let expected =
            [("link/deep/er", true), ("link/file", true), ("linked-file", false), ("own", false), ("z/own", false)];
        assert_eq!(seen, expected);
    }
    fs::remove_file(root).expect("a link");
}

#[test]
fn what_changes_its_kind_meanwhile_keeps_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    for key in ["a", "a-file", "b/below", "b-file", "c"] {
        write(folder.path(), key);
    }
    let mut walk = Walk::new(folder.path(), true).expect("a folder");
    fs::remove_file(folder.path().join("a")).expect("a file");
    write(folder.path(), "a/below");
    fs::remove_dir_all(folder.path().join("b")).expect("a folder");
    write(folder.path(), "b");
    let seen: Vec<_> = walk.by_ref().collect();
    assert_eq!(seen.iter().map(Sighting::key).collect::<Vec<_>>(), ["a", "a-file", "b-file", "b/", "c"]);
    assert!(matches!(&seen[0], Sighting::Hole(Hole { extent: Extent::Either, .. })), "{seen:?}");
    assert!(matches!(&seen[3], Sighting::Hole(Hole { extent: Extent::Folder, .. })), "{seen:?}");
}

#[test]
fn a_root_that_is_no_folder_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "file");
    assert!(Walk::new(&folder.path().join("file"), true).is_err());
    assert!(Walk::new(&folder.path().join("none"), true).is_err());
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thing {
    File,
    BrokenLink,
}

fn thing() -> impl Strategy<Value = Thing> {
    prop_oneof![3 => Just(Thing::File), 1 => Just(Thing::BrokenLink)]
}

/// Names of characters that come before and after a slash, and of bytes that come before and after U+FFFD with and without
/// being UTF-8.
fn path() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        &b"a"[..],
        b"-",
        b"0",
        b"\x80",
        b"\xc1",
        b"\xff",
        "ä".as_bytes(),
        "\u{fffd}".as_bytes(),
        "\u{1f600}".as_bytes(),
    ];
    let name = prop::collection::vec(prop::sample::select(pieces.to_vec()), 1..3).prop_map(|pieces| pieces.concat());
    prop::collection::vec(name, 1..4).prop_map(|names| names.join(&b'/'))
}

/// Nothing when something else is in the way.
fn put(path: &Path, thing: Thing) -> Option<()> {
    fs::create_dir_all(path.parent()?).ok()?;
    match thing {
        Thing::File => fs::write(path, "").ok(),
        Thing::BrokenLink => symlink("nowhere", path).ok(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_names_are_made_of_the_order_is_that_of_keys(made in prop::collection::btree_map(path(), thing(), 0..24)) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut wanted = Vec::new();
        for (path, thing) in made {
            if put(&folder.path().join(OsStr::from_bytes(&path)), thing).is_some() {
                wanted.push((path, thing));
            }
        }
        // A path is a key, so paths are in the order of keys.
        let seen: Vec<_> = Walk::new(folder.path(), true).expect("a folder").collect();
        prop_assert!(seen.is_sorted_by_key(Sighting::key), "{:?}", seen);
        let mut entries = seen.iter().filter(|one| matches!(one, Sighting::Entry(_))).map(Sighting::key);
        for (path, thing) in &wanted {
            let key = String::from_utf8_lossy(path);
            if matches!(key, Cow::Borrowed(_)) && *thing == Thing::File {
                prop_assert!(entries.by_ref().any(|entry| entry == key), "{} is not seen", key);
            } else {
                let hides = |one: &Sighting| matches!(one, Sighting::Hole(hole) if hole.extent.hides(&hole.key, &key));
                prop_assert!(seen.iter().any(hides), "{} is not told of", key);
            }
        }
    }

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
