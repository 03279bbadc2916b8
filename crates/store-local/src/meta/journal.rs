//! Looks at the engine's journals before the engine does, because at a place it cannot read it takes the rest of a journal for
//! the torn end of the last write and cuts it off. After power loss that is right. When commits follow the place, a part of
//! the disk went bad, and cutting would lose what was acknowledged.
//!
//! The other way round, a torn last batch whose frame is whole makes the engine refuse to open: power loss may leave zeros in
//! the middle of a write, since journals are files of a fixed length. [`Tail::set_aside`] is for that.
//!
//! A journal is a sequence of batches: start (1, items: u32, sequence number: u64), items (2, kind: u8, compression: u8,
//! keyspace: u64, key length: u16, length: u32, stored length: u32, key, value) or clears (4, keyspace: u64), and end
//! (3, checksum: u64, "FJL\x03"); numbers are little-endian. Zeros fill it up.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

const END_MAGIC: [u8; 4] = *b"FJL\x03";
const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;
/// Bytes of an end.
const END_BYTES: usize = 13;
/// How far apart the sequence numbers of batches in one journal may be, generously.
const SEQUENCE_SPAN: u64 = 1 << 32;

/// What was found in the last journal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tail {
    journal: PathBuf,
    /// Where the last whole batch starts and ends; nothing but zeros or a torn batch follows.
    last_batch: Option<(u64, u64)>,
}

/// Why the journals are not handed to the engine.
#[derive(Debug, thiserror::Error)]
pub(super) enum JournalError {
    #[error("the journals cannot be read")]
    Io(#[from] io::Error),
    #[error("{} is damaged at byte {offset}, and commits follow", path.display())]
    Damaged { path: PathBuf, offset: u64 },
}

enum Entry {
    Start { items: u32, sequence: u64 },
    Item,
    End,
}

/// Reads entries and knows where it is.
struct Entries {
    reader: BufReader<File>,
    position: u64,
    length: u64,
}

impl Entries {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { reader: BufReader::with_capacity(64 * 1024, file), position: 0, length })
    }

    fn take<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes)?;
        self.position += N as u64;
        Ok(bytes)
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        if bytes > self.length.saturating_sub(self.position) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.position += bytes;
        self.reader.seek_relative(i64::try_from(bytes).map_err(io::Error::other)?)
    }

    /// The next entry, or nothing where there is none that can be read.
    fn next(&mut self) -> io::Result<Option<Entry>> {
        match self.parse() {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            result => result,
        }
    }

    fn parse(&mut self) -> io::Result<Option<Entry>> {
        Ok(match self.take::<1>()?[0] {
            START => {
                let items = u32::from_le_bytes(self.take()?);
                Some(Entry::Start { items, sequence: u64::from_le_bytes(self.take()?) })
            }
            ITEM => {
                let [kind, compression] = self.take()?;
                self.skip(8)?;
                let key = u64::from(u16::from_le_bytes(self.take()?));
                let [length, stored] = [u32::from_le_bytes(self.take()?), u32::from_le_bytes(self.take()?)];
                self.skip(key + u64::from(stored))?;
                let fits = compression == 1 || (compression == 0 && length == stored);
                (kind <= 4 && kind != 3 && fits).then_some(Entry::Item)
            }
            END => {
                self.skip(8)?;
                (self.take::<4>()? == END_MAGIC).then_some(Entry::End)
            }
            CLEAR => {
                self.skip(8)?;
                Some(Entry::Item)
            }
            _ => None,
        })
    }
}

/// The whole batches at the start of a journal.
#[derive(Default)]
struct Batches {
    last: Option<(u64, u64)>,
    last_sequence: u64,
}

fn whole_batches(path: &Path) -> io::Result<Batches> {
    let mut entries = Entries::open(path)?;
    let mut found = Batches::default();
    loop {
        let start = entries.position;
        let Some(Entry::Start { items, sequence }) = entries.next()? else {
            return Ok(found);
        };
        for _ in 0..items {
            let Some(Entry::Item) = entries.next()? else {
                return Ok(found);
            };
        }
        let Some(Entry::End) = entries.next()? else {
            return Ok(found);
        };
        found = Batches { last: Some((start, entries.position)), last_sequence: sequence };
    }
}

/// Where the next byte may be that was ever written: a fresh journal is one hole of many megabytes.
fn next_written(file: &File, offset: u64) -> io::Result<Option<u64>> {
    match rustix::fs::seek(file, rustix::fs::SeekFrom::Data(offset)) {
        Ok(position) => Ok(Some(position)),
        Err(rustix::io::Errno::NXIO) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What follows `offset`, without most of the zeros at the end.
fn written_from(file: &mut File, offset: u64) -> io::Result<Vec<u8>> {
    let zeros = vec![0; 64 * 1024];
    let mut buffer = zeros.clone();
    let (mut position, mut end) = (offset, offset);
    while let Some(written) = next_written(file, position)? {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        position = written + read as u64;
        if buffer[..read] != zeros[..read] {
            end = position;
        }
    }
    let mut written = vec![0; usize::try_from(end - offset).map_err(io::Error::other)?];
    file.read_exact_at(&mut written, offset)?;
    Ok(written)
}

/// Whether a batch ends and a later one starts somewhere in what follows the last whole batch.
fn batches_follow(rest: &[u8], last_sequence: u64) -> bool {
    rest.windows(END_BYTES + 14).any(|at| {
        let (end, start) = at.split_at(END_BYTES);
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
        let later = number(&start[5..13]).wrapping_sub(last_sequence);
        end[0] == END
            && end[9..] == END_MAGIC
            && start[0] == START
            && number(&start[1..5]) > 0
            && (1..SEQUENCE_SPAN).contains(&later)
            && matches!(start[13], ITEM | CLEAR)
    })
}

fn journals(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found: Vec<(u64, PathBuf)> = Vec::new();
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let number = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".jnl")?.parse::<u64>().ok());
        found.extend(number.map(|number| (number, path)));
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// Whether any journal holds anything but zeros.
pub(super) fn anything_written(directory: &Path) -> io::Result<bool> {
    for path in journals(directory)? {
        if !written_from(&mut File::open(path)?, 0)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes over every byte that was written with itself and syncs it: the kernel takes the pages of a failed sync for clean.
pub(super) fn write_anew(directory: &Path) -> io::Result<()> {
    let mut buffer = vec![0; 1024 * 1024];
    for path in journals(directory)? {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let mut position = 0;
        while let Some(written) = next_written(&file, position)? {
            let read = file.read_at(&mut buffer, written)?;
            if read == 0 {
                break;
            }
            file.write_all_at(&buffer[..read], written)?;
            position = written + read as u64;
        }
        file.sync_all()?;
    }
    Ok(())
}

/// Checks all journals in the engine's directory, and cuts off what a torn last write left behind the last whole batch: the engine
/// would take parts of it for entries. Changes nothing when there is damage.
pub(super) fn check(directory: &Path) -> Result<Option<Tail>, JournalError> {
    let mut tail: Option<Tail> = None;
    let mut torn = false;
    for path in journals(directory)? {
        if let (Some(earlier), true) = (&tail, torn) {
            // It was synced whole before this one was begun.
            let offset = earlier.last_batch.map_or(0, |(_, end)| end);
            return Err(JournalError::Damaged { path: earlier.journal.clone(), offset });
        }
        let batches = whole_batches(&path)?;
        let end = batches.last.map_or(0, |(_, end)| end);
        let rest = written_from(&mut File::open(&path)?, end)?;
        torn = !rest.is_empty();
        if batches_follow(&rest, batches.last_sequence) {
            return Err(JournalError::Damaged { path, offset: end });
        }
        tail = Some(Tail { journal: path, last_batch: batches.last });
    }
    if let (Some(tail), true) = (&tail, torn) {
        let end = tail.last_batch.map_or(0, |(_, end)| end);
        tracing::warn!(path = %tail.journal.display(), offset = end, "the last write to the journal was cut short");
        let file = OpenOptions::new().write(true).open(&tail.journal)?;
        file.set_len(end)?;
        file.sync_all()?;
    }
    Ok(tail)
}

/// A last batch that was taken out of a journal.
pub(super) struct SetAside {
    journal: PathBuf,
    copy: PathBuf,
    start: u64,
    bytes: Vec<u8>,
}

impl Tail {
    /// Takes the last batch out of the journal, keeping a copy beside it; nothing when there is none.
    pub(super) fn set_aside(&self) -> io::Result<Option<SetAside>> {
        let Some((start, end)) = self.last_batch else {
            return Ok(None);
        };
        let file = OpenOptions::new().read(true).write(true).open(&self.journal)?;
        let mut bytes = vec![0; usize::try_from(end - start).map_err(io::Error::other)?];
        file.read_exact_at(&mut bytes, start)?;
        let copy = self.journal.with_extension(format!("torn-{start}"));
        fs::write(&copy, &bytes)?;
        File::open(&copy)?.sync_all()?;
        file.set_len(start)?;
        file.sync_all()?;
        Ok(Some(SetAside { journal: self.journal.clone(), copy, start, bytes }))
    }
}

impl SetAside {
    /// Where the copy is.
    pub(super) fn copy(&self) -> &Path {
        &self.copy
    }

    /// Puts the batch back.
    pub(super) fn put_back(&self) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(&self.journal)?;
        file.write_all_at(&self.bytes, self.start)?;
        file.sync_all()?;
        fs::remove_file(&self.copy)
    }
}
