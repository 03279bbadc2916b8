//! GetBucketOwnershipControls. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html>

use larder_http::Response;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::shapes::{OwnershipControls, OwnershipControlsRule};
use larder_wire::generated::s3::{GetBucketOwnershipControlsInput, GetBucketOwnershipControlsOutput};

use crate::answer;
use crate::call::Call;
use crate::fields::bucket;

#[expect(clippy::unused_async, reason = "every operation is run alike")]
pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    GetBucketOwnershipControlsInput::decode(&call.parts(), &[])?;
    let Some(ownership) = call.bucket()?.record.ownership else {
        return Err(bucket::not_configured(call, ErrorCode::OwnershipControlsNotFoundError));
    };
    let rule = OwnershipControlsRule { object_ownership: ownership.as_str().into() };
    let output = GetBucketOwnershipControlsOutput { ownership_controls: Some(OwnershipControls { rules: vec![rule] }) };
    Ok(answer::whole(output.encode()))
}
