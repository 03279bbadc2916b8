//! AssumeRoleWithWebIdentity: the token of an OpenID Connect provider instead of credentials.

use larder_identity::AssumeRoleWithWebIdentity;

use super::{Call, write_assumed_role, write_credentials, write_packed};
use crate::protocol::{Fault, Xml, rules};

pub(super) async fn run(call: &Call<'_>) -> Result<Xml, Fault> {
    let input = &call.input;
    let request = AssumeRoleWithWebIdentity {
        role_arn: input.required("RoleArn", &rules::ARN)?.to_owned(),
        session_name: input.required("RoleSessionName", &rules::SESSION_NAME)?.to_owned(),
        web_identity_token: input.required("WebIdentityToken", &rules::WEB_IDENTITY_TOKEN)?.to_owned(),
        duration_seconds: input.number("DurationSeconds", 900..=43_200)?,
        policies: call.policies()?,
    };
    if input.raw("ProviderId").is_some() {
        return Err(Fault::invalid("ProviderId is for OAuth 2.0 providers, which this server does not know."));
    }
    let packs = request.policies.document.is_some() || !request.policies.arns.is_empty();
    let role = call.identity.assume_role_with_web_identity(request, call.context).await?;
    let mut xml = Xml::new();
    write_credentials(&mut xml, &role.credentials);
    xml.text("SubjectFromWebIdentityToken", &role.subject);
    write_assumed_role(&mut xml, &role.id, &role.arn);
    write_packed(&mut xml, packs, role.packed_policy_percent);
    xml.text("Provider", &role.provider);
    xml.text("Audience", &role.audience);
    xml.optional("SourceIdentity", role.source_identity);
    Ok(xml)
}
