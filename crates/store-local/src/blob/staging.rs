//! Names in `staging`: making them, making duplicates through them, and what is left of them after a crash.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use larder_store::{BlobId, BlobRef, MAX_CLAIM_BYTES, StoreError, Unsettled};

use crate::OpenError;
use crate::blob::format::{HEADER_FIXED_BYTES, Header, Kind};
use crate::blob::names::Names;
use crate::blob::reader::FileBlob;
use crate::health::store_error;
use crate::stats::Counters;

/// A file in `staging` that goes when this is dropped, unless its blob was sealed.
pub(super) struct Staged {
    names: Arc<Names>,
    id: BlobId,
    kept: bool,
}

impl Staged {
    /// Makes the file.
    pub(super) fn create(names: Arc<Names>, id: BlobId) -> Result<(Self, File), StoreError> {
        let opened = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(names.staged(id));
        let file = opened.map_err(|error| store_error(format!("create blob {id}"), error))?;
        Ok((Self { names, id, kept: false }, file))
    }

    pub(super) fn names(&self) -> &Arc<Names> {
        &self.names
    }

    /// Seals the blob under `blob`: `linked` is what is to bear its name. The file's own bytes are synced.
    pub(super) fn seal(mut self, linked: &Path, blob: BlobRef) -> Result<BlobRef, StoreError> {
        self.names.shared.health.check()?;
        // First: a sealed blob that staging does not list would never be found again if nobody comes to name it.
        self.names.sync_staging()?;
        self.names.seal(linked, blob)?;
        self.kept = true;
        Ok(blob)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // In a store that failed it is unknown which names the disk holds: this one lets the next start find out.
        if self.kept || self.names.shared.health.failure().is_some() {
            return;
        }
        if let Err(error) = self.names.unstage(self.id) {
            tracing::warn!(%error, blob = %self.id, "an abandoned blob stays until the next start");
        }
    }
}

/// Syncs a file's bytes. A failure concerns this file alone, which is then given up.
pub(super) fn sync_file(names: &Names, file: &File, id: BlobId) -> Result<(), StoreError> {
    if names.syncs() {
        file.sync_data().map_err(|error| store_error(format!("sync blob {id}"), error))?;
        Counters::add(&names.shared.counters.blob_syncs, 1);
    }
    Ok(())
}

/// Makes a blob that is another link to the file of `source`; a file in `staging` holds its claim.
pub(super) fn link_duplicate(
    names: &Arc<Names>,
    source: BlobRef,
    target: BlobRef,
    claim: Bytes,
) -> Result<BlobRef, StoreError> {
    let content = FileBlob::open(names, source)?.content();
    let (staged, mut file) = Staged::create(Arc::clone(names), target.id)?;
    let header = Header { kind: Kind::Claim, place: target.place, content, blob: target.id, claim };
    file.write_all(&header.encode())
        .map_err(|error| store_error(format!("write the claim of {}", target.id), error))?;
    sync_file(names, &file, target.id)?;
    staged.seal(&names.sealed(source), target).map_err(|error| match error {
        StoreError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => StoreError::NotFound,
        error => error,
    })
}

fn read_header(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take((HEADER_FIXED_BYTES + MAX_CLAIM_BYTES) as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(super) fn parse_id(name: &str) -> Option<BlobId> {
    let plain = name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let number = plain.then(|| u128::from_str_radix(name, 16).ok())??;
    Some(BlobId(number.to_be_bytes()))
}

/// Goes through `staging` when the store is opened: removes what was never sealed and lists what was.
///
/// A name without a readable header was never sealed, because the header is synced before; it is removed too.
pub(super) fn recover(names: &Names) -> Result<Vec<Unsettled>, OpenError> {
    let staging = names.staging();
    let mut found = Vec::new();
    for entry in fs::read_dir(staging).map_err(OpenError::io("list", staging))? {
        let entry = entry.map_err(OpenError::io("list", staging))?;
        let path = entry.path();
        let Some(id) = entry.file_name().to_str().and_then(parse_id) else {
            tracing::warn!(path = %path.display(), "not a file of the store: left alone");
            continue;
        };
        let bytes = read_header(&path).map_err(OpenError::io("read", &path))?;
        match Header::decode(&bytes) {
            Ok(header) if header.blob == id => {
                let blob = BlobRef { place: header.place, id };
                let sealed = names.sealed(blob);
                if sealed.try_exists().map_err(OpenError::io("look for", &sealed))? {
                    found.push(Unsettled { blob, claim: header.claim });
                    continue;
                }
            }
            Ok(_) => tracing::error!(path = %path.display(), "the file is not of the blob it is named after: removed"),
            Err(damage) => tracing::info!(path = %path.display(), %damage, "an unfinished blob: removed"),
        }
        fs::remove_file(&path).map_err(OpenError::io("remove", &path))?;
    }
    found.sort_by_key(|left| left.blob);
    Ok(found)
}
