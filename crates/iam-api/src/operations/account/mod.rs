//! The account as a whole: its alias, how much is in it, everything that is in it.

pub(super) mod alias;
pub(super) mod details;
pub(super) mod summary;
