//! GetPublicAccessBlock. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html>

use larder_http::Response;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::{GetPublicAccessBlockInput, GetPublicAccessBlockOutput};

use crate::answer;
use crate::call::Call;
use crate::fields::{bucket, public_access};

#[expect(clippy::unused_async, reason = "every operation is run alike")]
pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    GetPublicAccessBlockInput::decode(&call.parts(), &[])?;
    let Some(block) = call.bucket()?.record.public_access_block else {
        return Err(bucket::not_configured(call, ErrorCode::NoSuchPublicAccessBlockConfiguration));
    };
    let output = GetPublicAccessBlockOutput { public_access_block_configuration: Some(public_access::shown(block)) };
    Ok(answer::whole(output.encode()))
}
