//! GetBucketPolicy. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html>

use larder_http::Response;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::{GetBucketPolicyInput, GetBucketPolicyOutput};

use crate::answer;
use crate::call::Call;
use crate::fields::{accounts, bucket};

#[expect(clippy::unused_async, reason = "every operation is run alike")]
pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    GetBucketPolicyInput::decode(&call.parts(), &[])?;
    accounts::expect_own_policy(call)?;
    let Some(policy) = &call.bucket()?.record.policy else {
        return Err(bucket::not_configured(call, ErrorCode::NoSuchBucketPolicy));
    };
    Ok(answer::whole(GetBucketPolicyOutput { policy: Some(policy.to_string()) }.encode()))
}
