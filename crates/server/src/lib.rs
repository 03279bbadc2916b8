//! The composition root: reads settings, builds every object, owns shutdown. Nothing else wires the crates together.

mod accounts;
mod files;
mod front;
mod keys;
mod logging;
mod running;
mod services;
mod settings;

pub use files::raise_file_limit;
pub use larder_http::Limits;
pub use larder_identity::{KeysOrigin, RootKeys, Secret};
pub use larder_store_local::Durability;
pub use logging::start_logging;
pub use running::{Overrides, RunningServer, Server, StartError, Welcome};
pub use settings::{Layer, LogFormat, Settings, SettingsError, TlsFiles};
