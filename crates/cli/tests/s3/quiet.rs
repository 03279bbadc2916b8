//! Slow lines, and servers of which nothing is heard any more.

use crate::harness::{Fault, Proxy, World, noise};

const MIB: usize = 1024 * 1024;

fn with_large(content: &[u8]) -> World {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    world.write("large", content);
    world
}

#[test]
fn a_request_may_take_longer_than_nothing_may_happen() {
    let content = noise(4 * MIB, 1);
    let world = with_large(&content);
    for flags in [&[][..], &["--multipart-threshold", "1MiB"]] {
        let slow = ["cp", "large", "s3://shelf/large", "--bandwidth", "2MiB", "--cli-read-timeout", "1"];
        world.ok(&[&slow, flags].concat());
        world.ok(&["cp", "s3://shelf/large", "back"]);
        assert!(world.read("back") == content);
    }
}

#[test]
fn an_answer_that_stops_coming_is_asked_for_again() {
    let content = noise(20 * MIB, 2);
    let world = with_large(&content);
    world.write("small", &content[..100_000]);
    for name in ["large", "small"] {
        world.ok(&["cp", name, &format!("s3://shelf/{name}")]);
        let mut count = 0;
        let proxy = Proxy::start(&world.endpoint, move |first| {
            count += usize::from(first.starts_with("GET "));
            if first.starts_with("GET ") && count == 1 { Fault::Stall(50) } else { Fault::None }
        });
        let target = format!("down/{name}");
        let ran = world.through(&proxy, &["cp", &format!("s3://shelf/{name}"), &target, "--cli-read-timeout", "1"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(world.read(&target) == world.read(name));
    }
}

#[test]
fn a_server_of_which_nothing_is_heard_any_more_is_given_up() {
    let world = with_large(&noise(100, 2));
    world.ok(&["cp", "large", "s3://shelf/large"]);
    let proxy =
        Proxy::start(&world.endpoint, |first| if first.starts_with("GET ") { Fault::Stall(50) } else { Fault::None });
    let ran = world.through(&proxy, &["cp", "s3://shelf/large", "down", "--cli-read-timeout", "1"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("nothing moved for 1 seconds"), "{}", ran.err);
}
