//! Every record reads back as written, and is refused when it is not what this version writes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use larder_crypto::SecretKey;
use larder_env::SeededRng;
use larder_policy::Kind;
use larder_types::{AccountId, CanonicalUserId, Owner, PublicAccessBlock, Timestamp};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::{AccountRecord, Record, Stored, Vault};
use crate::model::{
    AccessKey, Account, Assignment, Document, Group, KeyOrigin, KeyStatus, LastUsed, ManagedPolicy, MfaDevice,
    OidcProvider, PolicyVersion, Role, Tag, User, Who,
};
use crate::seal::Sealer;
use crate::{Secret, fuzz_entry, ids};
use larder_store::record::GenerationRecord;

const IDENTITY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
const DENY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:*","Resource":"*"}}"#;
const TRUST: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;

fn text() -> impl Strategy<Value = Arc<str>> {
    "[a-zA-Z0-9+=,.@_/-]{1,20}".prop_map(Arc::from)
}

fn texts() -> impl Strategy<Value = BTreeSet<Arc<str>>> {
    btree_set(text(), 0..4)
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_millis)
}

fn tags() -> impl Strategy<Value = Vec<Tag>> {
    vec(("\\PC{1,9}", "\\PC{0,9}").prop_map(|(key, value)| Tag { key, value }), 0..4)
}

fn document() -> impl Strategy<Value = Document> {
    prop_oneof![Just(IDENTITY), Just(DENY)].prop_map(|text| Document::parse(text, Kind::Identity).expect("well formed"))
}

fn inline() -> impl Strategy<Value = BTreeMap<Arc<str>, Document>> {
    btree_map(text(), document(), 0..3)
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![Just(Who::Root), text().prop_map(Who::User)]
}

fn user() -> impl Strategy<Value = User> {
    (text(), text(), text(), time(), tags(), texts(), texts(), inline(), option::of(text())).prop_map(
        |(id, name, path, created, tags, groups, attached, inline, boundary)| User {
            id,
            name,
            path,
            created,
            tags,
            groups,
            attached,
            inline,
            boundary,
        },
    )
}

fn group() -> impl Strategy<Value = Group> {
    (text(), text(), text(), time(), texts(), inline()).prop_map(|(id, name, path, created, attached, inline)| Group {
        id,
        name,
        path,
        created,
        attached,
        inline,
    })
}

fn role() -> impl Strategy<Value = Role> {
    (user(), text(), any::<u32>()).prop_map(|(user, description, max_session_seconds)| Role {
        id: user.id,
        name: user.name,
        path: user.path,
        created: user.created,
        description,
        max_session_seconds,
        trust: Document::parse(TRUST, Kind::Trust).expect("well formed"),
        tags: user.tags,
        attached: user.attached,
        inline: user.inline,
        boundary: user.boundary,
    })
}

fn policy() -> impl Strategy<Value = ManagedPolicy> {
    let version = (any::<u32>(), document(), time()).prop_map(|(number, document, created)| PolicyVersion {
        number,
        document,
        created,
    });
    (user(), text(), vec(version, 1..5), any::<u32>(), any::<prop::sample::Index>()).prop_map(
        |(user, description, versions, next_version, default)| ManagedPolicy {
            id: user.id,
            name: user.name,
            path: user.path,
            description,
            created: user.created,
            updated: user.created,
            tags: user.tags,
            default_version: versions[default.index(versions.len())].number,
            versions,
            next_version,
        },
    )
}

fn access_key() -> impl Strategy<Value = AccessKey> {
    (text(), "\\PC{0,40}", who(), any::<bool>(), time()).prop_map(|(id, secret, owner, active, created)| AccessKey {
        id,
        secret: Arc::new(Secret::new(secret)),
        owner,
        status: if active { KeyStatus::Active } else { KeyStatus::Inactive },
        created,
        origin: KeyOrigin::Store,
    })
}

fn mfa_device() -> impl Strategy<Value = MfaDevice> {
    let assigned = (who(), time()).prop_map(|(who, enabled)| Assignment { who, enabled });
    let counts = (any::<u64>(), any::<i32>(), any::<u8>(), option::of(time()));
    (user(), any::<u64>(), option::of(assigned), counts).prop_map(
        |(user, seed, assigned, (last_step, drift, wrong_codes, locked_until))| MfaDevice {
            name: user.name,
            path: user.path,
            created: user.created,
            tags: user.tags,
            seed: Arc::new(ids::mfa_seed(&SeededRng::new(seed))),
            assigned,
            last_step,
            drift,
            wrong_codes,
            locked_until,
        },
    )
}

fn oidc_provider() -> impl Strategy<Value = OidcProvider> {
    (text(), any::<bool>(), vec(text(), 0..4), vec(text(), 0..4), time(), tags()).prop_map(
        |(url, plain_http, client_ids, thumbprints, created, tags)| OidcProvider {
            url,
            plain_http,
            client_ids,
            thumbprints,
            created,
            tags,
        },
    )
}

fn last_used() -> impl Strategy<Value = LastUsed> {
    (time(), text(), text()).prop_map(|(at, service, region)| LastUsed { at, service, region })
}

fn account() -> impl Strategy<Value = Account> {
    let block = any::<[bool; 4]>().prop_map(|[a, b, c, d]| PublicAccessBlock {
        block_public_acls: a,
        ignore_public_acls: b,
        block_public_policy: c,
        restrict_public_buckets: d,
    });
    let owner = (any::<u64>(), "[0-9a-f]{64}", text()).prop_map(|(number, canonical, display_name)| Owner {
        account: AccountId::from_number(number),
        canonical_id: CanonicalUserId::parse(&canonical).expect("64 digits"),
        display_name,
    });
    (owner, option::of(text()), option::of(text()), time(), option::of(block), any::<bool>()).prop_map(
        |(owner, email, alias, created, public_access_block, closing)| Account {
            owner,
            email,
            alias,
            created,
            public_access_block,
            closing,
            operator: false,
        },
    )
}

/// Reads back as written in its place; not from half of it, with more behind it, as another version.
fn check<T: Stored + PartialEq + std::fmt::Debug>(entity: &T) {
    let rng = SeededRng::new(9);
    let sealer = Sealer::new(&SecretKey::generate(&rng));
    let vault = Vault { sealer: &sealer, rng: &rng, account: AccountId::from_number(123_456_789_012) };
    let id = entity.record_id("some id").to_owned();
    let stored = entity.encode(&vault, &id);
    assert_eq!(stored[0], 1);
    assert_eq!(T::decode(&stored, &vault, &id).expect("as written"), *entity);
    assert!(T::decode(&stored[..stored.len() - 1], &vault, &id).is_err());
    assert!(T::decode(&[&stored[..], b"x"].concat(), &vault, &id).is_err());
    assert!(T::decode(&[&[2], &stored[1..]].concat(), &vault, &id).is_err());
    assert!(T::decode(b"", &vault, &id).is_err());
}

/// A sealed secret opens in its own record and account alone.
fn check_sealed<T: Stored + std::fmt::Debug>(entity: &T, secret: &Secret) {
    let rng = SeededRng::new(9);
    let sealer = Sealer::new(&SecretKey::generate(&rng));
    let vault = Vault { sealer: &sealer, rng: &rng, account: AccountId::from_number(123_456_789_012) };
    let id = entity.record_id("some id").to_owned();
    let stored = entity.encode(&vault, &id);
    let shown = secret.expose().as_bytes();
    assert!(shown.len() < 8 || !stored.windows(shown.len()).any(|window| window == shown));
    assert!(T::decode(&stored, &vault, "another id").is_err());
    let elsewhere = Vault { account: AccountId::from_number(2), ..vault };
    assert!(T::decode(&stored, &elsewhere, &id).is_err());
    let other = Sealer::new(&SecretKey::generate(&rng));
    assert!(T::decode(&stored, &Vault { sealer: &other, ..vault }, &id).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn users(entity in user()) {
        check(&entity);
    }

    #[test]
    fn groups(entity in group()) {
        check(&entity);
    }

    #[test]
    fn roles(entity in role()) {
        check(&entity);
    }

    #[test]
    fn policies(entity in policy()) {
        check(&entity);
    }

    #[test]
    fn access_keys(entity in access_key()) {
        check(&entity);
        check_sealed(&entity, &entity.secret);
    }

    #[test]
    fn mfa_devices(entity in mfa_device()) {
        check(&entity);
        check_sealed(&entity, &entity.seed);
    }

    #[test]
    fn oidc_providers(entity in oidc_provider()) {
        check(&entity);
    }

    #[test]
    fn last_uses(entity in last_used()) {
        check(&entity);
    }

    #[test]
    fn accounts(account in account()) {
        let stored = AccountRecord::of(&account).to_stored();
        prop_assert_eq!(AccountRecord::from_stored(&stored).expect("as written").into_account(), account);
    }

    #[test]
    fn generations(number: u64) {
        let record = GenerationRecord { number };
        prop_assert_eq!(GenerationRecord::from_stored(&record.to_stored()).expect("as written"), record);
    }

    #[test]
    fn no_bytes_make_a_reader_panic(data: Vec<u8>) {
        fuzz_entry::records(&data);
        fuzz_entry::records(&[&[1], &data[..]].concat());
        fuzz_entry::session_token(&data);
        fuzz_entry::session_token(&[&[1], &data[..]].concat());
        fuzz_entry::web_identity_token(&data);
    }
}
