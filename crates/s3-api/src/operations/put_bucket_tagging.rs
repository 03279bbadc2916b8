//! PutBucketTagging. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html>

use larder_config::tagging::TagScope;
use larder_http::Response;
use larder_wire::encode::EncodedResponse;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{PutBucketTaggingInput, PutBucketTaggingOutput};

use crate::authorize::{Said, Wish};
use crate::call::Call;
use crate::fields::bucket;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let input = PutBucketTaggingInput::decode(&call.parts(), &document)?;
    let tags = bucket::tags(TagScope::Bucket, input.tagging.tag_set)?;
    let said = Said { tags: Some(&tags), ..Said::default() };
    call.require(Wish::of("s3:PutBucketTagging", call.target()?).saying(said)).await?;
    // A bucket with an empty set is one without tags.
    let tags = Some(tags).filter(|tags| !tags.is_empty());
    call.engine.put_bucket_tags(call.bucket()?, tags).await.map_err(refusal::of_engine)?;
    // The model says 200; S3 sends 204.
    let encoded = PutBucketTaggingOutput {}.encode();
    Ok(answer::whole(EncodedResponse { status: http::StatusCode::NO_CONTENT, ..encoded }))
}
