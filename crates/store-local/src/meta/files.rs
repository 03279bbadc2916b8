//! The files of the key-value engine: which there are, and whether they are what the engine wrote.
//!
//! The engine keeps a checksum (XXH3-128) of each table and of each file of values in the file that lists them, and one of
//! that file in `current`, and verifies neither: it relies on the checksums of blocks, which leave out what no read touches
//! (filters, indexes, sections of facts). Here every byte is looked at. The layouts are lsm-tree's 3.1 (disk format V3) and
//! those of its archives (sfa 1.0).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use xxhash_rust::xxh3::{Xxh3Default, xxh3_128};

use crate::blob::verify::forget_cached;
use crate::meta::journal_check;

/// How often the list of files is read again when the engine replaced it meanwhile.
const ATTEMPTS: usize = 50;

/// Bytes read at once.
const PIECE_BYTES: usize = 256 * 1024;

const MARKER: &[u8] = b"FJL\x03";

/// What a file of the engine is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Exactly these bytes.
    Bytes(Vec<u8>),
    /// Bytes with this XXH3-128.
    Checksum(u128),
    /// Batches of commits, then zeros.
    Journal,
    /// It cannot be said: this is wrong already.
    Damaged(String),
}

/// The engine's files by their name under its directory, in order.
pub(crate) type Files = BTreeMap<String, Expected>;

/// What a file holds that lists tables and files of values.
#[derive(Debug, Default, PartialEq, Eq)]
struct Listing {
    tables: Vec<(u64, u128)>,
    values: Vec<(u64, u128)>,
}

/// Takes numbers off the front of bytes.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn four(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn eight(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    /// A kind of checksum, which has to be XXH3, and the checksum.
    fn checksum(&mut self) -> Option<u128> {
        (self.byte()? == 0).then(|| self.take().map(u128::from_le_bytes))?
    }
}

/// A section of an archive: contents, then a table of contents, then 38 bytes of trailer.
fn section<'a>(archive: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    let trailer = archive.get(archive.len().checked_sub(38)?..)?.strip_prefix(b"SFA!\x01\x00")?;
    let toc = usize::try_from(u64::from_le_bytes(trailer.get(16..24)?.try_into().ok()?)).ok()?;
    let mut numbers = Numbers(archive.get(toc..)?.strip_prefix(b"TOC!")?);
    for _ in 0..numbers.four()? {
        let (start, length) = (usize::try_from(numbers.eight()?).ok()?, usize::try_from(numbers.eight()?).ok()?);
        let name_length = usize::from(u16::from_le_bytes(numbers.take()?));
        let name = numbers.0.get(..name_length)?;
        numbers.0 = numbers.0.get(name_length..)?;
        if name == wanted {
            return archive.get(start..start.checked_add(length)?);
        }
    }
    None
}

/// For fuzzing.
pub(crate) fn is_listing(bytes: &[u8]) -> bool {
    listing(bytes).is_some()
}

fn listing(archive: &[u8]) -> Option<Listing> {
    let mut found = Listing::default();
    let mut tables = Numbers(section(archive, b"tables")?);
    for _level in 0..tables.byte()? {
        for _run in 0..tables.byte()? {
            for _table in 0..tables.four()? {
                found.tables.push((tables.eight()?, tables.checksum()?));
                let _sequence = tables.eight()?;
            }
        }
    }
    let mut values = Numbers(section(archive, b"blob_files")?);
    for _ in 0..values.four()? {
        found.values.push((values.eight()?, values.checksum()?));
    }
    Some(found)
}

/// Adds the files of one tree. `Err` says that the engine replaced them meanwhile.
fn add_tree(directory: &Path, name: &str, files: &mut Files) -> io::Result<Result<(), ()>> {
    let tree = directory.join(name);
    let current = match fs::read(tree.join("current")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            files.insert(format!("{name}/current"), Expected::Damaged("it is not there".to_owned()));
            return Ok(Ok(()));
        }
        current => current?,
    };
    let mut numbers = Numbers(&current);
    // Here the kind of checksum, which has to be XXH3, comes last.
    let (id, checksum) = (numbers.eight(), numbers.take().map(u128::from_le_bytes));
    let (Some(id), Some(checksum), &[0]) = (id, checksum, numbers.0) else {
        files.insert(format!("{name}/current"), Expected::Damaged("it does not name a list of files".to_owned()));
        return Ok(Ok(()));
    };
    let list = format!("{name}/v{id}");
    let archive = match fs::read(directory.join(&list)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // Unless `current` names another one by now, what it names is wrong.
            if fs::read(tree.join("current"))? != current {
                return Ok(Err(()));
            }
            files.insert(list, Expected::Damaged("it is not there".to_owned()));
            return Ok(Ok(()));
        }
        archive => archive?,
    };
    let is_whole = xxh3_128(&archive) == checksum;
    if is_whole && let Some(listing) = listing(&archive) {
        for (id, checksum) in listing.tables {
            files.insert(format!("{name}/tables/{id}"), Expected::Checksum(checksum));
        }
        for (id, checksum) in listing.values {
            files.insert(format!("{name}/blobs/{id}"), Expected::Checksum(checksum));
        }
        files.insert(format!("{name}/current"), Expected::Bytes(current));
        files.insert(list, Expected::Checksum(checksum));
    } else {
        let what = "it is not the list of files that current names";
        files.insert(list, Expected::Damaged(what.to_owned()));
    }
    Ok(Ok(()))
}

/// All files that the engine would read, as they are listed at this moment. Other files in its directory it ignores or removes.
pub(crate) fn list(directory: &Path) -> io::Result<Files> {
    for _ in 0..ATTEMPTS {
        if let Ok(files) = list_once(directory)? {
            return Ok(files);
        }
    }
    Err(io::Error::other("the list of files changes all the time"))
}

fn list_once(directory: &Path) -> io::Result<Result<Files, ()>> {
    let mut files = Files::new();
    files.insert("version".to_owned(), Expected::Bytes(MARKER.to_vec()));
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        if let Some(name) = name.to_str().filter(|name| name.ends_with(".jnl")) {
            files.insert(name.to_owned(), Expected::Journal);
        }
    }
    for entry in fs::read_dir(directory.join("keyspaces"))? {
        let name = entry?.file_name();
        if let Some(name) = name.to_str()
            && add_tree(directory, &format!("keyspaces/{name}"), &mut files)?.is_err()
        {
            return Ok(Err(()));
        }
    }
    Ok(Ok(files))
}

/// What is wrong with a file, and how many bytes were read to say so.
pub(crate) fn check(directory: &Path, name: &str, expected: &Expected) -> io::Result<(u64, Option<String>)> {
    let path = directory.join(name);
    if let Expected::Damaged(what) = expected {
        return Ok((0, Some(what.clone())));
    }
    let mut file = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((0, Some("it is not there".to_owned()))),
        file => file?,
    };
    forget_cached(&file);
    let length = file.metadata()?.len();
    let damage = match expected {
        Expected::Bytes(bytes) => {
            let mut found = Vec::new();
            file.take(bytes.len() as u64 + 1).read_to_end(&mut found)?;
            (found != *bytes).then(|| "it does not hold what it should".to_owned())
        }
        Expected::Checksum(checksum) => {
            let mut hasher = Xxh3Default::new();
            let mut piece = vec![0; PIECE_BYTES];
            loop {
                let read = file.read(&mut piece)?;
                if read == 0 {
                    break;
                }
                hasher.update(&piece[..read]);
            }
            forget_cached(&file);
            (hasher.digest128() != *checksum).then(|| "it fails its checksum".to_owned())
        }
        Expected::Journal => journal_check::check(&path)?.map(|damage| damage.to_string()),
        Expected::Damaged(_) => None,
    };
    Ok((length, damage))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_of_files_is_none() {
        for bytes in [&b""[..], b"SFA!\x01\x00", &[0; 38], &[255; 100]] {
            assert_eq!(listing(bytes), None);
        }
        let mut archive = b"SFA!\x01\x00".to_vec();
        archive.resize(38, 255);
        assert_eq!(listing(&archive), None, "its table of contents would lie outside");
    }
}
