//! MFA devices: a code is good once.

mod support;

use std::sync::Arc;

use aws_lc_rs::hmac;
use larder_identity::IamErrorKind::{
    AccessDenied, DeleteConflict, EntityAlreadyExists, EntityTemporarilyUnmodifiable, InvalidAuthenticationCode,
    NoSuchEntity,
};
use larder_identity::{AssumeRole, CreateMfaDevice, GetSessionToken, Identity, MfaCode, Who};
use larder_policy::{Context, Principal, Values};
use support::{NOW, World, assert_refused, operator, role, signs_in, user_with_key};

/// An app that shows codes.
struct App {
    serial: String,
    seed: Vec<u8>,
}

impl App {
    async fn new(identity: &Identity, name: &str) -> Self {
        let account = operator(identity);
        let request = CreateMfaDevice { name: name.to_owned(), ..CreateMfaDevice::default() };
        let device = identity.change(account, |state, change| state.create_mfa_device(change, request.clone()));
        let device = device.await.expect("made");
        assert_eq!(device.seed.expose().len(), 64);
        let uri = device.otpauth_uri("lab");
        assert!(uri.expose().starts_with(&format!("otpauth://totp/{name}@lab?secret={}", device.seed.expose())));
        let bits: Vec<u8> =
            device.seed.expose().bytes().map(|c| if c < b'A' { c - b'2' + 26 } else { c - b'A' }).collect();
        let seed = bits.chunks_exact(8).flat_map(|chunk| {
            let number = chunk.iter().fold(0_u64, |number, five| number << 5 | u64::from(*five));
            number.to_be_bytes()[3..].to_vec()
        });
        Self { serial: device.arn(account), seed: seed.collect() }
    }

    /// The code `seconds` after the start of the world.
    fn code(&self, seconds: i64) -> String {
        let step = u64::try_from((NOW / 1_000 + seconds) / 30).expect("after 1970");
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.seed);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let at = usize::from(tag.as_ref()[19] & 15);
        let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().expect("four bytes"));
        format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
    }

    fn codes(&self, seconds: i64) -> [String; 2] {
        [self.code(seconds - 30), self.code(seconds)]
    }

    /// A code that no step around has.
    fn wrong(&self, seconds: i64) -> String {
        let near: Vec<_> = (-5..=5).map(|step| self.code(seconds + 30 * step)).collect();
        (0..).map(|n| format!("{n:06}")).find(|code| !near.contains(code)).expect("most are wrong")
    }
}

async fn enable(identity: &Identity, who: &Who, app: &App, seconds: i64) -> Result<(), larder_identity::ChangeError> {
    let [one, two] = app.codes(seconds);
    identity.enable_mfa_device(operator(identity), who, &app.serial, [&one, &two]).await
}

fn who(credential: &larder_identity::Credential) -> Who {
    match &credential.caller.principal {
        Principal::User { id, .. } => Who::User(Arc::clone(id)),
        _ => Who::Root,
    }
}

#[tokio::test]
async fn a_code_is_good_once_also_after_a_restart() {
    let world = World::new();
    let identity = world.open().await;
    let account = operator(&identity);
    let anna = user_with_key(&identity, "anna").await;
    let app = App::new(&identity, "phone").await;
    enable(&identity, &who(&anna), &app, 0).await.expect("two codes that follow each other");
    assert_refused(enable(&identity, &who(&anna), &app, 0).await, EntityAlreadyExists);

    let verify = |identity: Identity, code: String| {
        let (who, serial) = (who(&anna), app.serial.clone());
        async move { identity.verify_mfa(account, &who, &serial, &code).await }
    };
    // Those that enabled it are used up.
    assert_refused(verify(identity.clone(), app.code(0)).await, InvalidAuthenticationCode);
    world.advance(30);
    verify(identity.clone(), app.code(30)).await.expect("fresh");
    assert_refused(verify(identity.clone(), app.code(30)).await, InvalidAuthenticationCode);
    let reopened = world.open().await;
    assert_refused(verify(reopened.clone(), app.code(30)).await, InvalidAuthenticationCode);
    // A code of the step before is too old once a newer one was used; one of the next is good.
    assert_refused(verify(reopened.clone(), app.code(0)).await, InvalidAuthenticationCode);
    verify(reopened.clone(), app.code(60)).await.expect("its clock is a little fast");
    assert_refused(verify(reopened, app.code(120)).await, InvalidAuthenticationCode);
}

#[tokio::test]
async fn of_two_that_come_together_one_is_refused() {
    let world = World::new();
    let identity = world.open().await;
    let account = operator(&identity);
    let app = App::new(&identity, "phone").await;
    enable(&identity, &Who::Root, &app, 0).await.expect("enabled");
    world.advance(30);
    let code = app.code(30);
    let verify = || identity.verify_mfa(account, &Who::Root, &app.serial, &code);
    let (one, other) = tokio::join!(verify(), verify());
    assert!(one.is_ok() != other.is_ok());
}

#[tokio::test]
async fn wrong_codes_lock_a_device_for_five_minutes() {
    let world = World::new();
    let identity = world.open().await;
    let account = operator(&identity);
    let app = App::new(&identity, "phone").await;
    enable(&identity, &Who::Root, &app, 0).await.expect("enabled");
    world.advance(60);
    for _ in 0..5 {
        let wrong = app.wrong(60);
        let verified = identity.verify_mfa(account, &Who::Root, &app.serial, &wrong).await;
        assert_refused(verified, InvalidAuthenticationCode);
    }
    let verify = |identity: Identity, seconds| {
        let (serial, code) = (app.serial.clone(), app.code(seconds));
        async move { identity.verify_mfa(account, &Who::Root, &serial, &code).await }
    };
    assert_refused(verify(identity, 60).await, EntityTemporarilyUnmodifiable);
    // A restart does not open it.
    let identity = world.open().await;
    world.advance(299);
    assert_refused(verify(identity.clone(), 359).await, EntityTemporarilyUnmodifiable);
    world.advance(1);
    verify(identity, 360).await.expect("open again");
}

#[tokio::test]
async fn a_clock_that_is_off_is_found_out() {
    let world = World::new();
    let identity = world.open().await;
    let account = operator(&identity);
    let app = App::new(&identity, "phone").await;
    enable(&identity, &Who::Root, &app, 0).await.expect("enabled");
    world.advance(3_600);
    // The device is ten minutes behind.
    let late = |seconds: i64| app.code(seconds - 600);
    let verified = identity.verify_mfa(account, &Who::Root, &app.serial, &late(3_600)).await;
    assert_refused(verified, InvalidAuthenticationCode);
    let (one, two) = (late(3_570), late(3_600));
    let apart = identity.resync_mfa_device(account, &Who::Root, &app.serial, [&one, &late(3_630)]).await;
    assert_refused(apart, InvalidAuthenticationCode);
    identity.resync_mfa_device(account, &Who::Root, &app.serial, [&one, &two]).await.expect("found out");
    world.advance(30);
    identity.verify_mfa(account, &Who::Root, &app.serial, &late(3_630)).await.expect("as it goes");
}

#[tokio::test]
async fn a_device_belongs_to_one() {
    let world = World::new();
    let identity = world.open().await;
    let account = operator(&identity);
    let (anna, bob) = (user_with_key(&identity, "anna").await, user_with_key(&identity, "bob").await);
    let app = App::new(&identity, "phone").await;
    let serial = app.serial.as_str();
    enable(&identity, &who(&anna), &app, 0).await.expect("enabled");
    world.advance(30);
    let by_bob = identity.verify_mfa(account, &who(&bob), serial, &app.code(30)).await;
    assert_refused(by_bob, NoSuchEntity);
    let by_bob = identity.change(account, |state, _| state.deactivate_mfa_device(&who(&bob), serial)).await;
    assert_refused(by_bob, NoSuchEntity);
    assert_refused(identity.change(account, |state, _| state.delete_mfa_device(serial)).await, DeleteConflict);
    identity.change(account, |state, _| state.deactivate_mfa_device(&who(&anna), serial)).await.expect("her own");
    let by_nobody = identity.verify_mfa(account, &who(&anna), serial, &app.code(30)).await;
    assert_refused(by_nobody, NoSuchEntity);
    identity.change(account, |state, _| state.delete_mfa_device(serial)).await.expect("nobody's");
}

struct Nothing;

impl Context for Nothing {
    fn get(&self, _: &str, _: Option<&str>) -> Option<Values<'_>> {
        None
    }
}

#[tokio::test]
async fn sessions_know_of_the_code_that_they_were_made_with() {
    let world = World::new();
    let identity = world.open().await;
    let anna = user_with_key(&identity, "anna").await;
    let Principal::User { arn, .. } = &anna.caller.principal else { panic!("a user") };
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{arn}"}},"Action":"sts:AssumeRole","Condition":{{"Bool":{{"aws:MultiFactorAuthPresent":"true"}}}}}}]}}"#
    );
    let arn = role(&identity, "r", &trust).await;
    let app = App::new(&identity, "phone").await;
    enable(&identity, &who(&anna), &app, 0).await.expect("enabled");
    world.advance(60);
    let mfa = |seconds| Some(MfaCode { serial: app.serial.clone(), code: app.code(seconds) });

    let request = |mfa| GetSessionToken { duration_seconds: None, mfa };
    let session = identity.get_session_token(&anna.caller, request(mfa(60))).await.expect("a fresh code");
    let known = signs_in(&identity, &session).caller.session.clone().expect("a session");
    assert_eq!(known.mfa_at.map(|at| at.as_millis()), Some(NOW + 60_000));
    assert_refused(identity.get_session_token(&anna.caller, request(mfa(60))).await, AccessDenied);

    let assume =
        |mfa| AssumeRole { role_arn: arn.clone(), session_name: "session".to_owned(), mfa, ..AssumeRole::default() };
    assert_refused(identity.assume_role(&anna.caller, assume(None), &Nothing).await, AccessDenied);
    world.advance(30);
    let assumed = identity.assume_role(&anna.caller, assume(mfa(90)), &Nothing).await.expect("a fresh code");
    assert!(signs_in(&identity, &assumed.credentials).caller.session.as_ref().is_some_and(|it| it.mfa_at.is_some()));
    let strange = Some(MfaCode { serial: format!("{}x", app.serial), code: app.code(120) });
    assert_refused(identity.get_session_token(&anna.caller, request(strange)).await, AccessDenied);
}
