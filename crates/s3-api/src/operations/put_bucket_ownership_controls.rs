//! PutBucketOwnershipControls. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html>

use larder_config::ownership::ObjectOwnership;
use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{PutBucketOwnershipControlsInput, PutBucketOwnershipControlsOutput};

use crate::call::Call;
use crate::fields::acl;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let input = PutBucketOwnershipControlsInput::decode(&call.parts(), &document)?;
    let rules: Vec<&str> = input.ownership_controls.rules.iter().map(|rule| rule.object_ownership.as_str()).collect();
    let ownership = ObjectOwnership::from_document(&rules).map_err(refusal::of_configuration)?;
    let bucket = call.bucket()?;
    let owner = acl::known(call, bucket.record.owner)?;
    let changed = call.engine.put_bucket_ownership(bucket, Some(ownership), |acl| acl::grants_owner_alone(acl, &owner));
    changed.await.map_err(refusal::of_engine)?;
    Ok(answer::whole(PutBucketOwnershipControlsOutput {}.encode()))
}
