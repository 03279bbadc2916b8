//! CreateBucket. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>

use larder_config::encryption::EncryptionConfiguration;
use larder_config::location::LocationConstraint;
use larder_config::ownership::ObjectOwnership;
use larder_config::tagging::{TagScope, TagSet};
use larder_engine::{BucketRecord, CreateBucket, Error};
use larder_http::Response;
use larder_types::{BucketName, Region};
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::enums::{BucketLocationConstraint, BucketNamespace};
use larder_wire::generated::s3::shapes::CreateBucketConfiguration;
use larder_wire::generated::s3::{CreateBucketInput, CreateBucketOutput};

use crate::authorize::{Said, Wish};
use crate::call::Call;
use crate::fields::acl::{self, Asked};
use crate::fields::{accounts, bucket};
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let mut input = CreateBucketInput::decode(&call.parts(), &document)?;
    let name = BucketName::parse(&input.bucket)
        .map_err(|_| S3Error::new(ErrorCode::InvalidBucketName).with_extra("BucketName", input.bucket.clone()))?;
    let configuration = input.create_bucket_configuration.take().unwrap_or_default();
    refuse_others(input.bucket_namespace.as_ref(), &configuration)?;
    let constraint = configuration.location_constraint.as_ref().map(BucketLocationConstraint::as_str);
    LocationConstraint::check(call.region, constraint).map_err(refusal::of_configuration)?;
    let ownership = match &input.object_ownership {
        Some(value) => Some(ObjectOwnership::from_header(value.as_str()).map_err(refusal::of_configuration)?),
        None => call.new_buckets.ownership,
    };
    let tags = configuration.tags.map(|tags| bucket::tags(TagScope::NewBucket, tags)).transpose()?;
    authorize(call, &input, constraint, tags.as_ref()).await?;
    let owner = call.account()?;
    let asked = acl::asked(call, call.headers)?;
    let request = CreateBucket {
        name,
        owner,
        region: call.region.clone(),
        object_lock: input.object_lock_enabled_for_bucket.unwrap_or(false),
        ownership,
        tags: tags.filter(|tags| !tags.is_empty()),
        acl: acl::of_new_bucket(call, &asked, owner, ownership)?,
        public_access_block: call.new_buckets.block,
        encryption: call
            .new_buckets
            .blocks_customer_keys
            .then(|| EncryptionConfiguration { blocks_customer_keys: true, ..EncryptionConfiguration::default() }),
    };
    match call.engine.create_bucket(&request).await {
        Ok(()) => refuse_if_closed(call, &request).await?,
        Err(Error::BucketAlreadyOwnedByYou) if is_repetition(call, &request, asked != Asked::Nothing).await? => {}
        Err(error @ (Error::BucketAlreadyOwnedByYou | Error::BucketAlreadyExists)) => {
            return Err(refusal::of_engine(error).with_extra("BucketName", request.name.as_str()));
        }
        Err(error) => return Err(refusal::of_engine(error)),
    }
    let output = CreateBucketOutput {
        location: Some(format!("/{}", request.name)),
        bucket_arn: Some(format!("arn:aws:s3:::{}", request.name)),
    };
    Ok(answer::whole(output.encode()))
}

/// Takes the bucket back when its account was closed meanwhile: whoever deletes an account closes it, and then looks for
/// its buckets.
async fn refuse_if_closed(call: &Call<'_>, request: &CreateBucket) -> Result<(), S3Error> {
    if accounts::is_open(call, request.owner) {
        return Ok(());
    }
    let bucket = call.engine.bucket(&request.name).await.map_err(refusal::of_engine)?;
    call.engine.delete_bucket(&bucket).await.map_err(refusal::of_engine)?;
    Err(S3Error::new(ErrorCode::AccessDenied))
}

/// Asks for what the bucket is to be made with.
async fn authorize(
    call: &Call<'_>,
    input: &CreateBucketInput,
    location: Option<&str>,
    tags: Option<&TagSet>,
) -> Result<(), S3Error> {
    let target = call.target()?;
    let said = Said { tags, location, ..Said::default() };
    let sets_acl = call.headers.keys().any(|name| name == "x-amz-acl" || name.as_str().starts_with("x-amz-grant-"));
    let locks = input.object_lock_enabled_for_bucket.unwrap_or(false);
    let wanted = [
        (true, "s3:CreateBucket"),
        (sets_acl, "s3:PutBucketAcl"),
        (input.object_ownership.is_some(), "s3:PutBucketOwnershipControls"),
        (locks, "s3:PutBucketObjectLockConfiguration"),
        (locks, "s3:PutBucketVersioning"),
        (tags.is_some(), "s3:TagResource"),
    ];
    for (_, action) in wanted.into_iter().filter(|(wanted, _)| *wanted) {
        call.require(Wish::of(action, target).saying(said)).await?;
    }
    Ok(())
}

/// Refuses what makes a bucket of another kind.
fn refuse_others(
    namespace: Option<&BucketNamespace>,
    configuration: &CreateBucketConfiguration,
) -> Result<(), S3Error> {
    let global = namespace.is_none_or(|namespace| namespace.as_str() == "global");
    if global && configuration.location.is_none() && configuration.bucket.is_none() {
        return Ok(());
    }
    Err(S3Error::new(ErrorCode::NotImplemented)
        .with_message("Directory buckets and buckets with an account's own names are not implemented."))
}

/// In us-east-1 alone, to make again what one has already made is no error.
async fn is_repetition(call: &Call<'_>, request: &CreateBucket, names_acl: bool) -> Result<bool, S3Error> {
    if call.region.as_str() != Region::US_EAST_1 {
        return Ok(false);
    }
    match call.engine.bucket(&request.name).await {
        Ok(bucket) => Ok(is_the_same(&bucket.record, request, names_acl)),
        // It has just been deleted: for this request it was there, and was another's doing.
        Err(Error::NoSuchBucket) => Ok(false),
        Err(error) => Err(refusal::of_engine(error)),
    }
}

/// Whether a request asks for nothing that the bucket might not have. One with tags does, even with the tags it has.
fn is_the_same(record: &BucketRecord, request: &CreateBucket, names_acl: bool) -> bool {
    let same_acl = !names_acl || request.acl == record.acl;
    (!request.object_lock || record.object_lock.is_some()) && request.tags.is_none() && same_acl
}
