//! `cargo xtask`: everything a contributor can run beyond plain cargo. CI runs the same commands.
//!
//! One file (or folder) per subcommand; this file only names them.
#![allow(clippy::print_stdout, reason = "printing is what a command line tool is for")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod ci;
mod cli_bench;
mod clients;
mod codegen;
mod conformance;
mod linearize;
mod powercut;
mod process;
mod program;
mod repository;
mod scratch;
mod server;
mod stopwatch;
mod tidy;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "What a contributor to Larder can run", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check the layering, sizes, names, licences and documents of the repository
    Tidy(tidy::Arguments),
    /// Drive the real binary with the S3 clients people use (AWS CLI, boto3, rclone, restic, s3fs)
    Clients(clients::Arguments),
    /// Generate Rust from the API models (`--check` compares only; `strip <service-2.json> <out.json>` makes a model)
    Codegen {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run the ceph/s3-tests conformance suite from a checkout of it
    Conformance(conformance::Arguments),
    /// Measure requests per second, latencies, processor time and memory, beside another S3 server if one is given
    Bench(Box<bench::Arguments>),
    /// Measure `larder sync` and `larder cp` beside the AWS CLI, rclone and s3cmd, those that are installed
    CliBench(cli_bench::Arguments),
    /// Let many clients use the binary while it is killed again and again, and check that what they saw is linearizable
    Linearize(linearize::Arguments),
    /// Record the whole store at work, let power fail at many places, and look for what was acknowledged
    Powercut(powercut::Arguments),
    /// Run everything that CI runs
    Ci,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Tidy(arguments) => tidy::run(&arguments),
        Command::Clients(arguments) => clients::run(&arguments),
        Command::Codegen { arguments } => codegen::run(&arguments),
        Command::Conformance(arguments) => conformance::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::CliBench(arguments) => cli_bench::run(&arguments),
        Command::Linearize(arguments) => linearize::run(&arguments),
        Command::Powercut(arguments) => powercut::run(&arguments),
        Command::Ci => ci::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
