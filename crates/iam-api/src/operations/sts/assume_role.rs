//! AssumeRole. The role's trust policy and the caller's own are asked by `larder-identity`.

use larder_identity::AssumeRole;

use super::{Call, write_assumed_role, write_credentials, write_packed};
use crate::protocol::{Fault, Xml, rules};

pub(super) async fn run(call: &Call<'_>) -> Result<Xml, Fault> {
    let input = &call.input;
    let text = |name: &str, rule| input.optional(name, rule).map(|text| text.map(str::to_owned));
    let request = AssumeRole {
        role_arn: input.required("RoleArn", &rules::ARN)?.to_owned(),
        session_name: input.required("RoleSessionName", &rules::SESSION_NAME)?.to_owned(),
        duration_seconds: input.number("DurationSeconds", 900..=43_200)?,
        policies: call.policies()?,
        tags: input.tags()?,
        transitive_tag_keys: owned(input.texts("TransitiveTagKeys", &rules::TAG_KEY)?),
        external_id: text("ExternalId", &rules::EXTERNAL_ID)?,
        source_identity: text("SourceIdentity", &rules::SOURCE_IDENTITY)?,
        mfa: call.mfa()?,
    };
    let packs = !request.tags.is_empty() || request.policies.document.is_some() || !request.policies.arns.is_empty();
    let role = call.identity.assume_role(call.caller, request, call.context).await?;
    let mut xml = Xml::new();
    write_credentials(&mut xml, &role.credentials);
    write_assumed_role(&mut xml, &role.id, &role.arn);
    write_packed(&mut xml, packs, role.packed_policy_percent);
    xml.optional("SourceIdentity", role.source_identity);
    Ok(xml)
}

fn owned(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}
