//! DeleteBucketPolicy. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html>

use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{DeleteBucketPolicyInput, DeleteBucketPolicyOutput};

use crate::call::Call;
use crate::fields::accounts;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    DeleteBucketPolicyInput::decode(&call.parts(), &[])?;
    accounts::expect_own_policy(call)?;
    call.engine.put_bucket_policy(call.bucket()?, None).await.map_err(refusal::of_engine)?;
    Ok(answer::whole(DeleteBucketPolicyOutput {}.encode()))
}
