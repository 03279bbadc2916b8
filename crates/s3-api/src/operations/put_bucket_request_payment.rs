//! PutBucketRequestPayment. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html>

use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::enums::Payer;
use larder_wire::generated::s3::{PutBucketRequestPaymentInput, PutBucketRequestPaymentOutput};

use crate::call::Call;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let input = PutBucketRequestPaymentInput::decode(&call.parts(), &document)?;
    let requester_pays = input.request_payment_configuration.payer == Payer::Requester;
    call.engine.put_request_payment(call.bucket()?, requester_pays).await.map_err(refusal::of_engine)?;
    Ok(answer::whole(PutBucketRequestPaymentOutput {}.encode()))
}
