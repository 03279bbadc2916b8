//! Transfers that are cut off, and go on.

use std::fs;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::harness::{Fault, Proxy, World, age, noise, ran};

const MIB: usize = 1024 * 1024;

/// With a file, and the same as an object.
fn with_large(content: &[u8]) -> World {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    world.write("large", content);
    world.ok(&["cp", "large", "s3://shelf/large"]);
    world
}

/// Cuts the connections of requests with this mark in their first line, those with these numbers, counted from 1.
fn cutting(world: &World, mark: &'static str, numbers: RangeInclusive<usize>) -> Proxy {
    let mut count = 0;
    Proxy::start(&world.endpoint, move |first| {
        let is_marked = first.contains(mark);
        count += usize::from(is_marked);
        if is_marked && numbers.contains(&count) { Fault::Cut } else { Fault::None }
    })
}

/// The note of an upload is named after the endpoint, so a resumed one has to go through the same address.
#[test]
fn an_upload_sends_only_what_is_missing() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    let content = noise(40 * MIB + 5, 1);
    world.write("large", &content);
    // Three parts go through; everything else of the first run is lost, which takes five tries of each.
    let proxy = cutting(&world, "partNumber=", 4..=3 + 3 * 5);
    let first = world.through(&proxy, &["cp", "large", "s3://shelf/large", "--concurrency", "1"]);
    assert_eq!(first.code, 1, "{}", first.out);
    assert!(world.keys("shelf").is_empty());
    let before = proxy.bytes_in();
    assert!(before < 30 * MIB, "{before} bytes went through");
    let second = world.through(&proxy, &["cp", "large", "s3://shelf/large", "--concurrency", "1"]);
    assert_eq!(second.code, 0, "{}", second.err);
    let sent = proxy.bytes_in() - before;
    assert!(sent < 40 * MIB - before + 2 * MIB, "{before} bytes were there and {sent} were sent again");
    world.ok(&["cp", "s3://shelf/large", "back"]);
    assert!(world.read("back") == content);
    let notes = world.path("home/.local/state/larder/uploads");
    assert_eq!(fs::read_dir(notes).expect("a folder").count(), 0, "the note goes with the upload");
}

#[test]
fn an_upload_with_metadata_goes_on_too() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    world.write("large", &noise(24 * MIB, 1));
    let proxy = cutting(&world, "partNumber=", 3..=7);
    let metadata = "a=1,b=2,c=3,d=4,e=5,f=6";
    let upload = ["cp", "large", "s3://shelf/large", "--concurrency", "1", "--metadata", metadata];
    assert_eq!(world.through(&proxy, &upload).code, 1);
    let before = proxy.bytes_in();
    let second = world.through(&proxy, &upload);
    assert_eq!(second.code, 0, "{}", second.err);
    assert!(proxy.bytes_in() - before < 12 * MIB, "{} bytes were sent again", proxy.bytes_in() - before);
}

#[test]
fn keys_that_differ_by_the_name_of_notes_do_not_meet() {
    let content = noise(18 * MIB, 2);
    let world = with_large(&content);
    for key in ["x", "x.notes", "x.larder-part.larder-part"] {
        world.ok(&["cp", "large", &format!("s3://shelf/both/{key}")]);
    }
    let ran = world.larder(&["sync", "s3://shelf/both", "down"]);
    assert!(ran.code == 1 && ran.err.contains("kept for unfinished downloads"), "{}", ran.err);
    assert!(world.read("down/x") == content && world.read("down/x.notes") == content);
    assert_eq!(fs::read_dir(world.path("down")).expect("a folder").count(), 2);
}

#[test]
fn an_upload_that_cannot_be_gone_on_with_is_not_left_behind() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    world.write("large", &noise(20 * MIB, 1));
    let second = Arc::new(AtomicBool::new(false));
    let is_second = Arc::clone(&second);
    let proxy = Proxy::start(&world.endpoint, move |first| {
        let (sends, lists) = (first.contains("partNumber="), first.starts_with("GET /shelf/large?"));
        match is_second.load(Ordering::SeqCst) {
            false if sends => Fault::Cut,
            true if lists => Fault::Denied,
            _ => Fault::None,
        }
    });
    let upload = ["cp", "large", "s3://shelf/large"];
    assert_eq!(world.through(&proxy, &upload).code, 1);
    assert_eq!(world.unfinished("shelf"), ["large"]);
    second.store(true, Ordering::SeqCst);
    let ran = world.through(&proxy, &upload);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(world.unfinished("shelf").is_empty());
}

#[test]
fn an_upload_whose_end_was_not_heard_of_has_ended() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    let content = noise(20 * MIB, 1);
    world.write("large", &content);
    let mut is_first = true;
    let proxy = Proxy::start(&world.endpoint, move |first| {
        let completes = first.starts_with("POST /shelf/large?uploadId=");
        if completes && std::mem::take(&mut is_first) { Fault::CutBody(0) } else { Fault::None }
    });
    let ran = world.through(&proxy, &["cp", "large", "s3://shelf/large"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    world.ok(&["cp", "s3://shelf/large", "back"]);
    assert!(world.read("back") == content);
}

#[test]
fn a_download_goes_on_where_it_stopped() {
    download_in_two_runs(&[]);
}

#[test]
fn a_download_past_the_page_cache_goes_on_where_it_stopped() {
    download_in_two_runs(&["--direct-io-from", "32MiB"]);
}

fn download_in_two_runs(flags: &[&str]) {
    let content = noise(40 * MIB + 5, 2);
    let world = with_large(&content);
    let proxy = cutting(&world, "GET /shelf/large", 4..=18);
    let arguments = [&["cp", "s3://shelf/large", "down/large", "--concurrency", "1"], flags].concat();
    assert_eq!(world.through(&proxy, &arguments).code, 1);
    let before = proxy.passed();
    let second = world.through(&proxy, &arguments);
    assert_eq!(second.code, 0, "{}", second.err);
    // Six ranges, three of them there, and one HEAD for one object each from `cp` and from the download.
    assert!(proxy.passed() - before <= 5, "{} requests", proxy.passed() - before);
    assert!(world.read("down/large") == content);
    assert_eq!(fs::read_dir(world.path("down")).expect("a folder").count(), 1);
}

/// What came of a range before it broke off is in the file, and counts for nothing.
#[test]
fn a_range_that_breaks_off_is_fetched_again_and_alone() {
    // All ranges are alike. A last one that is shorter than the others, and than what they break off at, would come whole.
    let content = noise(48 * MIB, 4);
    let world = with_large(&content);
    let (breaks, mut count) = (Arc::new(AtomicBool::new(true)), 0);
    let in_first_run = Arc::clone(&breaks);
    let proxy = Proxy::start(&world.endpoint, move |first| {
        count += usize::from(first.starts_with("GET /shelf/large"));
        // Two ranges come whole. All others break off as often as they are tried.
        let breaks = first.starts_with("GET /shelf/large") && count > 2 && in_first_run.load(Ordering::SeqCst);
        if breaks { Fault::CutBody(5 * MIB + 1) } else { Fault::None }
    });
    let arguments = ["cp", "s3://shelf/large", "down/large", "--concurrency", "1"];
    let first = world.through(&proxy, &arguments);
    assert_eq!(first.code, 1);
    assert!(first.err.contains("the content broke off"), "{}", first.err);
    assert!(!world.path("down/large").exists());
    breaks.store(false, Ordering::SeqCst);
    let before = proxy.passed();
    let second = world.through(&proxy, &arguments);
    assert_eq!(second.code, 0, "{}", second.err);
    // Four ranges, and one HEAD each from `cp` and from the download.
    assert_eq!(proxy.passed() - before, 6);
    assert!(world.read("down/large") == content);
    assert_eq!(fs::read_dir(world.path("down")).expect("a folder").count(), 1);
}

#[test]
fn another_object_is_not_mixed_in() {
    let world = with_large(&noise(40 * MIB, 2));
    let proxy = cutting(&world, "GET /shelf/large", 3..=17);
    let arguments = ["cp", "s3://shelf/large", "down/large", "--concurrency", "1"];
    assert_eq!(world.through(&proxy, &arguments).code, 1);
    let newer = noise(40 * MIB, 3);
    world.write("large", &newer);
    world.ok(&["cp", "large", "s3://shelf/large"]);
    let second = world.through(&proxy, &arguments);
    assert_eq!(second.code, 0, "{}", second.err);
    assert!(world.read("down/large") == newer);
}

#[test]
fn a_file_that_changed_is_sent_anew() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    world.write("large", &noise(24 * MIB, 1));
    let proxy = cutting(&world, "partNumber=", 2..=11);
    let arguments = ["cp", "large", "s3://shelf/large", "--concurrency", "1"];
    assert_eq!(world.through(&proxy, &arguments).code, 1);
    let changed = noise(24 * MIB, 7);
    fs::write(world.path("large"), &changed).expect("written");
    age(&world.path("large"), std::time::Duration::from_secs(30));
    let second = world.through(&proxy, &arguments);
    assert_eq!(second.code, 0, "{}", second.err);
    world.ok(&["cp", "s3://shelf/large", "back"]);
    assert!(world.read("back") == changed);
    assert!(world.unfinished("shelf").is_empty());
}

#[test]
fn a_stopped_run_says_so_and_leaves_nothing_half_written() {
    let content = noise(40 * MIB, 2);
    let world = with_large(&content);
    world.write("small", b"x");
    world.ok(&["cp", "small", "s3://shelf/a-small"]);
    let arguments = ["sync", "s3://shelf", "down", "--bandwidth", "4MiB"];
    let child = world.command(&arguments).stderr(std::process::Stdio::piped()).spawn().expect("it runs");
    // The small file comes first in the order of keys, and the large one takes ten seconds.
    while !world.path("down/a-small").exists() || !world.path("down/.large.larder-part").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().expect("kill runs").success());
    let stopped = ran(child.wait_with_output().expect("it ends"));
    assert_eq!(stopped.code, 1);
    assert!(stopped.err.contains("Stopped; the same command goes on from here. 1 done"), "{}", stopped.err);
    assert!(!world.path("down/large").exists());
    world.ok(&["sync", "s3://shelf", "down"]);
    assert!(world.read("down/large") == content);
}

#[test]
fn a_stopped_upload_that_is_not_to_be_resumed_is_aborted() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    world.write("large", &noise(40 * MIB, 2));
    let proxy = Proxy::start(&world.endpoint, |_| Fault::None);
    let mut command = world.command(&["cp", "large", "s3://shelf/large", "--no-resume", "--bandwidth", "16MiB"]);
    let child = command.env("AWS_ENDPOINT_URL", &proxy.endpoint).spawn().expect("it runs");
    // The upload has been begun when its first part has gone through.
    while proxy.bytes_in() < 1 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().expect("kill runs").success());
    assert_eq!(ran(child.wait_with_output().expect("it ends")).code, 1);
    assert!(world.unfinished("shelf").is_empty());
}
