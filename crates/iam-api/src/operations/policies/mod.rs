//! Managed policies and their versions; what is attached and embedded is in the modules beside.

pub(super) mod attached;
pub(super) mod entities;
pub(super) mod holder;
pub(super) mod inline;
pub(super) mod managed;
pub(super) mod versions;
