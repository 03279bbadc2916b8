//! `larder admin`: what an operator asks of a running server.

mod account;
mod connection;

use anyhow::Result;
use clap::Subcommand;

use connection::{Connection, Target};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// Make, list and delete accounts
    #[command(subcommand)]
    Account(account::Command),
}

const EXAMPLES: &str = "\
Credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN: those of the root user of the server's
first account, or of somebody whom that account's policies let do larder:CreateAccount and the like.

Examples:
  larder admin account create --name tests --email tests@example.com
  larder admin account list
  larder admin account delete 111122223333";

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let connection = Connection::open(arguments.target)?;
    match arguments.subject {
        Subject::Account(command) => account::run(&connection, command),
    }
}
