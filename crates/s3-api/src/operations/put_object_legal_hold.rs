//! PutObjectLegalHold. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html>

use larder_config::object_lock::LegalHold;
use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{PutObjectLegalHoldInput, PutObjectLegalHoldOutput};

use crate::authorize::{Said, Wish};
use crate::call::Call;
use crate::fields::version;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let input = PutObjectLegalHoldInput::decode(&call.parts(), &document)?;
    let version = version::parse(input.version_id.as_deref())?;
    let status = input.legal_hold.status.as_ref().map(|status| status.as_str());
    let hold = LegalHold::from_document(status).map_err(refusal::of_configuration)?;
    let said = Said { legal_hold: Some(hold), ..Said::default() };
    call.require(Wish::of("s3:PutObjectLegalHold", call.target()?).saying(said)).await?;
    call.require_payer(call.bucket()?)?;
    let changed = call.engine.put_object_legal_hold(call.bucket()?, call.key()?, version, hold).await;
    changed.map_err(refusal::of_engine)?;
    Ok(answer::whole(PutObjectLegalHoldOutput::default().encode()))
}
