//! `larder find`: objects by name, size and age.

use std::io::Write;
use std::process::ExitCode;

use larder_client::entry::Entry;
use larder_client::glob::{Dialect, Glob};
use larder_types::Timestamp;
use serde_json::json;

use crate::s3::session::{self, World};
use crate::s3::{Ending, Failure, looking, places, sizes, times};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// s3://bucket/prefix
    path: String,
    /// The last part of the key matches
    #[arg(long, value_name = "PATTERN")]
    name: Option<String>,
    /// The key below the prefix matches; `*` stops at a slash and `**` does not
    #[arg(long, value_name = "PATTERN")]
    key: Option<String>,
    /// Larger than this
    #[arg(long, value_name = "SIZE", value_parser = sizes::parse)]
    larger: Option<u64>,
    /// Smaller than this
    #[arg(long, value_name = "SIZE", value_parser = sizes::parse)]
    smaller: Option<u64>,
    /// Changed after this: a time, or how long ago, such as 7d
    #[arg(long, value_name = "TIME")]
    newer: Option<String>,
    /// Changed before this: a time, or how long ago, such as 7d
    #[arg(long, value_name = "TIME")]
    older: Option<String>,
    /// Of this storage class
    #[arg(long, value_name = "CLASS")]
    storage_class: Option<String>,
    /// End each name with a NUL byte instead of a line end
    #[arg(long, short = '0')]
    print0: bool,
    #[command(flatten)]
    looking: looking::Arguments,
}

const EXAMPLES: &str = "\
Examples:
  larder find s3://my-bucket/ --name '*.log' --older 30d
  larder find s3://my-bucket/ --larger 1GiB --json";

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    session::run(|world| find(arguments, world))
}

struct Wanted {
    name: Option<Glob>,
    key: Option<Glob>,
    newer: Option<Timestamp>,
    older: Option<Timestamp>,
    from: usize,
}

impl Wanted {
    fn admits(&self, arguments: &Arguments, entry: &Entry) -> bool {
        let class = entry.storage_class.as_deref().unwrap_or("STANDARD");
        self.name.as_ref().is_none_or(|glob| glob.matches(places::name_of(&entry.key)))
            && self.key.as_ref().is_none_or(|glob| glob.matches(&entry.key[self.from..]))
            && arguments.larger.is_none_or(|size| entry.size > size)
            && arguments.smaller.is_none_or(|size| entry.size < size)
            && self.newer.is_none_or(|time| entry.modified > time)
            && self.older.is_none_or(|time| entry.modified < time)
            && arguments.storage_class.as_deref().is_none_or(|wanted| wanted == class)
    }
}

async fn find(arguments: Arguments, world: World) -> Ending {
    let place = places::bucket_path(&arguments.path)?;
    let now = world.clock.now();
    let time = |text: &Option<String>| text.as_deref().map(|text| times::parse_past(text, now)).transpose();
    let wanted = Wanted {
        name: arguments.name.as_deref().map(|pattern| Glob::new(pattern, Dialect::Path)),
        key: arguments.key.as_deref().map(|pattern| Glob::new(pattern, Dialect::Path)),
        newer: time(&arguments.newer).map_err(Failure::Usage)?,
        older: time(&arguments.older).map_err(Failure::Usage)?,
        from: place.key.len(),
    };
    let opened = arguments.looking.open(&world, Some(&place.bucket)).await?;
    let mut pages = opened.pages(&place, None);
    let mut out = looking::output();
    let end = if arguments.print0 { '\0' } else { '\n' };
    while let Some(page) = pages.next().await? {
        for entry in page.objects.iter().filter(|entry| wanted.admits(&arguments, entry)) {
            let uri = place.with_key(entry.key.as_str()).to_string();
            if arguments.looking.json {
                let modified = entry.modified.to_jiff().to_string();
                let class = entry.storage_class.as_deref().unwrap_or("STANDARD");
                write!(out, "{}{end}", json!({"uri": uri, "size": entry.size, "modified": modified, "class": class}))?;
            } else {
                write!(out, "{uri}{end}")?;
            }
        }
        out.flush()?;
    }
    Ok(())
}
