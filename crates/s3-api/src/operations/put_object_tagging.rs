//! PutObjectTagging. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html>

use larder_config::tagging::TagScope;
use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{PutObjectTaggingInput, PutObjectTaggingOutput};

use crate::authorize::{Said, Wish};
use crate::call::Call;
use crate::fields::{bucket, version};
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let input = PutObjectTaggingInput::decode(&call.parts(), &document)?;
    let version = version::parse(input.version_id.as_deref())?;
    let tags = bucket::tags(TagScope::Object, input.tagging.tag_set)?;
    let action = if version.is_some() { "s3:PutObjectVersionTagging" } else { "s3:PutObjectTagging" };
    let said = Said { tags: Some(&tags), ..Said::default() };
    call.require(Wish::of(action, call.target()?).saying(said)).await?;
    let bucket = call.bucket()?;
    call.require_payer(bucket)?;
    let changed = call.engine.put_object_tags(bucket, call.key()?, version, tags).await;
    let changed = changed.map_err(refusal::of_engine)?;
    let output = PutObjectTaggingOutput { version_id: version::shown(bucket, changed.head.id) };
    Ok(answer::whole(output.encode()))
}
