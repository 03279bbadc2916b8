//! GetBucketTagging. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html>

use larder_http::Response;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::shapes::Tag;
use larder_wire::generated::s3::{GetBucketTaggingInput, GetBucketTaggingOutput};

use crate::answer;
use crate::call::Call;
use crate::fields::bucket;

#[expect(clippy::unused_async, reason = "every operation is run alike")]
pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    GetBucketTaggingInput::decode(&call.parts(), &[])?;
    let Some(tags) = &call.bucket()?.record.tags else {
        return Err(bucket::not_configured(call, ErrorCode::NoSuchTagSet));
    };
    let shown = tags.tags().iter().map(|tag| Tag { key: tag.key.clone(), value: tag.value.clone() });
    Ok(answer::whole(GetBucketTaggingOutput { tag_set: shown.collect() }.encode()))
}
