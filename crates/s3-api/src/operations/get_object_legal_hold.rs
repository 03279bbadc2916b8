//! GetObjectLegalHold. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html>

use larder_engine::Error as EngineError;
use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::shapes::ObjectLockLegalHold;
use larder_wire::generated::s3::{GetObjectLegalHoldInput, GetObjectLegalHoldOutput};

use super::get_object_retention::find_locked;
use crate::call::Call;
use crate::fields::version;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = GetObjectLegalHoldInput::decode(&call.parts(), &[])?;
    let found = find_locked(call, version::parse(input.version_id.as_deref())?).await?;
    let hold = found.detail().legal_hold.ok_or_else(|| refusal::of_engine(EngineError::NoSuchObjectLockSetting))?;
    let shown = ObjectLockLegalHold { status: Some(hold.as_str().into()) };
    Ok(answer::whole(GetObjectLegalHoldOutput { legal_hold: Some(shown) }.encode()))
}
