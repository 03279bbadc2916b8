//! Where log lines go: the standard error, so that the standard output stays for what the operator asked for.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::log_lines::{LogGuard, LogLines};
use crate::settings::{LogFormat, Settings};

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// It was started before.
    #[error(transparent)]
    Started(#[from] TryInitError),
    /// There can be no further thread.
    #[error("cannot start the thread that writes the log")]
    Thread(#[from] std::io::Error),
}

/// Sends the log lines of this process where `settings` say, as long as the guard lives. Once in a process.
///
/// # Errors
/// [`LoggingError`]
pub fn start_logging(settings: &Settings) -> Result<LogGuard, LoggingError> {
    // Checked when the settings were read.
    let filter = EnvFilter::try_new(&settings.log_level).unwrap_or_else(|_| EnvFilter::new("info"));
    let (lines, guard) = LogLines::start()?;
    let lines = fmt().with_env_filter(filter).with_writer(lines);
    match settings.log_format {
        LogFormat::Human => lines.with_ansi(stderr().is_terminal()).finish().try_init()?,
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init()?,
    }
    Ok(guard)
}
