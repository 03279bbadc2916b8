//! GetObjectTagging. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html>

use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::shapes::Tag;
use larder_wire::generated::s3::{GetObjectTaggingInput, GetObjectTaggingOutput};

use crate::call::Call;
use crate::fields::version;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = GetObjectTaggingInput::decode(&call.parts(), &[])?;
    let version = version::parse(input.version_id.as_deref())?;
    let bucket = call.bucket()?;
    let found = call.engine.head_object(bucket, call.key()?, version).await.map_err(refusal::of_engine)?;
    call.check_found(&found)?;
    let tags = found.detail().tags.tags().iter();
    let output = GetObjectTaggingOutput {
        version_id: version::shown(bucket, found.head().id),
        tag_set: tags.map(|tag| Tag { key: tag.key.clone(), value: tag.value.clone() }).collect(),
    };
    Ok(answer::whole(output.encode()))
}
