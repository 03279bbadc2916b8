//! DeleteBucketCors. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html>

use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{DeleteBucketCorsInput, DeleteBucketCorsOutput};

use crate::call::Call;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    DeleteBucketCorsInput::decode(&call.parts(), &[])?;
    call.engine.put_bucket_cors(call.bucket()?, None).await.map_err(refusal::of_engine)?;
    Ok(answer::whole(DeleteBucketCorsOutput {}.encode()))
}
