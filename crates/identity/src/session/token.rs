//! Session tokens.
