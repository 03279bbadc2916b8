//! OpenID Connect: is a token from whom it says it is?

mod fetch;

pub use fetch::{Fetch, FetchError};
