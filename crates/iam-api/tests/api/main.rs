//! The operations over accounts in memory, as clients see them.

mod access;
mod accounts;
mod harness;
mod keys_and_devices;
mod pages;
mod policies;
mod protocol;
mod providers;
mod roles;
mod simulate;
mod sts;
mod users;
mod web_identity;
