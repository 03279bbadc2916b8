//! The narrow waist of Larder: [`MetaStore`] and [`BlobStore`], the two traits that every backend implements and over which
//! the engine writes S3's semantics once.
//!
//! Rules that keep data safe, and that the `conformance` checks on every backend:
//! - what `commit` and `seal` acknowledged survives a crash;
//! - a commit touches one partition, and is there whole or not at all;
//! - a blob never changes once sealed, and nobody can open one that is not;
//! - a blob that was sealed but that nobody came to name is found again through [`BlobStore::unsettled`], without a scan of
//!   all metadata.

mod blob;
pub mod conformance;
mod error;
pub mod fault;
pub mod memory;
mod meta;
pub mod meter;
pub mod record;

pub use blob::{
    Blob, BlobFacts, BlobId, BlobRef, BlobSpec, BlobStore, BlobWriter, Check, MAX_CLAIM_BYTES, Place, Unsettled,
    Verified, sized,
};
pub use error::{CommitError, StoreError};
pub use meta::{
    CheckedFile, Commit, Entry, MAX_COMMIT_BYTES, MAX_KEY_BYTES, MetaStore, Mutation, Partition, Position,
    Precondition, Scan, Table, Walked,
};
