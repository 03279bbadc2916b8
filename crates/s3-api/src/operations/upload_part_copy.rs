//! UploadPartCopy. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html>

use larder_engine::{PartRecord, UploadPart, UploadRecord};
use larder_http::Response;
use larder_types::ByteRange;
use larder_types::limits::MAX_COPY_BYTES;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::shapes::CopyPartResult;
use larder_wire::generated::s3::{UploadPartCopyInput, UploadPartCopyOutput};

use crate::answer;
use crate::call::Call;
use crate::fields::{checksum, conditions, copy_source, customer_key, encryption, upload};
use crate::refusal::Refused;

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = UploadPartCopyInput::decode(&call.parts(), &[])?;
    let name = copy_source::parse(&input.copy_source)?;
    let range = input.copy_source_range.as_deref().map(|text| parse_range(text).ok_or_else(|| malformed_range(text)));
    let range = range.transpose()?;
    let on_source = conditions::read(
        input.copy_source_if_match.as_deref(),
        input.copy_source_if_none_match.as_deref(),
        input.copy_source_if_modified_since,
        input.copy_source_if_unmodified_since,
    );
    let request = UploadPart {
        key: call.key()?.clone(),
        upload: upload::parse(&input.upload_id)?,
        number: upload::part_number(input.part_number)?,
        checksum: None,
    };
    let source = copy_source::open(call, &name, &on_source, range).await?;
    if source.reader.content.length() > MAX_COPY_BYTES {
        return Err(S3Error::new(ErrorCode::InvalidRequest).with_message(format!(
            "The specified copy source is larger than the maximum allowable size for a copy source: {MAX_COPY_BYTES}"
        )));
    }
    let (bucket, key, mut encrypted) = (call.bucket()?, call.key()?, None);
    let customer = customer_key::of_object(call, call.headers)?;
    let unlock = |upload: &UploadRecord| {
        encrypted.clone_from(&upload.encryption);
        encryption::unlock_upload(call, bucket, key, upload.encryption.as_ref(), customer.as_ref())
            .map_err(Refused::from)
    };
    let stored = call.engine.upload_part_copy(bucket, &request, source.reader, unlock).await;
    let part = stored.map_err(|error| upload::refused(error, &input.upload_id))?;
    let mut output = UploadPartCopyOutput {
        copy_source_version_id: source.version,
        copy_part_result: Some(result(&part)),
        ..Default::default()
    };
    encryption::describe!(output, encrypted.as_ref(), customer.as_ref());
    Ok(answer::whole(output.encode()))
}

fn result(part: &PartRecord) -> CopyPartResult {
    let mut result = CopyPartResult {
        etag: Some(part.etag.to_string()),
        last_modified: Some(part.modified.to_jiff_seconds()),
        ..Default::default()
    };
    if let Some(value) = &part.checksum {
        checksum::set_checksum!(result, value);
    }
    result
}

/// Reads `bytes=first-last`: neither end may be left out, and there is one range only.
fn parse_range(text: &str) -> Option<ByteRange> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let offset = |digits: &str| -> Option<u64> {
        // `parse` alone would take a sign.
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    ByteRange::new(offset(first)?, offset(last)?)
}

fn malformed_range(text: &str) -> S3Error {
    S3Error::new(ErrorCode::InvalidArgument)
        .with_message(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the \
             zero-based offsets of the first and last bytes to copy",
        )
        .with_extra("ArgumentName", "x-amz-copy-source-range")
        .with_extra("ArgumentValue", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_both_ends() {
        assert_eq!(parse_range("bytes=0-0"), ByteRange::new(0, 0));
        assert_eq!(parse_range("bytes=5-21"), ByteRange::new(5, 21));
        for bad in [
            "",
            "0-2",
            "bytes=0",
            "bytes=hello-world",
            "bytes=0-bar",
            "bytes=hello-",
            "bytes=0-2,3-5",
            "bytes=-5",
            "bytes=5-",
            "bytes=5-4",
            "bytes=+1-2",
            "bytes=0-18446744073709551616",
            "bytes= 0-2",
        ] {
            assert_eq!(parse_range(bad), None, "{bad}");
        }
    }
}
