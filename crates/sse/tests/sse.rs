//! Data keys open for their object, for whoever may have them, and for nobody else.

use std::sync::Arc;

use larder_crypto::SecretKey;
use larder_engine::{Encryption, StoredKey};
use larder_env::{SeededRng, SimulatedClock};
use larder_keyring::Keyring;
use larder_kms::{Asker, CreateKey, KeySpec, Kms, Origin, PolicyCheck, RequestClass};
use larder_policy::{Context, Documents, Principal, Values};
use larder_sse::{CustomerKey, KmsWish, NewEncryption, Place, Requester, Sse, SseError, SseParts, Wanted};
use larder_types::{AccountId, BucketName, CanonicalUserId, ObjectKey, Region, Timestamp};

struct World {
    keyring: Keyring,
    kms: Kms,
    sse: Sse,
    root: Principal,
    region: Region,
}

struct NoKeys;

impl Context for NoKeys {
    fn get(&self, _: &str, _: Option<&str>) -> Option<Values<'_>> {
        None
    }
}

const NOBODY: Requester<'_> = Requester { asker: None };

impl World {
    async fn new() -> Self {
        let clock = Arc::new(SimulatedClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let rng = Arc::new(SeededRng::new(1));
        let keyring = Keyring::in_memory(clock.clone(), rng.clone()).await.expect("a keyring");
        let kms = Kms::in_memory(clock.clone(), rng.clone()).await.expect("a KMS");
        let region = Region::parse("eu-central-1").expect("a region");
        let masters = keyring.master_keys().clone();
        let sse = Sse::new(SseParts { masters, kms: kms.clone(), region: region.clone(), clock, rng });
        let canonical_id = CanonicalUserId::parse(&"a".repeat(64)).expect("an id");
        let root = Principal::Root { account: account(), canonical_id };
        Self { keyring, kms, sse, root, region }
    }

    fn requester(&self) -> Requester<'_> {
        Requester { asker: Some(Asker { principal: &self.root, documents: Documents::default(), context: &NoKeys }) }
    }

    async fn begin(&self, wanted: &Wanted, place: &Place<'_>) -> NewEncryption {
        let begun = self.sse.begin(wanted, place, &self.requester()).await.expect("a data key");
        begun.expect("it is encrypted")
    }

    fn open(
        &self,
        encryption: &Encryption,
        place: &Place<'_>,
        customer: Option<&CustomerKey>,
    ) -> Result<Vec<u8>, SseError> {
        let keys = self.sse.open(Some(encryption), place, customer, &self.requester())?.expect("keys");
        Ok(keys.second.iter().chain([&keys.first]).flat_map(|key| *key.expose()).collect())
    }

    async fn key(&self) -> String {
        let request = CreateKey {
            account: account(),
            region: &self.region,
            spec: KeySpec::SymmetricDefault,
            usage: None,
            origin: Origin::AwsKms,
            multi_region: false,
            description: "",
            policy: None,
            policy_check: PolicyCheck { asker: None, exists: &|_| true },
            tags: &[],
        };
        self.kms.create_key(request).await.expect("a key").arn.to_string()
    }
}

fn account() -> AccountId {
    AccountId::parse("111122223333").expect("an account")
}

fn bytes(encryption: &NewEncryption) -> Vec<u8> {
    let keys = &encryption.keys;
    keys.second.iter().chain([&keys.first]).flat_map(|key| *key.expose()).collect()
}

fn customer(byte: u8) -> CustomerKey {
    CustomerKey { key: SecretKey::from_slice(&[byte; 32]).expect("32 bytes"), md5: String::new() }
}

fn wish(key: &str, bucket_key: bool, twice: bool) -> Wanted {
    let context = vec![("team".to_owned(), "blue".to_owned())];
    Wanted::Kms(KmsWish { key: Some(key.to_owned()), context, bucket_key, twice })
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(test);
}

#[test]
fn every_kind_opens_in_its_place_and_nowhere_else() {
    block_on(async {
        let world = World::new().await;
        let (name, other) = (BucketName::parse("bucket").expect("a name"), BucketName::parse("other").expect("a name"));
        let (key, another) = (ObjectKey::parse("key").expect("a key"), ObjectKey::parse("another").expect("a key"));
        let place = Place { bucket_id: 2_000, bucket: &name, key: &key };
        let kms_key = world.key().await;
        let kinds = [
            (Wanted::Server, None),
            (Wanted::Customer(customer(1)), Some(customer(1))),
            (wish(&kms_key, false, false), None),
            (wish(&kms_key, true, false), None),
            (wish(&kms_key, false, true), None),
        ];
        for (wanted, customer) in &kinds {
            let begun = world.begin(wanted, &place).await;
            let opened = world.open(&begun.record, &place, customer.as_ref()).expect("it opens");
            assert_eq!(opened, bytes(&begun), "{wanted:?}");
            let again = world.begin(wanted, &place).await;
            assert_ne!(bytes(&again), opened, "every object has a key of its own");
            for elsewhere in [
                Place { bucket_id: 2_001, ..place },
                Place { key: &another, ..place },
                Place { bucket_id: 2_001, bucket: &other, ..place },
            ] {
                // A bucket's id is no part of what the KMS sees; its own seal of the data key is bound to the names.
                let kms_alone = matches!(wanted, Wanted::Kms(wish) if !wish.bucket_key && !wish.twice);
                let same_names = elsewhere.bucket == &name && elsewhere.key == &key;
                let opened = world.open(&begun.record, &elsewhere, customer.as_ref());
                assert_eq!(opened.is_ok(), kms_alone && same_names, "{wanted:?} in {elsewhere:?}");
            }
            let moved = Encryption { stream: [9; 16], ..begun.record.clone() };
            if !matches!(wanted, Wanted::Kms(wish) if !wish.bucket_key && !wish.twice) {
                assert!(world.open(&moved, &place, customer.as_ref()).is_err(), "{wanted:?}");
            }
        }
    });
}

#[test]
fn a_customer_s_key_is_needed_and_no_other_will_do() {
    block_on(async {
        let world = World::new().await;
        let (name, key) = (BucketName::parse("bucket").expect("a name"), ObjectKey::parse("key").expect("a key"));
        let place = Place { bucket_id: 2_000, bucket: &name, key: &key };
        let begun = world.begin(&Wanted::Customer(customer(1)), &place).await;
        assert!(matches!(world.open(&begun.record, &place, None), Err(SseError::CustomerKeyNeeded)));
        assert!(matches!(world.open(&begun.record, &place, Some(&customer(2))), Err(SseError::WrongCustomerKey)));
        let server = world.begin(&Wanted::Server, &place).await;
        let refused = world.open(&server.record, &place, Some(&customer(1)));
        assert!(matches!(refused, Err(SseError::NoCustomerKeyApplies)));
        // Nothing that is stored shows that two objects have the same customer's key.
        let again = world.begin(&Wanted::Customer(customer(1)), &place).await;
        let (StoredKey::Customer { salt, sealed }, StoredKey::Customer { salt: other, sealed: others }) =
            (&begun.record.key, &again.record.key)
        else {
            panic!("a customer's key was asked for");
        };
        assert!(salt != other && sealed != others);
    });
}

#[test]
fn a_kms_key_is_for_those_who_may_use_it() {
    block_on(async {
        let world = World::new().await;
        let (name, key) = (BucketName::parse("bucket").expect("a name"), ObjectKey::parse("key").expect("a key"));
        let place = Place { bucket_id: 2_000, bucket: &name, key: &key };
        let kms_key = world.key().await;
        for bucket_key in [false, true] {
            let wanted = wish(&kms_key, bucket_key, false);
            let begun = world.begin(&wanted, &place).await;
            world.open(&begun.record, &place, None).expect("for the owner");
            let unsigned = world.sse.open(Some(&begun.record), &place, None, &NOBODY);
            assert!(matches!(unsigned, Err(SseError::Unsigned)));
            let arn = "arn:aws:iam::111122223333:user/anna".into();
            let (id, user_name) = ("AIDAEXAMPLE".into(), "anna".into());
            let Principal::Root { canonical_id, .. } = &world.root else { panic!("a root user") };
            let anna =
                Principal::User { account: account(), canonical_id: canonical_id.clone(), name: user_name, id, arn };
            let asker = Asker { principal: &anna, documents: Documents::default(), context: &NoKeys };
            let stranger = Requester { asker: Some(asker) };
            // The bucket key is in memory by now; it opens nothing for her all the same.
            let refused = world.sse.open(Some(&begun.record), &place, None, &stranger);
            assert!(matches!(refused, Err(SseError::Denied { .. })));
            let refused = world.sse.begin(&wanted, &place, &stranger).await;
            assert!(matches!(refused, Err(SseError::Denied { .. })));
        }
    });
}

#[test]
fn ten_thousand_objects_under_a_bucket_key_make_few_calls() {
    block_on(async {
        let world = World::new().await;
        let (name, key) = (BucketName::parse("bucket").expect("a name"), ObjectKey::parse("key").expect("a key"));
        let place = Place { bucket_id: 2_000, bucket: &name, key: &key };
        let kms_key = world.key().await;
        let calls = || world.kms.calls().of(RequestClass::Symmetric);
        let before = calls();
        for _ in 0..10_000 {
            world.begin(&wish(&kms_key, true, false), &place).await;
        }
        assert!(calls() - before < 10, "{} calls", calls() - before);
        let before = calls();
        for _ in 0..100 {
            let begun = world.begin(&wish(&kms_key, false, false), &place).await;
            world.open(&begun.record, &place, None).expect("it opens");
        }
        assert_eq!(calls() - before, 200, "one for each write and each read");
    });
}

#[test]
fn another_master_key_takes_over_all_data_keys() {
    block_on(async {
        let world = World::new().await;
        let (name, key) = (BucketName::parse("bucket").expect("a name"), ObjectKey::parse("key").expect("a key"));
        let place = Place { bucket_id: 2_000, bucket: &name, key: &key };
        let kms_key = world.key().await;
        let server = world.begin(&Wanted::Server, &place).await;
        let twice = world.begin(&wish(&kms_key, false, true), &place).await;
        let once = world.begin(&wish(&kms_key, false, false), &place).await;
        assert_eq!(world.sse.rewrap(&server.record, &place).expect("looked at"), None);
        world.keyring.rotate_master_key().await.expect("another master key");
        assert_eq!(world.sse.rewrap(&once.record, &place).expect("looked at"), None);
        for begun in [&server, &twice] {
            assert_eq!(world.open(&begun.record, &place, None).expect("the old one still opens"), bytes(begun));
            let moved = world.sse.rewrap(&begun.record, &place).expect("looked at").expect("under the new one");
            assert_ne!(moved, begun.record);
            assert_eq!(world.open(&moved, &place, None).expect("it opens"), bytes(begun));
            assert_eq!(world.sse.rewrap(&moved, &place).expect("looked at"), None);
        }
    });
}
