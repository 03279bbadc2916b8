//! CreateKey, DescribeKey, ListKeys, UpdateKeyDescription.

use larder_kms::{CreateKey, KeySpec, KeyUsage, Origin, PolicyCheck, RequestFacts as Facts};

use super::{Answer, shapes};
use crate::protocol::named::{AnyOrigin, Named, ResourceOwner};
use crate::protocol::{Code, Fault, Output, rules};
use crate::request::Request;

/// The alias of the key that S3 uses when a request names none; describing it makes it, as in AWS.
const S3_ALIAS: &str = "alias/aws/s3";

pub(super) async fn create(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let spec = match (input.named::<KeySpec>("KeySpec")?, input.named::<KeySpec>("CustomerMasterKeySpec")?) {
        (Some(_), Some(_)) => {
            return Err(Fault::invalid(
                "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.",
            ));
        }
        (spec, old) => spec.or(old).unwrap_or(KeySpec::SymmetricDefault),
    };
    let usage = input.named::<KeyUsage>("KeyUsage")?;
    let origin = input.named::<AnyOrigin>("Origin")?.unwrap_or(AnyOrigin::Here(Origin::AwsKms));
    let multi_region = input.flag("MultiRegion")?;
    let description = input.text("Description", &rules::DESCRIPTION)?.unwrap_or_default();
    let policy = input.text("Policy", &rules::POLICY)?;
    let store = input.text("CustomKeyStoreId", &rules::CUSTOM_KEY_STORE_ID)?;
    let is_external_key = input.text("XksKeyId", &rules::XKS_KEY_ID)?.is_some();
    let bypass = input.flag("BypassPolicyLockoutSafetyCheck")?;
    let tags = request.tags("Tags", false)?;

    let key_origin = match origin {
        AnyOrigin::Here(origin) => Some(origin),
        AnyOrigin::KeyStore(_) => None,
    };
    let facts = Facts {
        key_spec: Some(spec),
        key_usage: Some(usage.unwrap_or(KeyUsage::EncryptDecrypt)),
        key_origin,
        multi_region: Some(multi_region),
        bypass_policy_lockout_safety_check: Some(bypass),
        request_tags: Some(&*tags).filter(|tags| !tags.is_empty()),
        ..Facts::default()
    };
    request.allow_in_account("kms:CreateKey", &facts)?;
    if !tags.is_empty() {
        request.allow_on_new_key("kms:TagResource", &facts)?;
    }
    let Some(origin) = key_origin.filter(|_| store.is_none() && !is_external_key) else {
        return Err(no_key_store(store));
    };
    let exists = |principal: &str| request.has_principal(principal);
    let documents = request.policies();
    let policy_check = PolicyCheck { asker: (!bypass).then(|| request.asker(&documents)), exists: &exists };
    let key = CreateKey {
        account: request.account,
        region: request.region,
        spec,
        usage,
        origin,
        multi_region,
        description,
        policy,
        policy_check,
        tags: &tags,
    };
    let made = request.kms.create_key(key).await?;
    Ok(Some(Output::new().with("KeyMetadata", shapes::key_metadata(&made))))
}

/// There are no custom key stores.
pub(super) fn no_key_store(named: Option<&str>) -> Fault {
    match named {
        Some(_) => Fault::new(Code::CUSTOM_KEY_STORE_NOT_FOUND, ""),
        None => Fault::new(Code::UNSUPPORTED_OPERATION, "Custom key stores are not supported by this server."),
    }
}

pub(super) async fn describe(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    request.check_grant_tokens()?;
    let describe = || request.key(named, "kms:DescribeKey", &Facts::default());
    let key = match describe() {
        Err(fault) if fault.code == Code::NOT_FOUND && request.is_own_alias(named, S3_ALIAS) => {
            request.kms.default_s3_key(request.account, request.region).await?;
            describe()?
        }
        found => found?,
    };
    let metadata = request.kms.describe_key(&key)?;
    Ok(Some(Output::new().with("KeyMetadata", shapes::key_metadata(&metadata))))
}

pub(super) async fn list(request: &Request<'_>) -> Answer {
    let page = request.page(1000, 100)?;
    let owners = request.input.list_named::<ResourceOwner>("ResourceOwners")?;
    request.allow_in_account("kms:ListKeys", &Facts::default())?;
    if !owners.is_empty() && !owners.iter().any(|owner| owner.name() == "SELF") {
        // Nothing is shared with accounts but by policies, which list no keys.
        return Ok(Some(Output::new().list("Keys", []).with("Truncated", false)));
    }
    let listed = request.kms.list_keys(request.account, request.region, page);
    Ok(Some(shapes::page("Keys", &listed, |key| Output::new().with("KeyId", &**key.id()).with("KeyArn", &**key.arn()))))
}

pub(super) async fn update_description(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    let description = request.input.required("Description", &rules::DESCRIPTION)?;
    let key = request.key_by_id(named, "kms:UpdateKeyDescription", &Facts::default())?;
    request.kms.update_key_description(&key, description).await?;
    Ok(None)
}
