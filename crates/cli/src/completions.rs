//! `larder completions`: scripts for shells.

use std::io;

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The shell that will read the script
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    clap_complete::generate(arguments.shell, &mut crate::Arguments::command(), "larder", &mut io::stdout());
    Ok(())
}
