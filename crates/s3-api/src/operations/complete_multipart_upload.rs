//! CompleteMultipartUpload. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>

use http::{HeaderMap, HeaderValue};
use larder_engine::{CompletePart, CompleteUpload, Completed, Encryption, Error as EngineError};
use larder_http::{RequestBody, Response};
use larder_sse::CustomerKey;
use larder_types::limits::MAX_PART_NUMBER;
use larder_types::{Checksum, ChecksumAlgorithm, ETag, UploadId};
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::enums::ChecksumType;
use larder_wire::generated::s3::shapes::CompletedPart;
use larder_wire::generated::s3::{CompleteMultipartUploadInput, CompleteMultipartUploadOutput};

use super::create_multipart_upload::checksum_type;
use crate::call::{Call, Document};
use crate::fields::{checksum, conditions, customer_key, encryption, location, upload, version};
use crate::request_content::RequestContent;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    // Held to the end: the list of parts takes more memory than the document did.
    let document = document(call).await?;
    let input = CompleteMultipartUploadInput::decode(&call.parts(), &document)?;
    refuse_unknown_checksums(&input)?;
    let request = CompleteUpload {
        key: call.key()?.clone(),
        upload: upload::parse(&input.upload_id)?,
        parts: parts(&input.multipart_upload.parts)?,
        checksum: object_checksum(call.headers)?,
        checksum_type: input.checksum_type.as_ref().map(|kind| checksum_type(kind.as_str())).transpose()?,
        // A negative number has been refused.
        size: input.mpu_object_size.and_then(|size| u64::try_from(size).ok()),
        conditions: conditions::write(input.if_match.as_deref(), input.if_none_match.as_deref())?,
    };
    let bucket = call.bucket()?;
    let customer = customer_key::of_object(call, call.headers)?;
    let encrypted = encryption_of(call, request.upload, customer.as_ref()).await?;
    let completed = call.engine.complete_upload(bucket, &request).await;
    let completed = completed.map_err(|error| upload::refused(error, &input.upload_id))?;
    let mut output = CompleteMultipartUploadOutput {
        location: Some(location::of(call, &input.bucket, &input.key)),
        version_id: version::created(bucket, completed.version),
        bucket: Some(input.bucket),
        key: Some(input.key),
        ..Default::default()
    };
    describe(&completed, &mut output);
    encryption::describe!(output, encrypted.as_ref());
    Ok(answer::whole(output.encode()))
}

/// How the object is encrypted; `None` too when the upload is gone.
async fn encryption_of(
    call: &Call<'_>,
    id: UploadId,
    customer: Option<&CustomerKey>,
) -> Result<Option<Encryption>, S3Error> {
    let (bucket, key) = (call.bucket()?, call.key()?);
    match call.engine.upload(bucket, key, id).await {
        Ok(upload) => {
            encryption::check_upload(call, bucket, key, &upload, customer)?;
            Ok(upload.encryption)
        }
        Err(EngineError::NoSuchUpload) => Ok(None),
        Err(error) => Err(refusal::of_engine(error)),
    }
}

fn describe(completed: &Completed, output: &mut CompleteMultipartUploadOutput) {
    output.etag = Some(completed.etag.to_string());
    if let Some((value, kind)) = &completed.checksum {
        let suffix = checksum::suffix(*kind, completed.etag.parts);
        checksum::set_checksum!(output, value, suffix);
        output.checksum_type = Some(ChecksumType::from(kind.as_str()));
    }
}

/// Reads the document. The checksum headers of this operation are the object's: they say nothing of the document.
async fn document(call: &mut Call<'_>) -> Result<Document, S3Error> {
    let mut headers = call.headers.clone();
    headers.remove("x-amz-sdk-checksum-algorithm");
    for algorithm in ChecksumAlgorithm::ALL {
        headers.remove(algorithm.header());
    }
    let incoming = call.body.incoming.take().unwrap_or_else(RequestBody::empty);
    let content = RequestContent::new(incoming, &headers, call.body.payload, call.body.chunks.take())?;
    Document::read(content, call.budget).await
}

/// The object's checksum, if the client says it. A composite one may carry the number of parts behind a hyphen.
fn object_checksum(headers: &HeaderMap) -> Result<Option<Checksum>, S3Error> {
    let mut values = HeaderMap::new();
    for algorithm in ChecksumAlgorithm::ALL {
        let Some(value) = headers.get(algorithm.header()) else { continue };
        let bare = value.to_str().ok().and_then(without_part_count).and_then(|text| HeaderValue::from_str(text).ok());
        values.insert(algorithm.header(), bare.unwrap_or_else(|| value.clone()));
    }
    Ok(checksum::declared(&values)?.value)
}

/// A value without the number of parts it carries, if it carries one. Base64 has no hyphen.
fn without_part_count(value: &str) -> Option<&str> {
    let (value, count) = value.split_once('-')?;
    count.parse::<u16>().is_ok().then_some(value)
}

fn refuse_unknown_checksums(input: &CompleteMultipartUploadInput) -> Result<(), S3Error> {
    let unknown = [
        &input.checksum_sha512,
        &input.checksum_md5,
        &input.checksum_xxhash64,
        &input.checksum_xxhash3,
        &input.checksum_xxhash128,
    ];
    match unknown.iter().any(|value| value.is_some()) {
        true => Err(S3Error::new(ErrorCode::NotImplemented).with_message("The checksum algorithm is not implemented.")),
        false => Ok(()),
    }
}

fn parts(listed: &[CompletedPart]) -> Result<Vec<CompletePart>, S3Error> {
    if listed.is_empty() {
        return Err(S3Error::new(ErrorCode::MalformedXML));
    }
    if listed.len() > usize::from(MAX_PART_NUMBER) {
        return Err(S3Error::new(ErrorCode::TooManyParts));
    }
    listed.iter().map(part).collect()
}

fn part(listed: &CompletedPart) -> Result<CompletePart, S3Error> {
    let (Some(number), Some(etag)) = (listed.part_number, &listed.etag) else {
        return Err(S3Error::new(ErrorCode::MalformedXML));
    };
    Ok(CompletePart {
        number: upload::part_number(number)?,
        etag: ETag::parse(etag.trim()).ok(),
        checksum: part_checksum(listed, number)?,
    })
}

/// A part's checksum, if the client says it. What is no checksum cannot be the one that the part has.
fn part_checksum(listed: &CompletedPart, number: i32) -> Result<Option<Checksum>, S3Error> {
    let values = [
        (ChecksumAlgorithm::Crc32, &listed.checksum_crc32),
        (ChecksumAlgorithm::Crc32c, &listed.checksum_crc32c),
        (ChecksumAlgorithm::Crc64Nvme, &listed.checksum_crc64nvme),
        (ChecksumAlgorithm::Sha1, &listed.checksum_sha1),
        (ChecksumAlgorithm::Sha256, &listed.checksum_sha256),
    ];
    let mut given = values.into_iter().filter_map(|(algorithm, value)| Some((algorithm, value.as_deref()?)));
    let Some((algorithm, value)) = given.next() else { return Ok(None) };
    if given.next().is_some() {
        return Err(S3Error::new(ErrorCode::MalformedXML));
    }
    checksum::parse(algorithm, value)
        .map(Some)
        .map_err(|_| S3Error::new(ErrorCode::InvalidPart).with_extra("PartNumber", number.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(number: Option<i32>, etag: Option<&str>) -> CompletedPart {
        CompletedPart { part_number: number, etag: etag.map(str::to_owned), ..Default::default() }
    }

    #[test]
    fn a_part_list_is_whole_or_refused() {
        let tag = "\"0123456789abcdef0123456789abcdef\"";
        let code = |list: &[CompletedPart]| parts(list).map(|parts| parts.len()).map_err(|error| error.code());
        assert_eq!(code(&[]), Err(ErrorCode::MalformedXML));
        assert_eq!(code(&[listed(None, Some(tag))]), Err(ErrorCode::MalformedXML));
        assert_eq!(code(&[listed(Some(1), None)]), Err(ErrorCode::MalformedXML));
        assert_eq!(code(&[listed(Some(0), Some(tag))]), Err(ErrorCode::InvalidArgument));
        assert_eq!(code(&[listed(Some(10_001), Some(tag))]), Err(ErrorCode::InvalidArgument));
        assert_eq!(code(&vec![listed(Some(1), Some(tag)); 10_001]), Err(ErrorCode::TooManyParts));
        assert_eq!(code(&[listed(Some(1), Some(tag)), listed(Some(2), Some("no tag"))]), Ok(2));
        let wrong = CompletedPart { checksum_crc32: Some("?".to_owned()), ..listed(Some(1), Some(tag)) };
        assert_eq!(code(&[wrong]), Err(ErrorCode::InvalidPart));
    }

    #[test]
    fn the_number_of_parts_is_no_part_of_a_checksum() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-checksum-crc32", HeaderValue::from_static("AAAAAA==-3"));
        let composite = object_checksum(&headers).unwrap();
        headers.insert("x-amz-checksum-crc32", HeaderValue::from_static("AAAAAA=="));
        assert_eq!(composite, object_checksum(&headers).unwrap());
        assert!(composite.is_some());
        headers.insert("x-amz-checksum-crc32", HeaderValue::from_static("AAAAAA==-x"));
        assert!(object_checksum(&headers).is_err());
    }
}
