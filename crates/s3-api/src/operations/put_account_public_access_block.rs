//! PutPublicAccessBlock of S3 Control. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html>

use http::StatusCode;
use larder_http::Response;
use larder_wire::decode::RequestParts;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::PutPublicAccessBlockInput;

use crate::answer;
use crate::call::Call;
use crate::fields::{accounts, public_access};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let account = public_access::account(call)?;
    let document = call.document().await?;
    // The document is that of a bucket's settings; the decoder asks for a bucket and does not look at it.
    let parts = RequestParts { bucket: Some("-"), ..call.parts() };
    let input = PutPublicAccessBlockInput::decode(&parts, &document)?;
    let block = public_access::read(&input.public_access_block_configuration)?;
    accounts::put_public_access_block(call, account, Some(block)).await?;
    Ok(answer::empty(StatusCode::OK))
}
