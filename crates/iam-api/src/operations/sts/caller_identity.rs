//! GetCallerIdentity and GetAccessKeyInfo.

use larder_policy::Principal;

use super::Call;
use crate::authorize;
use crate::context::Keys;
use crate::protocol::{Code, Fault, Xml, rules};

/// Who the caller is. Needs no permission, and no policy can deny it.
pub(super) fn run(call: &Call<'_>) -> Result<Xml, Fault> {
    let account = call.account()?;
    let id = match &call.caller.principal {
        Principal::User { id, .. } | Principal::AssumedRole { id, .. } | Principal::FederatedUser { id, .. } => {
            id.to_string()
        }
        _ => account.to_string(),
    };
    let mut xml = Xml::new();
    xml.text("Arn", authorize::arn(&call.caller.principal));
    xml.text("UserId", id);
    xml.value("Account", account);
    Ok(xml)
}

/// The account of an access key.
pub(super) fn access_key_info(call: &Call<'_>) -> Result<Xml, Fault> {
    let id = call.input.required("AccessKeyId", &rules::ACCESS_KEY_ID)?;
    call.require("sts:GetAccessKeyInfo", "*", &Keys::new(call.context, Vec::new(), &[]), false)?;
    let directory = call.identity.directory();
    let Some((state, _)) = directory.access_key(id) else {
        return Err(Fault::new(
            Code::ValidationError,
            format!("There is no long-term access key {id} on this server."),
        ));
    };
    let mut xml = Xml::new();
    xml.value("Account", state.id());
    Ok(xml)
}
