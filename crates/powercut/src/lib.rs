//! What a power cut leaves of a directory.
//!
//! A test links this crate, starts a [`Recording`] of a directory and runs the real store in it. The recording keeps every change
//! to a file or a directory, every sync, and the test's own marks, in one order. [`Log::image`] then makes what a disk could
//! hold if power had failed at any place in that order: what was synced, and of everything later an arbitrary part, torn in
//! pages or sectors. The store is opened on the image and compared with what it had acknowledged up to that place.
//!
//! It works by standing in for the functions of the C library through which Rust programs change files (`interpose`): a program's
//! own definitions come before those of a shared library. So nothing is mounted, no privilege is needed, and the key-value
//! engine is recorded as well as everything else. [`Log::image`] with [`Loss::Nothing`] must equal the directory as it is: that
//! shows that nothing went past the recording. Linux only.
//!
//! Not a part of the product. Recordings of one process share one lock.
#![cfg(target_os = "linux")]

mod disk;
mod event;
mod history;
mod image;
#[expect(unsafe_code, reason = "stands in for functions of the C library, which are called with raw pointers")]
mod interpose;
mod recording;
mod registry;

pub use disk::Loss;
pub use event::{Log, SyncPoint};
pub use image::Image;
pub use recording::Recording;
