//! GetFederationToken.

use larder_identity::GetFederationToken;

use super::{Call, write_credentials, write_packed};
use crate::context::Keys;
use crate::protocol::{Fault, Xml, rules};

pub(super) async fn run(call: &Call<'_>) -> Result<Xml, Fault> {
    let input = &call.input;
    let request = GetFederationToken {
        name: input.required("Name", &rules::FEDERATED_NAME)?.to_owned(),
        duration_seconds: input.number("DurationSeconds", 900..=129_600)?,
        policies: call.policies()?,
        tags: input.tags()?,
    };
    let resource = format!("arn:aws:sts::{}:federated-user/{}", call.account()?, request.name);
    let keys = Keys::new(call.context, request.tags.clone(), &[]);
    call.require("sts:GetFederationToken", &resource, &keys, false)?;
    if !request.tags.is_empty() {
        call.require("sts:TagSession", &resource, &keys, false)?;
    }
    let packs = !request.tags.is_empty() || request.policies.document.is_some() || !request.policies.arns.is_empty();
    let user = call.identity.get_federation_token(call.caller, request).await?;
    let mut xml = Xml::new();
    write_credentials(&mut xml, &user.credentials);
    xml.element("FederatedUser", |xml| {
        xml.text("FederatedUserId", &user.id);
        xml.text("Arn", &user.arn);
    });
    write_packed(&mut xml, packs, user.packed_policy_percent);
    Ok(xml)
}
