//! `larder cp` and `larder mv`: copy or move files and objects.

use std::process::ExitCode;

use larder_client::entry::Sighting;
use larder_client::error::{ErrorKind, RequestError};
use larder_client::filter::Filter;
use larder_client::location::{BucketPath, Location};
use larder_client::report::Verb;
use larder_client::run::{Source, Task, Work};
use larder_client::sync::{Entries, Root, each, transfer};
use larder_client::walk::Walk;
use tokio::sync::mpsc;

use crate::s3::session::{self, World};
use crate::s3::transfer_options::{self, Opened, SourceArguments};
use crate::s3::{Ending, Failure, filters, object_settings, places};
use crate::{cat, pipe};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Sources and, last, the target: files, folders, s3://bucket/key, s3://bucket/logs/*.gz; `-` is standard input or output
    #[arg(required = true, num_args = 2..)]
    paths: Vec<String>,
    /// Everything below a folder or a prefix
    #[arg(long, short)]
    recursive: bool,
    /// Take `*`, `?` and `[` in keys as they are
    #[arg(long)]
    no_glob: bool,
    /// Take what symbolic links lead to [this is the default]
    #[arg(long, overrides_with = "no_follow_symlinks")]
    follow_symlinks: bool,
    /// Pass over symbolic links
    #[arg(long)]
    no_follow_symlinks: bool,
    /// How many bytes come from standard input, roughly: parts are sized after it
    #[arg(long, value_name = "SIZE", value_parser = crate::s3::sizes::parse)]
    expected_size: Option<u64>,
    /// This version of the source, instead of its current one
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    #[command(flatten)]
    filters: filters::Arguments,
    #[command(flatten)]
    objects: object_settings::Arguments,
    #[command(flatten)]
    other: SourceArguments,
    #[command(flatten)]
    options: transfer_options::Arguments,
}

const EXAMPLES: &str = "\
Examples:
  larder cp report.pdf s3://my-bucket/2026/
  larder cp s3://my-bucket/2026/ . --recursive
  larder cp 's3://my-bucket/logs/*.gz' logs/
  tar c photos | larder cp - s3://my-bucket/photos.tar";

pub(crate) fn copy(arguments: Arguments) -> ExitCode {
    session::run(|world| run(arguments, world, false))
}

pub(crate) fn move_(arguments: Arguments) -> ExitCode {
    session::run(|world| run(arguments, world, true))
}

async fn run(arguments: Arguments, world: World, moves: bool) -> Ending {
    let (target, sources) = arguments.paths.split_last().ok_or_else(|| Failure::usage("there is no target"))?;
    let target = Location::parse(target)?;
    let sources: Vec<Location> = sources.iter().map(|text| Location::parse(text)).collect::<Result<_, _>>()?;
    check(&arguments, &sources, &target, moves)?;
    let first_bucket = sources.iter().find_map(|source| if let Location::Bucket(b) = source { Some(b) } else { None });
    let into_bucket = if let Location::Bucket(place) = &target { Some(place) } else { None };
    let settings = arguments.objects.settings()?;
    let opened = arguments.options.open(&world, settings, Some(&arguments.other), (first_bucket, into_bucket)).await?;
    match (&sources[0], &target) {
        (Location::Local(path), Location::Bucket(to)) if path.as_os_str() == "-" => {
            return pipe::upload(&opened, to, arguments.expected_size).await;
        }
        (Location::Bucket(from), Location::Local(path)) if path.as_os_str() == "-" => {
            return cat::print(&opened, from, arguments.version_id.as_deref()).await;
        }
        _ => {}
    }
    let (sender, tasks) = mpsc::channel(16);
    let feeding = async {
        for source in &sources {
            if let Err(failure) = feed(&arguments, &opened, source, &target, moves, &sender).await {
                drop(sender);
                return Err(failure);
            }
        }
        drop(sender);
        Ok(())
    };
    let (fed, carried) = tokio::join!(feeding, opened.carry_out(tasks));
    fed.and(carried)
}

/// What makes no sense is refused before anything is done.
fn check(arguments: &Arguments, sources: &[Location], target: &Location, moves: bool) -> Result<(), Failure> {
    let one_bucket = |source: &Location| matches!((source, target), (Location::Local(_), Location::Local(_)));
    if sources.iter().any(one_bucket) {
        return Err(Failure::usage("one of source and target has to be s3://bucket"));
    }
    let is_stream = |place: &Location| matches!(place, Location::Local(path) if path.as_os_str() == "-");
    if (sources.iter().any(is_stream) || is_stream(target)) && (sources.len() > 1 || moves || arguments.recursive) {
        return Err(Failure::usage("`-` is copied from or to one object, and cannot be moved"));
    }
    let goes_into = match target {
        Location::Local(path) => places::is_folder(path),
        Location::Bucket(place) => place.is_folder(),
    };
    if sources.len() > 1 && !goes_into {
        return Err(Failure::usage(format!("{target} is no folder: many sources go into one, so end it with `/`")));
    }
    if arguments.version_id.is_some() && (sources.len() > 1 || arguments.recursive) {
        return Err(Failure::usage("--version-id is of one object"));
    }
    Ok(())
}

type Sender = mpsc::Sender<Result<Task, RequestError>>;

/// Makes the tasks of one source.
async fn feed(
    arguments: &Arguments,
    opened: &Opened,
    source: &Location,
    target: &Location,
    moves: bool,
    sender: &Sender,
) -> Ending {
    let filter = arguments.filters.filter();
    match source {
        Location::Local(path) if arguments.recursive => {
            let walk = Walk::new(path, !arguments.no_follow_symlinks);
            let walk = walk.map_err(|error| anyhow::anyhow!("cannot read {}: {error}", path.display()))?;
            let root = Root::Folder(places::folder(path));
            many(arguments, Entries::Walk(walk), root, target, filter, moves, sender).await
        }
        Location::Local(path) if path.is_dir() => {
            Err(Failure::usage(format!("{} is a folder; add --recursive", path.display())))
        }
        Location::Local(path) => {
            let size =
                std::fs::metadata(path).map_err(|error| anyhow::anyhow!("cannot read {}: {error}", path.display()))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let Location::Bucket(to) = places::single_target(target, &name) else { return Ok(()) };
            if filter.admits(&name) {
                one(Work::Upload(path.clone(), size.len(), to), moves, sender).await;
            }
            Ok(())
        }
        Location::Bucket(place) => match places::pattern(place, arguments.no_glob) {
            Some(pattern) if !arguments.recursive => {
                let pages = opened.pages(&opened.source, &pattern.listed);
                matching(arguments, pages, pattern, target, filter, moves, sender).await
            }
            _ if arguments.recursive => {
                let place = place.as_folder();
                if let Location::Bucket(to) = target {
                    places::check_apart(&place, to, opened.source.is_same_server(&opened.target))?;
                }
                let entries = Entries::Pages(opened.pages(&opened.source, &place));
                many(arguments, entries, Root::Bucket(place), target, filter, moves, sender).await
            }
            _ => single_object(arguments, opened, place, target, moves, sender).await,
        },
    }
}

async fn one(work: Work, moves: bool, sender: &Sender) {
    // A run that has ended takes no more.
    let _ = sender.send(Ok(Task { moves, ..Task::new(work) })).await;
}

async fn forward(mut tasks: mpsc::Receiver<Result<Task, RequestError>>, sender: &Sender) {
    while let Some(task) = tasks.recv().await {
        if sender.send(task).await.is_err() {
            return;
        }
    }
}

async fn many(
    arguments: &Arguments,
    entries: Entries,
    source: Root,
    target: &Location,
    filter: Filter,
    moves: bool,
    sender: &Sender,
) -> Ending {
    let (target, forces) = (into(target), arguments.options.force_glacier_transfer);
    let verb = if matches!(source, Root::Folder(_)) { Verb::Upload } else { Verb::Download };
    let tasks = each(entries, move |sighting| match sighting {
        Sighting::Entry(entry) if entry.is_folder_marker() || !filter.admits(&entry.key) => None,
        Sighting::Entry(entry) => Some(Task { moves, ..Task::new(transfer(&source, &target, &entry, forces)) }),
        Sighting::Hole(hole) if !filter.admits(&hole.key) => None,
        Sighting::Hole(hole) => {
            let error = RequestError::new(ErrorKind::Local, hole.reason);
            Some(Task::new(Work::Refuse { verb, subject: hole.key, error }))
        }
    });
    forward(tasks, sender).await;
    Ok(())
}

/// What matches a pattern goes into the target under the name it has below the pattern's folder.
async fn matching(
    arguments: &Arguments,
    pages: Box<larder_client::listing::Pages>,
    pattern: places::Pattern,
    target: &Location,
    filter: Filter,
    moves: bool,
    sender: &Sender,
) -> Ending {
    let (target, forces) = (into(target), arguments.options.force_glacier_transfer);
    let listed = pattern.listed.key.clone();
    let source = Root::Bucket(pattern.listed.with_key(&listed[..pattern.folder]));
    let tasks = each(Entries::Pages(pages), move |sighting| {
        let Sighting::Entry(mut entry) = sighting else { return None };
        // Entries are relative to what was listed.
        let key = format!("{listed}{}", entry.key);
        entry.key = key[pattern.folder..].to_owned();
        let wanted = pattern.glob.matches(&key) && filter.admits(&entry.key) && !entry.is_folder_marker();
        wanted.then(|| Task { moves, ..Task::new(transfer(&source, &target, &entry, forces)) })
    });
    forward(tasks, sender).await;
    Ok(())
}

fn into(target: &Location) -> Root {
    match target {
        Location::Local(path) => Root::Folder(places::folder(path)),
        Location::Bucket(place) => Root::Bucket(place.as_folder()),
    }
}

async fn single_object(
    arguments: &Arguments,
    opened: &Opened,
    place: &BucketPath,
    target: &Location,
    moves: bool,
    sender: &Sender,
) -> Ending {
    if place.is_folder() {
        return Err(Failure::usage(format!("{place} is no object; add --recursive for what is below it")));
    }
    let name = places::name_of(&place.key);
    if !arguments.filters.filter().admits(name) {
        return Ok(());
    }
    let target = places::single_target(target, name);
    let version = arguments.version_id.clone();
    let key =
        opened.transfers.settings.source_customer_key.as_ref().or(opened.transfers.settings.customer_key.as_ref());
    let facts = opened.transfers.facts(&opened.source, place, version.as_deref(), key).await;
    let facts = facts.map_err(|error| anyhow::anyhow!("{place}: {error}"))?;
    let source = Source { object: place.clone(), version, size: facts.size };
    let work = match target {
        Location::Local(path) => Work::Download(source, path),
        Location::Bucket(to) if moves && to == *place && opened.source.is_same_server(&opened.target) => {
            return Err(Failure::usage(format!("{place} cannot be moved onto itself")));
        }
        Location::Bucket(to) => Work::Copy(source, to),
    };
    one(work, moves, sender).await;
    Ok(())
}
