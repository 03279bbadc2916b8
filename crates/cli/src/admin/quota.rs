//! `larder admin quota`.

use std::io::Write;

use anyhow::{Context, Result};
use clap::Subcommand;
use larder_admin_api::messages::{DecideQuotaRequest, ListQuotaRequests, QuotaRequest, QuotaRequests};

use super::as_json;
use super::connection::Connection;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the requests to raise quotas that nobody has decided about
    List(List),
    /// Raise a quota as a request asks
    Approve(Decide),
    /// Leave a quota as it is
    Deny(Decide),
}

#[derive(clap::Args)]
pub(crate) struct List {
    /// Those too that were decided
    #[arg(long)]
    all: bool,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct Decide {
    /// The request's id, as `list` shows it
    id: String,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(connection: &Connection, command: Command) -> Result<()> {
    let text = match command {
        Command::List(list) => listed(connection, &list)?,
        Command::Approve(decide) => decided(connection, "ApproveQuotaRequest", decide)?,
        Command::Deny(decide) => decided(connection, "DenyQuotaRequest", decide)?,
    };
    std::io::stdout().write_all(text.as_bytes()).context("cannot print the answer")
}

fn listed(connection: &Connection, list: &List) -> Result<String> {
    let found: QuotaRequests = connection.ask("ListQuotaRequests", &ListQuotaRequests { all: list.all })?;
    if list.json {
        return as_json(&found);
    }
    Ok(found.requests.iter().map(line).collect())
}

fn decided(connection: &Connection, operation: &str, decide: Decide) -> Result<String> {
    let request: QuotaRequest = connection.ask(operation, &DecideQuotaRequest { id: decide.id })?;
    if decide.json { as_json(&request) } else { Ok(line(&request)) }
}

fn line(request: &QuotaRequest) -> String {
    let QuotaRequest { id, account_id, region, quota_code, quota_name, desired_value, status, created, .. } = request;
    let value = request.value.map_or_else(|| "unlimited".to_owned(), |value| value.to_string());
    format!(
        "{id}  {created}  {status:8}  {account_id}  {region}  {quota_code}  {value} -> {desired_value}  {quota_name}\n"
    )
}
