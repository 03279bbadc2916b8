//! `larder versions`: what was there before, and one of it back.

use std::io::Write;
use std::process::ExitCode;

use larder_client::location::BucketPath;
use larder_client::run::{Source, Task, Work};
use larder_client::transfer::ObjectSettings;
use larder_client::versions::Versions;
use serde_json::json;

use crate::s3::session::{self, World};
use crate::s3::{Ending, looking, places, sizes, times, transfer_options};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// s3://bucket/key or s3://bucket/prefix
    path: String,
    /// Make this version of the object current again, by copying it over what is there
    #[arg(long, value_name = "VERSION")]
    restore: Option<String>,
    /// Sizes such as 1.5 MiB
    #[arg(long, short = 'H')]
    human_readable: bool,
    #[command(flatten)]
    options: transfer_options::Arguments,
}

const EXAMPLES: &str = "\
Examples:
  larder versions s3://my-bucket/report.pdf
  larder versions s3://my-bucket/report.pdf --restore 3sL4kqtJlcpXroDTDmJ";

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    session::run(|world| versions(arguments, world))
}

async fn versions(arguments: Arguments, world: World) -> Ending {
    let place = places::bucket_path(&arguments.path)?;
    let opened = arguments.options.open(&world, ObjectSettings::default(), None, (Some(&place), Some(&place))).await?;
    if let Some(version) = &arguments.restore {
        let object = places::object(&arguments.path)?;
        return restore(&opened, object, version).await;
    }
    let mut pages = Versions::new(opened.source.clone(), opened.requests.clone(), &place);
    let mut out = looking::output();
    while let Some(page) = pages.next().await? {
        for version in page {
            if arguments.options.is_json() {
                let line = json!({
                    "key": version.key, "version": version.id, "latest": version.is_latest, "size": version.size,
                    "modified": version.modified.to_jiff().to_string(), "etag": version.etag, "delete_marker": version.size.is_none(),
                });
                writeln!(out, "{line}")?;
                continue;
            }
            let size = match version.size {
                None => "deleted".to_owned(),
                Some(size) if arguments.human_readable => sizes::human(size),
                Some(size) => size.to_string(),
            };
            let mark = if version.is_latest { "*" } else { " " };
            writeln!(out, "{} {size:>10} {mark} {} {}", times::local(version.modified), version.id, version.key)?;
        }
        out.flush()?;
    }
    Ok(())
}

async fn restore(opened: &transfer_options::Opened, object: BucketPath, version: &str) -> Ending {
    let facts = opened.transfers.facts(&opened.source, &object, Some(version), None).await;
    let facts = facts.map_err(|error| anyhow::anyhow!("{object}, version {version}: {error}"))?;
    let source = Source { object: object.clone(), version: Some(version.to_owned()), size: facts.size };
    opened.carry_out_all(vec![Task::new(Work::Copy(source, object))]).await
}
