//! Where log lines go: the standard error, so that the standard output stays for what the operator asked for.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::settings::{LogFormat, Settings};

/// Sends the log lines of this process where `settings` say. Once in a process.
///
/// # Errors
/// When it was done before.
pub fn start_logging(settings: &Settings) -> Result<(), TryInitError> {
    // Checked when the settings were read.
    let filter = EnvFilter::try_new(&settings.log_level).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = fmt().with_env_filter(filter).with_writer(stderr);
    match settings.log_format {
        LogFormat::Human => lines.with_ansi(stderr().is_terminal()).finish().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init(),
    }
}
