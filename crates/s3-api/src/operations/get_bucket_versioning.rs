//! GetBucketVersioning. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html>

use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::enums::MfaDeleteStatus;
use larder_wire::generated::s3::{GetBucketVersioningInput, GetBucketVersioningOutput};

use crate::answer;
use crate::call::Call;

#[expect(clippy::unused_async, reason = "every operation is run alike")]
pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    GetBucketVersioningInput::decode(&call.parts(), &[])?;
    let record = &call.bucket()?.record;
    let status = record.versioning.as_document();
    let output = GetBucketVersioningOutput {
        status: status.map(Into::into),
        mfa_delete: record.mfa_delete.then_some(MfaDeleteStatus::Enabled),
    };
    Ok(answer::whole(output.encode()))
}
