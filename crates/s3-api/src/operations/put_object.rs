//! PutObject. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>

use larder_engine::{NewObject, PutObject, VersionRecord};
use larder_http::Response;
use larder_sse::CustomerKey;
use larder_types::ChecksumAlgorithm;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::enums::{ChecksumType, StorageClass};
use larder_wire::generated::s3::{PutObjectInput, PutObjectOutput};

use crate::call::Call;
use crate::fields::{checksum, conditions, customer_key, encryption, object, version};
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = PutObjectInput::decode(&call.parts(), &[])?;
    let mut content = call.content()?;
    let class = input.storage_class.as_ref().map(StorageClass::as_str);
    let metadata = object::metadata(call.headers, input.metadata)?;
    let tags = object::tags(input.tagging.as_deref())?;
    let key = call.key()?.clone();
    let customer = customer_key::of_object(call, call.headers)?;
    let (encryption, keys) = encryption::begin(call, call.headers, &key, customer.as_ref()).await?;
    let object = object::described(call, call.headers, class, metadata, tags)?;
    if object.retention.is_some() || object.legal_hold.is_some() {
        // What cannot be deleted any more has to have come whole.
        checksum::require(
            call.headers,
            "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters",
        )?;
    }
    let request = PutObject {
        key,
        object: NewObject { encryption, ..object },
        keys,
        checksum: content.checksum_algorithm().unwrap_or(ChecksumAlgorithm::Crc64Nvme),
        conditions: conditions::write(input.if_match.as_deref(), input.if_none_match.as_deref())?,
    };
    let bucket = call.bucket()?;
    let record = call.engine.put_object(bucket, request, &mut content).await.map_err(refusal::of_engine)?;
    let mut output = PutObjectOutput { version_id: version::created(bucket, record.head.id), ..Default::default() };
    describe(&record, customer.as_ref(), &mut output);
    Ok(answer::whole(output.encode()))
}

fn describe(record: &VersionRecord, customer: Option<&CustomerKey>, output: &mut PutObjectOutput) {
    let Some((summary, detail)) = record.object() else { return };
    output.etag = Some(summary.etag.to_string());
    encryption::describe!(output, detail.encryption.as_ref(), customer);
    output.sse_kms_encryption_context = detail.encryption.as_ref().and_then(encryption::shown_context);
    if let Some(value) = &detail.checksum {
        checksum::set_checksum!(output, value);
        output.checksum_type = summary.checksum.map(|(_, kind)| ChecksumType::from(kind.as_str()));
    }
}
