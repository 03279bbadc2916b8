//! What a new object is, from the headers that PutObject, CopyObject, CreateMultipartUpload and a POST form share.

use http::HeaderMap;
use larder_config::object_lock::{LegalHold, Retention};
use larder_config::ownership::ObjectOwnership;
use larder_config::tagging::TagSet;
use larder_engine::{NewObject, ObjectMetadata};
use larder_policy::acl::CannedAcl;
use larder_types::{AccountId, StorageClass, Timestamp};
use larder_wire::error::{ErrorCode, S3Error};

use super::acl::{self, Asked};
use crate::call::Call;
use crate::refusal;

/// What a new object is: metadata and tags as they were chosen, the rest from these headers, which are the request's or
/// those that a form's fields stand for. Not encrypted: that is chosen apart.
///
/// # Errors
/// Those of [`storage_class`], [`lock`] and its access control list.
pub(crate) fn described(
    call: &Call<'_>,
    headers: &HeaderMap,
    class: Option<&str>,
    metadata: ObjectMetadata,
    tags: TagSet,
) -> Result<NewObject, S3Error> {
    let (retention, legal_hold) = lock(headers, call.now())?;
    let asked = acl::asked(call, headers)?;
    let owner = object_owner(call, &asked)?;
    let acl = acl::of_new_object(call, &asked, owner)?;
    Ok(NewObject { owner, class: storage_class(class)?, metadata, tags, retention, legal_hold, acl, encryption: None })
}

/// Who owns what the request writes: the bucket's owner where lists do not count, and where its owner is preferred and gets
/// full control; else the account of the sender. What nobody signed is the bucket owner's too.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
///
/// # Errors
/// `NoSuchBucket` when the request addresses none.
pub(crate) fn object_owner(call: &Call<'_>, asked: &Asked) -> Result<AccountId, S3Error> {
    let record = &call.bucket()?.record;
    let of_the_bucket = match record.ownership {
        Some(ObjectOwnership::BucketOwnerEnforced) => true,
        Some(ObjectOwnership::BucketOwnerPreferred) => *asked == Asked::Canned(CannedAcl::BucketOwnerFullControl),
        Some(ObjectOwnership::ObjectWriter) | None => false,
    };
    Ok(if of_the_bucket { record.owner } else { call.account().unwrap_or(record.owner) })
}

/// Reads the headers that are stored and given back: `Content-*`, `Cache-Control`, `Expires`, the website redirect, and
/// user metadata.
///
/// # Errors
/// `MetadataTooLarge`, or `InvalidRedirectLocation`'s like for a redirect that is neither a path nor a URL.
pub(crate) fn metadata(headers: &HeaderMap, user: Vec<(String, String)>) -> Result<ObjectMetadata, S3Error> {
    let text = |name: &str| headers.get(name).map(|value| larder_wire::headers::text(value.as_bytes()).into_owned());
    let mut user = user;
    larder_wire::metadata::decode(&mut user)?;
    Ok(ObjectMetadata {
        // An empty one says nothing, and would be no valid type in an answer.
        content_type: text("content-type").filter(|kind| !kind.is_empty()),
        cache_control: text("cache-control"),
        content_disposition: text("content-disposition"),
        content_encoding: text("content-encoding").and_then(|encoding| without_aws_chunked(&encoding)),
        content_language: text("content-language"),
        expires: text("expires"),
        website_redirect: text("x-amz-website-redirect-location").map(redirect).transpose()?,
        user,
    })
}

/// Reads a storage class.
///
/// # Errors
/// `InvalidStorageClass`; `NotImplemented` for the archive classes, whose objects could be read without being restored.
pub(crate) fn storage_class(text: Option<&str>) -> Result<StorageClass, S3Error> {
    let Some(text) = text else { return Ok(StorageClass::Standard) };
    match StorageClass::parse(text) {
        Ok(StorageClass::Glacier | StorageClass::DeepArchive) => Err(S3Error::new(ErrorCode::NotImplemented)
            .with_message(format!("The storage class {text} is not implemented."))),
        Ok(class) => Ok(class),
        Err(_) => Err(S3Error::new(ErrorCode::InvalidStorageClass).with_extra("StorageClassRequested", text)),
    }
}

/// Reads `x-amz-tagging`.
///
/// # Errors
/// As S3 answers for malformed or too many tags.
pub(crate) fn tags(header: Option<&str>) -> Result<TagSet, S3Error> {
    header.map_or_else(|| Ok(TagSet::default()), |text| TagSet::from_header(text).map_err(refusal::of_configuration))
}

/// Reads the object-lock headers.
///
/// # Errors
/// As S3 answers when they are malformed or do not go together.
pub(crate) fn lock(headers: &HeaderMap, now: Timestamp) -> Result<(Option<Retention>, Option<LegalHold>), S3Error> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (mode, date) = (text("x-amz-object-lock-mode"), text("x-amz-object-lock-retain-until-date"));
    let retention = Retention::from_headers(mode, date, now).map_err(refusal::of_configuration)?;
    let hold = text("x-amz-object-lock-legal-hold").map(LegalHold::from_header).transpose();
    Ok((retention, hold.map_err(refusal::of_configuration)?))
}

/// `aws-chunked` frames a request and is no property of the object. Without it a value stays as it came.
fn without_aws_chunked(encoding: &str) -> Option<String> {
    let is_frame = |coding: &&str| coding.eq_ignore_ascii_case("aws-chunked");
    let codings = || encoding.split(',').map(str::trim);
    if !codings().any(|coding| is_frame(&coding)) {
        return Some(encoding.to_owned());
    }
    let kept: Vec<&str> = codings().filter(|coding| !coding.is_empty() && !is_frame(coding)).collect();
    if kept.is_empty() { None } else { Some(kept.join(", ")) }
}

fn redirect(location: String) -> Result<String, S3Error> {
    if location.starts_with('/') || location.starts_with("http://") || location.starts_with("https://") {
        return Ok(location);
    }
    Err(S3Error::new(ErrorCode::InvalidArgument)
        .with_message("The website redirect location must have a prefix of 'http://' or 'https://' or '/'.")
        .with_extra("ArgumentName", "x-amz-website-redirect-location")
        .with_extra("ArgumentValue", location))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_chunked_is_not_stored() {
        for (sent, kept) in [
            ("aws-chunked", None),
            ("aws-chunked,gzip", Some("gzip")),
            ("gzip, AWS-Chunked", Some("gzip")),
            ("gzip", Some("gzip")),
            ("gzip,br", Some("gzip,br")),
            ("aws-chunked,gzip,br", Some("gzip, br")),
        ] {
            assert_eq!(without_aws_chunked(sent).as_deref(), kept, "{sent}");
        }
    }
}
