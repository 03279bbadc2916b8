//! DeletePublicAccessBlock of S3 Control. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeletePublicAccessBlock.html>

use http::StatusCode;
use larder_http::Response;
use larder_wire::error::S3Error;

use crate::answer;
use crate::call::Call;
use crate::fields::{accounts, public_access};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let account = public_access::account(call)?;
    accounts::put_public_access_block(call, account, None).await?;
    Ok(answer::empty(StatusCode::NO_CONTENT))
}
