//! What a text on the command line names: a file, a folder, an object, many of them.

use std::path::{Path, PathBuf};

use larder_client::glob::{Dialect, Glob};
use larder_client::location::{BucketPath, Location};

use super::Failure;

/// A pattern within a bucket.
pub(crate) struct Pattern {
    pub(crate) glob: Glob,
    /// Where to list: the text before the first wildcard.
    pub(crate) listed: BucketPath,
    /// What is cut off from the keys that match: everything up to the last slash before the first wildcard.
    pub(crate) folder: usize,
}

/// The pattern of a place whose key has wildcards.
pub(crate) fn pattern(place: &BucketPath, literal: bool) -> Option<Pattern> {
    let glob = Glob::new(&place.key, Dialect::Path);
    if literal || !glob.has_wildcard() {
        return None;
    }
    let prefix = glob.literal_prefix();
    let folder = prefix.rfind('/').map_or(0, |at| at + 1);
    Some(Pattern { glob, listed: place.with_key(prefix), folder })
}

pub(crate) fn bucket_path(text: &str) -> Result<BucketPath, Failure> {
    Ok(BucketPath::parse(text)?)
}

/// A bucket path that names an object.
pub(crate) fn object(text: &str) -> Result<BucketPath, Failure> {
    let path = BucketPath::parse(text)?;
    if path.key.is_empty() { Err(Failure::usage(format!("`{text}` names no object"))) } else { Ok(path) }
}

/// The last part of a key or path.
pub(crate) fn name_of(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// Whether a local target is a folder that a copy goes into under its own name: one that is there, or that ends so.
pub(crate) fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/')
}

/// Where a single thing called `name` goes.
pub(crate) fn single_target(target: &Location, name: &str) -> Location {
    match target {
        Location::Local(path) if is_folder(path) => Location::Local(path.join(name)),
        Location::Bucket(place) if place.is_folder() => {
            Location::Bucket(place.with_key(format!("{}{name}", place.key)))
        }
        other => other.clone(),
    }
}

/// The folder that a local path names, without the final slash that would be an empty part.
pub(crate) fn folder(path: &Path) -> PathBuf {
    path.components().collect()
}

/// Refuses to write into what is being read.
pub(crate) fn check_apart(source: &BucketPath, target: &BucketPath, is_same_server: bool) -> Result<(), Failure> {
    if is_same_server && source.bucket == target.bucket && target.key.starts_with(&source.key) {
        return Err(Failure::usage(format!("{target} is within {source}: what is written would be read again")));
    }
    Ok(())
}

/// Refuses to delete from what is being read.
pub(crate) fn check_kept(source: &BucketPath, target: &BucketPath, is_same_server: bool) -> Result<(), Failure> {
    if is_same_server && source.bucket == target.bucket && source.key.starts_with(&target.key) {
        return Err(Failure::usage(format!("{source} is within {target}: --delete would delete what is being read")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_say_where_to_list() {
        let found = pattern(&bucket_path("s3://b/logs/2026-*/x.gz").expect("a path"), false).expect("a pattern");
        assert_eq!((found.listed.key.as_str(), found.folder), ("logs/2026-", 5));
        assert!(found.glob.matches("logs/2026-01/x.gz") && !found.glob.matches("logs/2026-01/y/x.gz"));
        assert!(pattern(&bucket_path("s3://b/report[1].pdf").expect("a path"), false).is_none());
        assert!(pattern(&bucket_path("s3://b/plain").expect("a path"), false).is_none());
        assert!(pattern(&bucket_path("s3://b/a*").expect("a path"), true).is_none());
    }

    #[test]
    fn what_goes_into_itself_is_refused() {
        let path = |text| bucket_path(text).expect("a path");
        assert!(check_apart(&path("s3://b/a/"), &path("s3://b/a/b/"), true).is_err());
        assert!(check_apart(&path("s3://b/a/"), &path("s3://b/ab/"), true).is_ok());
        assert!(check_apart(&path("s3://b/"), &path("s3://b/"), false).is_ok());
        assert!(check_kept(&path("s3://b/a/"), &path("s3://b/"), true).is_err());
        assert!(check_kept(&path("s3://b/ab/"), &path("s3://b/a/"), true).is_ok());
        assert!(check_kept(&path("s3://b/a/"), &path("s3://c/"), true).is_ok());
    }
}
