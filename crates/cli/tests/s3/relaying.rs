//! Between two servers.

use crate::harness::{Fault, Proxy, World, noise};

const MIB: usize = 1024 * 1024;

/// How an object of 20 MiB was uploaded decides what it can be checked by: a checksum that combines from any ranges, one over the
/// parts' checksums, and one of the whole that does not combine.
const KINDS: [&[&str]; 3] = [
    &[],
    &["--checksum-algorithm", "sha256", "--part-size", "7MiB"],
    &["--checksum-algorithm", "sha256", "--multipart-threshold", "64MiB"],
];

#[test]
fn what_is_damaged_on_its_way_does_not_arrive() {
    for kind in KINDS {
        let (here, there) = (World::new(), World::new());
        here.ok(&["mb", "s3://goal"]);
        there.ok(&["mb", "s3://origin"]);
        let content = noise(20 * MIB, 3);
        there.write("large", &content);
        there.ok(&[&["cp", "large", "s3://origin/large"], kind].concat());
        let proxy = Proxy::start(&there.endpoint, |first| {
            let is_content = first.starts_with("GET /origin/large") && !first.contains("attributes");
            if is_content { Fault::Corrupt } else { Fault::None }
        });
        let through = |endpoint: &str| {
            here.larder(&["mv", "s3://origin/large", "s3://goal/large", "--source-endpoint", endpoint])
        };
        let ran = through(&proxy.endpoint);
        assert_eq!(ran.code, 1, "{kind:?}");
        assert!(ran.err.contains("differs from its stored checksum"), "{}", ran.err);
        assert_eq!((there.keys("origin").len(), here.keys("goal").len()), (1, 0));
        assert!(here.unfinished("goal").is_empty());
        let ran = through(&there.endpoint);
        assert_eq!(ran.code, 0, "{}", ran.err);
        here.ok(&["cp", "s3://goal/large", "large"]);
        assert!(here.read("large") == content && there.keys("origin").is_empty());
    }
}

#[test]
fn metadata_and_content_are_of_one_state() {
    let (here, there) = (World::new(), World::new());
    here.ok(&["mb", "s3://goal"]);
    there.ok(&["mb", "s3://origin"]);
    there.write("old", b"old");
    there.write("new", b"new");
    there.ok(&["cp", "old", "s3://origin/key", "--metadata", "state=old"]);
    let mut replace = there.command(&["cp", "new", "s3://origin/key", "--metadata", "state=new"]);
    let mut done = false;
    let proxy = Proxy::start(&there.endpoint, move |first| {
        if first.starts_with("GET /origin/key") && !std::mem::replace(&mut done, true) {
            assert!(replace.status().expect("the binary runs").success());
        }
        Fault::None
    });
    let copy = ["cp", "s3://origin/key", "s3://goal/key", "--source-endpoint", &proxy.endpoint];
    let ran = here.larder(&copy);
    assert!(ran.code == 1 && ran.err.contains("PreconditionFailed"), "{}{}", ran.out, ran.err);
    here.ok(&copy);
    assert_eq!(here.ok(&["cat", "s3://goal/key"]), "new");
    assert!(here.ok(&["stat", "s3://goal/key"]).contains("\"state\":\"new\""));
}

#[test]
fn parts_that_do_not_fit_into_memory_are_refused() {
    let (here, there) = (World::new(), World::new());
    here.ok(&["mb", "s3://goal"]);
    there.ok(&["mb", "s3://origin"]);
    there.write("large", &noise(17 * MIB, 3));
    there.ok(&["cp", "large", "s3://origin/large"]);
    let copy = ["cp", "s3://origin/large", "s3://goal/large", "--source-endpoint", &there.endpoint];
    let ran = here.larder(&[&copy[..], &["--part-size", "1GiB"]].concat());
    assert!(ran.code == 1 && ran.err.contains("--memory"), "{}", ran.err);
}
