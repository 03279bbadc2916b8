//! Grants.

mod harness;

use std::sync::Arc;

use harness::*;
use larder_kms::*;
use larder_policy::Principal;

const ANNA: &str = "arn:aws:iam::111122223333:user/anna";
const RETIRER: &str = "arn:aws:iam::111122223333:user/rita";

fn request<'a>(operations: &'a [GrantOperation], constraints: &'a Constraints) -> CreateGrant<'a> {
    CreateGrant {
        issuer: account(),
        grantee: ANNA,
        retiring: Some(RETIRER),
        operations,
        constraints,
        name: None,
        exists: &everybody_exists,
    }
}

fn with_context(context: &EncryptionContext) -> RequestFacts<'_> {
    RequestFacts { encryption_context: Some(context), ..RequestFacts::default() }
}

#[tokio::test]
async fn a_grant_allows_its_operations_to_its_grantee() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    let (anna, otto) = (user(account(), "anna"), user(account(), "otto"));
    let none = Constraints::default();
    let facts = RequestFacts::default();
    assert!(!may(kms, &key, "kms:Decrypt", &anna, &[], &facts));
    let made = kms.create_grant(&key, request(&[GrantOperation::Decrypt], &none)).await.expect("granted");
    assert!(may(kms, &key, "kms:Decrypt", &anna, &[], &facts));
    assert!(!may(kms, &key, "kms:Encrypt", &anna, &[], &facts));
    assert!(!may(kms, &key, "kms:Decrypt", &otto, &[], &facts));
    // An explicit denial counts against a grant, wherever it stands.
    let denial = identity("Deny", r#""kms:Decrypt""#, "*");
    assert!(!may(kms, &key, "kms:Decrypt", &anna, &[&denial], &facts));
    let text = format!(
        r#"{{"Statement":[{{"Effect":"Deny","Principal":{{"AWS":"{ANNA}"}},"Action":"kms:Decrypt","Resource":"*"}},
            {{"Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Action":"kms:*","Resource":"*"}}]}}"#
    );
    let policy = key.policy_text().to_string();
    kms.put_key_policy(&key, &text, UNCHECKED).await.expect("put");
    assert!(!may(kms, &key, "kms:Decrypt", &anna, &[], &facts));
    kms.put_key_policy(&key, &policy, UNCHECKED).await.expect("put");
    assert!(may(kms, &key, "kms:Decrypt", &anna, &[], &facts));

    kms.end_grant(&key, &made.id).await.expect("revoked");
    assert!(!may(kms, &key, "kms:Decrypt", &anna, &[], &facts));
    assert_eq!(kind(kms.end_grant(&key, &made.id).await), Some(KmsErrorKind::NotFound));
}

#[tokio::test]
async fn constraints_are_about_the_encryption_context() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    let anna = user(account(), "anna");
    let (part, whole) = (context(&[("a", "1")]), context(&[("a", "1"), ("b", "2")]));
    let operations = [GrantOperation::Decrypt, GrantOperation::DescribeKey];
    let decides = async |constraints: Constraints| {
        let made = kms.create_grant(&key, request(&operations, &constraints)).await.expect("granted");
        let allows =
            [&part, &whole, none()].map(|context| may(kms, &key, "kms:Decrypt", &anna, &[], &with_context(context)));
        assert!(may(kms, &key, "kms:DescribeKey", &anna, &[], &RequestFacts::default()));
        kms.end_grant(&key, &made.id).await.expect("revoked");
        allows
    };
    assert_eq!(decides(Constraints { subset: Some(part.clone()), equals: None }).await, [true, true, false]);
    assert_eq!(decides(Constraints { subset: None, equals: Some(part.clone()) }).await, [true, false, false]);
    assert_eq!(decides(Constraints::default()).await, [true, true, true]);

    let many: Vec<_> = (0..9).map(|number| (number.to_string(), "x")).collect();
    let many = EncryptionContext::new(many).expect("small");
    let constraints = Constraints { subset: Some(many), equals: None };
    assert_eq!(kind(kms.create_grant(&key, request(&operations, &constraints)).await), Some(KmsErrorKind::Validation));
}

#[tokio::test]
async fn a_name_makes_it_the_same_grant() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    let none = Constraints::default();
    let operations = [GrantOperation::Decrypt];
    let named = CreateGrant { name: Some("mine"), ..request(&operations, &none) };
    let first = kms.create_grant(&key, named).await.expect("granted");
    let again = kms.create_grant(&key, named).await.expect("granted");
    assert_eq!(first.id, again.id);
    assert_ne!(first.token, again.token);
    let other = [GrantOperation::Encrypt];
    let different = kms.create_grant(&key, CreateGrant { operations: &other, ..named }).await.expect("granted");
    let unnamed = kms.create_grant(&key, request(&operations, &none)).await.expect("granted");
    assert_ne!(first.id, different.id);
    assert_ne!(first.id, unnamed.id);
    for token in [&first.token, &again.token] {
        let (found, grant) = kms.grant_of_token(token).expect("it names the grant");
        assert_eq!((found.arn(), grant.as_str()), (key.arn(), &*first.id));
    }
    assert_eq!(kind(kms.grant_of_token("forged")), Some(KmsErrorKind::InvalidGrantToken));

    let all = ListGrants { id: None, grantee: None, page: Page { limit: 2, marker: None } };
    let page = kms.list_grants(&key, all).expect("listed");
    assert_eq!(page.items.len(), 2);
    let rest = Page { limit: 2, marker: page.next.as_deref() };
    assert_eq!(kms.list_grants(&key, ListGrants { page: rest, ..all }).expect("listed").items.len(), 1);
    let one = ListGrants { id: Some(&first.id), page: ALL, ..all };
    assert_eq!(kms.list_grants(&key, one).expect("listed").items[0].grant.name.as_deref(), Some("mine"));
    let nobodys = ListGrants { grantee: Some(RETIRER), page: ALL, ..all };
    assert!(kms.list_grants(&key, nobodys).expect("listed").items.is_empty());
    let second = world.symmetric().await;
    kms.create_grant(&second, request(&operations, &none)).await.expect("granted");
    let mut marker: Option<String> = None;
    let mut retirable = 0;
    loop {
        let page = Page { limit: 1, marker: marker.as_deref() };
        let listed = kms.list_retirable_grants(account(), region(), RETIRER, page);
        retirable += listed.items.len();
        marker = listed.next;
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(retirable, 4);
}

#[tokio::test]
async fn operations_and_principals_must_fit() {
    let world = World::new().await;
    let kms = &world.kms;
    let none = Constraints::default();
    let (key, mac) = (world.symmetric().await, world.key(KeySpec::Hmac256, KeyUsage::GenerateVerifyMac).await);
    let refused = async |key: &Arc<Key>, operation| {
        kind(kms.create_grant(key, request(&[operation], &none)).await) == Some(KmsErrorKind::Validation)
    };
    assert!(refused(&key, GrantOperation::Sign).await);
    assert!(refused(&key, GrantOperation::GetPublicKey).await);
    assert!(refused(&mac, GrantOperation::Decrypt).await);
    assert!(!refused(&mac, GrantOperation::GenerateMac).await);
    assert_eq!(kind(kms.create_grant(&key, request(&[], &none)).await), Some(KmsErrorKind::Validation));
    let operations = [GrantOperation::Decrypt];
    let unknown = CreateGrant { exists: &|_| false, ..request(&operations, &none) };
    assert_eq!(kind(kms.create_grant(&key, unknown).await), Some(KmsErrorKind::InvalidArn));
    for grantee in ["", "a b", r#"a","AWS":"*","Federated":"b.amazonaws.com"#] {
        let bad = CreateGrant { grantee, ..request(&operations, &none) };
        assert_eq!(kind(kms.create_grant(&key, bad).await), Some(KmsErrorKind::Validation), "{grantee}");
    }
    let service = CreateGrant { grantee: "s3.amazonaws.com", retiring: None, ..unknown };
    kms.create_grant(&key, service).await.expect("services need not be there");
    let acting = Principal::Service { name: "s3.amazonaws.com".into() };
    assert!(may(kms, &key, "kms:Decrypt", &acting, &[], &RequestFacts::default()));
    kms.disable_key(&key).await.expect("disabled");
    assert_eq!(kind(kms.create_grant(&key, request(&operations, &none)).await), Some(KmsErrorKind::Disabled));
}

#[tokio::test]
async fn what_a_grant_passes_on_is_no_more_than_itself() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    let anna = user(account(), "anna");
    let constraints = Constraints { subset: Some(context(&[("a", "1")])), equals: None };
    let operations = [GrantOperation::Decrypt, GrantOperation::CreateGrant];
    kms.create_grant(&key, request(&operations, &constraints)).await.expect("granted");
    let stricter = Constraints { subset: None, equals: Some(context(&[("a", "1"), ("b", "2")])) };
    let asks = |operations: &[GrantOperation], constraints: &Constraints| {
        let grant = GrantFacts { grantee: "arn:aws:iam::111122223333:user/x", retiring: None, operations, constraints };
        let facts = RequestFacts { grant: Some(grant), ..RequestFacts::default() };
        may(kms, &key, "kms:CreateGrant", &anna, &[], &facts)
    };
    assert!(asks(&[GrantOperation::Decrypt], &constraints));
    assert!(asks(&[GrantOperation::Decrypt], &stricter));
    assert!(!asks(&[GrantOperation::Decrypt], &Constraints::default()));
    assert!(!asks(&[GrantOperation::Encrypt], &constraints));
}

#[tokio::test]
async fn roles_and_accounts_get_grants_too() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    let none = Constraints::default();
    let operations = [GrantOperation::Decrypt];
    let facts = RequestFacts::default();
    let to = async |grantee: &str| {
        kms.create_grant(&key, CreateGrant { grantee, ..request(&operations, &none) }).await.expect("granted")
    };
    let session = role_session(account(), "reader");
    let made = to("arn:aws:iam::111122223333:role/reader").await;
    assert!(may(kms, &key, "kms:Decrypt", &session, &[], &facts));
    kms.end_grant(&key, &made.id).await.expect("revoked");

    // Another account's own policies must let its people use what the account was given.
    to("arn:aws:iam::444455556666:root").await;
    let (foreign, all) = (user(other_account(), "otto"), identity("Allow", r#""kms:Decrypt""#, "*"));
    assert!(may(kms, &key, "kms:Decrypt", &root(other_account()), &[], &facts));
    assert!(may(kms, &key, "kms:Decrypt", &foreign, &[&all], &facts));
    assert!(!may(kms, &key, "kms:Decrypt", &foreign, &[], &facts));
}

#[tokio::test]
async fn who_may_retire_a_grant() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    let none = Constraints::default();
    let operations = [GrantOperation::Decrypt, GrantOperation::RetireGrant];
    let made = kms.create_grant(&key, request(&operations, &none)).await.expect("granted");
    let facts = RequestFacts::default();
    let retires = |principal: &Principal| {
        let key = world.again(&key);
        let grant = key.grants().find(|grant| grant.id == made.id).expect("there").clone();
        let documents = larder_policy::Documents::default();
        let asker = Asker { principal, documents, context: &Nothing };
        kms.authorize_retire(&key, &grant, asker, &facts).allowed
    };
    assert!(retires(&user(account(), "rita")));
    assert!(retires(&user(account(), "anna")));
    assert!(retires(&root(account())));
    assert!(!retires(&user(account(), "otto")));
    assert!(!retires(&root(other_account())));
}
