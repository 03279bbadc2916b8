//! Structures that several operations show.

use larder_kms::{AliasEntry, GrantEntry, KeyMetadata, KeyState, Listed, Tag};

use crate::protocol::Output;

/// `KeyMetadata`.
pub(super) fn key_metadata(key: &KeyMetadata) -> Output {
    let names = |output: Output, name: &str, all: Vec<&'static str>| {
        if all.is_empty() { output } else { output.texts(name, all) }
    };
    let output = Output::new()
        .with("AWSAccountId", key.account.to_string())
        .with("KeyId", &*key.id)
        .with("Arn", &*key.arn)
        .time("CreationDate", key.created)
        .with("Enabled", key.state == KeyState::Enabled)
        .with("Description", &*key.description)
        .with("KeyUsage", key.usage.as_str())
        .with("KeyState", key.state.as_str())
        .maybe_time("DeletionDate", key.deletion_date)
        .maybe("PendingDeletionWindowInDays", key.pending_window_days)
        .with("Origin", key.origin.as_str())
        .maybe("ExpirationModel", key.expiration_model.map(|model| model.as_str()))
        .maybe_time("ValidTo", key.valid_to)
        .with("KeyManager", key.manager.as_str())
        .with("CustomerMasterKeySpec", key.spec.as_str())
        .with("KeySpec", key.spec.as_str())
        .maybe("CurrentKeyMaterialId", key.current_material.as_deref())
        .with("MultiRegion", key.multi_region.is_some())
        .maybe("MultiRegionConfiguration", multi_region(key));
    let output =
        names(output, "EncryptionAlgorithms", key.encryption_algorithms.iter().map(|one| one.as_str()).collect());
    let output = names(output, "SigningAlgorithms", key.signing_algorithms.iter().map(|one| one.as_str()).collect());
    let output = names(output, "MacAlgorithms", key.mac_algorithms.iter().map(|one| one.as_str()).collect());
    names(output, "KeyAgreementAlgorithms", key.key_agreement_algorithms.iter().map(|one| one.as_str()).collect())
}

fn multi_region(key: &KeyMetadata) -> Option<Output> {
    let configuration = key.multi_region.as_ref()?;
    let named = |(arn, region): &(std::sync::Arc<str>, larder_types::Region)| {
        Output::new().with("Arn", &**arn).with("Region", region.as_str())
    };
    Some(
        Output::new()
            .with("MultiRegionKeyType", if configuration.is_primary { "PRIMARY" } else { "REPLICA" })
            .with("PrimaryKey", named(&configuration.primary))
            .list("ReplicaKeys", configuration.replicas.iter().map(named)),
    )
}

/// A list in pages, under this name.
pub(super) fn page<T>(name: &str, listed: &Listed<T>, show: impl Fn(&T) -> Output) -> Output {
    more(Output::new().list(name, listed.items.iter().map(show)), listed)
}

/// Says whether there is more.
pub(super) fn more<T>(output: Output, listed: &Listed<T>) -> Output {
    output.with("Truncated", listed.next.is_some()).maybe("NextMarker", listed.next.as_deref())
}

pub(super) fn tag(tag: &Tag) -> Output {
    Output::new().with("TagKey", tag.key.as_str()).with("TagValue", tag.value.as_str())
}

pub(super) fn alias(entry: &AliasEntry) -> Output {
    Output::new()
        .with("AliasName", &*entry.name)
        .with("AliasArn", &*entry.arn)
        .with("TargetKeyId", &*entry.target)
        .time("CreationDate", entry.created)
        .time("LastUpdatedDate", entry.updated)
}

pub(super) fn grant(entry: &GrantEntry) -> Output {
    let grant = &entry.grant;
    let is_service = |principal: &str| !principal.starts_with("arn:");
    let output = Output::new()
        .with("KeyId", &*entry.key_arn)
        .with("GrantId", &*grant.id)
        .maybe("Name", grant.name.as_deref())
        .time("CreationDate", grant.created)
        .with("GranteePrincipal", &*grant.grantee)
        .maybe("RetiringPrincipal", grant.retiring.as_deref())
        .maybe("GranteeServicePrincipal", Some(&*grant.grantee).filter(|name| is_service(name)))
        .maybe("RetiringServicePrincipal", grant.retiring.as_deref().filter(|name| is_service(name)))
        .with("IssuingAccount", format!("arn:aws:iam::{}:root", grant.issuer))
        .texts("Operations", grant.operations.iter().map(|operation| operation.as_str()));
    if grant.constraints.is_empty() {
        return output;
    }
    let context = |context: &larder_kms::EncryptionContext| {
        context.iter().fold(Output::new(), |output, (name, value)| output.with(name, value))
    };
    let constraints = Output::new()
        .maybe("EncryptionContextSubset", grant.constraints.subset.as_ref().map(context))
        .maybe("EncryptionContextEquals", grant.constraints.equals.as_ref().map(context));
    output.with("Constraints", constraints)
}
