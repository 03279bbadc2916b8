//! Verifies a whole journal: every batch against its checksum, the order of their sequence numbers, and the zeros behind them.
//!
//! The engine verifies batches when it replays them, and nothing else: its checksum leaves out the start of a batch, and what
//! follows the last batch it takes for a torn write. `journal.rs` has the layout.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use xxhash_rust::xxh3::Xxh3Default;

const END_MAGIC: [u8; 4] = *b"FJL\x03";
const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;

/// How far apart the sequence numbers of neighbours may be: flushes and compactions take numbers too, one or two each.
const LARGEST_GAP: u64 = 1 << 16;

/// The first thing that is wrong with a journal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct JournalDamage {
    offset: u64,
    what: &'static str,
}

impl fmt::Display for JournalDamage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: {}", self.offset, self.what)
    }
}

/// What one attempt to read a batch came to.
enum Batch {
    Whole {
        sequence: u64,
    },
    Broken(&'static str),
    /// Nothing but zeros follows, or nothing at all.
    End,
}

struct Journal<R> {
    reader: R,
    position: u64,
    hasher: Xxh3Default,
    buffer: Vec<u8>,
}

impl Journal<BufReader<File>> {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self::new(BufReader::with_capacity(256 * 1024, File::open(path)?)))
    }
}

impl<R: Read> Journal<R> {
    fn new(reader: R) -> Self {
        Self { reader, position: 0, hasher: Xxh3Default::new(), buffer: Vec::new() }
    }

    fn take<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes)?;
        self.position += N as u64;
        Ok(bytes)
    }

    fn hashed<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let bytes = self.take()?;
        self.hasher.update(&bytes);
        Ok(bytes)
    }

    /// Hashes `length` bytes.
    fn body(&mut self, mut length: u64) -> io::Result<()> {
        self.buffer.resize(64 * 1024, 0);
        while length > 0 {
            let piece = usize::try_from(length).unwrap_or(usize::MAX).min(self.buffer.len());
            self.reader.read_exact(&mut self.buffer[..piece])?;
            self.hasher.update(&self.buffer[..piece]);
            self.position += piece as u64;
            length -= piece as u64;
        }
        Ok(())
    }

    fn batch(&mut self) -> io::Result<Batch> {
        let tag = match self.take::<1>() {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Batch::End),
            tag => tag?[0],
        };
        if tag == 0 {
            return Ok(if self.zeros_follow()? {
                Batch::End
            } else {
                Batch::Broken("zeros where a batch should start")
            });
        }
        if tag != START {
            return Ok(Batch::Broken("no batch starts here"));
        }
        let items = u32::from_le_bytes(self.take()?);
        let sequence = u64::from_le_bytes(self.take()?);
        self.hasher.reset();
        for _ in 0..items {
            match self.hashed::<1>()?[0] {
                ITEM => {
                    let _kinds_and_keyspace = self.hashed::<10>()?;
                    let key = u64::from(u16::from_le_bytes(self.hashed()?));
                    let _length = self.hashed::<4>()?;
                    let value = u64::from(u32::from_le_bytes(self.hashed()?));
                    self.body(key + value)?;
                }
                CLEAR => self.body(8)?,
                _ => return Ok(Batch::Broken("an item of a batch cannot be read")),
            }
        }
        let checksum = self.hasher.digest();
        if self.take::<1>()?[0] != END {
            return Ok(Batch::Broken("a batch does not end where it should"));
        }
        let (stored, magic) = (u64::from_le_bytes(self.take()?), self.take::<4>()?);
        Ok(match (stored == checksum, magic == END_MAGIC) {
            (true, true) => Batch::Whole { sequence },
            (false, _) => Batch::Broken("a batch fails its checksum"),
            (_, false) => Batch::Broken("the end of a batch cannot be read"),
        })
    }

    fn zeros_follow(&mut self) -> io::Result<bool> {
        self.buffer.resize(64 * 1024, 0);
        loop {
            let read = self.reader.read(&mut self.buffer)?;
            if read == 0 {
                return Ok(true);
            }
            if self.buffer[..read].iter().any(|&byte| byte != 0) {
                return Ok(false);
            }
        }
    }
}

/// What is wrong with a journal that nobody writes to at the moment.
pub(crate) fn check(path: &Path) -> io::Result<Option<JournalDamage>> {
    check_all(Journal::open(path)?)
}

/// What is wrong with a journal in memory, for fuzzing.
pub(crate) fn check_bytes(bytes: &[u8]) -> io::Result<Option<JournalDamage>> {
    check_all(Journal::new(bytes))
}

fn check_all<R: Read>(mut journal: Journal<R>) -> io::Result<Option<JournalDamage>> {
    let mut last: Option<u64> = None;
    loop {
        let offset = journal.position;
        let damage = |what| Ok(Some(JournalDamage { offset, what }));
        match journal.batch() {
            Ok(Batch::End) => return Ok(None),
            Ok(Batch::Whole { sequence }) => {
                let fits = |last: u64| (1..=LARGEST_GAP).contains(&sequence.wrapping_sub(last));
                if !last.is_none_or(fits) {
                    return damage("the sequence number of a batch does not follow the one before");
                }
                last = Some(sequence);
            }
            Ok(Batch::Broken(what)) => return damage(what),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return damage("a batch is cut short"),
            Err(error) => return Err(error),
        }
    }
}

/// Where the last batch of a journal ends that nobody writes to at the moment. One that is damaged has no end.
pub(crate) fn end(path: &Path) -> io::Result<u64> {
    if let Some(damage) = check(path)? {
        return Err(io::Error::other(format!("{}: {damage}", path.display())));
    }
    let mut journal = Journal::open(path)?;
    loop {
        let end = journal.position;
        if !matches!(journal.batch()?, Batch::Whole { .. }) {
            return Ok(end);
        }
    }
}
