//! GetObjectRetention. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html>

use larder_engine::{Error as EngineError, ObjectVersion};
use larder_http::Response;
use larder_types::VersionId;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::shapes::ObjectLockRetention;
use larder_wire::generated::s3::{GetObjectRetentionInput, GetObjectRetentionOutput};

use crate::call::Call;
use crate::fields::version;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = GetObjectRetentionInput::decode(&call.parts(), &[])?;
    let found = find_locked(call, version::parse(input.version_id.as_deref())?).await?;
    let retention = found.detail().retention.ok_or_else(|| refusal::of_engine(EngineError::NoSuchObjectLockSetting))?;
    let shown = ObjectLockRetention {
        mode: Some(retention.mode().as_str().into()),
        retain_until_date: Some(retention.retain_until().to_jiff()),
    };
    Ok(answer::whole(GetObjectRetentionOutput { retention: Some(shown) }.encode()))
}

/// Finds an object in a bucket with object lock, and refuses one without it.
pub(super) async fn find_locked(call: &Call<'_>, version: Option<VersionId>) -> Result<ObjectVersion, S3Error> {
    let bucket = call.bucket()?;
    if bucket.record.object_lock.is_none() {
        return Err(refusal::of_engine(EngineError::NoObjectLock));
    }
    let found = call.engine.head_object(bucket, call.key()?, version).await.map_err(refusal::of_engine)?;
    call.check_found(&found)?;
    Ok(found)
}
