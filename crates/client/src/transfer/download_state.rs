//! What is noted beside a file that is being downloaded: which ranges of it are there.
//!
//! A text file whose first line is JSON that says what is downloaded; each other line is a range that has been written, with
//! its checksum, so that a run that goes on can tell whether the disk has what the line says.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use larder_crypto::{checksum_to_base64, parse_checksum};
use larder_types::{Checksum, ChecksumAlgorithm};
use serde::{Deserialize, Serialize};

use super::landing;

/// Of the layout.
const VERSION: u8 = 1;

/// What is downloaded. Another object, or another cut of it, begins anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    version: u8,
    pub(crate) endpoint: String,
    pub(crate) object: String,
    pub(crate) object_version: Option<String>,
    pub(crate) etag: String,
    pub(crate) size: u64,
    pub(crate) range_size: u64,
    /// Of the lines' checksums.
    pub(crate) algorithm: ChecksumAlgorithm,
}

impl Header {
    pub(crate) fn new(endpoint: &str, object: String, etag: &str, (size, range_size): (u64, u64)) -> Self {
        Self {
            version: VERSION,
            endpoint: endpoint.to_owned(),
            object,
            object_version: None,
            etag: etag.to_owned(),
            size,
            range_size,
            algorithm: ChecksumAlgorithm::Crc64Nvme,
        }
    }
}

/// The file of notes.
pub(crate) struct Ledger {
    file: File,
    algorithm: ChecksumAlgorithm,
}

impl Ledger {
    /// Opens the notes beside a file, and returns which ranges they have if they are of the same thing; otherwise begins
    /// them anew.
    pub(crate) fn open(path: &Path, header: &Header) -> io::Result<(Self, HashMap<i32, Checksum>)> {
        let mut file = landing::open_guessable(path)?;
        let mut text = String::new();
        // What is no text is no note of ours.
        let done = file.read_to_string(&mut text).ok().and_then(|_| parse(&text, header));
        if done.is_none() {
            file.set_len(0)?;
            file.rewind()?;
            let line = serde_json::to_string(header).map_err(io::Error::other)?;
            writeln!(file, "{line}")?;
        }
        file.seek(io::SeekFrom::End(0))?;
        Ok((Self { file, algorithm: header.algorithm }, done.unwrap_or_default()))
    }

    /// A range has been written.
    pub(crate) fn add(&mut self, number: i32, checksum: &Checksum) -> io::Result<()> {
        debug_assert_eq!(checksum.algorithm(), self.algorithm);
        // One write, so that a line is there whole or, cut off, is no line.
        self.file.write_all(format!("{number} {}\n", checksum_to_base64(checksum)).as_bytes())
    }

    /// The download is over.
    pub(crate) fn remove(path: &Path) {
        // Notes that stay are of a file that is gone; the next download begins them anew.
        let _ = fs::remove_file(path);
    }
}

/// The ranges that are done, when the text is of the same download.
fn parse(text: &str, header: &Header) -> Option<HashMap<i32, Checksum>> {
    let (first, rest) = text.split_once('\n')?;
    let found: Header = serde_json::from_str(first).ok()?;
    if found != *header || found.version != VERSION {
        return None;
    }
    let line = |line: &str| {
        let (number, checksum) = line.strip_suffix('\n')?.split_once(' ')?;
        Some((number.parse().ok()?, parse_checksum(header.algorithm, checksum).ok()?))
    };
    Some(rest.split_inclusive('\n').filter_map(line).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::transfer::checksum_of;

    fn header() -> Header {
        Header::new("http://h", "s3://b/k".to_owned(), "\"etag\"", (100, 10))
    }

    proptest! {
        #[test]
        fn ranges_come_back(numbers in prop::collection::btree_set(1_i32..10_000, 0..20), cut in 0_usize..12) {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("notes");
            let checksum = |number: i32| checksum_of(ChecksumAlgorithm::Crc64Nvme, &number.to_be_bytes());
            let (mut ledger, done) = Ledger::open(&path, &header()).expect("notes");
            prop_assert!(done.is_empty());
            for number in &numbers {
                ledger.add(*number, &checksum(*number)).expect("a line");
            }
            let expected: HashMap<i32, Checksum> = numbers.iter().map(|number| (*number, checksum(*number))).collect();
            prop_assert_eq!(&Ledger::open(&path, &header()).expect("notes").1, &expected);
            // Cut off in its last line, which then does not count.
            let text = fs::read(&path).expect("notes");
            let kept = text.len() - cut.min(if numbers.is_empty() { 0 } else { 12 });
            let found = parse(std::str::from_utf8(&text[..kept]).expect("text"), &header()).expect("the same download");
            prop_assert!(found.iter().all(|(number, checksum)| expected.get(number) == Some(checksum)));
            prop_assert!(found.len() + 1 >= expected.len());
        }

        #[test]
        fn any_text_is_survived(text in any::<String>()) {
            prop_assert_eq!(parse(&text, &header()), None);
        }
    }

    #[test]
    fn another_object_begins_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notes");
        let (mut ledger, _) = Ledger::open(&path, &header()).expect("notes");
        ledger.add(1, &checksum_of(ChecksumAlgorithm::Crc64Nvme, b"x")).expect("a line");
        let other = Header { etag: "\"other\"".to_owned(), ..header() };
        assert!(Ledger::open(&path, &other).expect("notes").1.is_empty());
        assert!(Ledger::open(&path, &header()).expect("notes").1.is_empty());
    }
}
