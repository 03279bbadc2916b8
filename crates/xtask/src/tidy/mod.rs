//! `cargo xtask tidy`: the rules of the repository that neither rustc nor clippy can check.
//!
//! Every rule is a function from the repository to findings; the unit tests run them all, so `cargo test --workspace`
//! holds them. What a rule allows is data: [`edges`], [`licences`] and the ratchet list `tidy-exceptions.txt`.

use std::fmt;

use anyhow::{Result, bail};

use crate::repository::Repository;

mod documents;
mod edges;
mod layering;
mod licences;
mod manifests;
mod metadata;
mod names;
mod ratchet;
mod sizes;
mod source;
mod text;

#[cfg(test)]
mod tests;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Lower the numbers in tidy-exceptions.txt to what the files now measure and drop entries no longer needed
    #[arg(long)]
    shrink: bool,
}

/// One broken rule: where, what, and how to mend it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl Finding {
    /// `line` counts from 1; 0 means the file as a whole.
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

/// Every broken rule in the repository, sorted by place.
pub(crate) fn findings(repository: &Repository) -> Result<Vec<Finding>> {
    let workspace = metadata::workspace(&repository.root)?;
    let mut all = Vec::new();
    all.extend(layering::check(&workspace));
    all.extend(names::check(repository, &workspace));
    all.extend(manifests::check(repository, &workspace));
    all.extend(sizes::check(repository));
    all.extend(text::check(repository));
    all.extend(documents::check(repository));
    all.extend(licences::check(&metadata::dependencies(&repository.root)?));
    all.sort();
    Ok(all)
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let repository = Repository::open()?;
    if arguments.shrink {
        sizes::shrink(&repository)?;
        return run(&Arguments { shrink: false });
    }
    let findings = findings(&repository)?;
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => println!("tidy: {} files in order", repository.files.len()),
        1 => bail!("tidy: 1 finding"),
        count => bail!("tidy: {count} findings"),
    }
    Ok(())
}
