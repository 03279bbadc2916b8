//! GetBucketLocation. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>

use larder_http::Response;
use larder_types::Region;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::enums::BucketLocationConstraint;
use larder_wire::generated::s3::{GetBucketLocationInput, GetBucketLocationOutput};

use crate::answer;
use crate::call::Call;

#[expect(clippy::unused_async, reason = "every operation is run alike")]
pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    GetBucketLocationInput::decode(&call.parts(), &[])?;
    let region = call.bucket()?.record.region.as_str();
    // The oldest region has no constraint, not even its own name.
    let location_constraint = (region != Region::US_EAST_1).then(|| BucketLocationConstraint::from(region));
    Ok(answer::whole(GetBucketLocationOutput { location_constraint }.encode()))
}
