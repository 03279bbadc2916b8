//! GetBucketRequestPayment. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html>

use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::enums::Payer;
use larder_wire::generated::s3::{GetBucketRequestPaymentInput, GetBucketRequestPaymentOutput};

use crate::answer;
use crate::call::Call;

#[expect(clippy::unused_async, reason = "every operation is run alike")]
pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    GetBucketRequestPaymentInput::decode(&call.parts(), &[])?;
    let payer = if call.bucket()?.record.requester_pays { Payer::Requester } else { Payer::BucketOwner };
    Ok(answer::whole(GetBucketRequestPaymentOutput { payer: Some(payer) }.encode()))
}
