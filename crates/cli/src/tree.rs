//! `larder tree`: folders and objects as a tree.

use std::io::Write;
use std::process::ExitCode;

use larder_client::location::BucketPath;
use serde_json::json;

use crate::s3::looking::{self, Opened};
use crate::s3::session::{self, World};
use crate::s3::{Ending, places, sizes};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// s3://bucket/prefix
    path: String,
    /// Go down so many levels
    #[arg(long, short, value_name = "LEVELS", default_value_t = usize::MAX, hide_default_value = true)]
    depth: usize,
    /// Folders only
    #[arg(long)]
    folders: bool,
    /// Sizes of objects, such as 1.5 MiB
    #[arg(long, short = 'H')]
    human_readable: bool,
    #[command(flatten)]
    looking: looking::Arguments,
}

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    session::run(|world| tree(arguments, world))
}

/// One line to be: a folder to go down into, or an object.
struct Node {
    key: String,
    size: Option<u64>,
    /// What stands before the name of each child.
    indent: String,
    depth: usize,
    is_last: bool,
}

async fn tree(arguments: Arguments, world: World) -> Ending {
    let root = places::bucket_path(&arguments.path)?.as_folder();
    let opened = arguments.looking.open(&world, Some(&root.bucket)).await?;
    let mut out = looking::output();
    if !arguments.looking.json {
        writeln!(out, "{root}")?;
    }
    let (mut folders, mut objects) = (0_u64, 0_u64);
    // Nodes that wait, the next one last. What is held is one level of each folder on the way down.
    let mut waiting = children(&arguments, &opened, &root, "", 1).await?;
    while let Some(node) = waiting.pop() {
        let is_folder = node.size.is_none();
        *(if is_folder { &mut folders } else { &mut objects }) += 1;
        print(&mut out, &arguments, &node)?;
        if is_folder && node.depth < arguments.depth {
            let indent = format!("{}{}", node.indent, if node.is_last { "    " } else { "│   " });
            waiting.extend(children(&arguments, &opened, &root.with_key(node.key), &indent, node.depth + 1).await?);
        }
    }
    if !arguments.looking.json {
        writeln!(out, "\n{folders} folders, {objects} objects")?;
    }
    out.flush()?;
    Ok(())
}

/// The level below a folder, the first node last.
async fn children(
    arguments: &Arguments,
    opened: &Opened,
    place: &BucketPath,
    indent: &str,
    depth: usize,
) -> Result<Vec<Node>, larder_client::error::RequestError> {
    let level = opened.level(place).await?;
    let folders = level.folders.into_iter().map(|key| (key, None));
    let objects = level.objects.into_iter().filter(|entry| entry.key != place.key && !arguments.folders);
    let mut found: Vec<_> = folders.chain(objects.map(|entry| (entry.key, Some(entry.size)))).collect();
    found.sort();
    let count = found.len();
    let node = |(index, (key, size)): (usize, (String, Option<u64>))| Node {
        key,
        size,
        indent: indent.to_owned(),
        depth,
        is_last: index + 1 == count,
    };
    let mut nodes: Vec<Node> = found.into_iter().enumerate().map(node).collect();
    nodes.reverse();
    Ok(nodes)
}

fn print(out: &mut impl Write, arguments: &Arguments, node: &Node) -> std::io::Result<()> {
    if arguments.looking.json {
        return writeln!(out, "{}", json!({"key": node.key, "size": node.size, "depth": node.depth}));
    }
    let name = places::name_of(node.key.trim_end_matches('/'));
    let slash = if node.size.is_none() { "/" } else { "" };
    let size = match node.size {
        Some(size) if arguments.human_readable => format!("  {}", sizes::human(size)),
        _ => String::new(),
    };
    writeln!(out, "{}{}{name}{slash}{size}", node.indent, if node.is_last { "└── " } else { "├── " })
}
