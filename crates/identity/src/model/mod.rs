//! What an account consists of. Plain data; [`AccountState`](crate::AccountState) holds it together and knows the rules.

mod access_key;
mod account;
mod document;
mod entities;
mod mfa_device;
mod oidc_provider;
mod policy;
mod principals;

pub use access_key::{AccessKey, KeyOrigin, KeyStatus, LastUsed};
pub use account::Account;
pub use document::Document;
pub(crate) use entities::Entities;
pub use mfa_device::{Assignment, MfaDevice};
pub use oidc_provider::OidcProvider;
pub use policy::{ManagedPolicy, PolicyVersion};
pub use principals::{Group, Role, Tag, User, Who};
