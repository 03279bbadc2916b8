//! What operations ask about accounts and who acts for them. Everything here is answered by `identity`.

use larder_engine::Initiator;
use larder_types::{AccountId, CanonicalUserId, Owner, PublicAccessBlock};
use larder_wire::error::{ErrorCode, S3Error};

use crate::call::Call;

/// The account that a canonical user id names.
pub(crate) fn by_canonical_id(call: &Call<'_>, id: &CanonicalUserId) -> Option<Owner> {
    let owner = call.identity.owner();
    (owner.canonical_id == *id).then(|| owner.clone())
}

/// The account of an e-mail address.
pub(crate) fn by_email(_call: &Call<'_>, _email: &str) -> Option<Owner> {
    // The one account has no address.
    None
}

/// Whether there is a principal of the name that a policy has for it: `*`, an account id, an ARN, a canonical user id.
pub(crate) fn has_principal(call: &Call<'_>, name: &str) -> bool {
    let owner = call.identity.owner();
    let account = owner.account.to_string();
    name == "*"
        || name == account
        || name == owner.canonical_id.as_str()
        || name.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root")) == Some(account.as_str())
}

/// Whether the request comes from the root user of an account.
pub(crate) fn is_root_of(call: &Call<'_>, account: AccountId) -> bool {
    call.account().is_ok_and(|sender| sender == account)
}

/// Who starts an upload, as listings show it.
///
/// # Errors
/// `AccessDenied` when nobody signed the request.
pub(crate) fn initiator(call: &Call<'_>) -> Result<Option<Initiator>, S3Error> {
    let owner = call.owner(call.account()?);
    Ok(owner.map(|owner| Initiator { id: owner.canonical_id.as_str().into(), display_name: owner.display_name }))
}

/// Block Public Access for all buckets of an account.
pub(crate) fn public_access_block(_call: &Call<'_>, _account: AccountId) -> Option<PublicAccessBlock> {
    None
}

/// Sets or removes Block Public Access for all buckets of an account.
///
/// # Errors
/// Those of keeping it.
#[expect(clippy::unused_async, reason = "accounts are kept in the store")]
pub(crate) async fn put_public_access_block(
    _call: &Call<'_>,
    _account: AccountId,
    _block: Option<PublicAccessBlock>,
) -> Result<(), S3Error> {
    Err(S3Error::new(ErrorCode::NotImplemented))
}

/// Whether `code` is good now for the MFA device `serial` of the root user of `account`. A code is good once.
///
/// # Errors
/// Those of keeping that it was used.
#[expect(clippy::unused_async, reason = "accounts are kept in the store")]
pub(crate) async fn verify_mfa(
    _call: &Call<'_>,
    _account: AccountId,
    _serial: &str,
    _code: &str,
) -> Result<bool, S3Error> {
    // There are no devices.
    Ok(false)
}
