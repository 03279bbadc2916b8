//! The whole store under power cuts, failing syncs and load: see `docs/durability.md`.

mod cuts;
mod failed_syncs;
mod group_commit;
mod model;
mod verify;
mod workload;
mod world;
