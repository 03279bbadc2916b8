//! PutBucketPolicy. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>

use http::StatusCode;
use larder_http::Response;
use larder_policy::{Kind, Policy};
use larder_types::limits::MAX_BUCKET_POLICY_BYTES;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::{PutBucketPolicyInput, PutBucketPolicyOutput};

use crate::call::Call;
use crate::fields::{accounts, public_access};
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let input = PutBucketPolicyInput::decode(&call.parts(), &document)?;
    if input.policy.len() > MAX_BUCKET_POLICY_BYTES {
        return Err(S3Error::new(ErrorCode::PolicyTooLarge)
            .with_extra("PolicySize", input.policy.len().to_string())
            .with_extra("MaxPolicySize", MAX_BUCKET_POLICY_BYTES.to_string()));
    }
    let bucket = call.bucket()?;
    let policy = Policy::parse(&input.policy, Kind::Bucket(bucket.name.as_str()))
        .map_err(|error| S3Error::new(ErrorCode::MalformedPolicy).with_message(error.message))?;
    if let Some(nobody) = policy.principals().find(|name| !accounts::has_principal(call, name)) {
        return Err(S3Error::new(ErrorCode::MalformedPolicy)
            .with_message("Invalid principal in policy")
            .with_extra("Detail", nobody.to_owned()));
    }
    if policy.is_public() && public_access::in_force(call, bucket).block_public_policy {
        return Err(S3Error::new(ErrorCode::AccessDenied));
    }
    // Whether the sender may change the policy again afterwards is not looked at, as if
    // `x-amz-confirm-remove-self-bucket-access` were always sent: the account's root user can delete any policy.
    call.engine.put_bucket_policy(bucket, Some(input.policy.into())).await.map_err(refusal::of_engine)?;
    let mut encoded = PutBucketPolicyOutput {}.encode();
    // The model has no status for it; S3 answers this one.
    encoded.status = StatusCode::NO_CONTENT;
    Ok(answer::whole(encoded))
}
