//! The flags of `cargo xtask bench`.

use std::path::PathBuf;

use super::report::parse_size;
use super::worker::Operation;

/// Loads that need a server of their own and know no other.
const ALONE: [&str; 4] = ["objects", "versions", "uploads", "crowd"];
const LOADS: &str = "Another load instead";
const BESIDE: &str = "Servers beside ours, under the same load in turn";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The larder binary to measure [default: the release build of this checkout]
    #[arg(long, value_name = "PATH")]
    pub(super) server: Option<PathBuf>,
    /// Where data folders are made; choose the disk to be measured
    #[arg(long, value_name = "FOLDER")]
    pub(super) data: Option<PathBuf>,
    /// Connections kept busy at a time
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(super) connections: u32,
    /// Seconds of load for each row and round
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub(super) seconds: u64,
    /// Turns of so many seconds that each server gets for each row; with several, servers that are compared meet the machine in
    /// the same states
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) rounds: u32,
    /// Size of an object, such as 4KiB; a list makes a row for each
    #[arg(long, value_delimiter = ',', value_parser = parse_size, default_value = "4KiB,128KiB,8MiB")]
    pub(super) size: Vec<u64>,
    /// What to measure. Objects are put in any case, for the others to have something to work on
    #[arg(long, value_delimiter = ',', value_enum, default_value = "put,get,head,list,delete")]
    pub(super) operations: Vec<Operation>,
    /// Most bytes that one size may leave on the disk
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "8GiB")]
    pub(super) most: u64,
    /// Sign the SHA-256 of bodies too, instead of UNSIGNED-PAYLOAD
    #[arg(long)]
    pub(super) signed_payload: bool,
    /// Decides over keys, bodies and which objects are read
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,

    /// PUT and GET of 4 KiB and 8 MiB, LIST of 1,000 of 20,000 keys, memory: one Markdown table with a column for each
    /// server, the goals, and the ratios
    #[arg(long, help_heading = LOADS, conflicts_with_all = ALONE)]
    pub(super) table: bool,
    /// Also write the table between <!-- bench:table --> and <!-- /bench:table --> of a file
    #[arg(long, value_name = "FILE", help_heading = LOADS, requires = "table")]
    pub(super) write: Option<PathBuf>,
    /// Load so many objects, list, sample, restart, and delete them all
    #[arg(long, value_name = "COUNT", help_heading = LOADS, conflicts_with_all = ["versions", "uploads", "crowd"])]
    pub(super) objects: Option<u64>,
    /// Load so many versions of one key, read new and old ones, list, restart
    #[arg(long, value_name = "COUNT", help_heading = LOADS, conflicts_with_all = ["uploads", "crowd"])]
    pub(super) versions: Option<u64>,
    /// Size of each object of --objects, each version of --versions
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "100", help_heading = LOADS)]
    pub(super) object_size: u64,
    /// Upload so many objects at once: what memory that takes, and what becomes of other clients
    #[arg(long, value_name = "COUNT", help_heading = LOADS, conflicts_with = "crowd",
          value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(super) uploads: Option<u32>,
    /// Size of each object of --uploads
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "64MiB", help_heading = LOADS)]
    pub(super) upload_size: u64,
    /// Very many clients at once: what memory they take, and what becomes of the 16 (--connections) others
    #[arg(long, help_heading = LOADS)]
    pub(super) crowd: bool,
    /// Kept-alive connections of --crowd on which next to nothing happens
    #[arg(long, value_name = "COUNT", default_value_t = 1_000, help_heading = LOADS)]
    pub(super) idle: u32,
    /// Clients of --crowd that put and get 4 KiB as fast as they can
    #[arg(long, value_name = "COUNT", default_value_t = 256, help_heading = LOADS)]
    pub(super) busy: u32,
    /// Clients of --crowd that read 8 MiB, 4 KiB a second
    #[arg(long, value_name = "COUNT", default_value_t = 32, help_heading = LOADS)]
    pub(super) slow_readers: u32,
    /// Clients of --crowd that write 8 MiB, 4 KiB a second
    #[arg(long, value_name = "COUNT", default_value_t = 32, help_heading = LOADS)]
    pub(super) slow_writers: u32,

    /// Ours, encrypting nothing (--default-encryption none): what encryption costs
    #[arg(long, help_heading = BESIDE, conflicts_with_all = ALONE)]
    pub(super) unencrypted: bool,
    /// Ours, over TLS with a certificate made for the run: what TLS costs
    #[arg(long, help_heading = BESIDE, conflicts_with_all = ALONE)]
    pub(super) tls: bool,
    /// Another S3 server that is started by this command line, run by `sh`, and stopped at the end. Replaced in it are {data},
    /// a fresh folder; {port} on 127.0.0.1, where S3 is expected; {port-2} to {port-20}, further free ports; {access-key} and
    /// {secret-key}. May be repeated
    #[arg(long, value_name = "COMMAND", help_heading = BESIDE, conflicts_with_all = ALONE)]
    pub(super) peer_command: Vec<String>,
    /// What the other servers are called, one after the other: those of --peer-command, then that of --peer
    #[arg(long, value_name = "NAME", help_heading = BESIDE)]
    pub(super) peer_name: Vec<String>,
    /// Another S3 server that is running already
    #[arg(long, value_name = "URL", help_heading = BESIDE, conflicts_with_all = ALONE,
          requires_all = ["peer_access_key", "peer_secret_key"])]
    pub(super) peer: Option<String>,
    /// Its key; given to those of --peer-command too
    #[arg(long, value_name = "KEY", help_heading = BESIDE, requires = "peer_secret_key")]
    pub(super) peer_access_key: Option<String>,
    /// The secret of that key
    #[arg(long, value_name = "SECRET", help_heading = BESIDE, requires = "peer_access_key")]
    pub(super) peer_secret_key: Option<String>,
    /// The process of the running server, to tell its processor time and memory
    #[arg(long, value_name = "PID", help_heading = BESIDE, requires = "peer")]
    pub(super) peer_process: Option<u32>,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask bench
  cargo xtask bench --table --seconds 10 --write docs/performance.md --peer-name SeaweedFS \\
    --peer-command 'AWS_ACCESS_KEY_ID={access-key} AWS_SECRET_ACCESS_KEY={secret-key} exec weed \\
    mini -dir={data} -ip=127.0.0.1 -s3.port={port} -master.telemetry=false'
  cargo xtask bench --table --tls
  cargo xtask bench --versions 1000000
  cargo xtask bench --crowd --idle 1000 --busy 256";

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        let command = Arguments::augment_args(Command::new("bench"));
        let matches = command.try_get_matches_from(line.split(' '))?;
        Arguments::from_arg_matches(&matches)
    }

    #[test]
    fn loads_exclude_each_other_and_know_their_servers() {
        Arguments::augment_args(Command::new("bench")).debug_assert();
        for good in [
            "bench",
            "bench --table --tls --write x --peer-command a --peer-command b --peer-name A --peer-name B",
            "bench --versions 5 --object-size 4KiB",
            "bench --crowd --idle 0",
            "bench --peer http://h:1 --peer-access-key a --peer-secret-key s --peer-process 1",
        ] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for bad in [
            "bench --table --objects 1",
            "bench --versions 1 --objects 1",
            "bench --crowd --uploads 1",
            "bench --crowd --tls",
            "bench --uploads 1 --peer-command x",
            "bench --write x",
            "bench --peer http://h:1",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
