//! What the S3 commands share: whom they talk to, what they print, how they end.

pub(crate) mod connection;
pub(crate) mod console;
pub(crate) mod filters;
pub(crate) mod live;
pub(crate) mod looking;
pub(crate) mod object_settings;
pub(crate) mod output;
pub(crate) mod places;
pub(crate) mod session;
pub(crate) mod sizes;
pub(crate) mod times;
pub(crate) mod transfer_options;

use std::process::ExitCode;

use larder_client::connect::ConnectError;
use larder_client::error::RequestError;
use larder_client::location::LocationError;

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was asked for what makes no sense: exit code 2.
    Usage(String),
    /// It was told already: exit code 1.
    Told,
    /// Anything else: exit code 1.
    Other(anyhow::Error),
}

/// How commands end.
pub(crate) type Ending = Result<(), Failure>;

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        Self::Other(error.into())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        // Whoever reads our output may have had enough of it, as `head` has.
        if error.kind() == std::io::ErrorKind::BrokenPipe { Self::Told } else { Self::Other(error.into()) }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::NoProfile(_) | ConnectError::Endpoint(_) => Self::Usage(error.to_string()),
            other => Self::Other(other.into()),
        }
    }
}

impl From<LocationError> for Failure {
    fn from(error: LocationError) -> Self {
        Self::Usage(error.to_string())
    }
}

/// Says what is left to be said, and chooses the exit code.
pub(crate) fn conclude(ending: Ending) -> ExitCode {
    match ending {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Told) => ExitCode::FAILURE,
        Err(Failure::Usage(message)) => {
            eprintln!("larder: {message}");
            ExitCode::from(2)
        }
        Err(Failure::Other(error)) => {
            eprintln!("larder: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a line of output.
pub(crate) fn say(line: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Standard input or output as a file that is read and written where that may block.
///
/// # Errors
/// When it is closed.
pub(crate) fn stream(of: &impl std::os::fd::AsFd) -> std::io::Result<tokio::fs::File> {
    Ok(tokio::fs::File::from_std(of.as_fd().try_clone_to_owned()?.into()))
}
