//! GetSessionToken.

use larder_identity::GetSessionToken;

use super::{Call, write_credentials};
use crate::context::Keys;
use crate::protocol::{Fault, Xml};

/// Everybody may, unless a policy denies it: what it gives is no more than the caller has.
pub(super) async fn run(call: &Call<'_>) -> Result<Xml, Fault> {
    let duration_seconds = call.input.number("DurationSeconds", 900..=129_600)?;
    let mfa = call.mfa()?;
    call.require("sts:GetSessionToken", "*", &Keys::new(call.context, Vec::new(), &[]), true)?;
    let credentials = call.identity.get_session_token(call.caller, GetSessionToken { duration_seconds, mfa }).await?;
    let mut xml = Xml::new();
    write_credentials(&mut xml, &credentials);
    Ok(xml)
}
