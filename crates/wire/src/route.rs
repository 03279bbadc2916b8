//! Which operation a request is: the method, what it addresses, its query and a few headers, looked up in the table.
//!
//! The rule that protects data: **a request that asks for something this server does not know never becomes the plain
//! operation on the same bucket or object.** `DELETE /bucket?metadataConfiguration` must not delete the bucket and
//! `PUT /key?renameObject` must not empty the object. So each query parameter has to be accounted for:
//!
//! - the operation's own parameters, those of signatures (`X-Amz-*`, SigV2's three), what SDKs add for their own sake
//!   (`x-id`, `Content-Type`), and `response-*` on reads are accepted;
//! - two names of subresources contradict each other: 400; one that the method does not have is refused, with 405 when
//!   other methods have it, else with 501;
//! - anything else is refused with 501 on writes. On reads, which destroy nothing, AWS ignores what it does not know
//!   and so does this server, for pages do append `?v=3` or `?1699999999` to what they load; only a bare name of
//!   letters and hyphens, which is what every subresource looks like, is refused there too.

use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};

use crate::address::Level;
use crate::error::{ErrorCode, S3Error};
use crate::operation::table::{self, group};
use crate::operation::{Operation, Row, Selector, Verb, subresource_type};
use crate::query::Query;

const COPY_SOURCE: &str = "x-amz-copy-source";

/// Finds the operation of a request.
///
/// `headers` must already hold the headers that a presigned URL carries in its query, if those are to count.
///
/// # Errors
/// `MethodNotAllowed` with `Method`, `ResourceType` and an `Allow` header; `NotImplemented` for a query or header that
/// asks for what no operation here does; `InvalidArgument` for parameters that contradict each other or that the
/// operation has but not here (`versionId`); `RequestIsNotMultiPartContent` for a POST to a bucket that is no form.
pub fn route(method: &Method, level: Level, query: &Query, headers: &HeaderMap) -> Result<Operation, S3Error> {
    let Some(verb) = Verb::of(method) else {
        return Err(method_not_allowed(method.as_str(), level, None));
    };
    if verb == Verb::Options {
        return Ok(Operation::Preflight);
    }
    refuse_conflict(query)?;
    let group = group(verb, level);
    // Most requests have no parameter but their signature's, and those choose nothing.
    let bare = query.iter().all(|(name, _)| is_accepted_everywhere(name));
    let rows = if bare { group.plain_rows() } else { group.rows() };
    let found = rows.iter().find(|row| row.selectors.iter().all(|selector| holds(selector, query, headers)));
    if !query.is_empty() {
        for (name, value) in query.iter() {
            check_parameter(name, value, verb, level, found)?;
        }
        refuse_copy_source_in_query(verb, query, headers)?;
    }
    match found {
        Some(row) => Ok(row.operation),
        None if verb == Verb::Post && level == Level::Bucket => {
            Err(S3Error::new(ErrorCode::RequestIsNotMultiPartContent))
        }
        None => Err(method_not_allowed(verb.as_str(), level, None)),
    }
}

fn holds(selector: &Selector, query: &Query, headers: &HeaderMap) -> bool {
    match *selector {
        Selector::Has(name) => query.has(name),
        Selector::Is(name, value) => query.get(name) == Some(value),
        Selector::Header(name) => headers.contains_key(name),
        Selector::Form => is_form(headers),
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    const FORM: &[u8] = b"multipart/form-data";
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.as_bytes().get(..FORM.len()))
        .is_some_and(|start| start.eq_ignore_ascii_case(FORM))
}

/// Headers that older SDKs (JavaScript 2 for one) put into the query of the uploads they presign. S3 does not read them
/// there, but nobody loses data by it; conditions (`If-Match` ...) are not among them for that reason.
const HOISTED: [&str; 6] =
    ["content-type", "content-md5", "content-length", "content-disposition", "content-encoding", "cache-control"];

/// Parameters that any request may carry: they belong to its signature or to the SDK that sent it.
fn is_accepted_everywhere(name: &str) -> bool {
    matches!(name, "x-id" | "AWSAccessKeyId" | "Expires" | "Signature")
        || name.as_bytes().get(..6).is_some_and(|start| start.eq_ignore_ascii_case(b"x-amz-"))
        || HOISTED.iter().any(|header| name.eq_ignore_ascii_case(header))
}

fn check_parameter(name: &str, value: &str, verb: Verb, level: Level, row: Option<&Row>) -> Result<(), S3Error> {
    if is_accepted_everywhere(name) {
        return Ok(());
    }
    if row.is_some_and(|row| row.accepts(name)) {
        return match name {
            "versionId" if value.is_empty() => {
                Err(invalid_argument("Version id cannot be the empty string", name, value))
            }
            _ => Ok(()),
        };
    }
    if let Some(resource) = subresource_type(name) {
        return Err(refuse_subresource(name, resource, verb, level));
    }
    match name {
        "versionId" => return Err(invalid_argument("This operation does not accept a version-id.", name, value)),
        "list-type" if verb == Verb::Get && level == Level::Bucket => {
            return Err(invalid_argument("Invalid List Type specified in the request", name, value));
        }
        _ => {}
    }
    let harmless = verb.reads()
        && (!value.is_empty() || name.starts_with("response-") || is_ordinary(name) || !looks_like_subresource(name));
    if harmless { Ok(()) } else { Err(not_implemented()) }
}

/// A parameter of some other operation that only refines it, so that its meaning is known to be none here.
fn is_ordinary(name: &str) -> bool {
    table::ROWS.iter().any(|row| row.parameters.contains(&name))
}

fn looks_like_subresource(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-')
}

fn refuse_subresource(name: &str, resource: &str, verb: Verb, level: Level) -> S3Error {
    if table::ROWS.iter().any(|row| row.level == level && chosen_by(row, name)) {
        return method_not_allowed(verb.as_str(), level, Some((name, resource)));
    }
    if name == "uploadId" && level == Level::Bucket {
        return S3Error::new(ErrorCode::InvalidRequest).with_message("A key must be specified");
    }
    not_implemented()
}

/// Two subresources in one query are an error that names all of them in alphabetical order, as S3 does.
fn refuse_conflict(query: &Query) -> Result<(), S3Error> {
    let mut names = query.iter().map(|(name, _)| name).filter(|name| subresource_type(name).is_some());
    let (Some(first), Some(second)) = (names.next(), names.next()) else { return Ok(()) };
    let mut names: Vec<&str> = [first, second].into_iter().chain(names).collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [first, _, ..] => {
            let message = format!("Conflicting query string parameters: {}", names.join(", "));
            Err(invalid_argument(message, "ResourceType", first))
        }
        _ => Ok(()),
    }
}

fn chosen_by(row: &Row, parameter: &str) -> bool {
    row.selectors.iter().any(|selector| selector.parameter() == Some(parameter))
}

/// A copy whose source stands in the query and was not taken over into the headers would become a plain upload and
/// leave an empty object.
fn refuse_copy_source_in_query(verb: Verb, query: &Query, headers: &HeaderMap) -> Result<(), S3Error> {
    if verb == Verb::Put && query.get_ignore_case(COPY_SOURCE).is_some() && !headers.contains_key(COPY_SOURCE) {
        return Err(not_implemented());
    }
    Ok(())
}

fn not_implemented() -> S3Error {
    S3Error::new(ErrorCode::NotImplemented)
}

fn invalid_argument(message: impl Into<std::borrow::Cow<'static, str>>, name: &str, value: &str) -> S3Error {
    S3Error::new(ErrorCode::InvalidArgument)
        .with_message(message)
        .with_extra("ArgumentName", name)
        .with_extra("ArgumentValue", value)
}

fn method_not_allowed(method: &str, level: Level, subresource: Option<(&str, &str)>) -> S3Error {
    let resource = match (subresource, level) {
        (Some((_, resource)), _) => resource,
        (None, Level::Service) => "SERVICE",
        (None, Level::Bucket) => "BUCKET",
        (None, Level::Object) => "OBJECT",
        (None, Level::Account) => "PUBLIC_ACCESS_BLOCK",
    };
    let allowed: Vec<&str> = Verb::ALL
        .into_iter()
        .filter(|&verb| verb != Verb::Options)
        .filter(|&verb| match subresource {
            Some((name, _)) => group(verb, level).rows().iter().any(|row| chosen_by(row, name)),
            None => !group(verb, level).plain_rows().is_empty(),
        })
        .map(Verb::as_str)
        .collect();
    let error =
        S3Error::new(ErrorCode::MethodNotAllowed).with_extra("Method", method).with_extra("ResourceType", resource);
    match HeaderValue::from_str(&allowed.join(", ")) {
        Ok(value) => error.with_header(ALLOW, value),
        Err(_) => error,
    }
}
