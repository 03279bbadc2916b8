//! PutBucketAcl. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html>

use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{PutBucketAclInput, PutBucketAclOutput};

use crate::call::Call;
use crate::fields::acl;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let input = PutBucketAclInput::decode(&call.parts(), &document).map_err(acl::malformed)?;
    let bucket = call.bucket()?;
    let acl = acl::replacement(call, input.access_control_policy.as_ref(), bucket.record.owner)?;
    call.engine.put_bucket_acl(bucket, acl).await.map_err(refusal::of_engine)?;
    Ok(answer::whole(PutBucketAclOutput {}.encode()))
}
