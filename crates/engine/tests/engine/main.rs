//! The engine as a whole, over stores in memory and on disk.

mod access;
mod encryption;
mod faults;
mod harness;
mod listing;
mod matches_model;
mod model;
mod races;
mod simulation;
