//! GetCallerIdentity and GetAccessKeyInfo.

use super::Call;
use crate::context::Keys;
use crate::protocol::{Code, Fault, Xml, rules};

/// Who the caller is. Needs no permission, and no policy can deny it.
pub(super) fn run(call: &Call<'_>) -> Result<Xml, Fault> {
    let account = call.account()?;
    let principal = &call.caller.principal;
    let mut xml = Xml::new();
    xml.text("Arn", principal.arn());
    xml.optional("UserId", principal.user_id());
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
