//! `larder restore`: archived objects, readable for a while.

use std::process::ExitCode;

use aws_sdk_s3::types::{GlacierJobParameters, RestoreRequest, Tier};
use clap::ValueEnum;
use larder_client::entry::Entry;
use larder_client::error::RequestError;
use larder_client::location::BucketPath;
use larder_client::report::{Event, Outcome, Report, Step, Verb};
use larder_client::run::Summary;
use larder_client::transfer::ObjectSettings;

use crate::s3::session::{self, World};
use crate::s3::transfer_options::{self, Opened};
use crate::s3::{Ending, Failure, filters, places};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// s3://bucket/key or s3://bucket/archive/*.tar
    path: String,
    /// Everything archived below a prefix
    #[arg(long, short)]
    recursive: bool,
    /// How long the copy stays readable
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    days: i32,
    /// How soon it is wanted
    #[arg(long, value_name = "TIER", default_value = "standard", ignore_case = true)]
    tier: Speed,
    #[command(flatten)]
    filters: filters::Arguments,
    #[command(flatten)]
    options: transfer_options::Arguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Speed {
    Standard,
    Bulk,
    Expedited,
}

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    session::run(|world| restore(arguments, world))
}

async fn restore(arguments: Arguments, world: World) -> Ending {
    let place = places::bucket_path(&arguments.path)?;
    let opened = arguments.options.open(&world, ObjectSettings::default(), None, (Some(&place), None)).await?;
    let mut summary = Summary::default();
    let pattern = if arguments.recursive { None } else { places::pattern(&place, false) };
    if !arguments.recursive && pattern.is_none() {
        if place.is_folder() {
            return Err(Failure::usage(format!("{place} is no object; add --recursive for what is below it")));
        }
        ask(&arguments, &opened, &place, &mut summary).await;
        return opened.console.finish(&summary, opened.is_dry());
    }
    let folder = place.as_folder();
    let listed = pattern.as_ref().map_or(&folder, |pattern| &pattern.listed);
    let cut = pattern.as_ref().map_or(folder.key.len(), |pattern| pattern.folder);
    let filter = arguments.filters.filter();
    let mut pages = opened.pages(&opened.source, listed);
    let mut stop = session::stop_signal();
    while let Some(page) = pages.next().await? {
        let matches = |entry: &&Entry| pattern.as_ref().is_none_or(|pattern| pattern.glob.matches(&entry.key));
        let wanted = page.objects.iter().filter(matches);
        for entry in wanted.filter(|entry| is_archived(entry) && filter.admits(&entry.key[cut..])) {
            if *stop.borrow_and_update() {
                summary.stopped = true;
                return opened.console.finish(&summary, opened.is_dry());
            }
            ask(&arguments, &opened, &place.with_key(entry.key.as_str()), &mut summary).await;
        }
    }
    opened.console.finish(&summary, opened.is_dry())
}

fn is_archived(entry: &Entry) -> bool {
    matches!(entry.storage_class.as_deref(), Some("GLACIER" | "DEEP_ARCHIVE" | "INTELLIGENT_TIERING"))
}

async fn ask(arguments: &Arguments, opened: &Opened, object: &BucketPath, summary: &mut Summary) {
    let console: &dyn Report = &*opened.console;
    let step = Step { id: 0, verb: Verb::Restore, source: object.to_string(), target: None, size: None };
    if opened.is_dry() {
        return console.event(&Event::Would(&step));
    }
    let tier = match arguments.tier {
        Speed::Standard => Tier::Standard,
        Speed::Bulk => Tier::Bulk,
        Speed::Expedited => Tier::Expedited,
    };
    let request = || async {
        let job = GlacierJobParameters::builder().tier(tier.clone()).build();
        let job = job.map_err(|error| RequestError::new(larder_client::error::ErrorKind::Other, error.to_string()))?;
        let wanted = RestoreRequest::builder().days(arguments.days).glacier_job_parameters(job).build();
        let request = opened.source.client().restore_object().bucket(&object.bucket).key(&object.key);
        request.restore_request(wanted).send().await.map_err(RequestError::from)
    };
    let outcome = match opened.requests.send(request).await {
        Ok(_) => {
            summary.done += 1;
            Outcome::Done { bytes: 0 }
        }
        // It was asked for before and is on its way.
        Err(error) if error.code.as_deref() == Some("RestoreAlreadyInProgress") => {
            summary.same += 1;
            Outcome::Same
        }
        Err(error) => {
            summary.failed += 1;
            Outcome::Failed(error)
        }
    };
    console.event(&Event::Ended(&step, &outcome));
}
