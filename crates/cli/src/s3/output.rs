//! Flags for what is printed, and the choice that follows.

use std::io::{self, IsTerminal};

#[derive(clap::Args, Clone, Copy, Debug)]
#[group(skip)]
#[command(next_help_heading = "Output")]
pub(crate) struct Arguments {
    /// One JSON object for each event, on a line of its own
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
    /// Print failures only
    #[arg(long, visible_alias = "only-show-errors")]
    quiet: bool,
    /// No live lines on a terminal
    #[arg(long)]
    no_progress: bool,
}

/// How things are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A line for each thing done.
    Lines,
    /// Lines that change, on a terminal.
    Live,
    Json,
    Quiet,
}

impl Arguments {
    pub(crate) fn mode(self) -> Mode {
        match self {
            Self { json: true, .. } => Mode::Json,
            Self { quiet: true, .. } => Mode::Quiet,
            Self { no_progress: false, .. } if io::stdout().is_terminal() && io::stderr().is_terminal() => Mode::Live,
            _ => Mode::Lines,
        }
    }

    pub(crate) fn is_json(self) -> bool {
        self.json
    }
}

/// Whether colours are wanted on standard error. See no-color.org.
pub(crate) fn has_colours() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    !refused && !dumb && io::stderr().is_terminal()
}
