//! ReplicateKey and UpdatePrimaryRegion. Both change keys in two regions and count against the quotas of both.

use larder_kms::{PolicyCheck, ReplicateKey, RequestClass, RequestFacts as Facts};
use larder_types::Region;

use super::{Answer, shapes};
use crate::protocol::{Fault, Output, rules};
use crate::request::Request;

fn region(request: &Request<'_>, name: &str) -> Result<Region, Fault> {
    let named = request.input.required(name, &rules::REGION)?;
    Region::parse(named).map_err(|error| Fault::invalid(error.to_string()))
}

pub(super) async fn replicate(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let named = input.required("KeyId", &rules::KEY_ID)?;
    let region = region(request, "ReplicaRegion")?;
    let policy = input.text("Policy", &rules::POLICY)?;
    let bypass = input.flag("BypassPolicyLockoutSafetyCheck")?;
    let description = input.text("Description", &rules::DESCRIPTION)?.unwrap_or_default();
    let tags = request.tags("Tags", false)?;
    for _ in 0..2 {
        request.take(&region, RequestClass::CreateKey)?;
    }

    let facts = Facts {
        replica_region: Some(&region),
        bypass_policy_lockout_safety_check: Some(bypass),
        request_tags: Some(&*tags).filter(|tags| !tags.is_empty()),
        ..Facts::default()
    };
    let key = request.key_by_id(named, "kms:ReplicateKey", &facts)?;
    // The replica is a new key in its own region.
    let made = Facts {
        key_spec: Some(key.spec()),
        key_usage: Some(key.usage()),
        key_origin: Some(key.origin()),
        multi_region: Some(true),
        ..facts
    };
    request.allow_in_account("kms:CreateKey", &made)?;
    if !tags.is_empty() {
        request.allow_on_new_key("kms:TagResource", &made)?;
    }
    let exists = |principal: &str| request.has_principal(principal);
    let documents = request.policies();
    let policy_check = PolicyCheck { asker: (!bypass).then(|| request.asker(&documents)), exists: &exists };
    let wanted = ReplicateKey { region: &region, description, policy, policy_check, tags: &tags };
    let replica = request.kms.replicate_key(&key, wanted).await?;
    let output = Output::new()
        .with("ReplicaKeyMetadata", shapes::key_metadata(&replica.metadata))
        .with("ReplicaPolicy", &*replica.policy)
        .list("ReplicaTags", replica.tags.iter().map(shapes::tag));
    Ok(Some(output))
}

pub(super) async fn update_primary(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    let region = region(request, "PrimaryRegion")?;
    request.take(&region, RequestClass::UpdatePrimaryRegion)?;
    let facts = Facts { primary_region: Some(&region), ..Facts::default() };
    let key = request.key_by_id(named, "kms:UpdatePrimaryRegion", &facts)?;
    // The permission is needed on both keys.
    if let Ok(replica) = request.kms.find_by_id(&region, key.account(), key.id()) {
        request.allow(&replica, "kms:UpdatePrimaryRegion", &facts)?;
    }
    request.kms.update_primary_region(&key, &region).await?;
    Ok(None)
}
