//! Block Public Access: what of it applies to a bucket, and its document.

use larder_engine::Bucket;
use larder_types::{AccountId, PublicAccessBlock};
use larder_wire::address::ACCOUNT_ID;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::shapes::PublicAccessBlockConfiguration;

use super::accounts;
use crate::call::Call;

/// What applies to a bucket: its own settings and those of its account together.
pub(crate) fn in_force(call: &Call<'_>, bucket: &Bucket) -> PublicAccessBlock {
    let own = bucket.record.public_access_block.unwrap_or_default();
    own.union(accounts::public_access_block(call, bucket.record.owner).unwrap_or_default())
}

/// What will apply to a new bucket of an account.
pub(crate) fn of_new_bucket(call: &Call<'_>, account: AccountId) -> PublicAccessBlock {
    let own = call.new_buckets.block.unwrap_or_default();
    own.union(accounts::public_access_block(call, account).unwrap_or_default())
}

/// The settings of a document; what it does not say is off.
///
/// # Errors
/// `InvalidRequest` when it says nothing.
pub(crate) fn read(document: &PublicAccessBlockConfiguration) -> Result<PublicAccessBlock, S3Error> {
    let PublicAccessBlockConfiguration {
        block_public_acls,
        ignore_public_acls,
        block_public_policy,
        restrict_public_buckets,
    } = *document;
    let all = [block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets];
    if all.iter().all(Option::is_none) {
        return Err(S3Error::new(ErrorCode::InvalidRequest).with_message("Must specify at least one configuration."));
    }
    Ok(PublicAccessBlock {
        block_public_acls: block_public_acls.unwrap_or(false),
        ignore_public_acls: ignore_public_acls.unwrap_or(false),
        block_public_policy: block_public_policy.unwrap_or(false),
        restrict_public_buckets: restrict_public_buckets.unwrap_or(false),
    })
}

/// The document of settings: all four of them.
pub(crate) fn shown(block: PublicAccessBlock) -> PublicAccessBlockConfiguration {
    PublicAccessBlockConfiguration {
        block_public_acls: Some(block.block_public_acls),
        ignore_public_acls: Some(block.ignore_public_acls),
        block_public_policy: Some(block.block_public_policy),
        restrict_public_buckets: Some(block.restrict_public_buckets),
    }
}

/// The account that an S3 Control request is about, which must be the sender's own.
///
/// # Errors
/// `InvalidRequest` for what is no account, `AccessDenied` for another one.
pub(crate) fn account(call: &Call<'_>) -> Result<AccountId, S3Error> {
    let named = call.headers.get(ACCOUNT_ID).and_then(|value| value.to_str().ok());
    let named = named
        .and_then(|text| AccountId::parse(text).ok())
        .ok_or_else(|| S3Error::new(ErrorCode::InvalidRequest).with_message("The account ID is not valid."))?;
    if call.account()? == named { Ok(named) } else { Err(S3Error::new(ErrorCode::AccessDenied)) }
}
