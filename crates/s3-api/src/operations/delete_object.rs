//! DeleteObject. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>

use larder_engine::{DeleteObject, Deleted};
use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{DeleteObjectInput, DeleteObjectOutput};

use crate::call::Call;
use crate::fields::acl::Asked;
use crate::fields::{conditions, mfa, object, version};
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = DeleteObjectInput::decode(&call.parts(), &[])?;
    let bucket = call.bucket()?;
    let request = DeleteObject {
        key: call.key()?.clone(),
        version: version::parse(input.version_id.as_deref())?,
        owner: object::object_owner(call, &Asked::Nothing)?,
        bypass_governance: call.bypasses_governance(input.bypass_governance_retention, call.target()?).await?,
        conditions: conditions::write(input.if_match.as_deref(), None)?,
    };
    if request.version.is_some() && bucket.record.mfa_delete {
        mfa::require(call).await?;
    }
    let deleted = call.engine.delete_object(bucket, &request).await.map_err(refusal::of_engine)?;
    let (version, marker) = match deleted {
        Deleted::Nothing => (request.version, None),
        Deleted::Version { id, was_delete_marker } => (Some(id), was_delete_marker.then_some(true)),
        Deleted::MarkerAdded { id } => (Some(id), Some(true)),
    };
    let output = DeleteObjectOutput {
        version_id: version.and_then(|id| version::shown(bucket, id)),
        delete_marker: marker,
        ..Default::default()
    };
    Ok(answer::whole(output.encode()))
}
