//! Quotas.

mod harness;

use std::time::Duration;

use harness::*;
use larder_kms::*;

#[tokio::test]
async fn a_second_has_as_many_requests_as_the_quota_says() {
    let world = World::with_quotas(1.0).await;
    let kms = &world.kms;
    let take = |class| kms.take(account(), region(), class);
    let burst = |class| std::iter::repeat_with(|| take(class)).take_while(Result::is_ok).count();
    assert_eq!(burst(RequestClass::CreateKey), 5);
    assert_eq!(burst(RequestClass::Rsa), 1_000);
    assert_eq!(burst(RequestClass::Symmetric), 20_000);
    // Each has its own: other classes, other accounts, other regions.
    assert_eq!(burst(RequestClass::CreateAlias), 5);
    assert!(kms.take(other_account(), region(), RequestClass::CreateKey).is_ok());
    assert!(kms.take(account(), other_region(), RequestClass::CreateKey).is_ok());
    let refused = take(RequestClass::CreateKey).expect_err("used up");
    assert_eq!(refused.retry_after, Duration::from_millis(200));
    world.clock.advance(refused.retry_after);
    assert_eq!(burst(RequestClass::CreateKey), 1);
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(burst(RequestClass::CreateKey), 5);
    assert_eq!(RequestClass::Symmetric.default_rate(other_region()), 100_000.0);

    let calls = kms.calls();
    assert_eq!((calls.of(RequestClass::CreateKey), calls.of(RequestClass::Rsa)), (5 + 2 + 1 + 5, 1_000));
    assert_eq!(calls.throttled(RequestClass::CreateKey), 4);
    assert_eq!(calls.total(), 13 + 5 + 1_000 + 20_000);
}

#[tokio::test]
async fn one_setting_scales_all_rates() {
    let world = World::with_quotas(0.01).await;
    let burst =
        |class| std::iter::repeat_with(|| world.kms.take(account(), region(), class)).take_while(Result::is_ok).count();
    assert_eq!(burst(RequestClass::Symmetric), 200);
    // Less than one in a second: the first fits, the next after a while.
    assert_eq!(burst(RequestClass::CreateKey), 1);
    world.clock.advance(Duration::from_secs(19));
    assert_eq!(burst(RequestClass::CreateKey), 0);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(burst(RequestClass::CreateKey), 1);
    let shown = world.kms.quota(account(), region(), "L-6E3AF000").expect("there");
    assert_eq!((shown.value, shown.default, shown.is_rate), (200.0, 200.0, true));

    let off = World::new().await;
    for _ in 0..10_000 {
        off.kms.take(account(), region(), RequestClass::CreateKey).expect("nothing is throttled");
    }
    let shut = World::with_quotas(0.0).await;
    assert!(shut.kms.take(account(), region(), RequestClass::CreateKey).is_err());
}

#[tokio::test]
async fn a_quota_is_raised_when_the_operator_approves() {
    let world = World::with_quotas(1.0).await;
    let kms = &world.kms;
    let code = RequestClass::CreateKey.code();
    assert_eq!(code, "L-32B67F4A");
    let burst = || {
        let take = || kms.take(account(), region(), RequestClass::CreateKey);
        std::iter::repeat_with(take).take_while(Result::is_ok).count()
    };
    assert_eq!(burst(), 5);
    let ask = async |code: &str, desired| kms.request_quota_increase(account(), region(), code, desired, "arn:x").await;
    assert!(matches!(ask("L-00000000", 9.0).await, Err(QuotaError::NoSuchResource)));
    for desired in [5.0, 1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(ask(code, desired).await, Err(QuotaError::IllegalArgument(_))));
    }
    assert!(matches!(ask("L-0E66C9C0", 100.0).await, Err(QuotaError::IllegalArgument(_))));
    let request = ask(code, 20.0).await.expect("asked");
    assert_eq!(request.status, QuotaRequestStatus::Pending);
    assert!(matches!(ask(code, 30.0).await, Err(QuotaError::AlreadyPending)));
    assert_eq!(kms.quota_request(&request.id).expect("there"), request);
    let denied = kms.decide_quota_request(&request.id, false).await.expect("decided");
    assert_eq!(denied.status, QuotaRequestStatus::Denied);
    assert!(matches!(kms.decide_quota_request(&request.id, true).await, Err(QuotaError::Decided)));
    assert!(matches!(kms.decide_quota_request("none", true).await, Err(QuotaError::NoSuchResource)));
    let request = ask(code, 20.0).await.expect("asked again");
    kms.decide_quota_request(&request.id, true).await.expect("decided");
    assert_eq!(kms.quota_requests().len(), 2);

    world.clock.advance(Duration::from_secs(10));
    assert_eq!(burst(), 20);
    assert_eq!(kms.quota(account(), region(), code).expect("there").value, 20.0);
    assert_eq!(kms.quota(account(), other_region(), code).expect("there").value, 5.0);
    let reopened = Kms::open(KmsParts { quota_scale: 1.0, ..world.parts() }).await.expect("opens");
    assert_eq!(reopened.quota(account(), region(), code).expect("there").value, 20.0);
    let again = std::iter::repeat_with(|| reopened.take(account(), region(), RequestClass::CreateKey));
    assert_eq!(again.take_while(Result::is_ok).count(), 20);
}

#[tokio::test]
async fn resources_have_quotas_too() {
    let world = World::new().await;
    let kms = &world.kms;
    let codes: Vec<_> = kms.quotas(account(), region()).iter().map(|quota| quota.code).collect();
    let mut unique = codes.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), codes.len());
    let keys = kms.quota(account(), region(), "L-C2F1777E").expect("there");
    assert_eq!((keys.value, keys.is_rate, keys.adjustable), (100_000.0, false, true));
    let key = world.symmetric().await;
    for number in 0..50 {
        kms.create_alias(&key, &format!("alias/{number}")).await.expect("named");
    }
    assert_eq!(kind(kms.create_alias(&key, "alias/more").await), Some(KmsErrorKind::LimitExceeded));
    let request = kms.request_quota_increase(account(), region(), "L-340F62FB", 51.0, "arn:x").await.expect("asked");
    kms.decide_quota_request(&request.id, true).await.expect("decided");
    kms.create_alias(&key, "alias/more").await.expect("named");
    assert_eq!(kind(kms.create_alias(&key, "alias/even-more").await), Some(KmsErrorKind::LimitExceeded));
}
