//! Virtual MFA devices.

pub(super) mod devices;
mod png;
mod qr;
