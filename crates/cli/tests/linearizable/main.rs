//! The binary with its default durability, used by many clients at once and killed again and again: what they were told
//! must be explained by requests that happened one after another, and what was acknowledged must be there.

mod client;
mod connection;
mod known;
mod rounds;
mod server;

use larder_env::{Clock, SystemClock};

/// A round that every run of the tests makes.
#[test]
fn histories_are_linearizable_across_kills() {
    rounds::round(1, 8);
}

/// `cargo xtask linearize`: rounds of other seeds, for as long as `LARDER_LINEARIZE_SECONDS` says.
#[test]
#[ignore = "takes as long as one likes: run it by `cargo xtask linearize`"]
fn for_a_long_time() {
    let setting = |name: &str, default: u64| {
        std::env::var(name)
            .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}: {text} is no number")))
    };
    let (seconds, seed) = (setting("LARDER_LINEARIZE_SECONDS", 60), setting("LARDER_LINEARIZE_SEED", 1));
    let clock = SystemClock::new();
    let end = clock.now().plus_millis(i64::try_from(seconds).expect("a time") * 1_000);
    let mut round = 0;
    while round == 0 || clock.now() < end {
        eprint!("seed {}: ", seed + round);
        let told = rounds::round(seed + round, 20);
        eprintln!("{told}");
        round += 1;
    }
}
