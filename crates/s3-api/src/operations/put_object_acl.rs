//! PutObjectAcl. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html>

use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{PutObjectAclInput, PutObjectAclOutput};

use crate::call::Call;
use crate::fields::{acl, version};
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let input = PutObjectAclInput::decode(&call.parts(), &document).map_err(acl::malformed)?;
    let version = version::parse(input.version_id.as_deref())?;
    let (bucket, key) = (call.bucket()?, call.key()?);
    let object = call.engine.head_object(bucket, key, version).await.map_err(refusal::of_engine)?;
    call.check_found(&object)?;
    let acl = acl::replacement(call, input.access_control_policy.as_ref(), object.head().owner)?;
    // It names the owner that this object has; one that is written meanwhile may have another.
    let changed = call.engine.put_object_acl(bucket, key, object.head(), acl).await.map_err(refusal::of_engine)?;
    let mut response = answer::whole(PutObjectAclOutput { request_charged: None }.encode());
    if let Some(id) = version::shown(bucket, changed.head.id) {
        response.headers_mut().insert("x-amz-version-id", larder_wire::headers::value(&id));
    }
    Ok(response)
}
