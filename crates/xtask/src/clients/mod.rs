//! `cargo xtask clients`: the S3 clients people use, driven against the real binary on a fresh data folder.
//!
//! Each client is a step of its own that passes, fails, or is skipped because the client is not installed here. Skips
//! are loud: a green run with skips proves less.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};

use crate::server;
use crate::stopwatch::Stopwatch;

mod aws_cli;
mod boto3;
mod iam;
mod kms;
mod larder;
mod large;
mod rclone;
mod readme;
mod restic;
mod s3fs;
mod session;
mod tree;
mod walkthrough;

use session::Session;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The larder binary to drive [default: the release build of this checkout]
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,
    /// Run these steps only, e.g. `--only aws-cli,rclone`
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    only: Vec<String>,
    /// Files in the generated tree
    #[arg(long, value_name = "COUNT", default_value_t = 2_000)]
    files: usize,
    /// Size in MiB of the multipart upload that is killed halfway and resumed
    #[arg(long, value_name = "MIB", default_value_t = 2_048)]
    large_size: u64,
}

/// How a step ended without failing.
enum Verdict {
    Passed(String),
    /// Why, and how to have it run.
    Skipped(String),
}

struct Step {
    name: &'static str,
    run: fn(&Session) -> Result<Verdict>,
}

const STEPS: [Step; 10] = [
    Step { name: "larder", run: larder::run },
    Step { name: "aws-cli", run: aws_cli::run },
    Step { name: "boto3", run: boto3::run },
    Step { name: "iam", run: iam::run },
    Step { name: "kms", run: kms::run },
    Step { name: "walkthrough", run: walkthrough::run },
    Step { name: "rclone", run: rclone::run },
    Step { name: "restic", run: restic::run },
    Step { name: "s3fs", run: s3fs::run },
    Step { name: "large", run: large::run },
];

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    for name in &arguments.only {
        ensure!(STEPS.iter().any(|step| step.name == name), "no step is called `{name}`; steps: {}", step_names());
    }
    let binary = server::binary(arguments.server.as_deref())?;
    let mut rows = Vec::new();
    for step in STEPS.iter().filter(|step| arguments.only.is_empty() || arguments.only.iter().any(|n| n == step.name)) {
        println!("--- {}", step.name);
        let watch = Stopwatch::start();
        let session = Session::start(&binary, arguments)?;
        let (mark, detail) = match (step.run)(&session) {
            Ok(Verdict::Passed(detail)) => ("passed", detail),
            Ok(Verdict::Skipped(reason)) => ("SKIPPED", reason),
            Err(error) => {
                println!("{error:#}\nlast lines of the server's log:\n{}", session.server_log_tail());
                ("FAILED", error.to_string().lines().next().unwrap_or_default().trim_end_matches(':').to_owned())
            }
        };
        println!("{mark}: {detail} ({watch})");
        rows.push((step.name, mark, watch.to_string(), detail));
    }
    summarise(&rows)
}

fn summarise(rows: &[(&str, &str, String, String)]) -> Result<()> {
    println!("\n{:<10} {:<8} {:>8}  detail", "client", "result", "time");
    for (name, mark, time, detail) in rows {
        println!("{name:<10} {mark:<8} {time:>8}  {detail}");
    }
    let count = |wanted: &str| rows.iter().filter(|(_, mark, _, _)| *mark == wanted).count();
    let (passed, failed, skipped) = (count("passed"), count("FAILED"), count("SKIPPED"));
    println!("clients: {passed} passed, {failed} failed, {skipped} skipped");
    if failed > 0 {
        bail!("{failed} of the clients failed");
    }
    Ok(())
}

fn step_names() -> String {
    STEPS.map(|step| step.name).join(", ")
}
