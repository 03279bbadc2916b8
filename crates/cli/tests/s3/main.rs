//! The S3 commands, run as a user runs them, against the server of the same binary: the plain cases, and what goes wrong.

mod commands;
mod faults;
mod harness;
mod keeping;
mod moving;
mod quiet;
mod relaying;
mod resume;
mod roles;
mod special;
mod syncing;
mod unseen;
