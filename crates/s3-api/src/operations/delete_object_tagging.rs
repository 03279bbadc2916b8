//! DeleteObjectTagging. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html>

use larder_config::tagging::TagSet;
use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{DeleteObjectTaggingInput, DeleteObjectTaggingOutput};

use crate::call::Call;
use crate::fields::version;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = DeleteObjectTaggingInput::decode(&call.parts(), &[])?;
    let version = version::parse(input.version_id.as_deref())?;
    let bucket = call.bucket()?;
    let changed = call.engine.put_object_tags(bucket, call.key()?, version, TagSet::default()).await;
    let changed = changed.map_err(refusal::of_engine)?;
    let output = DeleteObjectTaggingOutput { version_id: version::shown(bucket, changed.head.id) };
    Ok(answer::whole(output.encode()))
}
