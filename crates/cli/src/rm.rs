//! `larder rm`: delete objects.

use std::process::ExitCode;

use larder_client::entry::Sighting;
use larder_client::location::BucketPath;
use larder_client::report::Verb;
use larder_client::run::{Task, Work};
use larder_client::sync::{Entries, each};
use larder_client::transfer::ObjectSettings;
use tokio::sync::mpsc;

use crate::s3::session::{self, World};
use crate::s3::transfer_options::{self, Opened, Sender, forward};
use crate::s3::{Ending, Failure, filters, places};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// s3://bucket/key or s3://bucket/logs/*.gz
    #[arg(required = true)]
    paths: Vec<String>,
    /// Everything below a prefix
    #[arg(long, short)]
    recursive: bool,
    /// Take `*`, `?` and `[` in keys as they are
    #[arg(long)]
    no_glob: bool,
    /// Delete this version of one object for good
    #[arg(long, value_name = "ID", conflicts_with = "recursive")]
    version_id: Option<String>,
    /// Agree to pay for requests and traffic
    #[arg(long, value_name = "WHO", num_args = 0..=1, default_missing_value = "requester")]
    request_payer: Option<String>,
    #[command(flatten)]
    filters: filters::Arguments,
    #[command(flatten)]
    options: transfer_options::Arguments,
}

const EXAMPLES: &str = "\
Examples:
  larder rm s3://my-bucket/report.pdf
  larder rm s3://my-bucket/tmp/ --recursive --exclude '*.keep' --dry-run
  larder rm 's3://my-bucket/logs/2025-*.gz'";

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    session::run(|world| remove(arguments, world))
}

async fn remove(arguments: Arguments, world: World) -> Ending {
    let places: Vec<BucketPath> =
        arguments.paths.iter().map(|text| places::bucket_path(text)).collect::<Result<_, _>>()?;
    if places.iter().any(|place| place.bucket != places[0].bucket) {
        return Err(Failure::usage("the objects have to be in one bucket"));
    }
    if arguments.version_id.is_some() && places.len() > 1 {
        return Err(Failure::usage("--version-id is of one object"));
    }
    if let Some(bucket) = places.iter().find(|place| place.key.is_empty() && !arguments.recursive) {
        return Err(Failure::usage(format!("{bucket} is a bucket; add --recursive to empty it, or use `larder rb`")));
    }
    let settings = ObjectSettings { requester_pays: arguments.request_payer.is_some(), ..ObjectSettings::default() };
    let opened = arguments.options.open(&world, settings, None, (Some(&places[0]), Some(&places[0]))).await?;
    let (sender, tasks) = mpsc::channel(16);
    let feeding = async {
        let sender = sender;
        for place in &places {
            feed(&arguments, &opened, place, &sender).await;
        }
    };
    tokio::join!(feeding, opened.carry_out(tasks)).1
}

/// Makes the tasks of one place.
async fn feed(arguments: &Arguments, opened: &Opened, place: &BucketPath, sender: &Sender) {
    let filter = arguments.filters.filter();
    // A version is of the one object that has the key as it stands there.
    let is_literal = arguments.no_glob || arguments.version_id.is_some();
    let (listed, folder, glob) = match places::pattern(place, is_literal) {
        _ if arguments.recursive => {
            let place = place.as_folder();
            let folder = place.key.len();
            (place, folder, None)
        }
        Some(pattern) => (pattern.listed, pattern.folder, Some(pattern.glob)),
        None => {
            if filter.admits(places::name_of(&place.key)) {
                let work = Work::DeleteObject(place.clone(), arguments.version_id.clone());
                // A run that has ended takes no more.
                let _ = sender.send(Ok(Task::new(work))).await;
            }
            return;
        }
    };
    let pages = opened.pages(&opened.target, &listed);
    let tasks = each(Entries::Pages(pages), move |sighting| {
        let Sighting::Entry(entry) = sighting else { return None };
        let key = format!("{}{}", listed.key, entry.key);
        let wanted = glob.as_ref().is_none_or(|glob| glob.matches(&key)) && filter.admits(&key[folder..]);
        wanted.then(|| Task::new(Work::DeleteObject(listed.with_key(key), None)))
    });
    forward((Verb::Delete, place.to_string()), tasks, sender).await;
}
