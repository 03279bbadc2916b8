//! `larder ls`: buckets, and what is in them.

use std::io::Write;
use std::process::ExitCode;

use larder_client::entry::Entry;
use larder_client::error::RequestError;
use larder_client::location::BucketPath;
use serde_json::json;

use crate::s3::looking::{self, Opened};
use crate::s3::session::{self, World};
use crate::s3::{Ending, Failure, places, sizes, times};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// s3://bucket/prefix or s3://bucket/logs/*.gz [default: all buckets]
    path: Option<String>,
    /// Everything below, instead of one level
    #[arg(long, short)]
    recursive: bool,
    /// Sizes such as 1.5 MiB
    #[arg(long, short = 'H')]
    human_readable: bool,
    /// Count objects and bytes at the end
    #[arg(long)]
    summarize: bool,
    /// Take `*`, `?` and `[` in keys as they are
    #[arg(long)]
    no_glob: bool,
    #[command(flatten)]
    looking: looking::Arguments,
}

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    session::run(|world| list(arguments, world))
}

async fn list(arguments: Arguments, world: World) -> Ending {
    let path = arguments.path.as_deref().filter(|path| *path != "s3://");
    let Some(path) = path else { return buckets(&arguments, &world).await };
    let place = BucketPath::parse_bucket_or_uri(path)?;
    let opened = arguments.looking.open(&world, Some(&place.bucket)).await?;
    let pattern = if arguments.recursive { None } else { places::pattern(&place, arguments.no_glob) };
    let listed = pattern.as_ref().map_or(&place, |pattern| &pattern.listed);
    let deep = arguments.recursive || pattern.is_some();
    let mut pages = opened.pages(listed, if deep { None } else { Some("/") });
    let shown_from = if deep { 0 } else { place.key.rfind('/').map_or(0, |at| at + 1) };
    let mut out = looking::output();
    let (mut count, mut bytes, mut seen) = (0_u64, 0_u64, false);
    while let Some(page) = pages.next().await? {
        for folder in &page.folders {
            seen = true;
            if arguments.looking.json {
                writeln!(out, "{}", json!({"prefix": folder}))?;
            } else {
                writeln!(out, "{:>30} {}", "PRE", folder.get(shown_from..).unwrap_or(folder))?;
            }
        }
        for entry in page.objects {
            if pattern.as_ref().is_some_and(|pattern| !pattern.glob.matches(&entry.key)) {
                continue;
            }
            seen = true;
            count += 1;
            bytes += entry.size;
            print(&mut out, &arguments, &entry, shown_from)?;
        }
        out.flush()?;
    }
    if arguments.summarize && arguments.looking.json {
        writeln!(out, "{}", json!({"objects": count, "bytes": bytes}))?;
    } else if arguments.summarize {
        writeln!(out, "\nTotal Objects: {count}\n   Total Size: {}", shown(&arguments, bytes))?;
    }
    out.flush()?;
    // As the AWS CLI: a prefix under which there is nothing is not there.
    if seen || place.key.is_empty() { Ok(()) } else { Err(Failure::Told) }
}

fn print(out: &mut impl Write, arguments: &Arguments, entry: &Entry, shown_from: usize) -> std::io::Result<()> {
    if arguments.looking.json {
        let class = entry.storage_class.as_deref().unwrap_or("STANDARD");
        let object = json!({
            "key": entry.key, "size": entry.size, "modified": entry.modified.to_jiff().to_string(), "etag": entry.etag, "class": class,
        });
        return writeln!(out, "{object}");
    }
    let name = entry.key.get(shown_from..).unwrap_or(&entry.key);
    writeln!(out, "{} {:>10} {name}", times::local(entry.modified), shown(arguments, entry.size))
}

fn shown(arguments: &Arguments, bytes: u64) -> String {
    if arguments.human_readable { sizes::human(bytes) } else { bytes.to_string() }
}

async fn buckets(arguments: &Arguments, world: &World) -> Ending {
    let opened = arguments.looking.open(world, None).await?;
    let mut out = looking::output();
    for (name, created) in names(&opened).await? {
        if arguments.looking.json {
            writeln!(out, "{}", json!({"bucket": name, "created": created.map(|time| time.to_jiff().to_string())}))?;
        } else {
            writeln!(out, "{} {name}", created.map(times::local).unwrap_or_default())?;
        }
    }
    out.flush()?;
    Ok(())
}

type Bucket = (String, Option<larder_types::Timestamp>);

async fn names(opened: &Opened) -> Result<Vec<Bucket>, RequestError> {
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let ask = || async {
            let request = opened.connection.client().list_buckets().set_continuation_token(token.clone());
            request.send().await.map_err(RequestError::from)
        };
        let answer = opened.requests.send(ask).await?;
        for bucket in answer.buckets() {
            let millis = bucket.creation_date().and_then(|time| time.to_millis().ok());
            let created = millis.map(larder_types::Timestamp::from_millis);
            found.push((bucket.name().unwrap_or_default().to_owned(), created));
        }
        token = answer.continuation_token().map(str::to_owned);
        if token.is_none() {
            return Ok(found);
        }
    }
}
