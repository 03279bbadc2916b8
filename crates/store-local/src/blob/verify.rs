//! Verifying blob files as the disk holds them, listing them, and putting damaged ones aside.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use bytes::BytesMut;
use larder_store::{BlobFacts, BlobId, BlobRef, Place, StoreError, Verified};
use rustix::fs::Advice;

use crate::blob::format::{Damage, HEADER_BYTES, Header};
use crate::blob::names::Names;
use crate::blob::reader::FileBlob;
use crate::blob::staging::parse_id;
use crate::directory::{make_directory, sync_directory};
use crate::health::store_error;

/// Data verified in one step.
const STEP_BYTES: u64 = 8 * 1024 * 1024;

/// Lets the kernel forget what it holds of a file, so that what is read next comes from the disk, and what was read does not
/// push out what requests need. A file system that cannot is no worse than before.
pub(crate) fn forget_cached(file: &File) {
    let _ = rustix::fs::fadvise(file, 0, None, Advice::DontNeed);
}

/// Verifies a piece of a blob's file from byte `from` of its data on: with the first piece header, padding and trailer too.
pub(super) fn verify(names: &Names, blob: BlobRef, from: u64) -> Result<Verified, StoreError> {
    let open = FileBlob::open(names, blob)?;
    if from == 0 {
        forget_cached(open.file());
        // Again, now that it comes from the disk.
        return verify_piece(&FileBlob::open(names, blob)?, blob, from);
    }
    verify_piece(&open, blob, from)
}

fn verify_piece(open: &FileBlob, blob: BlobRef, from: u64) -> Result<Verified, StoreError> {
    let (mut bytes, mut blemish) = (0, None);
    if from == 0 {
        blemish = check_header(open.file(), blob).map_err(|error| match error {
            HeaderError::Damage(damage) => open.corrupt(&damage),
            HeaderError::Io(error) => store_error(format!("read the header of blob {}", blob.id), error),
        })?;
        bytes += HEADER_BYTES;
    }
    let length = open.length();
    let end = from.saturating_add(STEP_BYTES).min(length);
    let (mut at, mut memory) = (from, BytesMut::new());
    while at < end {
        let wanted = usize::try_from(end - at).expect("a step is small");
        memory = open.verified(at, wanted, memory)?;
        bytes += memory.len() as u64;
        at += memory.len() as u64;
    }
    forget_cached(open.file());
    Ok(Verified { bytes, next: (end < length).then_some(end), blemish })
}

enum HeaderError {
    Damage(Damage),
    Io(io::Error),
}

/// The header with its claim, and the zeros behind it, which reads leave alone.
fn check_header(file: &File, blob: BlobRef) -> Result<Option<&'static str>, HeaderError> {
    let mut header = vec![0; usize::try_from(HEADER_BYTES).expect("a header is small")];
    file.read_exact_at(&mut header, 0).map_err(HeaderError::Io)?;
    let decoded = Header::decode(&header).map_err(HeaderError::Damage)?;
    // A header names the blob its bytes were first written for: a duplicate has another name, and lies in the same place.
    if decoded.place != blob.place {
        return Err(HeaderError::Damage(Damage::Part("the file is of another place")));
    }
    let is_padded = header[decoded.encode().len()..].iter().all(|&byte| byte == 0);
    Ok((!is_padded).then_some("what follows the claim is not zero"))
}

/// What is known of a blob without reading its data.
pub(super) fn inspect(names: &Names, blob: BlobRef) -> Result<BlobFacts, StoreError> {
    let open = FileBlob::open(names, blob)?;
    let mut header = vec![0; usize::try_from(HEADER_BYTES).expect("a header is small")];
    let failed = |error| store_error(format!("read the header of blob {}", blob.id), error);
    open.file().read_exact_at(&mut header, 0).map_err(failed)?;
    // The claim of a duplicate was in `staging`, and went when it was settled.
    let claim = Header::decode(&header).ok().filter(|header| header.blob == blob.id).map(|header| header.claim);
    let settled = !names.staged(blob.id).try_exists().map_err(failed)?;
    Ok(BlobFacts { length: open.length(), claim, settled })
}

fn entries(directory: &Path) -> Result<Vec<String>, StoreError> {
    let failed = |error| store_error(format!("list {}", directory.display()), error);
    let found = match fs::read_dir(directory) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry.map_err(failed)?.file_name().into_string().ok());
    found.filter_map(|entry| name(entry).transpose()).collect()
}

/// Sealed blobs behind `after`, in order.
pub(super) fn list(blobs: &Path, after: Option<BlobRef>, limit: usize) -> Result<Vec<BlobRef>, StoreError> {
    let mut places: Vec<u16> = entries(blobs)?.iter().filter_map(|name| name.parse().ok()).collect();
    places.sort_unstable();
    let mut found = Vec::new();
    for place in places.into_iter().map(Place) {
        if after.is_some_and(|after| after.place > place) {
            continue;
        }
        let directory = blobs.join(place.0.to_string());
        let mut firsts = entries(&directory)?;
        firsts.retain(|name| name.len() == 2);
        firsts.sort_unstable();
        for first in firsts {
            let reached = after.filter(|after| after.place == place).map(|after| format!("{:02x}", after.id.0[0]));
            if reached.is_some_and(|reached| first < reached) {
                continue;
            }
            let ids = entries(&directory.join(&first))?.into_iter().filter_map(|name| parse_id(&name));
            let mut page: Vec<_> = ids.map(|id| BlobRef { place, id }).filter(|blob| after < Some(*blob)).collect();
            page.sort_unstable();
            found.extend(page);
            if found.len() >= limit {
                found.truncate(limit);
                return Ok(found);
            }
        }
    }
    Ok(found)
}

/// Where damaged blobs are put.
#[derive(Debug)]
pub(super) struct Quarantine(PathBuf);

impl Quarantine {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self(directory)
    }

    pub(super) fn path(&self, blob: BlobRef) -> PathBuf {
        self.0.join(format!("{}-{}", blob.place.0, blob.id))
    }

    /// Moves a blob here, durably: first known here, then no longer known there.
    pub(super) fn take(&self, names: &Names, blob: BlobRef) -> Result<(), StoreError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::NotFound,
            _ => store_error(format!("put blob {} aside", blob.id), error),
        };
        make_directory(&self.0).map_err(failed)?;
        if let Some(parent) = self.0.parent() {
            sync_directory(parent).map_err(failed)?;
        }
        match fs::hard_link(names.sealed(blob), self.path(blob)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
            _ => sync_directory(&self.0).map_err(failed)?,
        }
        names.delete(blob)
    }

    /// The blobs that are here, in order.
    pub(super) fn list(&self) -> Result<Vec<BlobRef>, StoreError> {
        let parse = |name: String| {
            let (place, id) = name.split_once('-')?;
            Some(BlobRef { place: Place(place.parse().ok()?), id: parse_id(id)? })
        };
        let mut found: Vec<_> = entries(&self.0)?.into_iter().filter_map(parse).collect();
        found.sort_unstable();
        Ok(found)
    }

    pub(super) fn discard(&self, blob: BlobRef) -> Result<(), StoreError> {
        match fs::remove_file(self.path(blob)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(store_error(format!("remove blob {}", blob.id), error)),
        }
        Ok(())
    }

    /// Why a blob that is not among the others cannot be had.
    pub(super) fn explain(&self, blob: BlobRef) -> StoreError {
        let path = self.path(blob);
        match path.try_exists() {
            Ok(true) => {
                StoreError::Corrupt { what: format!("blob {} was damaged; it is kept as {}", blob.id, path.display()) }
            }
            _ => StoreError::NotFound,
        }
    }
}

/// Checks what an unsettled blob left in `staging`. Its own file is checked under its name among the blobs; here the claim of
/// a duplicate is, of which nothing else knows.
pub(crate) fn check_staged(path: &Path) -> io::Result<Option<String>> {
    let file = File::open(path)?;
    forget_cached(&file);
    let length = file.metadata()?.len();
    let mut header = vec![0; usize::try_from(length.min(HEADER_BYTES)).expect("a header is small")];
    file.read_exact_at(&mut header, 0)?;
    let found = match Header::decode(&header) {
        Err(damage) => Some(damage.to_string()),
        Ok(header) => {
            let named = path.file_name().and_then(|name| parse_id(name.to_str()?));
            let is_whole = header.kind == super::format::Kind::Data || header.encode().len() as u64 == length;
            match (named == Some(header.blob), is_whole) {
                (true, true) => None,
                (false, _) => Some("the file is not of the blob it is named after".to_owned()),
                (_, false) => Some("something follows the claim".to_owned()),
            }
        }
    };
    Ok(found)
}

/// The blob that a name in `staging` is of.
pub(crate) fn staged_blob(name: &str) -> Option<BlobId> {
    parse_id(name)
}
