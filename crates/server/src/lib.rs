//! The composition root: reads settings, builds every object, owns shutdown. Nothing else wires the crates together.

mod accounts;
mod files;
mod folders;
mod front;
mod keys;
mod kms_keys;
mod log_lines;
mod logging;
mod metrics;
mod opening;
mod plain;
mod private_files;
mod rewrapper;
mod running;
mod services;
mod settings;
mod upkeep;

pub use files::raise_file_limit;
pub use folders::{
    CheckOptions, FolderError, WithRootKey, back_up_folder, back_up_point, check_folder, restore_folder,
};
pub use keys::{KeysError, back_up_keys, restore_keys, stored_keyring};
pub use larder_http::Limits;
pub use larder_identity::{KeysOrigin, RootKeys, Secret};
pub use larder_keyring::{KeyringError, KeyringMade, Origin as KeyringOrigin, RootKeyPlace, StoredKeyring};
pub use larder_store_local::{Copied, Durability};
pub use log_lines::LogGuard;
pub use logging::{LoggingError, start_logging};
pub use metrics::{MetricsAccess, MetricsToken};
pub use running::{Overrides, RunningServer, Server, StartError, Welcome};
pub use settings::{KeySettings, KmsSettings, Layer, LogFormat, Settings, SettingsError, TlsFiles};
