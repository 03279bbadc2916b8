//! Grants of `x-amz-grant-*` headers and of documents, their grantees resolved to accounts and groups.

use http::HeaderMap;
use larder_types::{CanonicalUserId, Grant, Grantee, Permission};
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::enums::Type;
use larder_wire::generated::s3::shapes;

use crate::call::Call;
use crate::fields::accounts;

const HEADERS: [(&str, Permission); 5] = [
    ("x-amz-grant-full-control", Permission::FullControl),
    ("x-amz-grant-read", Permission::Read),
    ("x-amz-grant-read-acp", Permission::ReadAcp),
    ("x-amz-grant-write", Permission::Write),
    ("x-amz-grant-write-acp", Permission::WriteAcp),
];

/// How a grantee is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By<'a> {
    Id(&'a str),
    Uri(&'a str),
    Email(&'a str),
}

/// The grants of a request's headers; empty when it has none.
pub(super) fn of_headers(call: &Call<'_>, headers: &HeaderMap) -> Result<Vec<Grant>, S3Error> {
    let mut grants = Vec::new();
    for (name, permission) in HEADERS {
        for value in headers.get_all(name) {
            let text = larder_wire::headers::text(value.as_bytes());
            let invalid = || invalid("Argument format not recognized", name, &text);
            for by in grantees(&text).ok_or_else(invalid)? {
                grants.push(Grant { grantee: resolve(call, by, name)?, permission });
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
    let (field, argument) = match grantee.r#type {
        Type::CanonicalUser => (grantee.id.as_deref().map(By::Id), "CanonicalUser/ID"),
        Type::Group => (grantee.uri.as_deref().map(By::Uri), "Group/URI"),
        _ => (grantee.email_address.as_deref().map(By::Email), "AmazonCustomerByEmail/EmailAddress"),
    };
    Ok(Grant { grantee: resolve(call, field.ok_or_else(malformed)?, argument)?, permission })
}

/// The grantees of a header's value, such as `id="64 digits", uri=http://...`; `None` when it is none.
fn grantees(value: &str) -> Option<Vec<By<'_>>> {
    value.split(',').map(|entry| grantee(entry.trim())).collect()
}

fn grantee(entry: &str) -> Option<By<'_>> {
    let (kind, value) = entry.split_once('=')?;
    let value = value.trim();
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?,
        None => value,
    };
    match kind.trim() {
        kind if kind.eq_ignore_ascii_case("id") => Some(By::Id(value)),
        kind if kind.eq_ignore_ascii_case("uri") => Some(By::Uri(value)),
        kind if kind.eq_ignore_ascii_case("emailAddress") => Some(By::Email(value)),
        _ => None,
    }
}

fn resolve(call: &Call<'_>, by: By<'_>, argument: &'static str) -> Result<Grantee, S3Error> {
    match by {
        By::Id(id) => {
            let known = CanonicalUserId::parse(id).ok().and_then(|id| accounts::by_canonical_id(call, &id));
            let owner = known.ok_or_else(|| invalid("Invalid id", argument, id))?;
            Ok(Grantee::Account(owner.canonical_id))
        }
        By::Uri(uri) => Grantee::of_uri(uri).ok_or_else(|| invalid("Invalid group uri", argument, uri)),
        By::Email(email) => {
            match accounts::by_email(call, email) {
                Some(owner) => Ok(Grantee::Account(owner.canonical_id)),
                None => Err(S3Error::new(ErrorCode::UnresolvableGrantByEmailAddress)
                    .with_extra("EmailAddress", email.to_owned())),
            }
        }
    }
}

fn invalid(message: &'static str, name: &'static str, value: &str) -> S3Error {
    S3Error::new(ErrorCode::InvalidArgument)
        .with_message(message)
        .with_extra("ArgumentName", name)
        .with_extra("ArgumentValue", value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grantees_of_a_header() {
        assert_eq!(
            grantees("id=\"a\", uri=\"http://x/y=z\",emailAddress=b@example.org"),
            Some(vec![By::Id("a"), By::Uri("http://x/y=z"), By::Email("b@example.org")])
        );
        for bad in ["", "a", "id=\"a", "id=a,", "name=\"a\"", ",id=a"] {
            assert_eq!(grantees(bad), None, "{bad}");
        }
    }
}
