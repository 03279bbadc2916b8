//! The operations over keys and accounts in memory, as clients see them.

mod access;
mod aliases_and_tags;
mod cryptography;
mod grants;
mod harness;
mod imports;
mod keys;
mod multi_region;
mod protocol;
mod quotas;
mod rotation;
