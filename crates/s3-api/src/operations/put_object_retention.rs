//! PutObjectRetention. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html>

use larder_config::object_lock::Retention;
use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{PutObjectRetentionInput, PutObjectRetentionOutput};

use crate::authorize::{Said, Wish};
use crate::call::Call;
use crate::fields::version;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let input = PutObjectRetentionInput::decode(&call.parts(), &document)?;
    let version = version::parse(input.version_id.as_deref())?;
    let mode = input.retention.mode.as_ref().map(|mode| mode.as_str());
    let date = input.retention.retain_until_date.map(|date| date.to_string());
    let retention = Retention::from_document(mode, date.as_deref(), call.now()).map_err(refusal::of_configuration)?;
    let said = Said { retention, ..Said::default() };
    call.require(Wish::of("s3:PutObjectRetention", call.target()?).saying(said)).await?;
    call.require_payer(call.bucket()?)?;
    let bypass = call.bypasses_governance(input.bypass_governance_retention, call.target()?).await?;
    let changed = call.engine.put_object_retention(call.bucket()?, call.key()?, version, retention, bypass).await;
    changed.map_err(refusal::of_engine)?;
    Ok(answer::whole(PutObjectRetentionOutput::default().encode()))
}
