//! `larder pipe`: standard input to an object.

use std::process::ExitCode;

use larder_client::location::BucketPath;
use larder_client::report::{Event, Outcome, Report, Step, Verb};
use larder_client::run::Summary;

use crate::s3::session::{self, World};
use crate::s3::transfer_options::{self, Opened};
use crate::s3::{Ending, object_settings, places, sizes, stream};

#[derive(clap::Args)]
#[command(after_help = "Example:\n  pg_dump shop | gzip | larder pipe s3://backups/shop.sql.gz")]
pub(crate) struct Arguments {
    /// s3://bucket/key
    object: String,
    /// How many bytes come, roughly: parts are sized after it
    #[arg(long, value_name = "SIZE", value_parser = sizes::parse)]
    expected_size: Option<u64>,
    #[command(flatten)]
    objects: object_settings::Arguments,
    #[command(flatten)]
    options: transfer_options::Arguments,
}

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    session::run(|world| pipe(arguments, world))
}

async fn pipe(arguments: Arguments, world: World) -> Ending {
    let object = places::object(&arguments.object)?;
    let opened = arguments.options.open(&world, arguments.objects.settings()?, None, (None, Some(&object))).await?;
    upload(&opened, &object, arguments.expected_size).await
}

/// Uploads standard input.
pub(crate) async fn upload(opened: &Opened, object: &BucketPath, expected_size: Option<u64>) -> Ending {
    let step = Step {
        id: 1,
        verb: Verb::Upload,
        source: "-".to_owned(),
        target: Some(object.to_string()),
        size: expected_size,
    };
    let console: &dyn Report = &*opened.console;
    if opened.is_dry() {
        console.event(&Event::Would(&step));
        return opened.console.finish(&Summary::default(), true);
    }
    console.event(&Event::Began(&step));
    let input = stream(&std::io::stdin())?;
    let mut stop = session::stop_signal();
    let uploaded = tokio::select! {
        uploaded = opened.transfers.upload_stream(input, expected_size, object, step.id) => uploaded,
        _ = stop.wait_for(|stop| *stop) => {
            opened.transfers.abort_unfinished().await;
            return opened.console.finish(&Summary { stopped: true, ..Summary::default() }, false);
        }
    };
    let (outcome, summary) = match uploaded {
        Ok(bytes) => (Outcome::Done { bytes }, Summary { done: 1, bytes, ..Summary::default() }),
        Err(error) => (Outcome::Failed(error), Summary { failed: 1, ..Summary::default() }),
    };
    console.event(&Event::Ended(&step, &outcome));
    opened.console.finish(&summary, false)
}
