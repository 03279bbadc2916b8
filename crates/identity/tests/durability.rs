//! What was changed survives; what failed is not half there.

mod support;

use std::sync::Arc;

use larder_crypto::SecretKey;
use larder_env::{Rng, SeededRng, random_u64};
use larder_identity::IamErrorKind::{DeleteConflict, EntityAlreadyExists, UnmodifiableEntity, ValidationError};
use larder_identity::{
    AccountState, Change, ChangeError, CreateAccount, CreateGroup, CreateMfaDevice, CreateOidcProvider, CreatePolicy,
    CreateRole, CreateUser, Holder, IamError, Identity, IdentityError, IdentityParts, KeyStatus, OperatorSettings,
    RootKeys, Tag, Taggable, Who, is_anything_sealed, opens_under,
};
use larder_store::fault::{Fault, FaultPlan, FaultyMetaStore, Operation};
use larder_store::memory::MemoryMetaStore;
use larder_types::PublicAccessBlock;
use proptest::prelude::*;
use support::{ALLOW_S3, World, assert_refused, everything, operator, user_with_key};

const TRUST: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// One of a few names, so that operations meet.
fn name(rng: &dyn Rng) -> String {
    ["a", "b", "C"][usize::try_from(random_u64(rng) % 3).expect("small")].to_owned()
}

fn holder<'a>(rng: &dyn Rng, name: &'a str) -> Holder<'a> {
    match random_u64(rng) % 3 {
        0 => Holder::User(name),
        1 => Holder::Group(name),
        _ => Holder::Role(name),
    }
}

/// Some change; many are refused.
fn anything(state: &mut AccountState, change: &Change<'_>, rng: &dyn Rng) -> Result<(), IamError> {
    let (name, other) = (name(rng), name(rng));
    let arn = format!("arn:aws:iam::{}:policy/{other}", state.id());
    let who = state.user(&name).map(|user| Who::User(Arc::clone(&user.id))).unwrap_or(Who::Root);
    let tags = vec![Tag { key: other.clone(), value: name.clone() }];
    match random_u64(rng) % 24 {
        0 | 1 => state.create_user(change, CreateUser { name, tags, ..CreateUser::default() }).map(drop),
        2 => state.create_group(change, CreateGroup { name, path: None }).map(drop),
        3 => {
            let request = CreateRole { name, trust: TRUST.to_owned(), ..CreateRole::default() };
            state.create_role(change, request).map(drop)
        }
        4 | 5 => {
            let request = CreatePolicy { name, document: ALLOW_S3.to_owned(), ..CreatePolicy::default() };
            state.create_policy(change, request).map(drop)
        }
        6 => state.create_policy_version(change, &arn, ALLOW_S3, random_u64(rng).is_multiple_of(2)).map(drop),
        7 => state.delete_policy_version(&arn, "v1"),
        8 => state.delete_user(&name),
        9 => state.delete_group(&name),
        10 => state.delete_role(&name),
        11 => state.delete_policy(&arn),
        12 => state.add_user_to_group(&other, &name),
        13 => state.remove_user_from_group(&other, &name),
        14 => state.attach_policy(holder(rng, &name), if random_u64(rng).is_multiple_of(2) { &arn } else { ADMIN }),
        15 => state.detach_policy(holder(rng, &name), &arn),
        16 => state.put_inline_policy(holder(rng, &name), &other, ALLOW_S3),
        17 => state.delete_inline_policy(holder(rng, &name), &other),
        18 => state.create_access_key(change, who).map(drop),
        19 => {
            let Some(id) = state.access_keys(&who).next().map(|key| Arc::clone(&key.id)) else { return Ok(()) };
            match random_u64(rng) % 2 {
                0 => state.update_access_key(&who, &id, KeyStatus::Inactive),
                _ => state.delete_access_key(&who, &id),
            }
        }
        20 => state.update_user(&name, Some(&other), Some("/x/")).map(drop),
        21 => state.update_group(&name, Some(&other), None).map(drop),
        22 => state.tag(Taggable::Policy(&arn), &tags),
        _ => more(state, change, rng, name, &arn),
    }
}

fn more(state: &mut AccountState, change: &Change<'_>, rng: &dyn Rng, name: String, arn: &str) -> Result<(), IamError> {
    match random_u64(rng) % 6 {
        0 => state.put_permissions_boundary(holder(rng, &name), arn),
        1 => state.create_mfa_device(change, CreateMfaDevice { name, ..CreateMfaDevice::default() }).map(drop),
        2 => {
            let url = format!("https://{name}.example");
            state.create_oidc_provider(change, CreateOidcProvider { url, ..CreateOidcProvider::default() }).map(drop)
        }
        3 => state.set_alias(&format!("alias-{}", name.to_lowercase())),
        4 => {
            state.set_public_access_block(Some(PublicAccessBlock::ALL));
            Ok(())
        }
        _ => state.delete_permissions_boundary(holder(rng, &name)),
    }
}

/// What must hold of an account whatever was done to it.
fn check(state: &AccountState) {
    for user in state.users() {
        let who = Who::User(Arc::clone(&user.id));
        assert!(state.access_keys(&who).count() <= 2);
        assert_eq!(state.groups_of(user).count(), user.groups.len(), "in groups that are there");
        assert_eq!(state.user(&user.name).expect("found by name").id, user.id);
    }
    let attached = state.users().flat_map(|it| &it.attached).chain(state.groups().flat_map(|it| &it.attached));
    let attached = attached.chain(state.roles().flat_map(|it| &it.attached));
    let boundaries = state.users().filter_map(|it| it.boundary.as_ref());
    for arn in attached.chain(boundaries) {
        assert!(state.find_policy(arn).is_some(), "{arn} is used and there");
    }
    for policy in state.policies() {
        assert!((1..=5).contains(&policy.versions.len()) && policy.default_version < policy.next_version);
        let _ = policy.default();
    }
    let mut names: Vec<_> = state.users().map(|user| user.name.to_lowercase()).collect();
    names.dedup();
    assert_eq!(names.len(), state.users().count(), "names differ");
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn random_changes_keep_the_rules_and_survive(seed: u64) {
        block_on(async {
            let world = World::new();
            let identity = world.open().await;
            let rng = SeededRng::new(seed);
            for _ in 0..150 {
                let before = everything(&identity);
                let refused = identity.change(operator(&identity), |state, change| anything(state, change, &rng)).await;
                match refused {
                    Ok(()) => everything(&identity).iter().for_each(check),
                    Err(ChangeError::Refused(_)) => assert_eq!(everything(&identity), before, "nothing changed"),
                    Err(error) => panic!("{error}"),
                }
            }
            assert_eq!(everything(&world.open().await), everything(&identity));
        });
    }

    #[test]
    fn what_fails_is_not_seen_and_the_rest_survives(seed: u64) {
        block_on(async {
            let plan = Arc::new(FaultPlan::seeded(seed, 250, &[Operation::Commit], Fault::Io));
            let store = Arc::new(MemoryMetaStore::new());
            let mut world = World::over(store.clone());
            let first = world.open().await;
            world.meta = Arc::new(FaultyMetaStore::new(store.clone(), Arc::clone(&plan)));
            let identity = world.open().await;
            assert_eq!(everything(&identity), everything(&first));
            let rng = SeededRng::new(seed);
            for _ in 0..60 {
                let before = everything(&identity);
                let failed = identity.change(operator(&identity), |state, change| anything(state, change, &rng)).await;
                if failed.is_err() {
                    assert_eq!(everything(&identity), before, "nothing changed");
                }
            }
            plan.heal();
            assert_eq!(everything(&world.open().await), everything(&identity));
        });
    }
}

#[tokio::test]
async fn two_servers_on_one_store_do_not_lose_each_others_changes() {
    let world = World::new();
    let (one, other) = (world.open().await, world.open().await);
    let account = operator(&one);
    let create = |name: &str| CreateUser { name: name.to_owned(), ..CreateUser::default() };
    for (server, name) in [(&one, "a"), (&other, "b"), (&other, "c"), (&one, "d")] {
        server.change(account, |state, change| state.create_user(change, create(name)).map(drop)).await.expect("made");
    }
    let again = other.change(account, |state, change| state.create_user(change, create("D")).map(drop)).await;
    other.refresh().await.expect("reads");
    one.refresh().await.expect("reads");
    assert_refused(again, EntityAlreadyExists);
    assert_eq!(everything(&one), everything(&other));
    assert_eq!(one.directory().account(account).expect("there").users().count(), 4);
}

#[tokio::test]
async fn a_change_is_finished_though_nobody_waits_for_it() {
    let world = World::new();
    let identity = world.open().await;
    let account = operator(&identity);
    {
        let create = |state: &mut AccountState, change: &Change<'_>| {
            state.create_user(change, CreateUser { name: "a".to_owned(), ..CreateUser::default() }).map(drop)
        };
        let mut change = std::pin::pin!(identity.change(account, create));
        let mut nobody = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(change.as_mut().poll(&mut nobody).is_pending(), "it is being stored");
    }
    // The next change waits for it.
    identity.change(account, |state, _| state.user("a").map(drop)).await.expect("it was stored and is seen");
    assert_eq!(everything(&world.open().await), everything(&identity));
}

#[tokio::test]
async fn accounts_are_made_once_and_survive() {
    let world = World::new();
    let identity = world.open().await;
    let request = |name: &str, email: &str| CreateAccount {
        name: name.to_owned(),
        email: email.to_owned(),
        ..CreateAccount::default()
    };
    let lab = identity.create_account(request("lab", "lab@example.com")).await.expect("made");
    let given = CreateAccount {
        account_id: larder_types::AccountId::parse("000000000042").ok(),
        canonical_id: larder_types::CanonicalUserId::parse(&"c".repeat(64)).ok(),
        keys: RootKeys::parse("imported", "imported-secret".to_owned()).ok(),
        ..request("imported", "imported@example.com")
    };
    let imported = identity.create_account(given).await.expect("made");
    assert_eq!(identity.authenticate("imported", None).expect("its key").secret.expose(), "imported-secret");
    assert_eq!(imported.account.owner.account.to_string(), "000000000042");
    let taken = [
        request("x", "LAB@example.com"),
        CreateAccount { account_id: Some(lab.account.owner.account), ..request("x", "x@example.com") },
        CreateAccount { canonical_id: Some(lab.account.owner.canonical_id.clone()), ..request("x", "x@example.com") },
        CreateAccount {
            keys: RootKeys::parse("operator", "whatever".to_owned()).ok(),
            ..request("x", "x@example.com")
        },
    ];
    for request in taken {
        assert_refused(identity.create_account(request).await.map(drop), EntityAlreadyExists);
    }
    for (name, email) in [("", "x@example.com"), ("x", "example.com"), ("x", "@"), ("x\n", "x@example.com")] {
        assert_refused(identity.create_account(request(name, email)).await.map(drop), ValidationError);
    }
    let reopened = world.open().await;
    assert_eq!(everything(&reopened), everything(&identity));
    let directory = reopened.directory();
    assert_eq!(directory.accounts().count(), 3);
    assert_eq!(directory.by_email("Lab@example.com").map(AccountState::id), Some(lab.account.owner.account));
    let by_canonical = directory.by_canonical_id(&lab.account.owner.canonical_id).map(AccountState::id);
    assert_eq!(by_canonical, Some(lab.account.owner.account));
    assert_refused(reopened.close_account(operator(&reopened)).await, UnmodifiableEntity);
    assert_refused(reopened.delete_account(operator(&reopened)).await, DeleteConflict);
    reopened.close_account(lab.account.owner.account).await.expect("closed");
    reopened.delete_account(lab.account.owner.account).await.expect("deleted");
    assert!(matches!(reopened.delete_account(lab.account.owner.account).await, Err(ChangeError::NoSuchAccount(_))));
    assert_eq!(world.open().await.directory().accounts().count(), 2);
}

#[tokio::test]
async fn uses_are_written_down_when_asked_to() {
    let world = World::new();
    let identity = world.open().await;
    let account = operator(&identity);
    let anna = user_with_key(&identity, "anna").await;
    assert_eq!(identity.last_used(account, &anna.access_key_id), None);
    identity.note_use(&anna, "s3", "us-east-1");
    let noted = identity.last_used(account, &anna.access_key_id).expect("noted");
    assert_eq!((noted.at.as_millis(), &*noted.service, &*noted.region), (support::NOW, "s3", "us-east-1"));
    assert_eq!(world.open().await.last_used(account, &anna.access_key_id), None);
    identity.flush_last_used().await.expect("written");
    assert_eq!(world.open().await.last_used(account, &anna.access_key_id), Some(noted));
    let generation = everything(&identity);
    identity.flush_last_used().await.expect("nothing to write");
    assert_eq!(everything(&identity), generation);
}

#[tokio::test]
async fn the_local_store_carries_it() {
    use larder_store_local::{LocalOptions, LocalStore};
    let data = tempfile::tempdir().expect("a folder");
    let open = || LocalStore::open(data.path(), LocalOptions::default()).expect("opens");
    let store = open();
    let mut world = World::over(store.meta());
    let identity = world.open().await;
    let anna = user_with_key(&identity, "anna").await;
    let before = everything(&identity);
    drop(identity);
    world.meta = Arc::new(MemoryMetaStore::new());
    store.close().await;
    world.meta = open().meta();
    let identity: Identity = world.open().await;
    assert_eq!(everything(&identity), before);
    assert_eq!(identity.authenticate(&anna.access_key_id, None).expect("active").secret, anna.secret);
}

#[tokio::test]
async fn another_secret_is_noticed() {
    let world = World::new();
    let secret = |byte: u8| SecretKey::from_slice(&[byte; 32]).expect("32 bytes");
    assert!(!is_anything_sealed(&*world.meta).await.expect("read"));
    assert!(opens_under(&*world.meta, &secret(0x18)).await.expect("read"), "there is nothing that does not");
    let identity = world.open().await;
    user_with_key(&identity, "anna").await;
    assert!(is_anything_sealed(&*world.meta).await.expect("read"));
    assert!(opens_under(&*world.meta, &secret(0x17)).await.expect("read"));
    assert!(!opens_under(&*world.meta, &secret(0x18)).await.expect("read"));
    let parts = IdentityParts {
        meta: Arc::clone(&world.meta),
        clock: world.clock.clone(),
        rng: world.rng.clone(),
        secret: secret(0x18),
        fetch: None,
    };
    let error = Identity::open(world.data.path(), OperatorSettings::default(), parts).await.expect_err("another key");
    let IdentityError::Store(error) = error else { panic!("{error}") };
    assert!(error.to_string().contains("is the secret another one than before?"), "{error}");
}
