//! `x-amz-copy-source`: which object CopyObject and UploadPartCopy read.

use std::sync::Arc;

use larder_crypto::DataKeys;
use larder_engine::{Bucket, CopySource, Error as EngineError, ObjectReader, ObjectVersion, ReadConditions};
use larder_types::{BucketName, ByteRange, ObjectKey, VersionId};
use larder_wire::error::{ErrorCode, S3Error};

use crate::authorize::{Said, Target, Wish};
use crate::call::Call;
use crate::fields::{customer_key, encryption, version};
use crate::refusal::Refused;
use crate::{pipeline, refusal};

const HEADER: &str = "x-amz-copy-source";

/// Stands between the source and its version, unencoded.
const VERSION_SUFFIX: &str = "?versionId=";

/// A copy's source as the header names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CopySourceName {
    pub(crate) bucket: BucketName,
    pub(crate) key: ObjectKey,
    pub(crate) version: Option<VersionId>,
}

/// A source that is ready to be copied.
pub(crate) struct OpenSource {
    pub(crate) bucket: Arc<Bucket>,
    pub(crate) reader: ObjectReader,
    /// The version id that the answer shows.
    pub(crate) version: Option<String>,
}

/// Reads the header: `bucket/key` or `/bucket/key`, URL-encoded, its slashes too as some clients do, and perhaps followed
/// by `?versionId=`.
///
/// A plain `+` is a space, as AWS reads it: clients that leave the plus of a key as it is get NoSuchKey there.
///
/// # Errors
/// `InvalidArgument` as S3 answers for what is no bucket and key; `NotImplemented` for an access point's ARN.
pub(crate) fn parse(header: &str) -> Result<CopySourceName, S3Error> {
    // Split before decoding: a key may hold an encoded `?versionId=`.
    let (source, version) = match header.rsplit_once(VERSION_SUFFIX) {
        Some((source, version)) => (source, Some(version)),
        None => (header, None),
    };
    let decoded = decode(source).ok_or_else(|| invalid("Invalid copy source encoding.", header))?;
    let path = decoded.strip_prefix('/').unwrap_or(&decoded);
    if path.starts_with("arn:") {
        return Err(S3Error::new(ErrorCode::NotImplemented)
            .with_message("Copying from an access point is not implemented.")
            .with_extra("Header", HEADER));
    }
    let (bucket, key) = path
        .split_once('/')
        .ok_or_else(|| invalid("Copy Source must mention the source bucket and key: sourcebucket/sourcekey", header))?;
    let key = match ObjectKey::parse(key) {
        Err(larder_types::InvalidObjectKey::Empty) => return Err(invalid("Invalid copy source object key", header)),
        other => other.map_err(refusal::of_key)?,
    };
    let bucket = BucketName::parse(bucket).map_err(|_| invalid("Invalid copy source bucket name", header))?;
    let version = version.map(|text| decode(text).ok_or_else(|| invalid("Invalid copy source encoding.", header)));
    Ok(CopySourceName { bucket, key, version: version::parse(version.transpose()?.as_deref())? })
}

/// Opens the source: finds its bucket, makes sure that the caller may read the object, checks the conditions.
///
/// # Errors
/// Of a read that is refused; `InvalidRequest` when the version that is named is a delete marker.
pub(crate) async fn open(
    call: &Call<'_>,
    name: &CopySourceName,
    conditions: &ReadConditions,
    range: Option<ByteRange>,
) -> Result<OpenSource, S3Error> {
    let bucket = bucket_of(call, name).await?;
    let target = Target::Object(&bucket, &name.key, name.version);
    let shown = name.version.map(|version| version.to_string());
    let said = Said { version: shown.as_deref(), ..Said::default() };
    let action = if name.version.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
    let wish = Wish::of(action, target).saying(said);
    let permit = call.require(wish).await?;
    call.require_payer(&bucket)?;
    pipeline::expect_owner(call.headers, "x-amz-source-expected-bucket-owner", Some(&bucket))?;
    let source = CopySource { bucket: &bucket, key: &name.key, version: name.version, conditions };
    let customer = customer_key::of_source(call)?;
    let unlock = |object: &ObjectVersion| -> Result<Option<DataKeys>, Refused> {
        call.check_permit(&permit, &wish, object)?;
        let stored = object.detail().encryption.as_ref();
        Ok(encryption::unlock(call, &bucket, &name.key, stored, customer.as_ref())?)
    };
    let reader = match call.engine.open_copy_source(source, range, unlock).await {
        Ok(reader) => reader,
        Err(Refused::Engine(error)) => return Err(call.veil(&bucket, &name.key, refused(error, name)).await),
        Err(error) => return Err(error.into()),
    };
    let version = version::shown(&bucket, reader.object.head().id);
    Ok(OpenSource { bucket, reader, version })
}

async fn bucket_of(call: &Call<'_>, name: &CopySourceName) -> Result<Arc<Bucket>, S3Error> {
    call.engine.bucket(&name.bucket).await.map_err(|error| match error {
        EngineError::NoSuchBucket => {
            S3Error::new(ErrorCode::NoSuchBucket).with_extra("BucketName", name.bucket.as_str())
        }
        other => refusal::of_engine(other),
    })
}

fn refused(error: EngineError, name: &CopySourceName) -> S3Error {
    let error = match error {
        EngineError::DeleteMarker { by_id: true, .. } => {
            return S3Error::new(ErrorCode::InvalidRequest).with_message(
                "The source of a copy request may not specifically refer to a delete marker by version id.",
            );
        }
        EngineError::DeleteMarker { by_id: false, .. } => EngineError::NoSuchKey,
        other => other,
    };
    let version = name.version.map(|version| version.to_string());
    refusal::about_key(refusal::of_engine(error), Some(&name.key), version.as_deref())
}

/// Decodes percent signs once, and `+`; `None` when a percent sign is not followed by two hexadecimal digits, or when the
/// result is not UTF-8.
fn decode(text: &str) -> Option<String> {
    let escapes_are_whole = text
        .split('%')
        .skip(1)
        .all(|rest| rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)));
    if !escapes_are_whole {
        return None;
    }
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

fn invalid(message: &'static str, header: &str) -> S3Error {
    S3Error::new(ErrorCode::InvalidArgument)
        .with_message(message)
        .with_extra("ArgumentName", HEADER)
        .with_extra("ArgumentValue", header)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0000000000000123ffffffffffffffff";

    #[test]
    fn a_source_is_a_bucket_and_a_key_decoded_once() {
        for (header, bucket, key, version) in [
            ("src/key", "src", "key", None),
            ("/src/key", "src", "key", None),
            ("src/a/b//c/", "src", "a/b//c/", None),
            ("src//key", "src", "/key", None),
            ("%2Fsrc%2Fa%2fb", "src", "a/b", None),
            ("src/a%2Bb+c%20d", "src", "a+b c d", None),
            ("src/100%2525", "src", "100%25", None),
            ("src/caf%C3%A9", "src", "caf\u{e9}", None),
            ("src/caf\u{e9}", "src", "caf\u{e9}", None),
            ("src/what?", "src", "what?", None),
            ("src/a?versionId=null", "src", "a", Some("null")),
            ("src/a%3FversionId=null", "src", "a?versionId=null", None),
            ("src/a?versionId=x?versionId=0000000000000123ffffffffffffffff", "src", "a?versionId=x", Some(ID)),
        ] {
            let found = parse(header).unwrap_or_else(|error| panic!("{header}: {error}"));
            assert_eq!((found.bucket.as_str(), found.key.as_str()), (bucket, key), "{header}");
            assert_eq!(found.version.map(|id| id.to_string()).as_deref(), version, "{header}");
        }
    }

    #[test]
    fn what_is_no_source_is_refused() {
        for (header, code) in [
            ("", ErrorCode::InvalidArgument),
            ("/", ErrorCode::InvalidArgument),
            ("src", ErrorCode::InvalidArgument),
            ("src/", ErrorCode::InvalidArgument),
            ("/src", ErrorCode::InvalidArgument),
            ("//src/key", ErrorCode::InvalidArgument),
            ("Src_/key", ErrorCode::InvalidArgument),
            ("src/a%", ErrorCode::InvalidArgument),
            ("src/a%2", ErrorCode::InvalidArgument),
            ("src/a%zz", ErrorCode::InvalidArgument),
            ("src/a%ff", ErrorCode::InvalidArgument),
            ("src/a?versionId=", ErrorCode::InvalidArgument),
            ("src/a?versionId=nope", ErrorCode::InvalidArgument),
            ("arn:aws:s3:eu-west-1:1:accesspoint/p/object/key", ErrorCode::NotImplemented),
            ("arn%3Aaws%3As3%3Aeu-west-1%3A1%3Aaccesspoint%2Fp%2Fobject%2Fkey", ErrorCode::NotImplemented),
        ] {
            assert_eq!(parse(header).map_err(|error| error.code()), Err(code), "{header}");
        }
        let long = format!("src/{}", "a".repeat(1025));
        assert_eq!(parse(&long).map_err(|error| error.code()), Err(ErrorCode::KeyTooLongError));
    }
}
