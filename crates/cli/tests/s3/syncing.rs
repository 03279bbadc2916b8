//! `larder sync`, each way.

use std::fs;

use crate::harness::{World, files};

fn lines(text: &str) -> usize {
    text.lines().count()
}

#[test]
fn a_second_run_does_nothing_and_changes_travel() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    for name in ["a.txt", "a/b", "a/c.d", "a-", "ü/ +%.bin", "deep/er/and/deeper"] {
        world.write(&format!("src/{name}"), name.as_bytes());
    }
    assert_eq!(lines(&world.ok(&["sync", "src", "s3://shelf/p"])), 6);
    assert_eq!(world.ok(&["sync", "src", "s3://shelf/p"]), "");
    world.write("src/a/b", b"larger than it was");
    fs::remove_file(world.path("src/a-")).expect("it was there");
    assert_eq!(world.ok(&["sync", "src", "s3://shelf/p"]), "upload: src/a/b to s3://shelf/p/a/b\n");
    let dry = world.ok(&["sync", "src", "s3://shelf/p", "--delete", "--dry-run"]);
    assert_eq!(dry, "(dryrun) delete: s3://shelf/p/a-\n");
    assert_eq!(world.ok(&["sync", "src", "s3://shelf/p", "--delete"]), "delete: s3://shelf/p/a-\n");

    assert_eq!(lines(&world.ok(&["sync", "s3://shelf/p/", "down"])), 5);
    assert_eq!(files(&world.path("src")), files(&world.path("down")));
    assert_eq!(world.ok(&["sync", "s3://shelf/p/", "down"]), "");
    assert_eq!(world.ok(&["sync", "s3://shelf/p/", "down", "--exact-timestamps"]), "");
    world.write("down/extra", b"x");
    world.write("down/keep/extra", b"x");
    let synced = world.ok(&["sync", "s3://shelf/p/", "down", "--delete", "--exclude", "keep/*"]);
    assert!(
        synced.starts_with("delete: ") && lines(&synced) == 1 && world.path("down/keep/extra").exists(),
        "{synced}"
    );
}

/// Tasks are taken in handfuls, and files are read and written by threads that take what waits: none may get lost on the way.
#[test]
fn more_files_than_are_under_way_at_a_time_all_travel() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    for number in 0..700 {
        world.write(&format!("src/{:02}/{number:03}", number % 30), format!("content {number}").as_bytes());
    }
    assert_eq!(lines(&world.ok(&["sync", "src", "s3://shelf"])), 700);
    assert_eq!(lines(&world.ok(&["sync", "s3://shelf", "down"])), 700);
    assert_eq!(files(&world.path("src")), files(&world.path("down")));
}

#[test]
fn between_buckets_only_current_versions_are_copied() {
    let world = World::new();
    world.ok(&["mb", "s3://origin", "--object-lock"]);
    world.ok(&["mb", "s3://goal"]);
    for content in [&b"old"[..], b"new!"] {
        world.write("file", content);
        world.ok(&["cp", "file", "s3://origin/kept", "--metadata", "colour=red", "--tagging", "a=1&b=2"]);
        world.ok(&["cp", "file", "s3://origin/deleted"]);
    }
    world.ok(&["rm", "s3://origin/deleted"]);
    assert_eq!(world.ok(&["sync", "s3://origin", "s3://goal"]), "copy: s3://origin/kept to s3://goal/kept\n");
    assert_eq!(world.keys("goal"), ["kept"]);
    assert_eq!(world.ok(&["cat", "s3://goal/kept"]), "new!");
    let stat = world.ok(&["stat", "s3://goal/kept"]);
    assert!(stat.contains("\"colour\":\"red\"") && stat.contains("tags           2"), "{stat}");
    assert_eq!(world.ok(&["sync", "s3://origin", "s3://goal"]), "");
}

#[test]
fn checksums_tell_what_times_do_not() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    world.write("src/same", b"12345");
    world.write("src/other", b"12345");
    world.ok(&["sync", "src", "s3://shelf"]);
    world.write("src/other", b"54321");
    assert_eq!(world.ok(&["sync", "src", "s3://shelf"]), "", "the copy is newer and of the same size");
    assert_eq!(world.ok(&["sync", "src", "s3://shelf", "--checksum"]), "upload: src/other to s3://shelf/other\n");
    assert_eq!(world.ok(&["sync", "src", "s3://shelf", "--checksum"]), "");
    fs::create_dir_all(world.path("down")).expect("a folder");
    world.write("down/same", b"12345");
    world.write("down/other", b"00000");
    let synced = world.ok(&["sync", "s3://shelf", "down", "--checksum"]);
    assert_eq!(synced, "download: s3://shelf/other to down/other\n");
}

#[test]
fn two_servers_take_part_in_one_run() {
    let (here, there) = (World::new(), World::new());
    here.ok(&["mb", "s3://goal"]);
    there.ok(&["mb", "s3://origin"]);
    there.write("file", b"carried");
    there.ok(&["cp", "file", "s3://origin/small.txt", "--metadata", "colour=red"]);
    there.write("file", &crate::harness::noise(17 * 1024 * 1024, 5));
    there.ok(&["cp", "file", "s3://origin/large"]);
    let synced = here.ok(&["sync", "s3://origin", "s3://goal", "--source-endpoint", &there.endpoint]);
    assert_eq!(lines(&synced), 2, "{synced}");
    assert_eq!(here.ok(&["cat", "s3://goal/small.txt"]), "carried");
    assert!(here.ok(&["stat", "s3://goal/small.txt"]).contains("text/plain"));
    here.ok(&["cp", "s3://goal/large", "large"]);
    assert!(here.read("large") == there.read("file"));
    assert_eq!(here.ok(&["sync", "s3://origin", "s3://goal", "--source-endpoint", &there.endpoint]), "");
}

#[test]
fn events_are_json_for_scripts() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    world.write("src/a", b"x");
    let printed = world.ok(&["sync", "src", "s3://shelf", "--json"]);
    let events: Vec<serde_json::Value> =
        printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(events[0]["event"], "done");
    assert_eq!((events[1]["event"].as_str(), events[1]["done"].as_u64()), (Some("summary"), Some(1)));
    assert_eq!(world.ok(&["sync", "src", "s3://shelf", "--quiet"]), "");
}
