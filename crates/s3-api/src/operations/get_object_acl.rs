//! GetObjectAcl. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html>

use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{GetObjectAclInput, GetObjectAclOutput};

use crate::call::Call;
use crate::fields::{acl, version};
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = GetObjectAclInput::decode(&call.parts(), &[])?;
    let version = version::parse(input.version_id.as_deref())?;
    let bucket = call.bucket()?;
    let object = call.engine.head_object(bucket, call.key()?, version).await.map_err(refusal::of_engine)?;
    call.check_found(&object)?;
    let owner = acl::owner_of(call, bucket, &object)?;
    let output = GetObjectAclOutput {
        owner: Some(acl::shown_owner(&owner)),
        grants: Some(acl::shown(call, bucket, object.detail().acl.as_ref(), &owner)),
        request_charged: None,
    };
    let mut response = answer::whole(output.encode());
    if let Some(id) = version::shown(bucket, object.head().id) {
        response.headers_mut().insert("x-amz-version-id", larder_wire::headers::value(&id));
    }
    Ok(response)
}
