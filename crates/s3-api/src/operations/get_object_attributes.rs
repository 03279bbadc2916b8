//! GetObjectAttributes. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html>

use larder_engine::{Error as EngineError, ManifestPart, ObjectVersion};
use larder_http::Response;
use larder_types::VersionId;
use larder_types::limits::MAX_LIST_PAGE;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::enums::ObjectAttributes;
use larder_wire::generated::s3::shapes::{Checksum, GetObjectAttributesParts, ObjectPart};
use larder_wire::generated::s3::{GetObjectAttributesInput, GetObjectAttributesOutput};

use crate::call::Call;
use crate::fields::{checksum, customer_key, encryption, listing, version};
use crate::{answer, refusal};

const HEADER: &str = "x-amz-object-attributes";

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    require_attributes(call)?;
    let input = GetObjectAttributesInput::decode(&call.parts(), &[])?;
    if let Some(ObjectAttributes::Unknown(name)) =
        input.object_attributes.iter().find(|attribute| matches!(attribute, ObjectAttributes::Unknown(_)))
    {
        return Err(invalid("Invalid attribute name specified.", name));
    }
    let asked = |attribute: ObjectAttributes| input.object_attributes.contains(&attribute);
    let version = version::parse(input.version_id.as_deref())?;
    let (object, parts) = find(call, version, asked(ObjectAttributes::ObjectParts)).await?;
    let (bucket, key, encrypted) = (call.bucket()?, call.key()?, object.detail().encryption.as_ref());
    let customer = customer_key::of_object(call, call.headers)?;
    let shows_content = asked(ObjectAttributes::Checksum) || asked(ObjectAttributes::ObjectParts);
    encryption::check(call, bucket, key, encrypted, customer.as_ref(), shows_content)?;
    let summary = object.summary();
    let output = GetObjectAttributesOutput {
        last_modified: Some(object.head().modified.to_jiff_seconds()),
        version_id: version::shown(call.bucket()?, object.head().id),
        // Here alone S3 shows a tag without its quotes.
        etag: asked(ObjectAttributes::Etag).then(|| summary.etag.to_string().trim_matches('"').to_owned()),
        checksum: if asked(ObjectAttributes::Checksum) { checksum_of(&object) } else { None },
        object_parts: parts.map(|parts| page(&parts, input.part_number_marker, input.max_parts)),
        storage_class: asked(ObjectAttributes::StorageClass).then(|| summary.class.as_str().into()),
        object_size: i64::try_from(summary.size).ok().filter(|_| asked(ObjectAttributes::ObjectSize)),
        ..Default::default()
    };
    Ok(answer::whole(output.encode()))
}

fn require_attributes(call: &Call<'_>) -> Result<(), S3Error> {
    let sent = call.headers.get_all(HEADER).iter();
    let any = sent
        .into_iter()
        .any(|value| larder_wire::headers::list(&larder_wire::headers::text(value.as_bytes())).next().is_some());
    let message =
        "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty";
    if any { Ok(()) } else { Err(invalid(message, "null")) }
}

/// The object, and with `with_parts` what it is made of when it was uploaded in parts.
async fn find(
    call: &Call<'_>,
    version: Option<VersionId>,
    with_parts: bool,
) -> Result<(ObjectVersion, Option<Vec<ManifestPart>>), S3Error> {
    let (bucket, key) = (call.bucket()?, call.key()?);
    let mut seen = None;
    loop {
        let object = call.engine.head_object(bucket, key, version).await.map_err(refusal::of_engine)?;
        call.check_found(&object)?;
        if !with_parts {
            return Ok((object, None));
        }
        match call.engine.parts_of_object(bucket, key, &object).await {
            Ok(parts) => return Ok((object, parts)),
            Err(EngineError::NoSuchVersion) => {
                // Replaced between the two reads, unless it is still the same one.
                let identity = (object.head().id, object.head().sequence);
                if seen.replace(identity) == Some(identity) {
                    tracing::error!(key = key.as_str(), "the parts of an object are missing");
                    return Err(S3Error::new(ErrorCode::InternalError));
                }
            }
            Err(error) => return Err(refusal::of_engine(error)),
        }
    }
}

fn checksum_of(object: &ObjectVersion) -> Option<Checksum> {
    let (value, (_, kind)) = (object.detail().checksum.as_ref()?, object.summary().checksum?);
    let mut shown = Checksum { checksum_type: Some(kind.as_str().into()), ..Default::default() };
    let suffix = checksum::suffix(kind, object.summary().etag.parts);
    checksum::set_checksum!(shown, value, suffix);
    Some(shown)
}

/// One page of the parts.
fn page(parts: &[ManifestPart], marker: Option<i32>, limit: Option<i32>) -> GetObjectAttributesParts {
    let mut shown = GetObjectAttributesParts { total_parts_count: listing::count(parts.len()), ..Default::default() };
    let marker = marker.unwrap_or(0);
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MAX_LIST_PAGE).min(MAX_LIST_PAGE);
    let mut rest = parts.iter().filter(|part| i32::from(part.number.get()) > marker);
    let listed: Vec<&ManifestPart> = rest.by_ref().take(limit).collect();
    shown.part_number_marker = Some(marker);
    shown.next_part_number_marker = Some(listed.last().map_or(0, |part| i32::from(part.number.get())));
    shown.max_parts = listing::count(limit);
    shown.is_truncated = Some(rest.next().is_some());
    shown.parts = listed.into_iter().map(shown_part).collect();
    shown
}

fn shown_part(part: &ManifestPart) -> ObjectPart {
    let mut shown = ObjectPart {
        part_number: Some(i32::from(part.number.get())),
        size: i64::try_from(part.size).ok(),
        ..Default::default()
    };
    if let Some(value) = &part.checksum {
        checksum::set_checksum!(shown, value);
    }
    shown
}

fn invalid(message: &'static str, value: &str) -> S3Error {
    S3Error::new(ErrorCode::InvalidArgument)
        .with_message(message)
        .with_extra("ArgumentName", HEADER)
        .with_extra("ArgumentValue", value)
}
