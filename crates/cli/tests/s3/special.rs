//! Downloads to what is no file.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::process::Command;

use crate::harness::{World, noise};

#[test]
fn content_goes_into_a_pipe_and_the_pipe_stays() {
    let world = World::new();
    world.ok(&["mb", "s3://shelf"]);
    let pipe = world.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    for size in [1_000, 18 * 1024 * 1024] {
        world.write("file", &noise(size, 1));
        world.ok(&["cp", "file", "s3://shelf/key"]);
        let moved = world.larder(&["mv", "s3://shelf/key", "pipe"]);
        assert!(moved.code == 1 && moved.err.contains("no file"), "{}", moved.err);
        let mut copy = world.command(&["cp", "s3://shelf/key", "pipe"]).spawn().expect("it runs");
        assert!(fs::read(&pipe).expect("content") == noise(size, 1));
        assert!(copy.wait().expect("it ends").success());
        assert!(fs::symlink_metadata(&pipe).expect("it is there").file_type().is_fifo());
        world.ok(&["cp", "s3://shelf/key", "/dev/null"]);
    }
    assert!(fs::symlink_metadata("/dev/null").expect("it is there").file_type().is_char_device());
}
