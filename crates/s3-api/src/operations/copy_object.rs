//! CopyObject. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>

use larder_config::tagging::TagSet;
use larder_engine::{CopyObject, NewObject, ObjectMetadata, ObjectVersion, VersionRecord};
use larder_http::Response;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::enums::{
    ChecksumAlgorithm, ChecksumType, MetadataDirective, StorageClass, TaggingDirective,
};
use larder_wire::generated::s3::shapes::CopyObjectResult;
use larder_wire::generated::s3::{CopyObjectInput, CopyObjectOutput};

use crate::authorize::{Said, Target, Wish};
use crate::call::Call;
use crate::fields::copy_source::{CopySourceName, OpenSource};
use crate::fields::{checksum, conditions, copy_source, customer_key, encryption, object, version};
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = CopyObjectInput::decode(&call.parts(), &[])?;
    let name = copy_source::parse(&input.copy_source)?;
    let on_source = conditions::read(
        input.copy_source_if_match.as_deref(),
        input.copy_source_if_none_match.as_deref(),
        input.copy_source_if_modified_since,
        input.copy_source_if_unmodified_since,
    );
    let replace_metadata = match &input.metadata_directive {
        None | Some(MetadataDirective::Copy) => false,
        Some(MetadataDirective::Replace) => true,
        Some(other) => return Err(unknown_directive("x-amz-metadata-directive", other.as_str())),
    };
    let replace_tags = match &input.tagging_directive {
        None | Some(TaggingDirective::Copy) => false,
        Some(TaggingDirective::Replace) => true,
        Some(other) => return Err(unknown_directive("x-amz-tagging-directive", other.as_str())),
    };
    let onto_itself = call.bucket_name == Some(name.bucket.as_str())
        && call.raw_key == Some(name.key.as_str())
        && name.version.is_none();
    let changes_something = replace_metadata
        || input.storage_class.is_some()
        || input.website_redirect_location.is_some()
        || encryption::is_chosen(call.headers);
    if onto_itself && !changes_something {
        return Err(S3Error::new(ErrorCode::InvalidRequest).with_message(
            "This copy request is illegal because it is trying to copy an object to itself without changing the \
             object's metadata, storage class, website redirect location or encryption attributes.",
        ));
    }

    let source = copy_source::open(call, &name, &on_source, None).await?;
    let algorithm = input.checksum_algorithm.as_ref().map(ChecksumAlgorithm::as_str);
    let class = input.storage_class.as_ref().map(StorageClass::as_str);
    let metadata = metadata(call, &input, &source.reader.object, replace_metadata)?;
    let tags = tags(&input, &source.reader.object, replace_tags)?;
    if !replace_tags && !tags.is_empty() {
        authorize_tags(call, &name, &source, &tags).await?;
    }
    let key = call.key()?.clone();
    let customer = customer_key::of_object(call, call.headers)?;
    let (encryption, keys) = encryption::begin_copy(call, &key, customer.as_ref(), &source.reader).await?;
    let request = CopyObject {
        key,
        object: NewObject { encryption, ..object::described(call, call.headers, class, metadata, tags)? },
        keys,
        checksum: algorithm.map(checksum::algorithm).transpose()?,
        conditions: conditions::write(input.if_match.as_deref(), input.if_none_match.as_deref())?,
    };
    let bucket = call.bucket()?;
    let record = call.engine.copy_object(source.reader, bucket, request).await.map_err(refusal::of_engine)?;
    let mut output = CopyObjectOutput {
        copy_object_result: Some(result(&record)),
        version_id: version::created(bucket, record.head.id),
        copy_source_version_id: source.version,
        ..Default::default()
    };
    if let Some((_, detail)) = record.object() {
        encryption::describe!(output, detail.encryption.as_ref(), customer.as_ref());
        output.sse_kms_encryption_context = detail.encryption.as_ref().and_then(encryption::shown_context);
    }
    Ok(answer::whole(output.encode()))
}

/// Asks for what copying the source's tags needs on both sides.
async fn authorize_tags(
    call: &Call<'_>,
    name: &CopySourceName,
    source: &OpenSource,
    tags: &TagSet,
) -> Result<(), S3Error> {
    let action = if name.version.is_some() { "s3:GetObjectVersionTagging" } else { "s3:GetObjectTagging" };
    let reading = Wish::of(action, Target::Object(&source.bucket, &name.key, name.version));
    let permit = call.require(reading).await?;
    call.check_permit(&permit, &reading, &source.reader.object)?;
    let said = Said { tags: Some(tags), ..Said::default() };
    let writing = Wish::of("s3:PutObjectTagging", Target::Key(call.bucket()?, call.key()?, None)).saying(said);
    call.require(writing).await.map(|_| ())
}

fn metadata(
    call: &Call<'_>,
    input: &CopyObjectInput,
    source: &ObjectVersion,
    replace: bool,
) -> Result<ObjectMetadata, S3Error> {
    let asked = object::metadata(call.headers, input.metadata.clone())?;
    if replace {
        return Ok(asked);
    }
    // The redirect belongs to the place, not to the object: it is never copied.
    Ok(ObjectMetadata { website_redirect: asked.website_redirect, ..source.detail().metadata.clone() })
}

fn tags(input: &CopyObjectInput, source: &ObjectVersion, replace: bool) -> Result<TagSet, S3Error> {
    if replace { object::tags(input.tagging.as_deref()) } else { Ok(source.detail().tags.clone()) }
}

fn result(record: &VersionRecord) -> CopyObjectResult {
    let mut result =
        CopyObjectResult { last_modified: Some(record.head.modified.to_jiff_seconds()), ..Default::default() };
    if let Some((summary, detail)) = record.object() {
        result.etag = Some(summary.etag.to_string());
        if let Some(value) = &detail.checksum {
            checksum::set_checksum!(result, value);
            result.checksum_type = summary.checksum.map(|(_, kind)| ChecksumType::from(kind.as_str()));
        }
    }
    result
}

fn unknown_directive(name: &'static str, value: &str) -> S3Error {
    let message = match name {
        "x-amz-tagging-directive" => "Unknown tagging directive.",
        _ => "Unknown metadata directive.",
    };
    S3Error::new(ErrorCode::InvalidArgument)
        .with_message(message)
        .with_extra("ArgumentName", name)
        .with_extra("ArgumentValue", value)
}
