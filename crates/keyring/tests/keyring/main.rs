//! Keyrings over stores in memory and folders on disk: opened, changed, cut off, lost and restored.

mod opening;
mod rotating;
mod sources;
mod world;
