//! A passphrase: from a file, or from whoever sits at the terminal, who does not see it.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

const TERMINAL: &str = "/dev/tty";
/// Keeps a wrong file from being read whole.
const LONGEST: u64 = 4096;

/// Where the passphrase is from.
#[derive(clap::Args)]
pub(crate) struct Source {
    /// File whose first line is the passphrase [default: asked for at the terminal]
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Source {
    /// A passphrase to seal with: typed twice, as nobody sees a mistake.
    pub(crate) fn new_passphrase(&self) -> Result<String> {
        match &self.passphrase_file {
            Some(path) => from_file(path),
            None => {
                let first = ask("Passphrase for the backup: ")?;
                if ask("Once more: ")? != first {
                    bail!("the passphrases differ");
                }
                Ok(first)
            }
        }
    }

    /// A passphrase to open with.
    pub(crate) fn passphrase(&self) -> Result<String> {
        match &self.passphrase_file {
            Some(path) => from_file(path),
            None => ask("Passphrase of the backup: "),
        }
    }
}

fn from_file(path: &Path) -> Result<String> {
    let cannot = || format!("cannot read the passphrase in {}", path.display());
    let mut line = String::new();
    let file = File::open(path).with_context(cannot)?.take(LONGEST);
    BufReader::new(file).read_line(&mut line).with_context(cannot)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn ask(question: &str) -> Result<String> {
    let terminal = OpenOptions::new().read(true).write(true).open(TERMINAL);
    let mut terminal = terminal.context("there is no terminal to ask for the passphrase; use --passphrase-file")?;
    terminal.write_all(question.as_bytes())?;
    let mut line = String::new();
    let read = {
        let _quiet = Quiet::new(&terminal)?;
        BufReader::new((&terminal).take(LONGEST)).read_line(&mut line)
    };
    terminal.write_all(b"\n")?;
    if read.context("cannot read the passphrase")? == 0 {
        bail!("no passphrase was given");
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// While this lives, the terminal does not show what is typed.
struct Quiet<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Quiet<'a> {
    fn new(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing either.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}
