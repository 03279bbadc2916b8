//! The `larder` binary. One file per subcommand; this one only names them.

mod admin;
mod bench;
mod cat;
mod completions;
mod cp;
mod data_folder;
mod du;
mod find;
mod ls;
mod mb;
mod pipe;
mod presign;
mod rb;
mod restore;
mod rm;
mod s3;
mod serve;
mod stat;
mod sync;
mod tree;
mod upkeep;
mod versions;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A page of a listing makes thousands of short texts, on whichever thread it is: with it, pages cost a fifth less than with
/// the C library's allocator, small objects a twentieth.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[derive(Parser)]
#[command(name = "larder", version, about = "Amazon S3 that you run yourself, and a client for any S3", after_help = EXAMPLES)]
#[command(disable_help_subcommand = true, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve S3 from a folder on this machine
    Serve(Box<serve::Arguments>),
    /// Administer a server: its accounts and keys
    Admin(Box<admin::Arguments>),
    /// Look at everything that is stored, and find damage
    Scrub(Box<upkeep::scrub::Arguments>),
    /// Look at everything in a data folder that no server has open, and repair what can be
    Fsck(Box<upkeep::fsck::Arguments>),
    /// Copy everything that is stored as of one moment, while the server serves
    Backup(Box<upkeep::backup::Arguments>),
    /// Make a data folder of a backup, and check it
    RestoreBackup(Box<upkeep::restore_backup::Arguments>),
    /// Make a folder or prefix like another: copy what is new or differs
    Sync(Box<sync::Arguments>),
    /// Copy files and objects
    Cp(Box<cp::Arguments>),
    /// Move files and objects
    Mv(Box<cp::Arguments>),
    /// Delete objects
    Rm(Box<rm::Arguments>),
    /// List buckets, or what is in one
    Ls(Box<ls::Arguments>),
    /// Make buckets
    Mb(Box<mb::Arguments>),
    /// Remove a bucket
    Rb(Box<rb::Arguments>),
    /// Print objects
    Cat(Box<cat::Arguments>),
    /// Make an object of standard input
    Pipe(Box<pipe::Arguments>),
    /// Show what is known about objects and buckets
    Stat(Box<stat::Arguments>),
    /// Sum up sizes
    Du(Box<du::Arguments>),
    /// Show folders and objects as a tree
    Tree(Box<tree::Arguments>),
    /// Find objects by name, size and age
    Find(Box<find::Arguments>),
    /// Make a URL that works for a while without credentials
    Presign(Box<presign::Arguments>),
    /// List versions, or bring one back
    Versions(Box<versions::Arguments>),
    /// Make archived objects readable for a while
    Restore(Box<restore::Arguments>),
    /// Measure any S3 server: operations and bytes a second, and latencies
    Bench(Box<bench::Arguments>),
    /// Print a script that completes this program's arguments in a shell
    Completions(completions::Arguments),
}

const EXAMPLES: &str = "\
Examples:
  larder serve                                  keeps data in ./larder-data, serves http://127.0.0.1:9000
  larder serve --data /srv/larder --listen 0.0.0.0:9000
  larder serve --help                           every setting, and the variable that sets it
  larder sync photos s3://my-bucket/photos      copies what is new or differs
  larder completions bash > ~/.local/share/bash-completion/completions/larder";

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(*arguments),
        Command::Admin(arguments) => admin::run(*arguments),
        Command::Scrub(arguments) => return ended(upkeep::scrub::run(*arguments)),
        Command::Fsck(arguments) => return ended(upkeep::fsck::run(*arguments)),
        Command::Backup(arguments) => return ended(upkeep::backup::run(*arguments)),
        Command::RestoreBackup(arguments) => return ended(upkeep::restore_backup::run(*arguments)),
        Command::Sync(arguments) => return sync::run(*arguments),
        Command::Cp(arguments) => return cp::copy(*arguments),
        Command::Mv(arguments) => return cp::move_(*arguments),
        Command::Rm(arguments) => return rm::run(*arguments),
        Command::Ls(arguments) => return ls::run(*arguments),
        Command::Mb(arguments) => return mb::run(*arguments),
        Command::Rb(arguments) => return rb::run(*arguments),
        Command::Cat(arguments) => return cat::run(*arguments),
        Command::Pipe(arguments) => return pipe::run(*arguments),
        Command::Stat(arguments) => return stat::run(*arguments),
        Command::Du(arguments) => return du::run(*arguments),
        Command::Tree(arguments) => return tree::run(*arguments),
        Command::Find(arguments) => return find::run(*arguments),
        Command::Presign(arguments) => return presign::run(*arguments),
        Command::Versions(arguments) => return versions::run(*arguments),
        Command::Restore(arguments) => return restore::run(*arguments),
        Command::Bench(arguments) => return bench::run(*arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    };
    ended(outcome.map(|()| ExitCode::SUCCESS))
}

fn ended(outcome: anyhow::Result<ExitCode>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("larder: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    /// clap finds flags that clash only when they are built.
    #[test]
    fn every_flag_has_a_name_of_its_own() {
        super::Arguments::command().debug_assert();
    }
}
