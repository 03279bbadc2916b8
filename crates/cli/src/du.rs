//! `larder du`: how much is below a prefix.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use larder_client::location::BucketPath;
use serde_json::json;

use crate::s3::session::{self, World};
use crate::s3::{Ending, looking, places, sizes};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// s3://bucket/prefix
    #[arg(required = true)]
    paths: Vec<String>,
    /// Sizes such as 1.5 MiB
    #[arg(long, short = 'H')]
    human_readable: bool,
    /// Also each folder down to this depth
    #[arg(long, short, value_name = "LEVELS", default_value_t = 0)]
    depth: usize,
    #[command(flatten)]
    looking: looking::Arguments,
}

#[derive(Default)]
struct Sum {
    objects: u64,
    bytes: u64,
}

impl Sum {
    fn add(&mut self, bytes: u64) {
        self.objects += 1;
        self.bytes += bytes;
    }
}

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    session::run(|world| usage(arguments, world))
}

async fn usage(arguments: Arguments, world: World) -> Ending {
    for text in &arguments.paths {
        let place = places::bucket_path(text)?;
        let opened = arguments.looking.open(&world, Some(&place.bucket)).await?;
        let mut pages = opened.pages(&place, None);
        let (mut total, mut folders) = (Sum::default(), BTreeMap::<String, Sum>::new());
        while let Some(page) = pages.next().await? {
            for entry in &page.objects {
                total.add(entry.size);
                for folder in folders_of(&entry.key, place.key.len(), arguments.depth) {
                    match folders.get_mut(folder) {
                        Some(sum) => sum.add(entry.size),
                        None => folders.entry(folder.to_owned()).or_default().add(entry.size),
                    }
                }
            }
        }
        let mut out = looking::output();
        for (folder, sum) in &folders {
            print(&mut out, &arguments, &place.with_key(folder.as_str()), sum)?;
        }
        print(&mut out, &arguments, &place, &total)?;
        out.flush()?;
    }
    Ok(())
}

/// The folders that a key is in, below a prefix of `from` bytes, at most `depth` levels down.
fn folders_of(key: &str, from: usize, depth: usize) -> impl Iterator<Item = &str> {
    key[from..].match_indices('/').take(depth).map(move |(at, _)| &key[..=from + at])
}

fn print(out: &mut impl Write, arguments: &Arguments, place: &BucketPath, sum: &Sum) -> std::io::Result<()> {
    if arguments.looking.json {
        return writeln!(out, "{}", json!({"path": place.to_string(), "objects": sum.objects, "bytes": sum.bytes}));
    }
    let size = if arguments.human_readable { sizes::human(sum.bytes) } else { sum.bytes.to_string() };
    writeln!(out, "{size:>12} {:>9} objects  {place}", sum.objects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_stop_at_the_depth() {
        let found = |depth| folders_of("p/a/b/c", 2, depth).collect::<Vec<_>>();
        assert!(found(0).is_empty());
        assert_eq!(found(1), ["p/a/"]);
        assert_eq!(found(9), ["p/a/", "p/a/b/"]);
    }
}
