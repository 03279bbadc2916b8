//! HeadObject, and what it shares with GetObject: choosing a range or part, and the headers that describe an object.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>

use larder_engine::ObjectVersion;
use larder_http::Response;
use larder_types::{ByteRange, Checksum, PartNumber};
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::{HeadObjectInput, HeadObjectOutput};
use larder_wire::range::Range;

use super::get_object::{length_of, not_modified};
use crate::call::Call;
use crate::fields::{conditions, customer_key, encryption, version};
use crate::{answer, refusal};

/// What of an object is asked for.
pub(super) struct Selected {
    /// The bytes; all of them when `None`.
    pub(super) range: Option<ByteRange>,
    /// `Content-Range`, for an answer with status 206.
    pub(super) content_range: Option<String>,
    /// `x-amz-mp-parts-count`, for a request by part number.
    pub(super) parts_count: Option<i32>,
    /// How many bytes that is.
    pub(super) length: u64,
    /// The checksum of just these bytes, where it is known: that of a part.
    pub(super) checksum: Option<Checksum>,
}

/// Sets the members that describe an object; those of GetObject's and HeadObject's outputs have the same names and no type
/// in common.
macro_rules! answer_object {
    ($output:ident, $call:expr, $object:expr, $selected:expr, $with_checksum:expr, $customer:expr) => {{
        let (call, object, selected): (&Call<'_>, &ObjectVersion, &Selected) = ($call, $object, $selected);
        let (summary, detail) = (object.summary(), object.detail());
        let metadata = &detail.metadata;
        $output.accept_ranges = Some("bytes".to_owned());
        $output.etag = Some(summary.etag.to_string());
        $output.last_modified = Some(object.head().modified.to_jiff_seconds());
        $output.version_id = crate::fields::version::shown(call.bucket()?, object.head().id);
        $output.content_type = Some(metadata.content_type.clone().unwrap_or_else(|| "binary/octet-stream".to_owned()));
        $output.cache_control.clone_from(&metadata.cache_control);
        $output.content_disposition.clone_from(&metadata.content_disposition);
        $output.content_encoding.clone_from(&metadata.content_encoding);
        $output.content_language.clone_from(&metadata.content_language);
        $output.expires.clone_from(&metadata.expires);
        $output.website_redirect_location.clone_from(&metadata.website_redirect);
        let user = metadata.user.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        $output.metadata = larder_wire::metadata::encode(user);
        $output.tag_count = i32::try_from(detail.tags.len()).ok().filter(|&count| count > 0);
        if summary.class != larder_types::StorageClass::Standard {
            $output.storage_class = Some(summary.class.as_str().into());
        }
        if let Some(retention) = detail.retention {
            $output.object_lock_mode = Some(retention.mode().as_str().into());
            $output.object_lock_retain_until_date = Some(retention.retain_until().to_jiff());
        }
        $output.object_lock_legal_hold_status = detail.legal_hold.map(|hold| hold.as_str().into());
        crate::fields::encryption::describe!($output, detail.encryption.as_ref(), $customer);
        $output.parts_count = selected.parts_count;
        $output.content_range.clone_from(&selected.content_range);
        if let (true, Some((_, kind))) = ($with_checksum, summary.checksum) {
            // The object's checksum is of all of it; it says nothing of a range.
            let of_object = detail.checksum.as_ref().filter(|_| selected.content_range.is_none());
            if let Some(value) = &selected.checksum {
                crate::fields::checksum::set_checksum!($output, value);
                $output.checksum_type = Some(kind.as_str().into());
            } else if let Some(value) = of_object {
                let suffix = crate::fields::checksum::suffix(kind, summary.etag.parts);
                crate::fields::checksum::set_checksum!($output, value, suffix);
                $output.checksum_type = Some(kind.as_str().into());
            }
        }
    }};
}
pub(super) use answer_object;

/// Refuses `response-*` parameters of a request that nobody signed: whoever makes up a link would choose what is shown.
macro_rules! refuse_unsigned_overrides {
    ($call:expr, $input:ident) => {
        let overrides = [
            &$input.response_cache_control,
            &$input.response_content_disposition,
            &$input.response_content_encoding,
            &$input.response_content_language,
            &$input.response_content_type,
            &$input.response_expires,
        ];
        if $call.signing.is_none() && overrides.iter().any(|value| value.is_some()) {
            return Err(S3Error::new(ErrorCode::InvalidRequest)
                .with_message("Request specific response headers cannot be used for anonymous GET requests."));
        }
    };
}
pub(super) use refuse_unsigned_overrides;

/// Sets the members that `response-*` parameters ask for, whatever the object's are.
macro_rules! override_headers {
    ($output:ident, $input:ident) => {
        let overrides = [
            (&mut $output.cache_control, $input.response_cache_control),
            (&mut $output.content_disposition, $input.response_content_disposition),
            (&mut $output.content_encoding, $input.response_content_encoding),
            (&mut $output.content_language, $input.response_content_language),
            (&mut $output.content_type, $input.response_content_type),
            (&mut $output.expires, $input.response_expires),
        ];
        for (slot, value) in overrides {
            if value.is_some() {
                *slot = value;
            }
        }
    };
}
pub(super) use override_headers;

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = HeadObjectInput::decode(&call.parts(), &[])?;
    refuse_unsigned_overrides!(call, input);
    let wanted = conditions::read(
        input.if_match.as_deref(),
        input.if_none_match.as_deref(),
        input.if_modified_since,
        input.if_unmodified_since,
    );
    let version = version::parse(input.version_id.as_deref())?;
    let (bucket, key) = (call.bucket()?, call.key()?);
    let found = call.engine.head_object(bucket, key, version).await.map_err(refusal::of_engine)?;
    call.check_found(&found)?;
    let customer = customer_key::of_object(call, call.headers)?;
    // A checksum tells of the content.
    let shows_content = input.checksum_mode.is_some();
    encryption::check(call, bucket, key, found.detail().encryption.as_ref(), customer.as_ref(), shows_content)?;
    wanted
        .check(found.summary().etag, found.head().modified, call.now())
        .map_err(|error| not_modified(error, &found))?;
    let selected = match input.part_number {
        Some(number) => select_part(call, &found, number, input.range.as_deref()).await?,
        None => select_range(&found, input.range.as_deref())?,
    };
    let mut output = HeadObjectOutput::default();
    answer_object!(output, call, &found, &selected, input.checksum_mode.is_some(), customer.as_ref());
    output.content_length = Some(length_of(selected.length));
    override_headers!(output, input);
    Ok(answer::whole(output.encode()))
}

/// What a `Range` header asks for, if there is one to be heeded.
pub(super) fn select_range(object: &ObjectVersion, range: Option<&str>) -> Result<Selected, S3Error> {
    let size = object.summary().size;
    let Some((header, parsed)) = range.and_then(|header| Some((header, Range::parse(header)?))) else {
        return Ok(Selected { range: None, content_range: None, parts_count: None, length: size, checksum: None });
    };
    let resolved = parsed.resolve(size, header)?;
    Ok(Selected {
        range: ByteRange::new(resolved.first, resolved.last),
        content_range: Some(resolved.content_range()),
        parts_count: None,
        length: resolved.length(),
        checksum: None,
    })
}

/// What a `partNumber` asks for.
pub(super) async fn select_part(
    call: &Call<'_>,
    object: &ObjectVersion,
    number: i32,
    range: Option<&str>,
) -> Result<Selected, S3Error> {
    if range.is_some() {
        return Err(S3Error::new(ErrorCode::InvalidRequest)
            .with_message("Cannot specify both Range header and partNumber query parameter"));
    }
    let number = PartNumber::new(i64::from(number)).map_err(|_| S3Error::new(ErrorCode::InvalidPartNumber))?;
    let part = call.engine.part_of_object(call.bucket()?, call.key()?, object, number).await;
    let part = part.map_err(|error| refusal::of_engine(error).with_extra("PartNumberRequested", number.to_string()))?;
    let size = object.summary().size;
    let Some(range) = part.range else {
        return Ok(Selected { range: None, content_range: None, parts_count: None, length: size, checksum: None });
    };
    Ok(Selected {
        range: Some(range),
        content_range: Some(format!("bytes {}-{}/{size}", range.start(), range.last())),
        parts_count: part.parts_count.and_then(|count| i32::try_from(count).ok()),
        length: range.len(),
        checksum: part.checksum,
    })
}
