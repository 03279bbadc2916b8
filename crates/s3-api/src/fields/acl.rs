//! Access control lists: what a request asks for in headers or a document, whether the bucket takes it, and how a list is
//! shown.
//!
//! Source: "Access control list (ACL) overview", Amazon S3 user guide.

mod grants;

use http::HeaderMap;
use larder_config::ownership::ObjectOwnership;
use larder_engine::{Bucket, ObjectVersion};
use larder_policy::acl::CannedAcl;
use larder_types::limits::MAX_GRANTS;
use larder_types::{AccountId, Acl, Grant, Grantee, Owner, Permission};
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::enums::{Permission as PermissionName, Type};
use larder_wire::generated::s3::shapes;

use super::{accounts, public_access};
use crate::call::Call;

/// What the headers of a request ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Nothing: full control for the owner, nothing for others.
    Nothing,
    /// A canned list.
    Canned(CannedAcl),
    /// The grants of `x-amz-grant-*`.
    Grants(Vec<Grant>),
}

/// Reads `x-amz-acl` and `x-amz-grant-*`.
///
/// # Errors
/// `InvalidRequest` for both at once, `InvalidArgument` and `UnresolvableGrantByEmailAddress` for what is no list or no
/// account.
pub(crate) fn asked(call: &Call<'_>, headers: &HeaderMap) -> Result<Asked, S3Error> {
    let grants = grants::of_headers(call, headers)?;
    let canned = headers.get("x-amz-acl").map(|value| canned(value.as_bytes())).transpose()?;
    match (canned, grants.is_empty()) {
        (None, true) => Ok(Asked::Nothing),
        (Some(canned), true) => Ok(Asked::Canned(canned)),
        (None, false) => bounded(grants).map(Asked::Grants),
        (Some(_), false) => Err(S3Error::new(ErrorCode::InvalidRequest)
            .with_message("Specifying both Canned ACLs and Header Grants is not allowed")),
    }
}

/// The list of a document, which must be of the owner that the bucket or object has.
///
/// # Errors
/// `MalformedACLError`, `AccessDenied` for another owner, and those of resolving the grantees.
pub(crate) fn of_document(
    call: &Call<'_>,
    document: &shapes::AccessControlPolicy,
    owner: &Owner,
) -> Result<Vec<Grant>, S3Error> {
    let named = document.owner.as_ref().and_then(|owner| owner.id.as_deref());
    match named {
        None => return Err(S3Error::new(ErrorCode::MalformedACLError)),
        Some(id) if !id.eq_ignore_ascii_case(owner.canonical_id.as_str()) => {
            return Err(S3Error::new(ErrorCode::AccessDenied));
        }
        Some(_) => {}
    }
    let malformed = || S3Error::new(ErrorCode::MalformedACLError);
    let listed = document.grants.as_deref().ok_or_else(malformed)?;
    if listed.len() > MAX_GRANTS {
        return Err(malformed());
    }
    listed.iter().map(|grant| grants::of_document(call, grant)).collect()
}

/// The canned list that `x-amz-acl` names.
fn canned(value: &[u8]) -> Result<CannedAcl, S3Error> {
    let text = larder_wire::headers::text(value);
    CannedAcl::parse(&text).ok_or_else(|| {
        S3Error::new(ErrorCode::InvalidArgument)
            .with_extra("ArgumentName", "x-amz-acl")
            .with_extra("ArgumentValue", text.into_owned())
    })
}

fn bounded(grants: Vec<Grant>) -> Result<Vec<Grant>, S3Error> {
    if grants.len() > MAX_GRANTS { Err(S3Error::new(ErrorCode::MalformedACLError)) } else { Ok(grants) }
}

/// The list that an object is written with: what is kept of what was asked for.
///
/// # Errors
/// `AccessControlListNotSupported` when the bucket's owner owns all objects and the list would give anybody else access;
/// `AccessDenied` when it is public and Block Public Access forbids that.
pub(crate) fn of_new_object(call: &Call<'_>, asked: &Asked, owner: AccountId) -> Result<Option<Acl>, S3Error> {
    let bucket = call.bucket()?;
    if disabled(bucket) {
        return if asks_for_the_bucket_owner(call, bucket, asked) { Ok(None) } else { Err(not_supported()) };
    }
    if *asked == Asked::Nothing {
        return Ok(None);
    }
    let (owner, bucket_owner) = (known(call, owner)?, known(call, bucket.record.owner)?);
    let acl = expand(asked, &owner, &bucket_owner);
    refuse_public(call, bucket, &acl)?;
    Ok(kept(acl, &owner))
}

/// The list that a new bucket gets.
///
/// # Errors
/// `InvalidBucketAclWithObjectOwnership` when lists do not count there, `InvalidBucketAclWithBlockPublicAccessError` for one
/// that is public: every new bucket blocks public access.
pub(crate) fn of_new_bucket(
    call: &Call<'_>,
    asked: &Asked,
    owner: AccountId,
    ownership: Option<ObjectOwnership>,
) -> Result<Option<Acl>, S3Error> {
    if *asked == Asked::Nothing {
        return Ok(None);
    }
    let owner = known(call, owner)?;
    let acl = expand(asked, &owner, &owner);
    if ownership.is_some_and(ObjectOwnership::acls_disabled) && !grants_owner_alone(&acl, &owner) {
        return Err(S3Error::new(ErrorCode::InvalidBucketAclWithObjectOwnership));
    }
    if acl.is_public() && public_access::of_new_bucket(call, owner.account).block_public_acls {
        return Err(S3Error::new(ErrorCode::InvalidBucketAclWithBlockPublicAccessError));
    }
    Ok(kept(acl, &owner))
}

/// The list that PutBucketAcl or PutObjectAcl sets, from its headers or else its document.
///
/// # Errors
/// As [`asked`], [`of_document`] and [`of_new_object`]; `UnexpectedContent` for both headers and a document,
/// `MissingSecurityHeader` for neither. A bucket whose owner owns all objects takes no list at all.
pub(crate) fn replacement(
    call: &Call<'_>,
    document: Option<&shapes::AccessControlPolicy>,
    owner: AccountId,
) -> Result<Option<Acl>, S3Error> {
    let bucket = call.bucket()?;
    let asked = asked(call, call.headers)?;
    if disabled(bucket) {
        return Err(not_supported());
    }
    let (owner, bucket_owner) = (known(call, owner)?, known(call, bucket.record.owner)?);
    let acl = match (&asked, document) {
        (Asked::Nothing, None) => {
            return Err(S3Error::new(ErrorCode::MissingSecurityHeader).with_extra("MissingHeaderName", "x-amz-acl"));
        }
        (Asked::Nothing, Some(document)) => Acl(of_document(call, document, &owner)?),
        (_, None) => expand(&asked, &owner, &bucket_owner),
        (_, Some(_)) => return Err(S3Error::new(ErrorCode::UnexpectedContent)),
    };
    refuse_public(call, bucket, &acl)?;
    Ok(kept(acl, &owner))
}

/// A list that is no XML, or not of the schema, has an error of its own.
pub(crate) fn malformed(error: S3Error) -> S3Error {
    if error.code() == ErrorCode::MalformedXML { S3Error::new(ErrorCode::MalformedACLError) } else { error }
}

/// A list's grants as documents show them. What is not kept is the owner's alone; so is every list where lists do not count.
pub(crate) fn shown(call: &Call<'_>, bucket: &Bucket, acl: Option<&Acl>, owner: &Owner) -> Vec<shapes::Grant> {
    let private = Acl::private(owner.canonical_id.clone());
    let acl = acl.filter(|_| !disabled(bucket)).unwrap_or(&private);
    // The order means nothing; ceph/s3-tests compares with groups in front.
    let (groups, accounts): (Vec<_>, Vec<_>) = acl.0.iter().partition(|grant| grant.grantee.uri().is_some());
    groups.into_iter().chain(accounts).map(|grant| shown_grant(call, grant, owner)).collect()
}

/// An `Owner` element.
pub(crate) fn shown_owner(owner: &Owner) -> shapes::Owner {
    shapes::Owner {
        id: Some(owner.canonical_id.as_str().to_owned()),
        display_name: Some(owner.display_name.to_string()),
    }
}

/// The owner of an object by now: where lists do not count, the bucket's owner owns what others wrote before as well.
pub(crate) fn owner_of(call: &Call<'_>, bucket: &Bucket, object: &ObjectVersion) -> Result<Owner, S3Error> {
    let account = if disabled(bucket) { bucket.record.owner } else { object.head().owner };
    known(call, account)
}

/// Whether a bucket's list gives its owner access and nobody else, so that it may be disabled.
pub(crate) fn grants_owner_alone(acl: &Acl, owner: &Owner) -> bool {
    acl.0.iter().all(|grant| matches!(&grant.grantee, Grantee::Account(id) if *id == owner.canonical_id))
}

/// An account that owns something here.
///
/// # Errors
/// `InternalError` when it is not one of this server's.
pub(crate) fn known(call: &Call<'_>, account: AccountId) -> Result<Owner, S3Error> {
    call.owner(account).ok_or_else(|| {
        tracing::error!(%account, "the owner of a bucket or object is not known");
        S3Error::new(ErrorCode::InternalError)
    })
}

/// Whether the lists of a bucket and its objects do not count.
pub(crate) fn disabled(bucket: &Bucket) -> bool {
    bucket.record.ownership.is_some_and(ObjectOwnership::acls_disabled)
}

/// What such a bucket takes all the same: no list, or one that gives its owner full control and nobody else anything, as
/// `private` does for the owner's own account. Many clients send that with every object; from another account it would be
/// the writer's list, and is refused.
fn asks_for_the_bucket_owner(call: &Call<'_>, bucket: &Bucket, asked: &Asked) -> bool {
    match asked {
        Asked::Nothing | Asked::Canned(CannedAcl::BucketOwnerFullControl) => true,
        Asked::Canned(CannedAcl::Private) => call.caller.principal.account() == Some(bucket.record.owner),
        Asked::Canned(_) => false,
        Asked::Grants(grants) => call.owner(bucket.record.owner).is_some_and(|owner| {
            let acl = Acl(grants.clone());
            grants_owner_alone(&acl, &owner) && grants.iter().all(|grant| grant.permission == Permission::FullControl)
        }),
    }
}

fn not_supported() -> S3Error {
    S3Error::new(ErrorCode::AccessControlListNotSupported)
}

fn refuse_public(call: &Call<'_>, bucket: &Bucket, acl: &Acl) -> Result<(), S3Error> {
    if acl.is_public() && public_access::in_force(call, bucket).block_public_acls {
        return Err(S3Error::new(ErrorCode::AccessDenied));
    }
    Ok(())
}

fn expand(asked: &Asked, owner: &Owner, bucket_owner: &Owner) -> Acl {
    match asked {
        Asked::Nothing => Acl::private(owner.canonical_id.clone()),
        Asked::Canned(canned) => canned.expand(&owner.canonical_id, &bucket_owner.canonical_id),
        Asked::Grants(grants) => Acl(grants.clone()),
    }
}

/// What is stored of a list: nothing of the one that everything has that was given none.
fn kept(acl: Acl, owner: &Owner) -> Option<Acl> {
    (acl != Acl::private(owner.canonical_id.clone())).then_some(acl)
}

fn shown_grant(call: &Call<'_>, grant: &Grant, owner: &Owner) -> shapes::Grant {
    let mut grantee = shapes::Grantee {
        display_name: None,
        email_address: None,
        id: None,
        r#type: Type::Group,
        uri: grant.grantee.uri().map(str::to_owned),
    };
    if let Grantee::Account(id) = &grant.grantee {
        let known = if *id == owner.canonical_id { Some(owner.clone()) } else { accounts::by_canonical_id(call, id) };
        grantee.r#type = Type::CanonicalUser;
        grantee.id = Some(id.as_str().to_owned());
        grantee.display_name = known.map(|owner| owner.display_name.to_string());
    }
    let permission = PermissionName::from(grant.permission.as_str());
    shapes::Grant { grantee: Some(grantee), permission: Some(permission) }
}
