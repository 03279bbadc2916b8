//! What operations ask about accounts and who acts for them. Everything here is answered by `identity`.

use larder_engine::Initiator;
use larder_identity::{ChangeError, Who};
use larder_policy::Principal;
use larder_types::{AccountId, CanonicalUserId, Owner, PublicAccessBlock};
use larder_wire::error::{ErrorCode, S3Error};

use crate::call::Call;

/// The account that a canonical user id names.
pub(crate) fn by_canonical_id(call: &Call<'_>, id: &CanonicalUserId) -> Option<Owner> {
    call.identity.directory().by_canonical_id(id).map(|state| state.owner().clone())
}

/// The account of an e-mail address.
pub(crate) fn by_email(call: &Call<'_>, email: &str) -> Option<Owner> {
    call.identity.directory().by_email(email).map(|state| state.owner().clone())
}

/// Whether there is a principal of the name that a policy has for it: `*`, an account id, an ARN, a canonical user id.
pub(crate) fn has_principal(call: &Call<'_>, name: &str) -> bool {
    name == "*" || call.identity.directory().has_principal(name)
}

/// Whether an account is there, and not being deleted.
pub(crate) fn is_open(call: &Call<'_>, account: AccountId) -> bool {
    call.identity.directory().account(account).is_some_and(|state| !state.account().closing)
}

/// Whether the request comes from the root user of an account.
pub(crate) fn is_root_of(call: &Call<'_>, account: AccountId) -> bool {
    matches!(&call.caller.principal, Principal::Root { account: sender, .. } if *sender == account)
}

/// Refuses to show or change a bucket's policy to whom the policy itself lets in, but who is of another account.
///
/// # Errors
/// `MethodNotAllowed`, for those who have the permission: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>
pub(crate) fn expect_own_policy(call: &Call<'_>) -> Result<(), S3Error> {
    if call.caller.principal.account() == Some(call.bucket()?.record.owner) {
        return Ok(());
    }
    let method = call.operation.name().split_once("BucketPolicy").map_or("", |(verb, _)| verb);
    Err(S3Error::new(ErrorCode::MethodNotAllowed)
        .with_extra("Method", method.to_ascii_uppercase())
        .with_extra("ResourceType", "BUCKETPOLICY"))
}

/// Who starts an upload, as listings show it: an account, or a user, role or session by its ARN. Nobody when nobody signed.
pub(crate) fn initiator(call: &Call<'_>) -> Option<Initiator> {
    let of = |id: &str, display_name: &str| Some(Initiator { id: id.into(), display_name: display_name.into() });
    match &call.caller.principal {
        Principal::Root { .. } => {
            let owner = call.caller.owner.as_ref()?;
            of(owner.canonical_id.as_str(), &owner.display_name)
        }
        Principal::User { arn, name, .. } => of(arn, name),
        Principal::AssumedRole { session_arn: arn, .. } | Principal::FederatedUser { arn, .. } => {
            of(arn, arn.rsplit('/').next().unwrap_or_default())
        }
        Principal::Anonymous | Principal::WebIdentity { .. } | Principal::Service { .. } => None,
    }
}

/// Block Public Access for all buckets of an account.
pub(crate) fn public_access_block(call: &Call<'_>, account: AccountId) -> Option<PublicAccessBlock> {
    call.identity.directory().account(account)?.account().public_access_block
}

/// Sets or removes Block Public Access for all buckets of an account.
///
/// # Errors
/// Those of keeping it.
pub(crate) async fn put_public_access_block(
    call: &Call<'_>,
    account: AccountId,
    block: Option<PublicAccessBlock>,
) -> Result<(), S3Error> {
    let changed = call.identity.change(account, |state, _| {
        state.set_public_access_block(block);
        Ok(())
    });
    changed.await.map_err(|error| not_kept(&error))
}

/// Whether `code` is good now for the MFA device `serial` of the root user of `account`. A code is good once.
///
/// # Errors
/// Those of keeping that it was used.
pub(crate) async fn verify_mfa(call: &Call<'_>, account: AccountId, serial: &str, code: &str) -> Result<bool, S3Error> {
    match call.identity.verify_mfa(account, &Who::Root, serial, code).await {
        Ok(()) => Ok(true),
        Err(ChangeError::Refused(_)) => Ok(false),
        Err(error) => Err(not_kept(&error)),
    }
}

fn not_kept(error: &ChangeError) -> S3Error {
    tracing::error!(error = error as &dyn std::error::Error, "the accounts cannot be changed");
    S3Error::new(ErrorCode::InternalError)
}
