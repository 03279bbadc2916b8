//! `larder bench`: what any S3 server does under load, seen from a client.

mod histogram;
mod load;
mod report;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use clap::ValueEnum;
use larder_client::connect::Connection;
use larder_client::error::RequestError;
use larder_client::location::BucketPath;
use larder_env::random_u64;

use crate::s3::session::{self, World, stop_signal};
use crate::s3::{Ending, Failure, connection, looking, sizes, times};
use load::Load;

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The server, such as http://127.0.0.1:9000 [default: as for every command]
    endpoint: Option<String>,
    /// What to measure, in this order
    #[arg(long, value_delimiter = ',', value_enum, default_value = "put,get,mixed,list,delete")]
    operations: Vec<Operation>,
    /// Size of an object; a list measures each
    #[arg(long, value_name = "SIZE", value_delimiter = ',', value_parser = sizes::parse, default_value = "4KiB,1MiB")]
    size: Vec<u64>,
    /// Requests under way at a time
    #[arg(long, value_name = "COUNT", default_value_t = 32)]
    concurrency: usize,
    /// How long each row takes at most, such as 10s
    #[arg(long, value_name = "DURATION", value_parser = times::parse_seconds, default_value = "10")]
    duration: u64,
    /// Put no more objects than this for each size
    #[arg(long, value_name = "COUNT", default_value_t = 200_000)]
    most_objects: u64,
    /// Use this bucket, below a prefix of its own, instead of one that is made and removed
    #[arg(long, value_name = "BUCKET")]
    bucket: Option<String>,
    /// Leave out the histograms
    #[arg(long)]
    no_histogram: bool,
    /// One JSON object for each row, on a line of its own
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: connection::Arguments,
}

const EXAMPLES: &str = "\
Examples:
  larder bench http://127.0.0.1:9000
  larder bench --size 64KiB --operations put,get --concurrency 128 --duration 30s --profile work";

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Operation {
    Put,
    Get,
    /// Seven reads for each three writes.
    Mixed,
    /// Pages of 1,000 keys.
    List,
    Delete,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Put => "PUT",
            Self::Get => "GET",
            Self::Mixed => "mixed",
            Self::List => "LIST",
            Self::Delete => "DELETE",
        }
    }
}

/// Larger bodies are what transfers in parts are for.
const LARGEST: u64 = 1024 * 1024 * 1024;

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    session::run(|world| bench(arguments, world))
}

async fn bench(arguments: Arguments, world: World) -> Ending {
    if arguments.size.iter().any(|&size| size > LARGEST) {
        return Err(Failure::usage("objects of more than 1 GiB are not measured; see `larder cp`"));
    }
    let mut settings = arguments.connection.settings();
    if let Some(endpoint) = &arguments.endpoint {
        settings.endpoint = Some(endpoint.clone());
    }
    let connection = connection::open(&settings).await?;
    let mark = format!("larder-bench-{:016x}", random_u64(&*world.rng));
    let bucket = arguments.bucket.clone().unwrap_or_else(|| mark.clone());
    if arguments.bucket.is_none() {
        let made = connection.client().create_bucket().bucket(&bucket).send().await.map_err(RequestError::from);
        made.map_err(|error| anyhow::anyhow!("cannot make bucket {bucket}: {error}"))?;
    }
    let place = BucketPath { bucket, key: format!("{mark}/") };
    let stopped = Arc::new(AtomicBool::new(false));
    let (mut stop, flag) = (stop_signal(), Arc::clone(&stopped));
    tokio::spawn(async move {
        if stop.wait_for(|stop| *stop).await.is_ok() {
            flag.store(true, Ordering::Relaxed);
        }
    });
    let measured = measure(&arguments, &world, &connection, &place, &stopped).await;
    let cleaned = clean_up(&world, &connection, &place, arguments.bucket.is_none()).await;
    let failed = measured?;
    cleaned.map_err(|error| anyhow::anyhow!("cannot remove what was made at {place}: {error}"))?;
    if failed || stopped.load(Ordering::Relaxed) { Err(Failure::Told) } else { Ok(()) }
}

/// Measures each row; tells whether anything failed.
async fn measure(
    arguments: &Arguments,
    world: &World,
    connection: &Connection,
    place: &BucketPath,
    stopped: &Arc<AtomicBool>,
) -> Result<bool, Failure> {
    let mut report = report::Report::new(arguments.json, !arguments.no_histogram);
    let mut failed = false;
    for &size in &arguments.size {
        let load = Arc::new(Load::new(
            connection.clone(),
            world.clone(),
            place.with_key(format!("{}{size}/", place.key)),
            body(world, size),
            (arguments.most_objects, arguments.concurrency),
            Arc::clone(stopped),
        ));
        let needs_objects = arguments.operations.first().is_some_and(|first| *first != Operation::Put);
        if needs_objects {
            load.prepare().await?;
        }
        for &operation in &arguments.operations {
            if stopped.load(Ordering::Relaxed) {
                return Ok(failed);
            }
            let row = load.run(operation, Duration::from_secs(arguments.duration.max(1))).await;
            failed |= row.failed() > 0;
            report.row(operation, size, &row)?;
        }
    }
    Ok(failed)
}

/// Bytes that nothing compresses.
fn body(world: &World, size: u64) -> Bytes {
    let mut body = vec![0; usize::try_from(size).unwrap_or(0)];
    world.rng.fill(&mut body);
    body.into()
}

/// Deletes everything that was made.
async fn clean_up(world: &World, connection: &Connection, place: &BucketPath, own: bool) -> Result<(), RequestError> {
    let requests = world.requests(16, None);
    let listing = larder_client::listing::Listing { place: place.into(), ..Default::default() };
    let mut pages = larder_client::listing::Pages::new(connection.clone(), Arc::clone(&requests), listing);
    while let Some(page) = pages.next().await? {
        if !page.objects.is_empty() {
            let keys: Vec<String> = page.objects.into_iter().map(|entry| entry.key).collect();
            load::delete_many(connection, &requests, &place.bucket, &keys).await?;
        }
    }
    if own {
        let remove = || async {
            connection.client().delete_bucket().bucket(&place.bucket).send().await.map_err(RequestError::from)
        };
        requests.send(remove).await?;
    }
    Ok(())
}

/// Where rows go.
fn output() -> std::io::BufWriter<std::io::Stdout> {
    looking::output()
}
