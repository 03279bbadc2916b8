//! DeleteBucket. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html>

use larder_config::versioning::VersioningStatus;
use larder_http::Response;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::{DeleteBucketInput, DeleteBucketOutput};

use crate::call::Call;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = DeleteBucketInput::decode(&call.parts(), &[])?;
    let bucket = call.bucket()?;
    let deleted = call.engine.delete_bucket(bucket).await.map_err(refusal::of_engine);
    deleted.map_err(|error| match error.code() {
        ErrorCode::BucketNotEmpty if bucket.record.versioning != VersioningStatus::Unversioned => error
            .with_message("The bucket you tried to delete is not empty. You must delete all versions in the bucket.")
            .with_extra("BucketName", input.bucket),
        ErrorCode::BucketNotEmpty | ErrorCode::NoSuchBucket => error.with_extra("BucketName", input.bucket),
        _ => error,
    })?;
    Ok(answer::whole(DeleteBucketOutput {}.encode()))
}
