//! CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant.

use larder_kms::{
    Constraints, CreateGrant, EncryptionContext, GrantFacts, GrantOperation, ListGrants, RequestFacts as Facts,
};

use super::{Answer, shapes};
use crate::protocol::{Code, Fault, Input, Output, rules};
use crate::request::Request;

pub(super) async fn create(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let named = input.required("KeyId", &rules::KEY_ID)?;
    let grantee = principal(input, "Grantee")?;
    let retiring = principal(input, "Retiring")?;
    let operations = input.required_list_named::<GrantOperation>("Operations")?;
    let constraints = constraints(request)?;
    let name = input.text("Name", &rules::GRANT_NAME)?;
    let dry_run = input.flag("DryRun")?;
    request.check_grant_tokens()?;
    let Some(grantee) = grantee else { return Err(input.missing("GranteePrincipal")) };

    let grant = GrantFacts { grantee, retiring, operations: &operations, constraints: &constraints };
    let facts = Facts { grant: Some(grant), grant_is_for_aws_resource: Some(false), ..Facts::default() };
    let key = request.key_by_id(named, "kms:CreateGrant", &facts)?;
    if dry_run {
        request.kms.check_usable(&key)?;
    }
    request.end_dry_run(dry_run)?;
    let exists = |principal: &str| request.has_principal(principal);
    let issuer = request.account;
    let (operations, constraints) = (&*operations, &constraints);
    let wanted = CreateGrant { issuer, grantee, retiring, operations, constraints, name, exists: &exists };
    let made = request.kms.create_grant(&key, wanted).await?;
    Ok(Some(Output::new().with("GrantToken", made.token).with("GrantId", &*made.id)))
}

/// A principal that may be a service; both at once is one too many.
fn principal<'a>(input: &'a Input, role: &str) -> Result<Option<&'a str>, Fault> {
    let principal = input.text(&format!("{role}Principal"), &rules::PRINCIPAL)?;
    let service = input.text(&format!("{role}ServicePrincipal"), &rules::SERVICE_PRINCIPAL)?;
    if principal.is_some() && service.is_some() {
        return Err(Fault::invalid(format!("Specify either {role}Principal or {role}ServicePrincipal, not both.")));
    }
    Ok(principal.or(service))
}

fn constraints(request: &Request<'_>) -> Result<Constraints, Fault> {
    let Some(given) = request.input.object("Constraints")? else { return Ok(Constraints::default()) };
    if given.text("SourceArn", &rules::SOURCE_ARN)?.is_some() {
        // Such a grant would count for requests that a service makes for this resource, and no other; there are none.
        return Err(Fault::new(
            Code::UNSUPPORTED_OPERATION,
            "Grant constraint SourceArn is not supported by this server.",
        ));
    }
    let context = |name| -> Result<Option<EncryptionContext>, Fault> {
        Ok(given.map(name)?.map(EncryptionContext::new).transpose()?)
    };
    Ok(Constraints { subset: context("EncryptionContextSubset")?, equals: context("EncryptionContextEquals")? })
}

pub(super) async fn list(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let named = input.required("KeyId", &rules::KEY_ID)?;
    let page = request.page(100, 50)?;
    let id = input.text("GrantId", &rules::GRANT_ID)?;
    let grantee = principal(input, "Grantee")?;
    let key = request.key_by_id(named, "kms:ListGrants", &Facts::default())?;
    let listed = request.kms.list_grants(&key, ListGrants { id, grantee, page })?;
    Ok(Some(shapes::page("Grants", &listed, shapes::grant)))
}

pub(super) async fn list_retirable(request: &Request<'_>) -> Answer {
    let page = request.page(100, 50)?;
    let retiring = principal(&request.input, "Retiring")?;
    let Some(retiring) = retiring else { return Err(request.input.missing("RetiringPrincipal")) };
    request.allow_in_account("kms:ListRetirableGrants", &Facts::default())?;
    let listed = request.kms.list_retirable_grants(request.account, request.region, retiring, page);
    Ok(Some(shapes::page("Grants", &listed, shapes::grant)))
}

pub(super) async fn retire(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let token = input.text("GrantToken", &rules::GRANT_TOKEN)?;
    let named = input.text("KeyId", &rules::KEY_ID)?;
    let id = input.text("GrantId", &rules::GRANT_ID)?;
    let dry_run = input.flag("DryRun")?;
    let (key, id) = match (token, named, id) {
        (Some(token), None, None) => request.kms.grant_of_token(token)?,
        (None, Some(named), Some(id)) => (request.any_key(named, "kms:RetireGrant")?, id.to_owned()),
        _ => {
            return Err(Fault::invalid("Specify either a grant token, or the key ARN and the grant ID of the grant."));
        }
    };
    request.allow_retire(&key, &id)?;
    if !key.grants().any(|grant| *grant.id == *id) {
        return Err(Fault::new(Code::NOT_FOUND, format!("Grant ID {id} not found")));
    }
    request.end_dry_run(dry_run)?;
    request.kms.end_grant(&key, &id).await?;
    Ok(None)
}

pub(super) async fn revoke(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let named = input.required("KeyId", &rules::KEY_ID)?;
    let id = input.required("GrantId", &rules::GRANT_ID)?;
    let dry_run = input.flag("DryRun")?;
    let facts = Facts { grant_is_for_aws_resource: Some(false), ..Facts::default() };
    let key = request.key_by_id(named, "kms:RevokeGrant", &facts)?;
    if dry_run && !key.grants().any(|grant| *grant.id == *id) {
        return Err(Fault::new(Code::NOT_FOUND, format!("Grant ID {id} not found")));
    }
    request.end_dry_run(dry_run)?;
    request.kms.end_grant(&key, id).await?;
    Ok(None)
}
