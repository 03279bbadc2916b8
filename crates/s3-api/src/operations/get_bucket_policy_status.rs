//! GetBucketPolicyStatus. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html>

use larder_http::Response;
use larder_policy::{Kind, Policy};
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::shapes::PolicyStatus;
use larder_wire::generated::s3::{GetBucketPolicyStatusInput, GetBucketPolicyStatusOutput};

use crate::answer;
use crate::call::Call;
use crate::fields::bucket;

#[expect(clippy::unused_async, reason = "every operation is run alike")]
pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    GetBucketPolicyStatusInput::decode(&call.parts(), &[])?;
    let found = call.bucket()?;
    let Some(text) = &found.record.policy else {
        return Err(bucket::not_configured(call, ErrorCode::NoSuchBucketPolicy));
    };
    // What was valid when it was stored and is no longer gives nobody access.
    let is_public = Policy::parse(text, Kind::Bucket(found.name.as_str())).is_ok_and(|policy| policy.is_public());
    let status = PolicyStatus { is_public: Some(is_public) };
    Ok(answer::whole(GetBucketPolicyStatusOutput { policy_status: Some(status) }.encode()))
}
