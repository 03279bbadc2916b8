//! UploadPart. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html>

use larder_engine::{UploadPart, UploadRecord};
use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{UploadPartInput, UploadPartOutput};

use crate::answer;
use crate::call::Call;
use crate::fields::{checksum, customer_key, encryption, upload};
use crate::refusal::Refused;

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = UploadPartInput::decode(&call.parts(), &[])?;
    let mut content = call.content()?;
    let request = UploadPart {
        key: call.key()?.clone(),
        upload: upload::parse(&input.upload_id)?,
        number: upload::part_number(input.part_number)?,
        checksum: content.checksum_algorithm(),
    };
    let (bucket, key, mut encrypted) = (call.bucket()?, call.key()?, None);
    let customer = customer_key::of_object(call, call.headers)?;
    let unlock = |upload: &UploadRecord| {
        encrypted.clone_from(&upload.encryption);
        encryption::unlock_upload(call, bucket, key, upload.encryption.as_ref(), customer.as_ref())
            .map_err(Refused::from)
    };
    let stored = call.engine.upload_part(bucket, &request, &mut content, unlock).await;
    let part = stored.map_err(|error| upload::refused(error, &input.upload_id))?;
    let mut output = UploadPartOutput { etag: Some(part.etag.to_string()), ..Default::default() };
    if let Some(value) = part.sent.as_ref().or(part.checksum.as_ref()) {
        checksum::set_checksum!(output, value);
    }
    encryption::describe!(output, encrypted.as_ref(), customer.as_ref());
    Ok(answer::whole(output.encode()))
}
