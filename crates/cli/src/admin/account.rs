//! `larder admin account`.

use std::io::Write;

use anyhow::{Context, Result};
use clap::Subcommand;
use larder_admin_api::messages::{Accounts, CreateAccount, CreatedAccount, DeleteAccount, Done, ListAccounts};

use super::as_json;
use super::connection::Connection;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make an account and print its root keys, which are not shown again
    Create(Create),
    /// List all accounts
    List(List),
    /// Delete an account that owns no bucket, with everyone and everything in it
    Delete(Delete),
}

#[derive(clap::Args)]
pub(crate) struct Create {
    /// What the account is called, as listings show it
    #[arg(long)]
    name: String,
    /// The address of whoever answers for it
    #[arg(long)]
    email: String,
    /// Account id of 12 digits [default: made up]
    #[arg(long, value_name = "DIGITS")]
    account_id: Option<String>,
    /// Canonical user id of 64 hexadecimal digits [default: made up]
    #[arg(long, value_name = "HEX")]
    canonical_id: Option<String>,
    /// Root access key id [default: made up]
    #[arg(long, value_name = "ID", requires = "secret_access_key")]
    access_key_id: Option<String>,
    /// Root secret access key. Others on this machine can see flags: prefer the variable
    #[arg(
        long,
        value_name = "SECRET",
        requires = "access_key_id",
        env = "LARDER_NEW_SECRET_ACCESS_KEY",
        hide_env_values = true
    )]
    secret_access_key: Option<String>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct List {
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct Delete {
    /// The account's id
    account_id: String,
}

pub(crate) fn run(connection: &Connection, command: Command) -> Result<()> {
    let text = match command {
        Command::Create(create) => made(connection, create)?,
        Command::List(list) => listed(connection, &list)?,
        Command::Delete(delete) => {
            let request = DeleteAccount { account_id: delete.account_id };
            connection.ask::<Done>("DeleteAccount", &request)?;
            format!("deleted account {}\n", request.account_id)
        }
    };
    std::io::stdout().write_all(text.as_bytes()).context("cannot print the answer")
}

fn made(connection: &Connection, create: Create) -> Result<String> {
    let Create { name, email, account_id, canonical_id, access_key_id, secret_access_key, json } = create;
    let request = CreateAccount { name, email, account_id, canonical_id, access_key_id, secret_access_key };
    let made: CreatedAccount = connection.ask("CreateAccount", &request)?;
    if json {
        return as_json(&made);
    }
    let account = &made.account;
    Ok(format!(
        "account id         {}\ncanonical id       {}\nname               {}\naccess key id      {}\nsecret access key  {}\n",
        account.account_id, account.canonical_id, account.name, made.access_key_id, made.secret_access_key
    ))
}

fn listed(connection: &Connection, list: &List) -> Result<String> {
    let found: Accounts = connection.ask("ListAccounts", &ListAccounts {})?;
    if list.json {
        return as_json(&found);
    }
    let line = |account: &larder_admin_api::messages::Account| {
        let role = if account.operator { "operator" } else { "-" };
        let email = account.email.as_deref().unwrap_or("-");
        format!("{}  {}  {role:8}  {}  {email}\n", account.account_id, account.created, account.name)
    };
    Ok(found.accounts.iter().map(line).collect())
}
