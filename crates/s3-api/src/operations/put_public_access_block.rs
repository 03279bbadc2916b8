//! PutPublicAccessBlock. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html>

use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{PutPublicAccessBlockInput, PutPublicAccessBlockOutput};

use crate::call::Call;
use crate::fields::public_access;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let input = PutPublicAccessBlockInput::decode(&call.parts(), &document)?;
    let block = public_access::read(&input.public_access_block_configuration)?;
    call.engine.put_public_access_block(call.bucket()?, Some(block)).await.map_err(refusal::of_engine)?;
    Ok(answer::whole(PutPublicAccessBlockOutput {}.encode()))
}
