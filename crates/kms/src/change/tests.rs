//! Whatever is changed, in whatever order: what is stored is what is seen.

use std::sync::Arc;
use std::time::Duration;

use larder_env::{SeededRng, SimulatedClock};
use larder_types::{AccountId, Region, Timestamp};
use proptest::prelude::*;

use crate::{
    Constraints, CreateGrant, CreateKey, GrantOperation, Key, KeySpec, Kms, KmsErrorKind, Origin, PolicyCheck,
    ReplicateKey, RequestClass, Tag, load,
};

const CHECK: PolicyCheck<'static> = PolicyCheck { asker: None, exists: &|_| true };
const REGIONS: [&str; 2] = ["eu-central-1", "us-west-2"];

/// A change, and what it is made to: numbers that are taken modulo what there is.
type Step = (u8, usize, usize);

fn region(number: usize) -> Region {
    Region::parse(REGIONS[number % REGIONS.len()]).expect("valid")
}

fn account(number: usize) -> AccountId {
    AccountId::from_number(if number.is_multiple_of(3) { 222_222_222_222 } else { 111_111_111_111 })
}

fn any_key(kms: &Kms, number: usize) -> Option<Arc<Key>> {
    let state = kms.state();
    let keys: Vec<_> = state.keys().cloned().collect();
    keys.get(number % keys.len().max(1)).cloned()
}

/// Makes one change. It may be refused, as when the key is to be deleted.
async fn take(kms: &Kms, clock: &SimulatedClock, (what, first, second): Step) {
    let name = format!("alias/{}", second % 4);
    let create = CreateKey {
        account: account(first),
        region: &region(second),
        spec: if first.is_multiple_of(5) { KeySpec::Hmac256 } else { KeySpec::SymmetricDefault },
        usage: Some(if first.is_multiple_of(5) {
            crate::KeyUsage::GenerateVerifyMac
        } else {
            crate::KeyUsage::EncryptDecrypt
        }),
        origin: if first.is_multiple_of(7) { Origin::External } else { Origin::AwsKms },
        multi_region: first.is_multiple_of(2),
        description: "made",
        policy: None,
        policy_check: CHECK,
        tags: &[],
    };
    let Some(key) = any_key(kms, first).filter(|_| what > 1) else {
        let made = match what {
            0 => kms.default_s3_key(account(first), &region(second)).await.map(drop),
            _ => kms.create_key(create).await.map(drop),
        };
        return made.expect("a key is made");
    };
    let tag = [Tag { key: format!("tag{}", second % 3), value: second.to_string() }];
    let constraints = Constraints::default();
    let grant = CreateGrant {
        issuer: key.account(),
        grantee: "arn:aws:iam::111111111111:user/anna",
        retiring: None,
        operations: &[GrantOperation::DescribeKey],
        constraints: &constraints,
        name: None,
        exists: &|_| true,
    };
    let replica =
        ReplicateKey { region: &region(second), description: "", policy: None, policy_check: CHECK, tags: &tag };
    let done = match what % 16 {
        2 => kms.create_alias(&key, &name).await,
        3 => kms.update_alias(&key, &name).await,
        4 => kms.delete_alias(key.account(), key.region(), &name).await,
        5 => kms.tag_resource(&key, &tag).await,
        6 => kms.untag_resource(&key, &["tag0"]).await,
        7 => kms.create_grant(&key, grant).await.map(drop),
        8 => match key.grants().nth(second % 2) {
            Some(grant) => kms.end_grant(&key, &grant.id).await,
            None => Ok(()),
        },
        9 => kms.rotate_key_on_demand(&key).await,
        10 => kms.enable_key_rotation(&key, Some(90)).await,
        11 => kms.schedule_key_deletion(&key, Some(7)).await.map(drop),
        12 => kms.cancel_key_deletion(&key).await,
        13 => kms.replicate_key(&key, replica).await.map(drop),
        14 => kms.update_primary_region(&key, &region(second)).await,
        15 => kms.update_key_description(&key, &name).await,
        0 => {
            clock.advance(Duration::from_secs(60 * 60 * 24 * (second as u64 % 50)));
            kms.delete_due().await.map(drop)
        }
        _ => kms.rotate_due().await.map(drop),
    };
    if let Err(error) = done {
        assert_ne!(error.kind, KmsErrorKind::Internal, "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_stored_is_what_is_seen(steps in proptest::collection::vec((0_u8..32, 0_usize..40, 0_usize..40), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let clock = Arc::new(SimulatedClock::new(Timestamp::from_millis(0)));
            let kms = Kms::in_memory(clock.clone(), Arc::new(SeededRng::new(3))).await.expect("opens");
            for step in steps {
                take(&kms, &clock, step).await;
                let shared = &kms.shared;
                let stored = load::state(&*shared.meta, &shared.sealing).await.expect("reads");
                assert_eq!(*kms.state(), stored);
            }
            assert_eq!(kms.calls().of(RequestClass::CreateKey), 0);
        });
    }
}
