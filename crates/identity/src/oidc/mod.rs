//! OpenID Connect: is a token from whom it says it is?

mod fetch;
mod jwk;
mod jwt;
mod keys;

pub use fetch::{Fetch, FetchError};
pub(crate) use jwk::KeySet;
pub(crate) use jwt::{Claims, Unverified};
pub(crate) use keys::KeyCache;
