//! The operations. Each is a function of the request and the account; what a caller needs to be allowed is in [`table`], so
//! that none can be reached without a decision.

mod absent;
mod access_keys;
mod account;
mod groups;
mod mfa;
mod missing;
mod policies;
mod providers;
mod roles;
mod simulate;
pub(crate) mod sts;
pub(crate) mod table;
mod tags;
mod users;

use larder_identity::{AccountState, Change, Who};

use crate::protocol::{Fault, Xml};
use crate::request::Request;

/// What a change answers.
#[derive(Debug)]
pub(crate) enum Done {
    /// That it was done.
    Nothing,
    /// A result.
    Answer(Xml),
}

#[expect(clippy::unnecessary_wraps, reason = "the last line of operations, which give results")]
fn done() -> Result<Done, Fault> {
    Ok(Done::Nothing)
}

/// Two codes of a device that follow each other, and whose it is or is to be. Without `Debug`, as the codes are secret.
pub(crate) struct Codes {
    pub(crate) who: Who,
    pub(crate) serial: String,
    pub(crate) codes: [String; 2],
}

/// How an operation is run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Run {
    /// It looks at the account.
    Read(fn(&Request<'_>, &AccountState) -> Result<Xml, Fault>),
    /// It changes the account. May be run again when another change came first, so it does nothing else.
    Change(fn(&Request<'_>, &Change<'_>, &mut AccountState) -> Result<Done, Fault>),
    /// EnableMFADevice: judges codes.
    EnableDevice(fn(&Request<'_>, &AccountState) -> Result<Codes, Fault>),
    /// ResyncMFADevice.
    ResyncDevice(fn(&Request<'_>, &AccountState) -> Result<Codes, Fault>),
}
