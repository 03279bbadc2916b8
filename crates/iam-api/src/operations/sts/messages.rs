//! DecodeAuthorizationMessage.

use super::Call;
use crate::context::Keys;
use crate::protocol::{Fault, Xml, rules};

pub(super) fn decode(call: &Call<'_>) -> Result<Xml, Fault> {
    let encoded = call.input.required("EncodedMessage", &rules::ENCODED_MESSAGE)?;
    call.require("sts:DecodeAuthorizationMessage", "*", &Keys::new(call.context, Vec::new(), &[]), false)?;
    let message = call.identity.decode_authorization_message(call.account()?, encoded)?;
    let mut xml = Xml::new();
    xml.text("DecodedMessage", message);
    Ok(xml)
}
