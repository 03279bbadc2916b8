//! Typed requests and responses, one module for a service, made by `cargo xtask codegen` from the models in `model/`.
//!
//! A list without an element of its own, a list in a header and a map are plain collections: empty is absent. A list
//! with an element of its own that is not required is an `Option`, since S3 tells an empty one from none.

pub mod s3;
