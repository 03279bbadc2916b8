//! Grants in headers: `x-amz-grant-read: id="...", uri="...", emailAddress="..."`.

use larder_types::{CanonicalUserId, Grantee, Permission, limits};

/// The headers and what each grants.
pub const GRANT_HEADERS: [(&str, Permission); 5] = [
    ("x-amz-grant-read", Permission::Read),
    ("x-amz-grant-write", Permission::Write),
    ("x-amz-grant-read-acp", Permission::ReadAcp),
    ("x-amz-grant-write-acp", Permission::WriteAcp),
    ("x-amz-grant-full-control", Permission::FullControl),
];

/// Whom a header names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GranteeSpec {
    /// A group, or an account by its canonical user id, which need not exist.
    Grantee(Grantee),
    /// An account by its email address, which the caller looks up.
    Email(String),
}

/// Why a header is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGrantHeader {
    /// It is not a list of `type="value"`, or has more entries than a list may have.
    #[error("Argument format not recognized")]
    Format,
    /// The id is not a canonical user id.
    #[error("Invalid id")]
    Id,
    /// The URI names no group.
    #[error("Invalid group uri")]
    Uri,
}

/// Reads the value of one header.
///
/// # Errors
/// [`InvalidGrantHeader`], in S3's words for `InvalidArgument`.
pub fn parse_grants(value: &str) -> Result<Vec<GranteeSpec>, InvalidGrantHeader> {
    let mut specs = Vec::new();
    let mut rest = value.trim();
    while !rest.is_empty() {
        if specs.len() == limits::MAX_GRANTS {
            return Err(InvalidGrantHeader::Format);
        }
        let (kind, after) = rest.split_once('=').ok_or(InvalidGrantHeader::Format)?;
        let (value, after) = value_of(after.trim_start())?;
        specs.push(spec(kind.trim(), value)?);
        rest = match after.trim_start() {
            "" => "",
            more => {
                let more = more.strip_prefix(',').ok_or(InvalidGrantHeader::Format)?.trim_start();
                if more.is_empty() {
                    return Err(InvalidGrantHeader::Format);
                }
                more
            }
        };
    }
    if specs.is_empty() { Err(InvalidGrantHeader::Format) } else { Ok(specs) }
}

/// A value, with or without quotes, and what comes after it.
fn value_of(text: &str) -> Result<(&str, &str), InvalidGrantHeader> {
    match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').ok_or(InvalidGrantHeader::Format),
        None => {
            let end = text.find(',').unwrap_or(text.len());
            Ok((text[..end].trim_end(), &text[end..]))
        }
    }
}

fn spec(kind: &str, value: &str) -> Result<GranteeSpec, InvalidGrantHeader> {
    if kind.eq_ignore_ascii_case("id") {
        let id = CanonicalUserId::parse(value).map_err(|_| InvalidGrantHeader::Id)?;
        Ok(GranteeSpec::Grantee(Grantee::Account(id)))
    } else if kind.eq_ignore_ascii_case("uri") {
        Ok(GranteeSpec::Grantee(Grantee::of_uri(value).ok_or(InvalidGrantHeader::Uri)?))
    } else if kind.eq_ignore_ascii_case("emailAddress") && !value.is_empty() {
        Ok(GranteeSpec::Email(value.to_owned()))
    } else {
        Err(InvalidGrantHeader::Format)
    }
}
