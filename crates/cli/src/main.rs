//! The `larder` binary. One file per subcommand; this one only names them.

mod admin;
mod completions;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "larder", version, about = "Amazon S3 that you run yourself", after_help = EXAMPLES)]
#[command(disable_help_subcommand = true, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve S3 from a folder on this machine
    Serve(Box<serve::Arguments>),
    /// Administer a running server
    Admin(Box<admin::Arguments>),
    /// Print a script that completes this program's arguments in a shell
    Completions(completions::Arguments),
}

const EXAMPLES: &str = "\
Examples:
  larder serve                                  keeps data in ./larder-data, serves http://127.0.0.1:9000
  larder serve --data /srv/larder --listen 0.0.0.0:9000
  larder serve --help                           every setting, and the variable that sets it
  larder completions bash > ~/.local/share/bash-completion/completions/larder";

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(*arguments),
        Command::Admin(arguments) => admin::run(*arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("larder: {error:#}");
            ExitCode::FAILURE
        }
    }
}
