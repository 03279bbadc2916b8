//! Both stores in memory, for tests and simulations. What was committed and sealed survives [`MemoryBlobStore::restart`]; no
//! process outlives it.

mod blob;
mod meta;

pub use blob::MemoryBlobStore;
pub use meta::MemoryMetaStore;
