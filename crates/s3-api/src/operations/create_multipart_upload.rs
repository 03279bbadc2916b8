//! CreateMultipartUpload. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html>

use larder_engine::{CreateUpload, NewObject};
use larder_http::Response;
use larder_types::ChecksumType;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::enums::{ChecksumAlgorithm, StorageClass};
use larder_wire::generated::s3::{CreateMultipartUploadInput, CreateMultipartUploadOutput};

use crate::call::Call;
use crate::fields::{accounts, checksum, customer_key, encryption, object};
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = CreateMultipartUploadInput::decode(&call.parts(), &[])?;
    let algorithm = input.checksum_algorithm.as_ref().map(ChecksumAlgorithm::as_str);
    let kind = input.checksum_type.as_ref().map(|kind| checksum_type(kind.as_str())).transpose()?;
    let class = input.storage_class.as_ref().map(StorageClass::as_str);
    let metadata = object::metadata(call.headers, input.metadata)?;
    let tags = object::tags(input.tagging.as_deref())?;
    let key = call.key()?.clone();
    let customer = customer_key::of_object(call, call.headers)?;
    let (encryption, _) = encryption::begin(call, call.headers, &key, customer.as_ref()).await?;
    let request = CreateUpload {
        key,
        object: NewObject { encryption, ..object::described(call, call.headers, class, metadata, tags)? },
        checksum_algorithm: algorithm.map(checksum::algorithm).transpose()?,
        checksum_type: kind,
        initiator: accounts::initiator(call),
    };
    let created = call.engine.create_upload(call.bucket()?, request).await;
    let (id, record) = created.map_err(refusal::of_engine)?;
    let mut output = CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id.to_string()),
        checksum_algorithm: record.checksum_algorithm.map(|algorithm| algorithm.as_str().into()),
        checksum_type: record.checksum_type.map(|kind| kind.as_str().into()),
        ..Default::default()
    };
    encryption::describe!(output, record.encryption.as_ref(), customer.as_ref());
    output.sse_kms_encryption_context = record.encryption.as_ref().and_then(encryption::shown_context);
    Ok(answer::whole(output.encode()))
}

/// Reads `x-amz-checksum-type`.
pub(super) fn checksum_type(text: &str) -> Result<ChecksumType, S3Error> {
    ChecksumType::parse(text).ok_or_else(|| {
        S3Error::new(ErrorCode::InvalidRequest).with_message("Value for x-amz-checksum-type header is invalid.")
    })
}
