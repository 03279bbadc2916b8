//! DeleteBucketEncryption: the bucket's default becomes SSE-S3 again; what it blocks stays.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html>

use larder_config::encryption::EncryptionConfiguration;
use larder_engine::Error;
use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{DeleteBucketEncryptionInput, DeleteBucketEncryptionOutput};

use crate::call::Call;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    DeleteBucketEncryptionInput::decode(&call.parts(), &[])?;
    let changed = call.engine.put_bucket_encryption(call.bucket()?, |before: Option<&EncryptionConfiguration>| {
        let blocks_customer_keys = before.is_some_and(|before| before.blocks_customer_keys);
        let default = EncryptionConfiguration { blocks_customer_keys, ..EncryptionConfiguration::default() };
        Ok::<_, Error>(Some(default))
    });
    changed.await.map_err(refusal::of_engine)?;
    Ok(answer::whole(DeleteBucketEncryptionOutput {}.encode()))
}
