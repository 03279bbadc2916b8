//! GetBucketEncryption. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html>

use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::shapes::{
    BlockedEncryptionTypes, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};
use larder_wire::generated::s3::{GetBucketEncryptionInput, GetBucketEncryptionOutput};

use crate::answer;
use crate::call::Call;

/// Every bucket has a default, also one that never was given any.
#[expect(clippy::unused_async, reason = "every operation is run alike")]
pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    GetBucketEncryptionInput::decode(&call.parts(), &[])?;
    let default = call.bucket()?.record.encryption.clone().unwrap_or_default();
    let types = default.blocked_types().iter().map(|name| (*name).into()).collect();
    let rule = ServerSideEncryptionRule {
        blocked_encryption_types: Some(BlockedEncryptionTypes { encryption_type: types }),
        bucket_key_enabled: Some(default.bucket_key),
        apply_server_side_encryption_by_default: Some(ServerSideEncryptionByDefault {
            sse_algorithm: default.algorithm.unwrap_or_default().as_str().into(),
            kms_master_key_id: default.key,
        }),
    };
    let configuration = ServerSideEncryptionConfiguration { rules: vec![rule] };
    let output = GetBucketEncryptionOutput { server_side_encryption_configuration: Some(configuration) };
    Ok(answer::whole(output.encode()))
}
