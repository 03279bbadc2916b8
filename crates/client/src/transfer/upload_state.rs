//! Notes of uploads under way, so that one which was cut off goes on where it stopped.
//!
//! One JSON file for each upload, named after what goes where. Why not look for unfinished uploads in the bucket: see
//! `docs/adr/0007-resuming-transfers.md`.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::number_of;

/// Of the layout below.
const VERSION: u8 = 1;

/// What is noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UploadState {
    version: u8,
    pub(crate) endpoint: String,
    pub(crate) bucket: String,
    pub(crate) key: String,
    /// Absolute.
    pub(crate) file: PathBuf,
    pub(crate) size: u64,
    /// Nanoseconds since 1970, as text because JSON's numbers end before.
    pub(crate) modified: String,
    pub(crate) part_size: u64,
    /// Of everything that goes with the object.
    pub(crate) settings: String,
    pub(crate) upload_id: String,
}

impl UploadState {
    /// All but the upload, which is found or made.
    pub(crate) fn wanted(endpoint: &str, (bucket, key): (&str, &str), file: &Path, size: u64, modified: i128) -> Self {
        Self {
            version: VERSION,
            endpoint: endpoint.to_owned(),
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            file: file.to_owned(),
            size,
            modified: modified.to_string(),
            part_size: 0,
            settings: String::new(),
            upload_id: String::new(),
        }
    }

    fn name(&self) -> String {
        let what = format!("{}\n{}\n{}\n{}", self.endpoint, self.bucket, self.key, self.file.display());
        format!("{:016x}.json", number_of(what.as_bytes()))
    }

    /// Whether another note is about the same object.
    fn goes_to_same(&self, other: &Self) -> bool {
        let place = |state: &Self| (state.endpoint.clone(), state.bucket.clone(), state.key.clone());
        place(self) == place(other)
    }

    /// Whether another note is about the same content on its way to the same object.
    fn is_same(&self, other: &Self) -> bool {
        Self { upload_id: String::new(), ..self.clone() } == Self { upload_id: String::new(), ..other.clone() }
    }
}

/// An upload that was found in a note.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// Of the same content; it can be gone on with.
    Same(String),
    /// Of other content on its way to the same object.
    Other(String),
}

/// The file of one note, locked while its upload is under way.
pub(crate) struct Note {
    path: PathBuf,
    file: File,
}

impl Note {
    /// Opens the note of an upload; `None` when there can be none: another process has it, or the folder cannot be
    /// written. An upload works without, and cannot be resumed then.
    pub(crate) fn open(folder: &Path, wanted: &UploadState) -> Option<Self> {
        fs::create_dir_all(folder).ok()?;
        let path = folder.join(wanted.name());
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path).ok()?;
        file.try_lock().ok()?;
        Some(Self { path, file })
    }

    /// The upload that the note is of.
    pub(crate) fn noted(&mut self, wanted: &UploadState) -> Option<Noted> {
        let mut text = String::new();
        self.file.read_to_string(&mut text).ok()?;
        let found = parse(&text)?;
        if wanted.is_same(&found) {
            return Some(Noted::Same(found.upload_id));
        }
        wanted.goes_to_same(&found).then_some(Noted::Other(found.upload_id))
    }

    /// Writes it anew.
    pub(crate) fn write(&mut self, state: &UploadState) -> std::io::Result<()> {
        use std::io::Seek;
        self.file.set_len(0)?;
        self.file.rewind()?;
        let text = serde_json::to_vec(state).map_err(std::io::Error::other)?;
        self.file.write_all(&text)
    }

    /// The upload is over.
    pub(crate) fn remove(self) {
        // A note that stays is of an upload that is gone, and the next run notices.
        let _ = fs::remove_file(&self.path);
    }
}

fn parse(text: &str) -> Option<UploadState> {
    serde_json::from_str::<UploadState>(text).ok().filter(|state| state.version == VERSION)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn state(key: &str, size: u64, modified: i128) -> UploadState {
        UploadState::wanted("http://h", ("bucket", key), Path::new("/f"), size, modified)
    }

    proptest! {
        #[test]
        fn notes_come_back(key in any::<String>(), size: u64, modified: i128, id in any::<String>()) {
            let written = UploadState { upload_id: id, ..state(&key, size, modified) };
            let text = serde_json::to_string(&written).expect("JSON");
            prop_assert_eq!(parse(&text), Some(written));
        }

        #[test]
        fn other_texts_are_no_notes(text in any::<String>()) {
            prop_assert_eq!(parse(&text), None);
        }
    }

    #[test]
    fn a_note_is_found_again_and_only_for_the_same_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let wanted = state("key", 5, 7);
        let mut note = Note::open(folder.path(), &wanted).expect("a note");
        assert_eq!(note.noted(&wanted), None);
        note.write(&UploadState { upload_id: "id".to_owned(), ..wanted.clone() }).expect("written");
        assert!(Note::open(folder.path(), &wanted).is_none(), "it is in use");
        drop(note);
        let mut again = Note::open(folder.path(), &wanted).expect("a note");
        assert_eq!(again.noted(&wanted), Some(Noted::Same("id".to_owned())));
        drop(again);
        let newer = state("key", 5, 8);
        let mut other = Note::open(folder.path(), &newer).expect("a note");
        assert_eq!(other.noted(&newer), Some(Noted::Other("id".to_owned())));
        other.remove();
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn other_versions_are_refused() {
        let text = serde_json::to_string(&UploadState { version: 2, ..state("k", 1, 1) }).expect("JSON");
        assert_eq!(parse(&text), None);
    }
}
