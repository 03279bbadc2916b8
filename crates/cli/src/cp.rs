//! `larder cp` and `larder mv`: copy or move files and objects.

use std::collections::HashSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use larder_client::entry::Sighting;
use larder_client::error::{ErrorKind, RequestError};
use larder_client::filter::Filter;
use larder_client::location::{BucketPath, Location};
use larder_client::names::path_of;
use larder_client::report::Verb;
use larder_client::run::{Source, Task, Work};
use larder_client::sync::{Entries, Root, each, transfer};
use larder_client::walk::Walk;
use tokio::sync::mpsc;

use crate::s3::session::{self, World};
use crate::s3::transfer_options::{self, Opened, Sender, SourceArguments, forward};
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
    let feed = Feed {
        arguments: &arguments,
        opened: &opened,
        target: &target,
        filter: match &sources[..] {
            [Location::Local(folder)] if arguments.recursive => arguments.filters.filter_below(folder),
            _ => arguments.filters.filter(),
        },
        moves,
        taken: (sources.len() > 1).then(Arc::default),
        sender,
    };
    let feeding = async move {
        for source in &sources {
            feed.source(source).await?;
        }
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
    if sources.len() > 1 && arguments.recursive {
        return Err(Failure::usage(
            "with --recursive there is one source: what several have under one name would be lost",
        ));
    }
    if arguments.version_id.is_some() && (sources.len() > 1 || arguments.recursive) {
        return Err(Failure::usage("--version-id is of one object"));
    }
    Ok(())
}

/// What the tasks of all sources have in common.
struct Feed<'a> {
    arguments: &'a Arguments,
    opened: &'a Opened,
    target: &'a Location,
    filter: Filter,
    moves: bool,
    /// Where something goes already, when there are several sources.
    taken: Option<Taken>,
    sender: Sender,
}

type Taken = Arc<Mutex<HashSet<String>>>;

impl Feed<'_> {
    /// Makes the tasks of one source.
    async fn source(&self, source: &Location) -> Ending {
        let arguments = self.arguments;
        match source {
            Location::Local(path) if arguments.recursive && path.is_file() => {
                Err(Failure::usage(format!("{} is a file; leave --recursive out", path.display())))
            }
            Location::Local(path) if arguments.recursive => {
                let walk = Walk::new(path, !arguments.no_follow_symlinks);
                let walk = walk.map_err(|error| anyhow::anyhow!("cannot read {}: {error}", path.display()))?;
                self.many(source, Entries::Walk(walk), Root::Folder(places::folder(path))).await;
                Ok(())
            }
            Location::Local(path) if path.is_dir() => {
                Err(Failure::usage(format!("{} is a folder; add --recursive", path.display())))
            }
            Location::Local(path) => self.single_file(path).await,
            Location::Bucket(place) if arguments.recursive => {
                let place = place.as_folder();
                if let Root::Bucket(to) = into(self.target) {
                    places::check_apart(&place, &to, self.is_on_one_server())?;
                }
                let entries = Entries::Pages(self.opened.pages(&self.opened.source, &place));
                self.many(source, entries, Root::Bucket(place)).await;
                Ok(())
            }
            Location::Bucket(place) => {
                // A version is of the one object that has the key as it stands there.
                let is_literal = arguments.no_glob || arguments.version_id.is_some();
                match places::pattern(place, is_literal) {
                    Some(pattern) => self.matching(source, pattern).await,
                    None => self.single_object(place).await?,
                }
                Ok(())
            }
        }
    }

    fn is_on_one_server(&self) -> bool {
        self.opened.source.is_same_server(&self.opened.target)
    }

    fn verb(&self, source: &Location) -> Verb {
        match (source, self.target) {
            (Location::Local(_), _) => Verb::Upload,
            (_, Location::Local(_)) => Verb::Download,
            _ => Verb::Copy,
        }
    }

    async fn many(&self, place: &Location, entries: Entries, source: Root) {
        let (target, forces) = (into(self.target), self.arguments.options.force_glacier_transfer);
        let (filter, moves, verb) = (self.filter.clone(), self.moves, self.verb(place));
        let overlaps = moves && self.is_on_one_server();
        let tasks = each(entries, move |sighting| match sighting {
            Sighting::Entry(entry) if entry.is_folder_marker() || !filter.admits(&entry.key) => None,
            Sighting::Entry(entry) => {
                let mut work = transfer(&source, &target, &entry, forces);
                if overlaps && is_within(&work, &source) {
                    work =
                        refused(&work, "what is moved to lies in what is moved from, and may not have been moved yet");
                }
                // What a link to a folder leads to is somebody else's, and stays there.
                Some(Task { moves: moves && !entry.behind_link, ..Task::new(work) })
            }
            Sighting::Hole(hole) if !filter.may_admit_within(&hole) => None,
            Sighting::Hole(hole) => {
                let error = RequestError::new(ErrorKind::Local, hole.reason);
                Some(Task::new(Work::Refuse { verb, subject: hole.key, error }))
            }
        });
        forward((verb, place.to_string()), tasks, &self.sender).await;
    }

    /// What matches a pattern goes into the target under the name it has below the pattern's folder.
    async fn matching(&self, place: &Location, pattern: places::Pattern) {
        let (target, forces) = (into(self.target), self.arguments.options.force_glacier_transfer);
        let (filter, moves) = (self.filter.clone(), self.moves);
        let (taken, is_on_one_server) = (self.taken.clone(), self.is_on_one_server());
        let pages = self.opened.pages(&self.opened.source, &pattern.listed);
        let listed = pattern.listed.key.clone();
        let source = Root::Bucket(pattern.listed.with_key(&listed[..pattern.folder]));
        let tasks = each(Entries::Pages(pages), move |sighting| {
            let Sighting::Entry(mut entry) = sighting else { return None };
            // Entries are relative to what was listed.
            let key = format!("{listed}{}", entry.key);
            entry.key = key[pattern.folder..].to_owned();
            if !pattern.glob.matches(&key) || !filter.admits(&entry.key) || entry.is_folder_marker() {
                return None;
            }
            let mut work = transfer(&source, &target, &entry, forces);
            if let Work::Copy(from, to) = &work
                && is_on_one_server
                && from.object.bucket == to.bucket
                && from.object.key != to.key
                && pattern.glob.matches(&to.key)
            {
                work = refused(&work, "its copy would match the pattern too, and be read again");
            }
            let work = if is_first(taken.as_ref(), &entry.key) { work } else { refused(&work, HAS_ITS_NAME) };
            Some(Task { moves, ..Task::new(work) })
        });
        forward((self.verb(place), place.to_string()), tasks, &self.sender).await;
    }

    async fn single_file(&self, path: &Path) -> Ending {
        let metadata = std::fs::metadata(path);
        let metadata = metadata.map_err(|error| anyhow::anyhow!("cannot read {}: {error}", path.display()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Location::Bucket(to) = places::single_target(self.target, &name) else { return Ok(()) };
        if self.filter.admits(&name) {
            self.one(Work::Upload(path.to_owned(), metadata.len(), to), &name).await;
        }
        Ok(())
    }

    async fn single_object(&self, place: &BucketPath) -> Ending {
        let name = places::name_of(&place.key);
        if !self.filter.admits(name) {
            return Ok(());
        }
        let opened = self.opened;
        let version = self.arguments.version_id.clone();
        let key = opened.transfers.settings.source_key(matches!(self.target, Location::Bucket(_)));
        let facts = if place.key.is_empty() {
            Err(RequestError::new(ErrorKind::NotFound, "it is a bucket"))
        } else {
            opened.transfers.facts(&opened.source, place, version.as_deref(), key).await
        };
        let facts = match facts {
            // There are objects whose keys end with a slash, but most of what is written so is none.
            Err(error) if error.kind == ErrorKind::NotFound && place.is_folder() => {
                return Err(Failure::usage(format!("{place} is no object; add --recursive for what is below it")));
            }
            facts => facts.map_err(|error| anyhow::anyhow!("{place}: {error}"))?,
        };
        let source = Source { object: place.clone(), version, size: facts.size };
        if let Location::Local(folder) = self.target
            && places::is_folder(folder)
            && let Err(error) = path_of(name)
        {
            return Err(Failure::usage(format!("{place}: {error}; name the file to make")));
        }
        let work = match places::single_target(self.target, name) {
            Location::Local(path) => Work::Download(source, path),
            Location::Bucket(to) => Work::Copy(source, to),
        };
        self.one(work, name).await;
        Ok(())
    }

    async fn one(&self, work: Work, name: &str) {
        let work = if is_first(self.taken.as_ref(), name) { work } else { refused(&work, HAS_ITS_NAME) };
        // A run that has ended takes no more.
        let _ = self.sender.send(Ok(Task { moves: self.moves, ..Task::new(work) })).await;
    }
}

const HAS_ITS_NAME: &str = "another source has the same name, and was first";

/// Whether nothing else of this run goes where something of this name goes.
fn is_first(taken: Option<&Taken>, name: &str) -> bool {
    let Some(taken) = taken else { return true };
    taken.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned())
}

/// Whether something is copied to a place below the root that it is from.
fn is_within(work: &Work, root: &Root) -> bool {
    match (work, root) {
        (Work::Copy(_, to), Root::Bucket(root)) => to.bucket == root.bucket && to.key.starts_with(&root.key),
        _ => false,
    }
}

fn refused(work: &Work, why: &str) -> Work {
    let (verb, subject) = match work {
        Work::Upload(path, ..) => (Verb::Upload, path.display().to_string()),
        Work::Download(source, _) => (Verb::Download, source.object.to_string()),
        Work::Copy(source, _) => (Verb::Copy, source.object.to_string()),
        Work::DeleteObject(..) | Work::DeleteFile(_) | Work::Refuse { .. } => return work.clone(),
    };
    Work::Refuse { verb, subject, error: RequestError::new(ErrorKind::Local, why) }
}

fn into(target: &Location) -> Root {
    match target {
        Location::Local(path) => Root::Folder(places::folder(path)),
        Location::Bucket(place) => Root::Bucket(place.as_folder()),
    }
}
