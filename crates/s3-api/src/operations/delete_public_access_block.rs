//! DeletePublicAccessBlock. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html>

use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{DeletePublicAccessBlockInput, DeletePublicAccessBlockOutput};

use crate::call::Call;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    DeletePublicAccessBlockInput::decode(&call.parts(), &[])?;
    call.engine.put_public_access_block(call.bucket()?, None).await.map_err(refusal::of_engine)?;
    Ok(answer::whole(DeletePublicAccessBlockOutput {}.encode()))
}
