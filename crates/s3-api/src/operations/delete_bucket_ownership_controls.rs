//! DeleteBucketOwnershipControls.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html>

use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{DeleteBucketOwnershipControlsInput, DeleteBucketOwnershipControlsOutput};

use crate::call::Call;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    DeleteBucketOwnershipControlsInput::decode(&call.parts(), &[])?;
    call.engine.put_bucket_ownership(call.bucket()?, None, |_| true).await.map_err(refusal::of_engine)?;
    Ok(answer::whole(DeleteBucketOwnershipControlsOutput {}.encode()))
}
