//! `larder sync`: makes a target like its source.

use std::path::Path;
use std::process::ExitCode;

use larder_client::location::Location;
use larder_client::plan::{Comparison, Direction, Rules};
use larder_client::sync::{Entries, Root, plan};
use larder_client::walk::Walk;

use crate::s3::session::{self, World};
use crate::s3::transfer_options::{self, Opened, SourceArguments};
use crate::s3::{Ending, Failure, filters, object_settings, places};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A folder or s3://bucket/prefix
    source: String,
    /// A folder or s3://bucket/prefix
    target: String,
    /// Delete what only the target has, unless filters leave it out
    #[arg(long)]
    delete: bool,
    /// Copy only when sizes differ
    #[arg(long, conflicts_with_all = ["exact_timestamps", "checksum"])]
    size_only: bool,
    /// Download also when the object is older than the file of the same size
    #[arg(long, conflicts_with = "checksum")]
    exact_timestamps: bool,
    /// Of the same size, copy only when checksums differ, whatever the times
    #[arg(long)]
    checksum: bool,
    /// Take what symbolic links lead to [this is the default]
    #[arg(long, overrides_with = "no_follow_symlinks")]
    follow_symlinks: bool,
    /// Pass over symbolic links
    #[arg(long)]
    no_follow_symlinks: bool,
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
  larder sync photos s3://my-bucket/photos
  larder sync s3://my-bucket/photos photos --delete --exclude '*' --include '*.jpg'
  larder sync s3://old s3://new --source-profile old-server";

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    session::run(|world| sync(arguments, world))
}

async fn sync(arguments: Arguments, world: World) -> Ending {
    let (source, target) = (Location::parse(&arguments.source)?, Location::parse(&arguments.target)?);
    let direction = match (&source, &target) {
        (Location::Local(_), Location::Bucket(_)) => Direction::Up,
        (Location::Bucket(_), Location::Local(_)) => Direction::Down,
        (Location::Bucket(_), Location::Bucket(_)) => Direction::Across,
        (Location::Local(_), Location::Local(_)) => return Err(Failure::usage("one of the two has to be s3://bucket")),
    };
    let is_stream = |place: &Location| matches!(place, Location::Local(path) if path.as_os_str() == "-");
    if is_stream(&source) || is_stream(&target) {
        return Err(Failure::usage("`-` is no folder; `larder cp` copies one object from or to it"));
    }
    let (source, target) = (root(source), root(target));
    let filter = match &source {
        Root::Folder(folder) => arguments.filters.filter_below(folder),
        Root::Bucket(_) => arguments.filters.filter(),
    };
    let settings = arguments.objects.settings()?;
    let opened =
        arguments.options.open(&world, settings, Some(&arguments.other), (bucket(&source), bucket(&target))).await?;
    if let (Root::Bucket(from), Root::Bucket(to)) = (&source, &target) {
        let is_same_server = opened.source.is_same_server(&opened.target);
        places::check_apart(from, to, is_same_server)?;
        if arguments.delete {
            places::check_kept(from, to, is_same_server)?;
        }
    }
    let rules = Rules { direction, comparison: arguments.comparison(), delete: arguments.delete, filter };
    let follows = !arguments.no_follow_symlinks;
    let from = entries(&opened, &source, true, follows)?;
    let to = entries(&opened, &target, false, follows)?;
    let tasks = plan((source, from), (target, to), rules, arguments.options.force_glacier_transfer);
    opened.carry_out(tasks).await
}

impl Arguments {
    fn comparison(&self) -> Comparison {
        match self {
            Self { size_only: true, .. } => Comparison::SizeOnly,
            Self { exact_timestamps: true, .. } => Comparison::ExactTime,
            Self { checksum: true, .. } => Comparison::Checksum,
            _ => Comparison::SizeAndTime,
        }
    }
}

fn root(location: Location) -> Root {
    match location {
        Location::Local(path) => Root::Folder(places::folder(&path)),
        Location::Bucket(place) => Root::Bucket(place.as_folder()),
    }
}

fn bucket(root: &Root) -> Option<&larder_client::location::BucketPath> {
    if let Root::Bucket(place) = root { Some(place) } else { None }
}

fn entries(opened: &Opened, root: &Root, is_source: bool, follows: bool) -> Result<Entries, Failure> {
    match root {
        Root::Bucket(place) => {
            let connection = if is_source { &opened.source } else { &opened.target };
            Ok(Entries::Pages(opened.pages(connection, place)))
        }
        Root::Folder(folder) if !is_source && !folder.exists() => Ok(Entries::Nothing),
        Root::Folder(folder) => walk(folder, follows),
    }
}

fn walk(folder: &Path, follows: bool) -> Result<Entries, Failure> {
    if folder.is_file() {
        return Err(Failure::usage(format!("{} is a file; `larder cp` copies it", folder.display())));
    }
    let walk = Walk::new(folder, follows);
    walk.map(Entries::Walk)
        .map_err(|error| Failure::Other(anyhow::anyhow!("cannot read {}: {error}", folder.display())))
}
