//! The recording itself: that it sees everything, and that its images are what a disk could hold.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{IoSlice, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use larder_env::SeededRng;
use larder_powercut::{Log, Loss, Recording};

fn sync_directory(path: &Path) {
    File::open(path).unwrap().sync_all().unwrap();
}

/// A file's length, and the first byte of each of its pages.
type Summary = Option<(usize, Vec<u8>)>;

fn pages(pages: &[u8]) -> Summary {
    Some((pages.len() * 4096, pages.to_vec()))
}

/// All that images of the end of a log can have in one file.
fn files(log: &Log, name: &str, loss: Loss) -> Vec<Option<Vec<u8>>> {
    let (_, end) = log.cuts();
    (0..300).map(|seed| log.image(end, loss, &SeededRng::new(seed)).files().remove(Path::new(name))).collect()
}

/// The same, in short.
fn outcomes(log: &Log, name: &str, loss: Loss) -> BTreeSet<Summary> {
    let short = |bytes: Vec<u8>| (bytes.len(), bytes.chunks(4096).map(|page| page[0]).collect());
    files(log, name, loss).into_iter().map(|file| file.map(short)).collect()
}

#[test]
fn everything_done_to_a_directory_is_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs::create_dir(root.join("before")).unwrap();
    fs::write(root.join("before/file"), vec![7; 10_000]).unwrap();
    fs::hard_link(root.join("before/file"), root.join("before/link")).unwrap();
    let recording = Recording::start(root).unwrap();

    let mut file = OpenOptions::new().append(true).open(root.join("before/file")).unwrap();
    file.write_all(b"more").unwrap();
    assert_eq!(file.write_vectored(&[IoSlice::new(b"of "), IoSlice::new(b"it")]).unwrap(), 5);
    fs::create_dir_all(root.join("a/b/c")).unwrap();
    let mut file = File::create(root.join("a/b/c/file")).unwrap();
    file.write_all(&[1; 5000]).unwrap();
    file.seek(SeekFrom::Start(100)).unwrap();
    file.write_all(b"in between").unwrap();
    file.set_len(1 << 20).unwrap();
    file.write_all_at(b"behind", 20_000).unwrap();
    file.set_len(20_003).unwrap();
    file.set_len(30_000).unwrap();
    fs::rename(root.join("a/b/c/file"), root.join("a/renamed")).unwrap();
    file.write_all_at(b"under another name", 10).unwrap();
    let copy = tempfile::NamedTempFile::new_in(root.join("a")).unwrap();
    copy.as_file().write_all_at(b"atomic", 0).unwrap();
    copy.persist(root.join("a/persisted")).unwrap();
    fs::write(root.join("gone"), "gone").unwrap();
    fs::remove_file(root.join("gone")).unwrap();
    fs::create_dir(root.join("all")).unwrap();
    fs::write(root.join("all/file"), "gone").unwrap();
    fs::remove_dir_all(root.join("all")).unwrap();
    fs::write(root.join("again"), vec![1; 9000]).unwrap();
    fs::write(root.join("again"), vec![2; 10]).unwrap();

    let log = recording.log();
    let (start, end) = log.cuts();
    let image = log.image(end, Loss::Nothing, &SeededRng::new(1));
    assert_eq!(image.differences(root).unwrap(), Vec::<String>::new());
    let written = tempfile::tempdir().unwrap();
    image.write(written.path()).unwrap();
    assert_eq!(image.differences(written.path()).unwrap(), Vec::<String>::new());
    let before = log.image(start, Loss::Everything, &SeededRng::new(1)).files();
    let names: Vec<_> = before.keys().map(|path| path.to_str().unwrap()).collect();
    assert_eq!(names, ["before/file", "before/link"]);
    assert!(before.values().all(|bytes| *bytes == vec![7; 10_000]));
    // Nothing was synced, so a power cut may take all of it back.
    assert_eq!(log.image(end, Loss::Everything, &SeededRng::new(1)).files(), before);
}

#[test]
fn what_is_synced_is_there_and_the_rest_in_any_part() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let recording = Recording::start(root).unwrap();
    let file = File::create(root.join("file")).unwrap();
    file.write_all_at(&[1; 8192], 0).unwrap();
    file.sync_data().unwrap();
    assert!(outcomes(&recording.log(), "file", Loss::Pages).contains(&None), "its name is not durable");
    sync_directory(root);
    assert_eq!(outcomes(&recording.log(), "file", Loss::Sectors), [pages(&[1, 1])].into());

    file.write_all_at(&[2; 8192], 4096).unwrap();
    let found = outcomes(&recording.log(), "file", Loss::Pages);
    assert_eq!(
        found,
        [pages(&[1, 1]), pages(&[1, 2]), pages(&[1, 1, 0]), pages(&[1, 1, 2]), pages(&[1, 2, 0]), pages(&[1, 2, 2])]
            .into()
    );
    let torn: BTreeSet<_> = files(&recording.log(), "file", Loss::Sectors).into_iter().collect();
    assert!(torn.len() > 20 && torn.iter().flatten().all(|bytes| bytes[..4096] == [1; 4096]));
    assert_eq!(outcomes(&recording.log(), "file", Loss::Everything), [pages(&[1, 1])].into());

    file.sync_all().unwrap();
    file.set_len(0).unwrap();
    file.write_all_at(&[3; 4096], 0).unwrap();
    let found = outcomes(&recording.log(), "file", Loss::Pages);
    assert_eq!(
        found,
        [pages(&[1, 2, 2]), pages(&[]), pages(&[0]), pages(&[3])].into(),
        "what was cut does not come back"
    );
}

#[test]
fn a_write_during_a_sync_is_not_covered_and_names_are_durable_with_their_directory() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs::create_dir(root.join("sub")).unwrap();
    let recording = Recording::start(root).unwrap();
    fs::write(root.join("old"), "").unwrap();
    fs::rename(root.join("old"), root.join("new")).unwrap();
    fs::write(root.join("sub/file"), "").unwrap();
    sync_directory(root);
    let log = recording.log();
    let (_, end) = log.cuts();
    let names = |files: &std::collections::BTreeMap<std::path::PathBuf, Vec<u8>>| -> Vec<String> {
        files.keys().map(|path| path.to_str().unwrap().to_owned()).collect()
    };
    let found: BTreeSet<_> =
        (0..100).map(|seed| names(&log.image(end, Loss::Pages, &SeededRng::new(seed)).files())).collect();
    assert_eq!(found, [vec!["new".to_owned()], vec!["new".to_owned(), "sub/file".to_owned()]].into());
    // Before the sync: a rename is there or not, and never in part.
    let before = log.sync_points()[0].cut();
    let found = (0..100).map(|seed| names(&log.image(before, Loss::Pages, &SeededRng::new(seed)).files()));
    let seen: BTreeSet<Vec<String>> = found.collect();
    assert!(seen.iter().all(|names| !(names.contains(&"old".to_owned()) && names.contains(&"new".to_owned()))));
    assert!(seen.iter().any(|names| names.contains(&"old".to_owned())));
}

#[test]
fn what_a_failed_sync_covered_may_be_lost_for_good() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let file = File::create(root.join("file")).unwrap();
    file.write_all_at(&[1; 8192], 0).unwrap();
    let recording = Recording::start(root).unwrap();
    file.write_all_at(&[2; 4096], 0).unwrap();
    recording.fail_sync(1, |path| path.ends_with("file"));
    assert_eq!(file.sync_all().unwrap_err().raw_os_error(), Some(5));
    assert_eq!(recording.log().failed_syncs(), [Path::new("file")]);
    file.write_all_at(&[3; 4096], 4096).unwrap();
    file.sync_all().expect("the kernel has told it once");
    assert_eq!(outcomes(&recording.log(), "file", Loss::Pages), [pages(&[1, 3]), pages(&[2, 3])].into());
}
