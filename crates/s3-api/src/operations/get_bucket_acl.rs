//! GetBucketAcl. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html>

use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{GetBucketAclInput, GetBucketAclOutput};

use crate::answer;
use crate::call::Call;
use crate::fields::acl;

#[expect(clippy::unused_async, reason = "every operation is run alike")]
pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    GetBucketAclInput::decode(&call.parts(), &[])?;
    let bucket = call.bucket()?;
    let owner = acl::known(call, bucket.record.owner)?;
    let output = GetBucketAclOutput {
        owner: Some(acl::shown_owner(&owner)),
        grants: Some(acl::shown(call, bucket, bucket.record.acl.as_ref(), &owner)),
    };
    Ok(answer::whole(output.encode()))
}
