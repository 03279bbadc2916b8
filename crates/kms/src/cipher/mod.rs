//! What keys do with bytes: no state, no policy.

mod agreement;
mod ciphertext;
mod generate;
mod parsed;
pub(crate) mod rsa;
pub(crate) mod sign;
mod unwrap;

pub(crate) use agreement::agree;
pub use ciphertext::CiphertextKey;
pub(crate) use ciphertext::{Ciphertext, open, seal};
pub(crate) use generate::{generate, is_material};
pub(crate) use parsed::Parsed;
pub(crate) use unwrap::unwrap;
