//! `larder cat`: objects to standard output.

use std::io::ErrorKind;
use std::process::ExitCode;

use larder_client::location::BucketPath;
use larder_client::report::{Event, Report, Step, Verb};
use larder_client::run::Summary;
use larder_client::transfer::ObjectSettings;
use tokio::io::AsyncWriteExt;

use crate::s3::session::{self, World};
use crate::s3::transfer_options::{self, Opened};
use crate::s3::{Ending, Failure, places, stream};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// s3://bucket/key
    #[arg(required = true)]
    objects: Vec<String>,
    /// This version, instead of the current one
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    #[command(flatten)]
    options: transfer_options::Arguments,
}

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    session::run(|world| cat(arguments, world))
}

async fn cat(arguments: Arguments, world: World) -> Ending {
    let objects: Vec<BucketPath> =
        arguments.objects.iter().map(|text| places::object(text)).collect::<Result<_, _>>()?;
    if arguments.version_id.is_some() && objects.len() > 1 {
        return Err(Failure::usage("--version-id is of one object"));
    }
    for object in &objects {
        let opened = arguments.options.open(&world, ObjectSettings::default(), None, (Some(object), None)).await?;
        print(&opened, object, arguments.version_id.as_deref()).await?;
    }
    Ok(())
}

/// Writes an object to standard output, in order, and checks it on the way.
pub(crate) async fn print(opened: &Opened, object: &BucketPath, version: Option<&str>) -> Ending {
    if opened.is_dry() {
        let (source, target) = (object.to_string(), Some("-".to_owned()));
        let step = Step { id: 1, verb: Verb::Download, source, target, size: None };
        opened.console.event(&Event::Would(&step));
        return opened.console.finish(&Summary::default(), true);
    }
    let (sender, mut chunks) = tokio::sync::mpsc::channel::<bytes::Bytes>(16);
    let reading = async {
        let sender = sender;
        opened.transfers.read_in_order(object, version, &sender).await
    };
    // Takes the receiver along: once nobody writes, nobody needs to read.
    let writing = async move {
        let mut out = stream(&std::io::stdout())?;
        while let Some(chunk) = chunks.recv().await {
            out.write_all(&chunk).await?;
        }
        out.flush().await
    };
    let (read, written) = tokio::join!(reading, writing);
    match written {
        // Whoever reads has had enough, as `head` does.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
        written => written?,
    }
    read.map_err(|error| anyhow::anyhow!("{object}: {error}"))?;
    Ok(())
}
