//! AbortMultipartUpload. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html>

use larder_http::Response;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::{AbortMultipartUploadInput, AbortMultipartUploadOutput};

use crate::answer;
use crate::call::Call;
use crate::fields::upload;

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = AbortMultipartUploadInput::decode(&call.parts(), &[])?;
    if call.headers.contains_key("x-amz-if-match-initiated-time") {
        // Directory buckets alone have this.
        return Err(S3Error::new(ErrorCode::NotImplemented).with_extra("Header", "x-amz-if-match-initiated-time"));
    }
    let id = upload::parse(&input.upload_id)?;
    let aborted = call.engine.abort_upload(call.bucket()?, call.key()?, id).await;
    aborted.map_err(|error| upload::refused(error, &input.upload_id))?;
    Ok(answer::whole(AbortMultipartUploadOutput::default().encode()))
}
