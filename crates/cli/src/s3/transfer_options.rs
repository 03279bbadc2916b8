//! What cp, mv, rm, sync and pipe have in common.

use std::path::PathBuf;
use std::sync::Arc;

use larder_client::connect::{Connection, Settings};
use larder_client::error::RequestError;
use larder_client::listing::{Listing, Pages};
use larder_client::location::BucketPath;
use larder_client::report::Verb;
use larder_client::requests::Requests;
use larder_client::run::{Runner, Task, Work};
use larder_client::transfer::{ObjectSettings, Transfers, Tuning};
use tokio::sync::mpsc;

use super::console::Console;
use super::session::{CONCURRENCY, World, stop_signal};
use super::{Ending, Failure, connection, output, sizes};

#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "How things travel")]
pub(crate) struct Arguments {
    /// Say what would be done and do nothing
    #[arg(long, visible_alias = "dryrun")]
    dry_run: bool,
    /// Most requests at a time; how many are used is found while going
    #[arg(long, value_name = "COUNT", default_value_t = CONCURRENCY)]
    concurrency: usize,
    /// Most bytes a second, such as 10MiB
    #[arg(long, value_name = "SIZE", value_parser = sizes::parse)]
    bandwidth: Option<u64>,
    /// Size of a part [default: suits the object]
    #[arg(long, value_name = "SIZE", value_parser = sizes::parse)]
    part_size: Option<u64>,
    /// From this size on in parts
    #[arg(long, value_name = "SIZE", value_parser = sizes::parse, default_value = "16MiB")]
    multipart_threshold: u64,
    /// Most content in memory at a time
    #[arg(long, value_name = "SIZE", value_parser = sizes::parse, default_value = "128MiB")]
    memory: u64,
    /// Downloads from this size on are written past the page cache, unless they have to be read again to be checked
    #[arg(long, value_name = "SIZE", value_parser = sizes::parse, default_value = "16MiB")]
    direct_io_from: u64,
    /// Give an upload that is cut off up, instead of keeping what was sent for the next try
    #[arg(long)]
    no_resume: bool,
    /// Keys on a page of a listing
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i32).range(1..=1_000))]
    page_size: Option<i32>,
    /// Try to read archived objects; they may have been restored
    #[arg(long)]
    pub(crate) force_glacier_transfer: bool,
    #[command(flatten)]
    output: output::Arguments,
    #[command(flatten)]
    connection: connection::Arguments,
}

/// The other server, when there are two.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Another server to read from")]
pub(crate) struct SourceArguments {
    /// The source's server, when it is not the target's
    #[arg(long, value_name = "URL")]
    source_endpoint: Option<String>,
    /// The source's profile
    #[arg(long, value_name = "NAME")]
    source_profile: Option<String>,
    /// The source's region
    #[arg(long, value_name = "NAME")]
    source_region: Option<String>,
}

impl SourceArguments {
    /// `None` when nothing about the source is said.
    fn settings(&self, target: &Settings) -> Option<Settings> {
        let said = self.source_endpoint.is_some() || self.source_profile.is_some() || self.source_region.is_some();
        said.then(|| Settings {
            // A profile of its own brings an endpoint of its own.
            endpoint: self
                .source_endpoint
                .clone()
                .or_else(|| if self.source_profile.is_some() { None } else { target.endpoint.clone() }),
            profile_endpoint: self.source_profile.is_some(),
            profile: self.source_profile.clone().or_else(|| target.profile.clone()),
            region: self.source_region.clone().or_else(|| target.region.clone()),
            ..target.clone()
        })
    }
}

/// Where tasks go.
pub(crate) type Sender = mpsc::Sender<Result<Task, RequestError>>;

/// Passes on the tasks of one place among several, until there are no more or the run has ended. That a place cannot be
/// listed is told as its failure, and the others go on.
pub(crate) async fn forward(
    (verb, place): (Verb, String),
    mut tasks: mpsc::Receiver<Result<Task, RequestError>>,
    sender: &Sender,
) {
    while let Some(task) = tasks.recv().await {
        let task = task.unwrap_or_else(|error| {
            let subject = place.clone();
            Task::new(Work::Refuse { verb, subject, error })
        });
        if sender.send(Ok(task)).await.is_err() {
            return;
        }
    }
}

/// Everything a run needs.
pub(crate) struct Opened {
    pub(crate) source: Connection,
    pub(crate) target: Connection,
    pub(crate) requests: Arc<Requests>,
    pub(crate) console: Arc<Console>,
    pub(crate) transfers: Arc<Transfers>,
    pub(crate) requester_pays: bool,
    page_size: Option<i32>,
    dry_run: bool,
}

impl Arguments {
    pub(crate) fn is_json(&self) -> bool {
        self.output.is_json()
    }

    pub(crate) async fn open(
        &self,
        world: &World,
        settings: ObjectSettings,
        other: Option<&SourceArguments>,
        (source, target): (Option<&BucketPath>, Option<&BucketPath>),
    ) -> Result<Opened, Failure> {
        let own = self.connection.settings();
        let base = connection::open(&own).await?;
        let from = match other.and_then(|other| other.settings(&own)) {
            Some(settings) => connection::open(&settings).await?,
            None => base.clone(),
        };
        let in_its_region = async |connection: Connection, place: Option<&BucketPath>| match place {
            Some(place) => connection.for_bucket(&place.bucket).await,
            None => connection,
        };
        let source = in_its_region(from, source).await;
        let target = in_its_region(base, target).await;
        let requests = world.requests(self.concurrency, self.bandwidth);
        let console = Console::new(self.output.mode(), Arc::clone(&world.clock));
        let tuning = Tuning {
            threshold: self.multipart_threshold,
            part_size: self.part_size,
            memory: self.memory,
            direct_io_from: self.direct_io_from,
            state_folder: if self.no_resume { None } else { state_folder() },
        };
        let requester_pays = settings.requester_pays;
        let transfers = Arc::new(Transfers::new(
            (source.clone(), target.clone()),
            Arc::clone(&requests),
            settings,
            tuning,
            console.clone(),
            Arc::clone(&world.rng),
        ));
        let (page_size, dry_run) = (self.page_size, self.dry_run);
        Ok(Opened { source, target, requests, console, transfers, requester_pays, page_size, dry_run })
    }
}

impl Opened {
    /// Whether things are only said.
    pub(crate) fn is_dry(&self) -> bool {
        self.dry_run
    }

    /// The pages of a listing of everything below a prefix.
    pub(crate) fn pages(&self, connection: &Connection, place: &BucketPath) -> Box<Pages> {
        let listing = Listing {
            place: place.into(),
            page_size: self.page_size,
            requester_pays: self.requester_pays,
            ..Listing::default()
        };
        Box::new(Pages::new(connection.clone(), Arc::clone(&self.requests), listing))
    }

    /// Carries out tasks and says how it went.
    pub(crate) async fn carry_out(&self, tasks: mpsc::Receiver<Result<Task, RequestError>>) -> Ending {
        let runner = Runner::new(Arc::clone(&self.transfers), self.dry_run);
        let summary = runner.run(tasks, stop_signal()).await;
        self.console.finish(&summary, self.dry_run)
    }

    /// As [`Self::carry_out`], for tasks that are known.
    pub(crate) async fn carry_out_all(&self, tasks: Vec<Task>) -> Ending {
        let (sender, receiver) = mpsc::channel(tasks.len().max(1));
        for task in tasks {
            // There is room for all of them.
            let _ = sender.try_send(Ok(task));
        }
        drop(sender);
        self.carry_out(receiver).await
    }
}

/// Where the XDG base directory specification puts what is to outlive a run.
fn state_folder() -> Option<PathBuf> {
    let given = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::home_dir().map(|home| home.join(".local/state"));
    given.or_else(home).map(|folder| folder.join("larder/uploads"))
}
