//! Prints how many bytes of MD5 a second of one processor gives: of a stream alone, by another implementation and by ours,
//! and of several streams side by side. CPU time, one thread.

use std::hint::black_box;

use larder_crypto::{Md5, update_md5s};
use md5::Digest as _;

/// Bytes of each stream that are taken in at once, as the server does.
const TURN: usize = 16 * 1024;

const TURNS: usize = 4_000;

fn main() {
    let bodies: Vec<Vec<u8>> = (0..8_u8).map(|body| (0..TURN).map(|at| at as u8 ^ body).collect()).collect();
    let mut other = md5::Md5::new();
    tell("one stream, RustCrypto", 1, || other.update(black_box(&bodies[0])));
    let mut alone = Md5::default();
    tell("one stream", 1, || alone.update(black_box(&bodies[0])));
    assert_eq!(<[u8; 16]>::from(other.finalize()), alone.finish(), "both are MD5");
    for count in [2, 4, 8] {
        let mut streams = vec![Md5::default(); count];
        tell(&format!("{count} streams side by side"), count, || {
            let mut together: Vec<_> = streams.iter_mut().zip(&bodies).map(|(md5, body)| (md5, &body[..])).collect();
            update_md5s(black_box(&mut together));
        });
    }
}

#[expect(clippy::print_stdout, reason = "printing is what it is for")]
fn tell(what: &str, streams: usize, mut turn: impl FnMut()) {
    let start = cpu_nanos();
    for _ in 0..TURNS {
        turn();
    }
    let bytes = (streams * TURN * TURNS) as f64;
    println!("{what:24} {:.2} GB/s", bytes / (cpu_nanos() - start) as f64);
}

/// What this process has used of the processor, as Linux counts it.
fn cpu_nanos() -> u128 {
    let text = std::fs::read_to_string("/proc/self/schedstat").expect("this needs Linux");
    text.split(' ').next().and_then(|nanos| nanos.parse().ok()).expect("the first field is a time")
}
