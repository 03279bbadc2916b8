//! `cargo xtask cli-bench`: `larder sync` beside the clients people use, with one server and the same files.
//!
//! Server and clients share one machine and its disk, so times compare clients on that machine and promise nothing else.
//! Each client does the same four things after each other before the next one starts. A client that is not installed is
//! left out, loudly.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::bench::{Certificate, parse_size};
use crate::scratch;
use crate::server::{self, Server};

mod ceiling;
mod measured;
mod tools;

use ceiling::Ceiling;
use measured::{Measured, run_measured};
use tools::{TOOLS, Tool};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The larder binary to measure, as server and as client [default: the release build of this checkout]
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,
    /// Where files and the server's data are made; choose the disk to be measured
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Clients to measure
    #[arg(long, value_delimiter = ',', default_value = "larder,aws,rclone,s3cmd")]
    clients: Vec<String>,
    /// Files of the tree; 0 leaves the tree out
    #[arg(long, value_name = "COUNT", default_value_t = 20_000)]
    files: u64,
    /// Size of each
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "4KiB")]
    file_size: u64,
    /// Size of the one large file; 0 leaves it out
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "4GiB")]
    large: u64,
    /// Speak TLS, with a certificate made for the run
    #[arg(long)]
    tls: bool,
    /// Also synchronise a tree of so many empty files, uploaded by larder, with nothing to do
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    unchanged: u64,
    /// Clients that do so
    #[arg(long, value_delimiter = ',', default_value = "larder")]
    unchanged_clients: Vec<String>,
}

/// What is measured, and how much of it.
struct Row {
    work: &'static str,
    tool: &'static str,
    measured: Measured,
    amount: f64,
    unit: &'static str,
}

/// A server and folders that go away at the end.
pub(super) struct Stage {
    folder: TempDir,
    pub(super) binary: PathBuf,
    server: Server,
    /// The certificate that clients are to trust, when the server speaks TLS.
    pub(super) trusted: Option<PathBuf>,
}

impl Stage {
    fn set_up(arguments: &Arguments) -> Result<Self> {
        let binary = server::binary(arguments.server.as_deref())?.canonicalize()?;
        let folder = scratch::folder("cli-bench", arguments.data.as_deref())?;
        fs::create_dir(folder.path().join("home"))?;
        let config = "[default]\ns3 =\n    addressing_style = path\n";
        fs::write(folder.path().join("aws-config"), config)?;
        let certificate = if arguments.tls { Some(Certificate::make(folder.path())?) } else { None };
        let flags = match &certificate {
            Some(certificate) => certificate.flags()?.to_vec(),
            None => Vec::new(),
        };
        let (data, log) = (folder.path().join("data"), folder.path().join("server.log"));
        let server = Server::start_with(&binary, &data, &log, 0, &flags)?;
        Ok(Self { folder, binary, server, trusted: certificate.map(|certificate| certificate.chain) })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.server.endpoint
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let wanted = chosen(&arguments.clients)?;
    let stage = Stage::set_up(arguments)?;
    let mut rows = Vec::new();
    if arguments.files > 0 {
        write_tree(&stage.path("tree"), arguments.files, arguments.file_size)?;
        for tool in &wanted {
            small_files(&stage, tool, arguments.files, &mut rows)?;
        }
    }
    let mut ceiling = None;
    if arguments.large > 0 {
        ceiling = Some(Ceiling::measure(&stage, arguments.large)?);
        large_file(&stage, &wanted, arguments.large, &mut rows)?;
    }
    if arguments.unchanged > 0 {
        unchanged(&stage, &chosen(&arguments.unchanged_clients)?, arguments.unchanged, &mut rows)?;
    }
    print(&rows);
    if let Some(ceiling) = ceiling {
        ceiling.print(&rows);
    }
    Ok(())
}

/// The clients that are asked for and here.
fn chosen(names: &[String]) -> Result<Vec<&'static Tool>> {
    let mut found = Vec::new();
    for name in names {
        let Some(tool) = TOOLS.iter().find(|tool| tool.name == name) else {
            bail!("no client is called `{name}`; clients: {}", TOOLS.map(|tool| tool.name).join(", "));
        };
        match tool.version() {
            Some(version) => {
                println!("{name}: {version}");
                found.push(tool);
            }
            None => println!("SKIPPED: {name} is not installed: {}", tool.install),
        }
    }
    ensure!(!found.is_empty(), "no client is here");
    Ok(found)
}

fn small_files(stage: &Stage, tool: &'static Tool, files: u64, rows: &mut Vec<Row>) -> Result<()> {
    let bucket = format!("small-{}", tool.name);
    run_measured(tools::larder(stage).args(["mb", &format!("s3://{bucket}")]), &stage.path("log"))?;
    // Each has a folder of its own, for file systems are slow at making files where many were just removed.
    let (tree, down) = (stage.path("tree"), stage.path(&format!("down-{}", tool.name)));
    let mut measure = |work, mut command| -> Result<()> {
        let measured =
            run_measured(&mut command, &stage.path("log")).with_context(|| format!("{} {work}", tool.name))?;
        println!("{:<8} {work:<22} {measured}", tool.name);
        rows.push(Row { work, tool: tool.name, measured, amount: files as f64, unit: "files" });
        Ok(())
    };
    measure("up", (tool.sync_up)(stage, &tree, &bucket))?;
    measure("up, nothing changed", (tool.sync_up)(stage, &tree, &bucket))?;
    fs::create_dir(&down)?;
    measure("down", (tool.sync_down)(stage, &bucket, &down))?;
    measure("down, nothing changed", (tool.sync_down)(stage, &bucket, &down))?;
    let (there, back) = (count(&tree)?, count(&down)?);
    ensure!(there == back, "{} brought {back} files of {there} back", tool.name);
    let remove = ["rb", &format!("s3://{bucket}"), "--force", "--quiet"];
    run_measured(tools::larder(stage).args(remove), &stage.path("log"))?;
    Ok(())
}

fn large_file(stage: &Stage, tools: &[&'static Tool], size: u64, rows: &mut Vec<Row>) -> Result<()> {
    let (file, back) = (stage.path("large"), stage.path("large-back"));
    write_noise(&file, size)?;
    run_measured(tools::larder(stage).args(["mb", "s3://large"]), &stage.path("log"))?;
    for tool in tools {
        for (work, mut command) in [
            ("large file up", (tool.copy_up)(stage, &file, "large", "object")),
            ("large file down", (tool.copy_down)(stage, "large", "object", &back)),
        ] {
            let measured =
                run_measured(&mut command, &stage.path("log")).with_context(|| format!("{} {work}", tool.name))?;
            println!("{:<8} {work:<22} {measured}", tool.name);
            rows.push(Row { work, tool: tool.name, measured, amount: size as f64 / 1e6, unit: "MB" });
        }
        ensure!(fs::metadata(&back)?.len() == size, "{} brought something else back", tool.name);
        fs::remove_file(&back)?;
        run_measured(tools::larder(stage).args(["rm", "s3://large/object", "--quiet"]), &stage.path("log"))?;
    }
    fs::remove_file(&file)?;
    Ok(())
}

fn unchanged(stage: &Stage, tools: &[&'static Tool], files: u64, rows: &mut Vec<Row>) -> Result<()> {
    let tree = stage.path("many");
    write_tree(&tree, files, 0)?;
    run_measured(tools::larder(stage).args(["mb", "s3://many"]), &stage.path("log"))?;
    let tree_text = tree.to_string_lossy().into_owned();
    let up = ["sync", &tree_text, "s3://many", "--quiet"];
    let measured = run_measured(tools::larder(stage).args(up), &stage.path("log"))?;
    println!("{:<8} {:<22} {measured}", "larder", "empty files up");
    rows.push(Row { work: "empty files up", tool: "larder", measured, amount: files as f64, unit: "files" });
    for tool in tools {
        let measured = run_measured(&mut (tool.sync_up)(stage, &tree, "many"), &stage.path("log"))?;
        println!("{:<8} {:<22} {measured}", tool.name, "many, nothing to do");
        rows.push(Row { work: "many, nothing to do", tool: tool.name, measured, amount: files as f64, unit: "files" });
    }
    Ok(())
}

fn print(rows: &[Row]) {
    println!("\n| work | client | time s | per second | CPU s | peak MiB | larder is faster by |");
    println!("|---|---|---:|---:|---:|---:|---:|");
    for row in rows {
        let own = rows.iter().find(|other| other.work == row.work && other.tool == "larder");
        let ratio = own.filter(|own| own.tool != row.tool).map(|own| row.measured.seconds / own.measured.seconds);
        println!(
            "| {} | {} | {:.2} | {:.0} {} | {:.2} | {:.0} | {} |",
            row.work,
            row.tool,
            row.measured.seconds,
            row.amount / row.measured.seconds,
            row.unit,
            row.measured.processor_seconds,
            row.measured.peak_bytes as f64 / 1_048_576.0,
            ratio.map_or_else(String::new, |ratio| format!("{ratio:.1}")),
        );
    }
}

/// Files that were written a while ago, in folders of 100.
fn write_tree(root: &Path, files: u64, size: u64) -> Result<()> {
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let content = noise.bytes(usize::try_from(size)? + 8);
    for number in 0..files {
        let folder = root.join(format!("folder-{:05}", number / 100));
        if number % 100 == 0 {
            fs::create_dir_all(&folder)?;
        }
        let path = folder.join(format!("file-{number:07}.bin"));
        let mut bytes = content[..usize::try_from(size)?].to_vec();
        bytes.iter_mut().zip(number.to_le_bytes()).for_each(|(byte, own)| *byte ^= own);
        fs::write(&path, bytes)?;
        let file = fs::File::options().write(true).open(&path)?;
        file.set_modified(file.metadata()?.modified()? - std::time::Duration::from_secs(3_600))?;
    }
    Ok(())
}

fn write_noise(path: &Path, size: u64) -> Result<()> {
    use std::io::Write;
    let mut noise = Noise(7);
    let mut file = std::io::BufWriter::with_capacity(1 << 20, fs::File::create(path)?);
    let mut left = size;
    while left > 0 {
        let length = usize::try_from(left.min(1 << 20))?;
        file.write_all(&noise.bytes(length))?;
        left -= length as u64;
    }
    file.flush()?;
    let file = file.into_inner()?;
    file.set_modified(file.metadata()?.modified()? - std::time::Duration::from_secs(3_600))?;
    Ok(())
}

fn count(root: &Path) -> Result<u64> {
    let mut files = 0;
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() { folders.push(entry.path()) } else { files += 1 }
        }
    }
    Ok(files)
}

/// xorshift64: bytes that do not compress and are the same in every run.
struct Noise(u64);

impl Noise {
    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            bytes.extend_from_slice(&self.0.to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }
}
