//! GetPublicAccessBlock of S3 Control. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html>

use larder_http::Response;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::GetPublicAccessBlockOutput;

use crate::answer;
use crate::call::Call;
use crate::fields::{accounts, public_access};

#[expect(clippy::unused_async, reason = "every operation is run alike")]
pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let account = public_access::account(call)?;
    let Some(block) = accounts::public_access_block(call, account) else {
        return Err(
            S3Error::new(ErrorCode::NoSuchPublicAccessBlockConfiguration).with_extra("AccountId", account.to_string())
        );
    };
    // The document is that of a bucket's settings.
    let output = GetPublicAccessBlockOutput { public_access_block_configuration: Some(public_access::shown(block)) };
    Ok(answer::whole(output.encode()))
}
