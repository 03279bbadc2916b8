//! `larder admin`: what an operator asks of a running server, and does with the keys of one that is stopped.

mod account;
pub(crate) mod connection;
mod keys;
mod passphrase;
mod quota;

use anyhow::{Context, Result};
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
    /// List, change, copy and restore the keys that the data is encrypted under
    #[command(subcommand)]
    Keys(keys::Command),
    /// See and decide about requests to raise quotas of KMS
    #[command(subcommand)]
    Quota(quota::Command),
}

const EXAMPLES: &str = "\
Credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN: those of the root user of the server's
first account, or of somebody whom that account's policies let do larder:CreateAccount and the like.

Examples:
  larder admin account create --name tests --email tests@example.com
  larder admin account list
  larder admin account delete 111122223333
  larder admin keys backup larder-keys.backup
  larder admin keys rotate-master
  larder admin quota list
  larder admin quota approve 0123456789abcdef0123456789abcdef";

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    match arguments.subject {
        Subject::Account(command) => account::run(&Connection::open(arguments.target)?, command),
        Subject::Keys(command) => keys::run(arguments.target, command),
        Subject::Quota(command) => quota::run(&Connection::open(arguments.target)?, command),
    }
}

pub(crate) fn as_json(answer: &impl serde::Serialize) -> Result<String> {
    let text = serde_json::to_string_pretty(answer).context("cannot write the answer as JSON")?;
    Ok(text + "\n")
}
