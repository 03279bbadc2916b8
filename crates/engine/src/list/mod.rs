//! Listings, one file an operation, over one machinery: [`rows`] goes through the index partitions of a bucket in one
//! order, [`page`] rolls keys up under common prefixes and cuts pages.
//!
//! A page costs what is on it: under a common prefix one record is looked at, the rest are passed over by a seek; and of a
//! version's record the head alone is decoded.
//!
//! Markers work as in S3, for all listings alike: only what sorts after a marker is listed, and with a delimiter a marker
//! that lies inside a common prefix (or is one, as S3's own `NextMarker`s are) stands for all of that prefix, which is not
//! listed again.

mod objects;
mod page;
mod parts;
mod rows;
mod uploads;
mod versions;

pub use objects::{ListObjects, ListPosition, ListedObject, ObjectPage};
pub use parts::PartPage;
pub use uploads::{ListUploads, ListedUpload, UploadPage, UploadPosition};
pub use versions::{ListVersions, ListedVersion, VersionPage, VersionPosition};
