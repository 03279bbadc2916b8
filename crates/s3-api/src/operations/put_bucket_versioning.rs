//! PutBucketVersioning. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html>

use larder_config::versioning::VersioningStatus;
use larder_http::Response;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::enums::{BucketVersioningStatus, MfaDelete};
use larder_wire::generated::s3::{PutBucketVersioningInput, PutBucketVersioningOutput};

use crate::call::Call;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let input = PutBucketVersioningInput::decode(&call.parts(), &document)?;
    let asked = &input.versioning_configuration;
    if asked.mfa_delete == Some(MfaDelete::Enabled) {
        return Err(S3Error::new(ErrorCode::NotImplemented).with_message("MFA delete is not implemented."));
    }
    let status = asked.status.as_ref().map(BucketVersioningStatus::as_str);
    let status = VersioningStatus::from_document(status).map_err(refusal::of_configuration)?;
    let enabled = status == VersioningStatus::Enabled;
    call.engine.put_bucket_versioning(call.bucket()?, enabled).await.map_err(refusal::of_engine)?;
    Ok(answer::whole(PutBucketVersioningOutput {}.encode()))
}
