//! PutBucketVersioning. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html>

use larder_config::versioning::VersioningStatus;
use larder_engine::VersioningChange;
use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::enums::{BucketVersioningStatus, MfaDelete};
use larder_wire::generated::s3::{PutBucketVersioningInput, PutBucketVersioningOutput};

use crate::call::Call;
use crate::fields::mfa;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let input = PutBucketVersioningInput::decode(&call.parts(), &document)?;
    let asked = &input.versioning_configuration;
    let status = asked.status.as_ref().map(BucketVersioningStatus::as_str);
    let status = VersioningStatus::from_document(status).map_err(refusal::of_configuration)?;
    let bucket = call.bucket()?;
    let mfa_delete = asked.mfa_delete.as_ref().map(|asked| *asked == MfaDelete::Enabled);
    // To say that it is off where it is off asks for nothing.
    let second_factor = match bucket.record.mfa_delete || mfa_delete == Some(true) {
        true => mfa::require(call).await.map(|()| true)?,
        false => false,
    };
    let change = VersioningChange { enabled: status == VersioningStatus::Enabled, mfa_delete, second_factor };
    call.engine.put_bucket_versioning(bucket, change).await.map_err(refusal::of_engine)?;
    Ok(answer::whole(PutBucketVersioningOutput {}.encode()))
}
