//! Grants of `x-amz-grant-*` headers and of documents, their grantees resolved to accounts and groups.

use std::borrow::Cow;

use http::HeaderMap;
use larder_policy::acl::{GRANT_HEADERS, GranteeSpec, parse_grants};
use larder_types::{CanonicalUserId, Grant, Grantee, Permission};
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::enums::Type;
use larder_wire::generated::s3::shapes;

use crate::call::Call;
use crate::fields::accounts;

const BY_ID: &str = "CanonicalUser/ID";
const BY_URI: &str = "Group/URI";
const BY_EMAIL: &str = "AmazonCustomerByEmail/EmailAddress";

/// The grants of a request's headers; empty when it has none.
pub(super) fn of_headers(call: &Call<'_>, headers: &HeaderMap) -> Result<Vec<Grant>, S3Error> {
    let mut grants = Vec::new();
    for (name, permission) in GRANT_HEADERS {
        for value in headers.get_all(name) {
            let text = larder_wire::headers::text(value.as_bytes());
            for spec in parse_grants(&text).map_err(|error| invalid(error.to_string(), name, &text))? {
                grants.push(Grant { grantee: resolve(call, spec, name)?, permission });
            }
        }
    }
    Ok(grants)
}

/// A grant of a document.
pub(super) fn of_document(call: &Call<'_>, grant: &shapes::Grant) -> Result<Grant, S3Error> {
    let malformed = || S3Error::new(ErrorCode::MalformedACLError);
    let grantee = grant.grantee.as_ref().ok_or_else(malformed)?;
    let name = grant.permission.as_ref().ok_or_else(malformed)?;
    let permission = Permission::parse(name.as_str()).ok_or_else(malformed)?;
    let (spec, argument) = match grantee.r#type {
        Type::CanonicalUser => {
            let id = grantee.id.as_deref().ok_or_else(malformed)?;
            let parsed = CanonicalUserId::parse(id).map_err(|_| invalid("Invalid id", BY_ID, id))?;
            (GranteeSpec::Grantee(Grantee::Account(parsed)), BY_ID)
        }
        Type::Group => {
            let uri = grantee.uri.as_deref().ok_or_else(malformed)?;
            let group = Grantee::of_uri(uri).ok_or_else(|| invalid("Invalid group uri", BY_URI, uri))?;
            (GranteeSpec::Grantee(group), BY_URI)
        }
        _ => (GranteeSpec::Email(grantee.email_address.clone().ok_or_else(malformed)?), BY_EMAIL),
    };
    Ok(Grant { grantee: resolve(call, spec, argument)?, permission })
}

/// A group, or an account that there is.
fn resolve(call: &Call<'_>, spec: GranteeSpec, argument: &'static str) -> Result<Grantee, S3Error> {
    match spec {
        GranteeSpec::Grantee(Grantee::Account(id)) => match accounts::by_canonical_id(call, &id) {
            Some(owner) => Ok(Grantee::Account(owner.canonical_id)),
            None => Err(invalid("Invalid id", argument, id.as_str())),
        },
        GranteeSpec::Grantee(group) => Ok(group),
        GranteeSpec::Email(email) => match accounts::by_email(call, &email) {
            Some(owner) => Ok(Grantee::Account(owner.canonical_id)),
            None => Err(S3Error::new(ErrorCode::UnresolvableGrantByEmailAddress).with_extra("EmailAddress", email)),
        },
    }
}

fn invalid(message: impl Into<Cow<'static, str>>, name: &'static str, value: &str) -> S3Error {
    S3Error::new(ErrorCode::InvalidArgument)
        .with_message(message)
        .with_extra("ArgumentName", name)
        .with_extra("ArgumentValue", value.to_owned())
}
