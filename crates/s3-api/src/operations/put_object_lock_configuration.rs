//! PutObjectLockConfiguration. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html>

use larder_config::object_lock::{DefaultRetention, LockError, ObjectLockConfiguration};
use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::enums::{ObjectLockEnabled, ObjectLockRetentionMode};
use larder_wire::generated::s3::shapes::ObjectLockRule;
use larder_wire::generated::s3::{PutObjectLockConfigurationInput, PutObjectLockConfigurationOutput};

use crate::call::Call;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let input = PutObjectLockConfigurationInput::decode(&call.parts(), &document)?;
    let asked = &input.object_lock_configuration;
    let enabled = asked.object_lock_enabled.as_ref().map(ObjectLockEnabled::as_str);
    let default = asked.rule.as_ref().map(default_retention).transpose().map_err(refusal::of_configuration)?;
    let configuration = ObjectLockConfiguration::from_document(enabled, default).map_err(refusal::of_configuration)?;
    let put = call.engine.put_object_lock_configuration(call.bucket()?, configuration).await;
    put.map_err(refusal::of_engine)?;
    Ok(answer::whole(PutObjectLockConfigurationOutput::default().encode()))
}

fn default_retention(rule: &ObjectLockRule) -> Result<DefaultRetention, LockError> {
    let default = rule.default_retention.as_ref().ok_or(LockError::Malformed)?;
    let mode = default.mode.as_ref().map(ObjectLockRetentionMode::as_str);
    DefaultRetention::from_document(mode, default.days.map(i64::from), default.years.map(i64::from))
}
