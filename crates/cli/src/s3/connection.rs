//! Flags that say whom to talk to, and as whom.

use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use larder_client::connect::{Addressing, AskCode, ConnectError, Connection, Settings};

#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Server and credentials")]
pub(crate) struct Arguments {
    /// The server [default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or the profile's; else Amazon's]
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// A profile of ~/.aws/config or ~/.aws/credentials [default: AWS_PROFILE, or `default`]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The region to sign for [default: AWS_REGION, AWS_DEFAULT_REGION or the profile's; else us-east-1]
    #[arg(long, value_name = "NAME")]
    region: Option<String>,
    /// Certificates to trust besides the system's, in PEM [default: AWS_CA_BUNDLE]
    #[arg(long, value_name = "FILE")]
    ca_bundle: Option<PathBuf>,
    /// Send no credentials
    #[arg(long)]
    no_sign_request: bool,
    /// Where the bucket goes [default: found by the endpoint]
    #[arg(long, value_name = "STYLE")]
    addressing_style: Option<Style>,
    /// Seconds to wait for a connection; 0 waits for ever
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    cli_connect_timeout: u64,
    /// Seconds in which nothing may move, of a request or its answer; 0 waits for ever
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    cli_read_timeout: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Style {
    Auto,
    Path,
    Virtual,
}

impl Arguments {
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            endpoint: self.endpoint_url.clone(),
            profile: self.profile.clone(),
            region: self.region.clone(),
            ca_bundle: self.ca_bundle.clone(),
            profile_endpoint: false,
            anonymous: self.no_sign_request,
            addressing: self.addressing_style.map(|style| match style {
                Style::Auto => Addressing::Auto,
                Style::Path => Addressing::Path,
                Style::Virtual => Addressing::Virtual,
            }),
            connect_timeout: Some(Duration::from_secs(self.cli_connect_timeout)),
            read_timeout: Some(Duration::from_secs(self.cli_read_timeout)),
        }
    }

    pub(crate) async fn open(&self) -> Result<Connection, ConnectError> {
        open(&self.settings()).await
    }
}

pub(crate) async fn open(settings: &Settings) -> Result<Connection, ConnectError> {
    Connection::open(settings, Arc::new(Terminal)).await
}

/// Asks whoever sits at the terminal, whatever standard input and output are.
struct Terminal;

impl AskCode for Terminal {
    fn ask(&self, device: &str) -> io::Result<String> {
        let nobody = |error: io::Error| {
            io::Error::new(error.kind(), format!("an MFA code is needed and nobody can be asked: {error}"))
        };
        let mut terminal = std::fs::File::options().read(true).write(true).open("/dev/tty").map_err(nobody)?;
        write!(terminal, "Enter MFA code for {device}: ")?;
        terminal.flush()?;
        let mut code = String::new();
        BufReader::new(terminal).read_line(&mut code)?;
        Ok(code.trim().to_owned())
    }
}
