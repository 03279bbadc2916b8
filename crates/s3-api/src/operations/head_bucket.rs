//! HeadBucket. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>

use http::{HeaderValue, header};
use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{HeadBucketInput, HeadBucketOutput};

use crate::answer;
use crate::call::Call;

#[expect(clippy::unused_async, reason = "every operation is run alike")]
pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = HeadBucketInput::decode(&call.parts(), &[])?;
    let output = HeadBucketOutput {
        bucket_arn: Some(format!("arn:aws:s3:::{}", input.bucket)),
        bucket_region: Some(call.bucket()?.record.region.to_string()),
        access_point_alias: Some(false),
        ..Default::default()
    };
    let mut response = answer::whole(output.encode());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    Ok(response)
}
