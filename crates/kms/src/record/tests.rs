//! Every record reads back as written, and is refused when it is not what this version writes.

use std::sync::Arc;

use larder_crypto::SecretKey;
use larder_env::SeededRng;
use larder_types::{AccountId, Region, Timestamp};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::model::{
    Alias, Constraints, Deletion, Document, Grant, KeyMaterial, KeyMeta, Material, QuotaRequest, QuotaRequestStatus,
    Tag,
};
use crate::sealing::Sealing;
use crate::{
    EncryptionContext, GrantOperation, KeyManager, KeySpec, Origin, RotationType, WrappingAlgorithm, WrappingKeySpec,
    fuzz_entry,
};
use larder_store::record::GenerationRecord;

const POLICY: &str =
    r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}}"#;

fn text() -> impl Strategy<Value = Arc<str>> {
    "[a-zA-Z0-9+=,.@_:/-]{1,20}".prop_map(Arc::from)
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_millis)
}

fn region() -> impl Strategy<Value = Region> {
    "[a-z0-9-]{1,63}".prop_map(|name| Region::parse(&name).expect("valid"))
}

fn account() -> impl Strategy<Value = AccountId> {
    any::<u64>().prop_map(AccountId::from_number)
}

fn tags() -> impl Strategy<Value = Vec<Tag>> {
    vec(("\\PC{1,9}", "\\PC{0,9}").prop_map(|(key, value)| Tag { key, value }), 0..4)
}

fn context() -> impl Strategy<Value = EncryptionContext> {
    vec(("\\PC{0,9}", "\\PC{0,9}"), 0..4).prop_map(|pairs| EncryptionContext::new(pairs).expect("small"))
}

fn meta() -> impl Strategy<Value = KeyMeta> {
    let kinds = (select(KeySpec::ALL), select(Origin::ALL), select(KeyManager::ALL), any::<bool>());
    let place = (account(), region(), "[0-9a-f-]{1,36}", option::of(region()));
    let rest = (time(), text(), option::of((any::<u32>(), option::of(time()))), tags());
    let rotation = (option::of(any::<u32>()), option::of(time()), any::<u32>());
    (kinds, place, rest, rotation).prop_map(
        |(
            (spec, origin, manager, enabled),
            (account, region, id, primary),
            (created, description, deletion, tags),
            (rotation_days, next_rotation, on_demand_rotations),
        )| {
            let arn = KeyMeta::arn_of(account, &region, &id);
            KeyMeta {
                account,
                policy: Document::parse(POLICY, &arn).expect("valid"),
                region,
                id: id.into(),
                arn,
                spec,
                usage: spec.usages()[0],
                origin,
                manager,
                primary,
                created,
                description,
                enabled,
                deletion: deletion.map(|(window_days, due)| Deletion { window_days, due }),
                tags,
                rotation_days,
                next_rotation,
                on_demand_rotations,
            }
        },
    )
}

fn material(spec: KeySpec) -> impl Strategy<Value = Material> {
    let secret = option::of(vec(any::<u8>(), 8..64));
    let times = (time(), option::of(time()), option::of(select(RotationType::ALL)));
    ("[0-9a-f]{64}", any::<u32>(), secret, times, any::<bool>(), option::of(text())).prop_map(
        move |(id, number, secret, (since, expires, rotation), pending, description)| Material {
            id: id.into(),
            number,
            secret: secret.map(|bytes| KeyMaterial::new(spec, bytes.into())),
            since,
            rotation,
            pending,
            expires,
            description,
        },
    )
}

fn grant() -> impl Strategy<Value = Grant> {
    let who = (text(), option::of(text()), option::of(text()), account());
    let constraints =
        (option::of(context()), option::of(context())).prop_map(|(subset, equals)| Constraints { subset, equals });
    (who, vec(select(GrantOperation::ALL), 0..6), constraints, time()).prop_map(
        |((grantee, retiring, name, issuer), operations, constraints, created)| Grant {
            id: "f".repeat(64).into(),
            name,
            grantee,
            retiring,
            issuer,
            operations: operations.into_iter().collect(),
            constraints,
            created,
        },
    )
}

fn quota_request() -> impl Strategy<Value = QuotaRequest> {
    let status = select(vec![QuotaRequestStatus::Pending, QuotaRequestStatus::Approved, QuotaRequestStatus::Denied]);
    (account(), region(), text(), any::<f64>(), text(), status, time(), time()).prop_map(
        |(account, region, code, desired, requester, status, created, updated)| QuotaRequest {
            id: "0".repeat(32).into(),
            account,
            region,
            code,
            desired: if desired.is_finite() { desired } else { 1.0 },
            requester,
            status,
            created,
            updated,
        },
    )
}

/// Reads back as written; not from half of it, with more behind it, as another version.
fn check<R: Record + PartialEq>(record: &R) {
    let stored = record.to_stored();
    assert_eq!(stored[0], 1);
    assert!(R::from_stored(&stored).expect("as written") == *record);
    assert!(R::from_stored(&stored[..stored.len() - 1]).is_err());
    assert!(R::from_stored(&[&stored[..], b"x"].concat()).is_err());
    assert!(R::from_stored(&[&[2], &stored[1..]].concat()).is_err());
    assert!(R::from_stored(b"").is_err());
}

fn sealing(seed: u64) -> Sealing {
    Sealing::new(&SecretKey::generate(&SeededRng::new(seed)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn keys(meta in meta()) {
        let record = KeyRecord::of(&meta);
        check(&record);
        let place = (meta.account, meta.region.clone());
        prop_assert_eq!(record.into_meta(&meta.id, place).expect("as written"), meta);
    }

    #[test]
    fn materials((meta, material) in meta().prop_flat_map(|meta| (Just(meta.clone()), material(meta.spec)))) {
        let (sealing, rng) = (sealing(1), SeededRng::new(2));
        let record = MaterialRecord::of(&material, &meta, &sealing, &rng);
        check(&record);
        let read = record.clone().into_material(&material.id, &meta, &sealing).expect("as written");
        prop_assert_eq!(&read, &material);
        let Some(secret) = &material.secret else { return Ok(()) };
        let stored = record.to_stored();
        prop_assert!(!stored.windows(secret.bytes.len()).any(|window| window == secret.bytes.as_slice()));
        // It opens in its own place alone.
        let elsewhere = |edit: &dyn Fn(&mut KeyMeta)| {
            let mut meta = meta.clone();
            edit(&mut meta);
            record.clone().into_material(&material.id, &meta, &sealing)
        };
        prop_assert!(elsewhere(&|meta| meta.id = "other".into()).is_err());
        prop_assert!(elsewhere(&|meta| meta.region = Region::parse("other-region-0").expect("valid")).is_err());
        let neighbour = AccountId::from_number(meta.account.as_number() + 1);
        prop_assert!(elsewhere(&|meta| meta.account = neighbour).is_err());
        prop_assert!(record.clone().into_material(&"e".repeat(64), &meta, &sealing).is_err());
        let other = super::tests::sealing(7);
        prop_assert!(record.into_material(&material.id, &meta, &other).is_err());
    }

    #[test]
    fn aliases(target in text(), created in time(), updated in time()) {
        let alias = Alias { created, updated };
        let record = AliasRecord::of(&target, &alias);
        check(&record);
        prop_assert_eq!(&record.target, &target);
        prop_assert_eq!(record.into_alias(), alias);
    }

    #[test]
    fn grants(grant in grant()) {
        let record = GrantRecord::of(&grant);
        check(&record);
        prop_assert_eq!(record.into_grant(&grant.id), grant);
    }

    #[test]
    fn quota_requests(request in quota_request()) {
        let record = QuotaRequestRecord::of(&request);
        check(&record);
        let place = (request.account, request.region.clone());
        prop_assert_eq!(record.into_request(&request.id, place), request);
    }

    #[test]
    fn applied_quotas(value in -1e9..1e9_f64) {
        check(&AppliedQuotaRecord { value });
    }

    #[test]
    fn import_tokens(algorithm in select(WrappingAlgorithm::ALL), key in select(WrappingKeySpec::ALL),
                     valid_to in time(), private: Vec<u8>) {
        let record = ImportTokenRecord { algorithm, key, valid_to, private };
        check(&record);
        prop_assert_eq!(&record.to_sealable()[..], &record.to_stored()[..]);
    }

    #[test]
    fn generations(number: u64) {
        check(&GenerationRecord { number });
    }

    #[test]
    fn a_key_of_the_store_reads_back(tag: u8, account in account(), region in region(), id: String) {
        let key = place::key(tag, account, &region, &id);
        prop_assert_eq!(place::read(&key), Some((tag, (account, region), id.as_str())));
    }

    #[test]
    fn no_bytes_make_a_reader_panic(data: Vec<u8>) {
        for version in [&[][..], &[1]] {
            let data = [version, &data].concat();
            fuzz_entry::records(&data);
            fuzz_entry::ciphertext(&data);
            fuzz_entry::names_and_material(&data);
        }
    }
}
