//! DeleteObjects. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>

use futures_util::StreamExt;
use larder_engine::{DeleteObject, Deleted, WriteConditions};
use larder_http::Response;
use larder_types::limits::MAX_DELETE_KEYS;
use larder_types::{AccountId, ObjectKey};
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::shapes::{DeletedObject, Error as FailedDeletion, ObjectIdentifier};
use larder_wire::generated::s3::{DeleteObjectsInput, DeleteObjectsOutput};

use crate::authorize::{Said, Target, Wish};
use crate::call::Call;
use crate::fields::acl::Asked;
use crate::fields::{checksum, conditions, mfa, object, version};
use crate::{answer, refusal};

/// Deletions under way at once: enough to share their syncs.
const AT_ONCE: usize = 64;

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    // Of the documents this one alone S3 takes from no client without a checksum, whatever the signature covers: damage on
    // the way would delete other objects.
    checksum::require(call.headers, "Missing required header for this request: Content-MD5 OR x-amz-checksum-*")?;
    let document = call.document().await?;
    let input = DeleteObjectsInput::decode(&call.parts(), &document)?;
    let asked = input.delete.objects;
    if asked.is_empty() || asked.len() > MAX_DELETE_KEYS {
        return Err(S3Error::new(ErrorCode::MalformedXML));
    }
    let quiet = input.delete.quiet.unwrap_or(false);
    let bypass = input.bypass_governance_retention.unwrap_or(false);
    call.require_payer(call.bucket()?)?;
    let call = &*call;
    let owner = object::object_owner(call, &Asked::Nothing)?;
    // One second factor for all of them, and none at all is deleted without it.
    if call.bucket()?.record.mfa_delete && !mfa::given(call).await? && asked.iter().any(|one| one.version_id.is_some())
    {
        return Err(mfa::needed());
    }
    let deletions: Vec<_> = asked.into_iter().map(|object| delete(call, object, owner, bypass)).collect();
    let outcomes: Vec<_> = futures_util::stream::iter(deletions).buffered(AT_ONCE).collect().await;
    let mut output = DeleteObjectsOutput::default();
    for outcome in outcomes {
        match outcome {
            Ok(_) if quiet => {}
            Ok(deleted) => output.deleted.push(deleted),
            Err(error) => output.errors.push(error),
        }
    }
    Ok(answer::whole(output.encode()))
}

async fn delete(
    call: &Call<'_>,
    object: ObjectIdentifier,
    owner: AccountId,
    bypass_governance: bool,
) -> Result<DeletedObject, FailedDeletion> {
    delete_one(call, &object, owner, bypass_governance).await.map_err(|error| failed(object, &error))
}

async fn delete_one(
    call: &Call<'_>,
    object: &ObjectIdentifier,
    owner: AccountId,
    bypass_governance: bool,
) -> Result<DeletedObject, S3Error> {
    let bucket = call.bucket()?;
    if object.last_modified_time.is_some() || object.size.is_some() {
        // Directory buckets alone have these.
        return Err(S3Error::new(ErrorCode::NotImplemented));
    }
    let key = ObjectKey::parse(&object.key).map_err(refusal::of_key)?;
    // An id that this server cannot have given out names no version.
    let version = version::parse(object.version_id.as_deref()).map_err(|_| S3Error::new(ErrorCode::NoSuchVersion))?;
    let target = Target::Key(bucket, &key, version);
    let action = if object.version_id.is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" };
    let said = Said { version: object.version_id.as_deref(), ..Said::default() };
    call.require(Wish::of(action, target).saying(said)).await?;
    let bypass_governance = call.bypasses_governance(Some(bypass_governance), target).await?;
    let request = DeleteObject {
        key: key.clone(),
        version,
        owner,
        bypass_governance,
        conditions: WriteConditions { if_match: object.etag.as_deref().map(conditions::tags), if_none_match: None },
    };
    let deleted = call.engine.delete_object(bucket, &request).await.map_err(refusal::of_engine)?;
    let mut answer =
        DeletedObject { key: Some(object.key.clone()), version_id: object.version_id.clone(), ..Default::default() };
    match deleted {
        Deleted::Nothing | Deleted::Version { was_delete_marker: false, .. } => {}
        Deleted::Version { id, was_delete_marker: true } | Deleted::MarkerAdded { id } => {
            answer.delete_marker = Some(true);
            answer.delete_marker_version_id = Some(id.to_string());
        }
    }
    Ok(answer)
}

fn failed(object: ObjectIdentifier, error: &S3Error) -> FailedDeletion {
    FailedDeletion {
        key: Some(object.key),
        version_id: object.version_id,
        code: Some(error.code().as_str().to_owned()),
        message: Some(error.message().to_owned()),
    }
}
