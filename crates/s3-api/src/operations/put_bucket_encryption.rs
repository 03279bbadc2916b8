//! PutBucketEncryption. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html>

use larder_config::encryption::{EncryptionConfiguration, EncryptionRule};
use larder_engine::Error;
use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::shapes::ServerSideEncryptionRule;
use larder_wire::generated::s3::{PutBucketEncryptionInput, PutBucketEncryptionOutput};

use crate::call::Call;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let input = PutBucketEncryptionInput::decode(&call.parts(), &document)?;
    let rules = &input.server_side_encryption_configuration.rules;
    // Only what the document leaves open depends on the bucket.
    let read = |blocks: bool| configuration(rules, blocks).map_err(refusal::of_configuration);
    let (open, closed) = (read(false)?, read(true)?);
    let changed = call.engine.put_bucket_encryption(call.bucket()?, |before: Option<&EncryptionConfiguration>| {
        let blocks = before.is_some_and(|before| before.blocks_customer_keys);
        Ok::<_, Error>(Some(if blocks { closed.clone() } else { open.clone() }))
    });
    changed.await.map_err(refusal::of_engine)?;
    Ok(answer::whole(PutBucketEncryptionOutput {}.encode()))
}

fn configuration(
    rules: &[ServerSideEncryptionRule],
    blocks: bool,
) -> Result<EncryptionConfiguration, larder_config::encryption::EncryptionError> {
    let blocked: Vec<Option<Vec<&str>>> = rules
        .iter()
        .map(|rule| {
            let types = rule.blocked_encryption_types.as_ref()?;
            Some(types.encryption_type.iter().map(|kind| kind.as_str()).collect())
        })
        .collect();
    let read: Vec<EncryptionRule<'_>> = rules
        .iter()
        .zip(&blocked)
        .map(|(rule, blocked)| EncryptionRule {
            default: rule
                .apply_server_side_encryption_by_default
                .as_ref()
                .map(|default| (default.sse_algorithm.as_str(), default.kms_master_key_id.as_deref())),
            bucket_key: rule.bucket_key_enabled,
            blocked: blocked.as_deref(),
        })
        .collect();
    EncryptionConfiguration::from_document(&read, blocks)
}
