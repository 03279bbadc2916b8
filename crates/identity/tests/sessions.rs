//! Temporary credentials: who they act as, and what ends them.

mod support;

use std::sync::Arc;

use larder_identity::CredentialRefusal::{ExpiredToken, InactiveKey, InvalidToken, TokenNeeded, UnknownKey};
use larder_identity::IamErrorKind::{
    AccessDenied, DeleteConflict, InvalidAuthorizationMessage, MalformedPolicyDocument, PackedPolicyTooLarge,
    ValidationError,
};
use larder_identity::{
    AccountState, AssumeRole, Change, CreateAccount, CreatePolicy, GetFederationToken, GetSessionToken, Holder,
    Identity, KeyStatus, SessionPolicies, Tag, Taggable, Who,
};
use larder_policy::{Context, Principal, Values};
use support::{ALLOW_S3, ALLOW_STS, World, assert_refused, operator, role, signs_in, user_with_key};

struct Nothing;

impl Context for Nothing {
    fn get(&self, _: &str, _: Option<&str>) -> Option<Values<'_>> {
        None
    }
}

/// A request that was taken to be about another account, as that of who sends it.
struct Elsewhere;

impl Context for Elsewhere {
    fn get(&self, key: &str, _: Option<&str>) -> Option<Values<'_>> {
        (key == "aws:resourceaccount").then(|| Values::One("999999999999".into()))
    }
}

fn trust(principal: &str, more: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]{more}}}]}}"#
    )
}

fn assume(arn: &str) -> AssumeRole {
    AssumeRole { role_arn: arn.to_owned(), session_name: "session".to_owned(), ..AssumeRole::default() }
}

async fn allow(identity: &Identity, user: &str, document: &str) {
    let edit = |state: &mut AccountState, _: &Change<'_>| state.put_inline_policy(Holder::User(user), "p", document);
    identity.change(operator(identity), edit).await.expect("put");
}

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}

#[tokio::test]
async fn long_term_keys_act_at_once_and_until_they_are_taken_away() {
    let world = World::new();
    let identity = world.open().await;
    let account = operator(&identity);
    assert_eq!(identity.authenticate("AKIANOBODYNOBODYNOBO", None).unwrap_err(), UnknownKey);
    assert_eq!(identity.authenticate("ASIANOBODYNOBODYNOBO", None).unwrap_err(), TokenNeeded);
    let root = identity.authenticate("operator", None).expect("root");
    assert!(matches!(root.caller.principal, Principal::Root { .. }));
    let anna = user_with_key(&identity, "anna").await;
    let Principal::User { arn, id, .. } = &anna.caller.principal else { panic!("a user") };
    assert_eq!(**arn, format!("arn:aws:iam::{account}:user/anna"));
    assert!(anna.caller.policies.is_empty() && anna.caller.session.is_none());
    // A change applies to the next request.
    allow(&identity, "anna", ALLOW_S3).await;
    let again = identity.authenticate(&anna.access_key_id, None).expect("active");
    assert_eq!(again.caller.policies.iter().map(|policy| &*policy.name).collect::<Vec<_>>(), ["anna/p"]);
    assert!(Arc::ptr_eq(&again.caller, &identity.authenticate(&anna.access_key_id, None).expect("active").caller));
    let who = Who::User(Arc::clone(id));
    let key = &anna.access_key_id;
    identity.change(account, |state, _| state.update_access_key(&who, key, KeyStatus::Inactive)).await.expect("set");
    assert_eq!(identity.authenticate(key, None).unwrap_err(), InactiveKey);
    identity.change(account, |state, _| state.delete_access_key(&who, key)).await.expect("deleted");
    assert_eq!(identity.authenticate(key, None).unwrap_err(), UnknownKey);
    // The key of the settings is not IAM's to change.
    let error = identity.change(account, |state, _| state.delete_access_key(&Who::Root, "operator")).await;
    assert_refused(error, larder_identity::IamErrorKind::UnmodifiableEntity);
}

#[tokio::test]
async fn a_session_token_is_good_for_its_user_its_time_and_its_key() {
    let world = World::new();
    let identity = world.open().await;
    let account = operator(&identity);
    let anna = user_with_key(&identity, "anna").await;
    let request = GetSessionToken { duration_seconds: Some(900), mfa: None };
    let session = identity.get_session_token(&anna.caller, request.clone()).await.expect("given");
    assert!(session.access_key_id.starts_with("ASIA") && session.access_key_id.len() == 20);
    let credential = signs_in(&identity, &session);
    assert_eq!(credential.caller.principal, anna.caller.principal);
    assert!(credential.caller.session.as_ref().is_some_and(|it| it.mfa_at.is_none() && it.policies.is_none()));

    // Without the token, with that of another, with one that was changed, with one for a long-term key.
    let other = identity.get_session_token(&anna.caller, request.clone()).await.expect("given");
    assert_eq!(identity.authenticate(&session.access_key_id, None).unwrap_err(), TokenNeeded);
    let swapped = identity.authenticate(&session.access_key_id, Some(&other.session_token));
    assert_eq!(swapped.unwrap_err(), InvalidToken);
    let stuck = identity.authenticate(&anna.access_key_id, Some(&session.session_token));
    assert_eq!(stuck.unwrap_err(), InvalidToken);
    for at in (0..session.session_token.len()).step_by(7) {
        let mut changed = session.session_token.as_bytes().to_vec();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("ASCII");
        assert_eq!(identity.authenticate(&session.access_key_id, Some(&changed)).unwrap_err(), InvalidToken, "{at}");
    }
    for forged in ["", "AAAA", "\u{e4}", &"A".repeat(20_000)] {
        assert_eq!(identity.authenticate(&session.access_key_id, Some(forged)).unwrap_err(), InvalidToken);
    }
    // It outlives a restart, and ends with its time.
    let identity = world.open().await;
    signs_in(&identity, &session);
    world.advance(899);
    signs_in(&identity, &session);
    world.advance(1);
    let over = identity.authenticate(&session.access_key_id, Some(&session.session_token));
    assert_eq!(over.unwrap_err(), ExpiredToken);

    // It ends with its user, also when another of the name comes.
    let session = identity.get_session_token(&anna.caller, request).await.expect("given");
    signs_in(&identity, &session);
    let remove = |state: &mut AccountState, change: &Change<'_>| {
        let id = Arc::clone(&state.user("anna")?.id);
        state.delete_access_key(&Who::User(id), &anna.access_key_id)?;
        state.delete_user("anna")?;
        let request = larder_identity::CreateUser { name: "anna".to_owned(), ..Default::default() };
        state.create_user(change, request).map(drop)
    };
    identity.change(account, remove).await.expect("replaced");
    let gone = identity.authenticate(&session.access_key_id, Some(&session.session_token));
    assert_eq!(gone.unwrap_err(), InvalidToken);
}

#[tokio::test]
async fn the_resource_of_assume_role_is_of_the_roles_account() {
    let world = World::new();
    let identity = world.open().await;
    let account = operator(&identity);
    let anna = user_with_key(&identity, "anna").await;
    let only = |account: &str| format!(r#","Condition":{{"StringEquals":{{"aws:ResourceAccount":"{account}"}}}}"#);
    let arn = format!("arn:aws:iam::{account}:user/anna");
    let own = role(&identity, "own", &trust(&arn, &only(&account.to_string()))).await;
    let other = role(&identity, "other", &trust(&arn, &only("999999999999"))).await;
    identity.assume_role(&anna.caller, assume(&own), &Elsewhere).await.expect("its own account");
    assert_refused(identity.assume_role(&anna.caller, assume(&other), &Elsewhere).await, AccessDenied);
}

#[tokio::test]
async fn a_session_cannot_make_sessions_for_itself_and_durations_are_bounded() {
    let world = World::new();
    let identity = world.open().await;
    let anna = user_with_key(&identity, "anna").await;
    for seconds in [0, 899, 129_601] {
        let request = GetSessionToken { duration_seconds: Some(seconds), mfa: None };
        assert_refused(identity.get_session_token(&anna.caller, request).await, ValidationError);
    }
    let session = identity.get_session_token(&anna.caller, GetSessionToken::default()).await.expect("given");
    assert_eq!(session.expires.as_millis(), support::NOW + 43_200_000);
    let within = signs_in(&identity, &session);
    assert_refused(identity.get_session_token(&within.caller, GetSessionToken::default()).await, AccessDenied);
    let federation = GetFederationToken { name: "bob".to_owned(), ..GetFederationToken::default() };
    assert_refused(identity.get_federation_token(&within.caller, federation).await, AccessDenied);
    let root = identity.authenticate("operator", None).expect("root");
    let session = identity.get_session_token(&root.caller, GetSessionToken::default()).await.expect("given");
    assert_eq!(session.expires.as_millis(), support::NOW + 3_600_000, "an hour for the root user");
    assert!(matches!(signs_in(&identity, &session).caller.principal, Principal::Root { .. }));
}

#[tokio::test]
async fn a_role_is_assumed_when_both_sides_say_so() {
    let world = World::new();
    let identity = world.open().await;
    let account = operator(&identity);
    let anna = user_with_key(&identity, "anna").await;
    let root_arn = format!("arn:aws:iam::{account}:root");
    let named = role(&identity, "named", &trust(&format!("arn:aws:iam::{account}:user/anna"), "")).await;
    let through_account = role(&identity, "account", &trust(&root_arn, "")).await;
    let strangers = role(&identity, "strangers", &trust("arn:aws:iam::999999999999:root", "")).await;

    let session = identity.assume_role(&anna.caller, assume(&named), &Nothing).await.expect("named itself");
    assert_eq!(*session.arn, format!("arn:aws:sts::{account}:assumed-role/named/session"));
    let within = signs_in(&identity, &session.credentials);
    let Principal::AssumedRole { session_arn, role_arn, id, .. } = &within.caller.principal else { panic!("a role") };
    assert_eq!((session_arn, &**role_arn, id), (&session.arn, &*named, &session.id));

    // Through the account the user's own policies decide; the trust policy must allow it whatever they say.
    assert_refused(identity.assume_role(&anna.caller, assume(&through_account), &Nothing).await, AccessDenied);
    allow(&identity, "anna", ALLOW_STS).await;
    let anna = identity.authenticate(&anna.access_key_id, None).expect("active");
    identity.assume_role(&anna.caller, assume(&through_account), &Nothing).await.expect("allowed");
    assert_refused(identity.assume_role(&anna.caller, assume(&strangers), &Nothing).await, AccessDenied);
    let nothing = format!("arn:aws:iam::{account}:role/nothing");
    assert_refused(identity.assume_role(&anna.caller, assume(&nothing), &Nothing).await, AccessDenied);
    let root = identity.authenticate("operator", None).expect("root");
    assert_refused(identity.assume_role(&root.caller, assume(&through_account), &Nothing).await, AccessDenied);

    // It ends with its role.
    identity.change(account, |state, _| state.delete_role("named")).await.expect("deleted");
    role(&identity, "named", &trust(&root_arn, "")).await;
    let gone = identity.authenticate(&session.credentials.access_key_id, Some(&session.credentials.session_token));
    assert_eq!(gone.unwrap_err(), InvalidToken);
}

#[tokio::test]
async fn conditions_of_a_trust_policy_see_the_request() {
    let world = World::new();
    let identity = world.open().await;
    let anna = user_with_key(&identity, "anna").await;
    let Principal::User { arn, .. } = &anna.caller.principal else { panic!("a user") };
    let condition = r#","Condition":{"StringEquals":{"sts:ExternalId":"secret-word","aws:RequestTag/Team":"blue"}}"#;
    let arn = role(&identity, "r", &trust(arn, condition)).await;
    let request = |external: Option<&str>, team: &str| AssumeRole {
        external_id: external.map(str::to_owned),
        tags: vec![tag("Team", team)],
        ..assume(&arn)
    };
    assert_refused(identity.assume_role(&anna.caller, request(None, "blue"), &Nothing).await, AccessDenied);
    assert_refused(identity.assume_role(&anna.caller, request(Some("guess"), "blue"), &Nothing).await, AccessDenied);
    assert_refused(
        identity.assume_role(&anna.caller, request(Some("secret-word"), "red"), &Nothing).await,
        AccessDenied,
    );
    let session =
        identity.assume_role(&anna.caller, request(Some("secret-word"), "blue"), &Nothing).await.expect("good");
    let within = signs_in(&identity, &session.credentials);
    assert_eq!(*within.caller.tags, [("Team".to_owned(), "blue".to_owned())]);
    assert!(session.packed_policy_percent > 0);
}

#[tokio::test]
async fn tags_and_source_identity_go_along_a_chain() {
    let world = World::new();
    let identity = world.open().await;
    let account = operator(&identity);
    let anna = user_with_key(&identity, "anna").await;
    let any = trust("*", "");
    let (first, second) = (role(&identity, "first", &any).await, role(&identity, "second", &any).await);
    let tags = [tag("cost", "role"), tag("team", "role")];
    identity.change(account, |state, _| state.tag(Taggable::Role("second"), &tags)).await.expect("tagged");

    let request = AssumeRole {
        tags: vec![tag("Team", "blue"), tag("Desk", "4")],
        transitive_tag_keys: vec!["Team".to_owned()],
        source_identity: Some("anna@example.com".to_owned()),
        ..assume(&first)
    };
    let session = identity.assume_role(&anna.caller, request, &Nothing).await.expect("assumed");
    let within = signs_in(&identity, &session.credentials);
    let longer = AssumeRole { duration_seconds: Some(3_601), ..assume(&second) };
    assert_refused(identity.assume_role(&within.caller, longer, &Nothing).await, ValidationError);
    let changed = AssumeRole { source_identity: Some("bob@example.com".to_owned()), ..assume(&second) };
    assert_refused(identity.assume_role(&within.caller, changed, &Nothing).await, AccessDenied);
    let overwritten = AssumeRole { tags: vec![tag("team", "red")], ..assume(&second) };
    assert_refused(identity.assume_role(&within.caller, overwritten, &Nothing).await, ValidationError);

    let session = identity.assume_role(&within.caller, assume(&second), &Nothing).await.expect("assumed");
    assert_eq!(session.source_identity.as_deref(), Some("anna@example.com"));
    let caller = signs_in(&identity, &session.credentials).caller;
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(*caller.tags, [pair("cost", "role"), pair("Team", "blue")]);
    let known = caller.session.as_ref().expect("a session");
    assert_eq!(*known.transitive_tag_keys, ["Team".to_owned()]);
    assert_eq!(known.source_identity.as_deref(), Some("anna@example.com"));
}

#[tokio::test]
async fn session_policies_are_carried_and_bounded() {
    let world = World::new();
    let identity = world.open().await;
    let account = operator(&identity);
    let anna = user_with_key(&identity, "anna").await;
    let create = |state: &mut AccountState, change: &Change<'_>| {
        let document = ALLOW_S3.to_owned();
        let request = CreatePolicy { name: "own".to_owned(), document, ..CreatePolicy::default() };
        Ok(state.create_policy(change, request)?.arn(account))
    };
    let own = identity.change(account, create).await.expect("made");
    let request = |document: Option<&str>, arns: &[&str]| GetFederationToken {
        name: "bob".to_owned(),
        policies: SessionPolicies {
            document: document.map(str::to_owned),
            arns: arns.iter().map(|arn| (*arn).to_owned()).collect(),
        },
        ..GetFederationToken::default()
    };
    let given = identity.get_federation_token(&anna.caller, request(Some(ALLOW_S3), &[&own])).await.expect("given");
    assert_eq!(*given.arn, format!("arn:aws:sts::{account}:federated-user/bob"));
    let caller = signs_in(&identity, &given.credentials).caller;
    let Principal::FederatedUser { user_arn, id, .. } = &caller.principal else { panic!("federated") };
    assert_eq!(
        (user_arn.as_deref(), &**id),
        (Some(&*format!("arn:aws:iam::{account}:user/anna")), &*format!("{account}:bob"))
    );
    let policies = caller.session.as_ref().and_then(|it| it.policies.as_ref()).expect("limited");
    assert_eq!(policies.iter().map(|it| &*it.name).collect::<Vec<_>>(), ["session policy", &*own]);

    let none = identity.get_federation_token(&anna.caller, request(None, &[])).await.expect("given");
    let caller = signs_in(&identity, &none.credentials).caller;
    assert!(
        caller.session.as_ref().is_some_and(|it| it.policies.is_none()),
        "the decision knows that these may nothing"
    );

    let nowhere = format!("{own}x");
    for (document, arns, kind) in [
        (Some("{}"), &[][..], MalformedPolicyDocument),
        (Some(&*" ".repeat(2_049)), &[], ValidationError),
        (None, &[nowhere.as_str()], ValidationError),
        (None, &[&*own; 11], ValidationError),
    ] {
        let error = identity.get_federation_token(&anna.caller, request(document, arns)).await;
        assert_refused(error, kind);
    }
    let large = GetFederationToken {
        tags: (0..50).map(|n| tag(&format!("key-{n}"), &"v".repeat(100))).collect(),
        ..request(None, &[])
    };
    assert_refused(identity.get_federation_token(&anna.caller, large).await, PackedPolicyTooLarge);
}

#[tokio::test]
async fn sessions_end_with_their_account() {
    let world = World::new();
    let identity = world.open().await;
    let request = || CreateAccount {
        name: "lab".to_owned(),
        email: "lab@example.com".to_owned(),
        account_id: larder_types::AccountId::parse("222233334444").ok(),
        ..CreateAccount::default()
    };
    let made = identity.create_account(request()).await.expect("made");
    let account = made.account.owner.account;
    let root = identity.authenticate(&made.root_key.id, None).expect("its root");
    let session = identity.get_session_token(&root.caller, GetSessionToken::default()).await.expect("given");
    signs_in(&identity, &session);
    let message = identity.encode_authorization_message(account, "why");
    assert_eq!(identity.decode_authorization_message(account, &message).as_deref(), Ok("why"));
    let elsewhere = identity.decode_authorization_message(operator(&identity), &message).expect_err("another's");
    assert_eq!(elsewhere.kind, InvalidAuthorizationMessage);

    // Before it is deleted it is closed, and may be opened again.
    assert_refused(identity.delete_account(account).await, DeleteConflict);
    identity.close_account(account).await.expect("closed");
    let restarted = world.open().await;
    for identity in [&identity, &restarted] {
        assert_eq!(identity.authenticate(&made.root_key.id, None).unwrap_err(), UnknownKey);
        let token = Some(&*session.session_token);
        assert_eq!(identity.authenticate(&session.access_key_id, token).unwrap_err(), InvalidToken);
    }
    identity.reopen_account(account).await.expect("opened");
    identity.authenticate(&made.root_key.id, None).expect("as before");
    signs_in(&identity, &session);
    identity.close_account(account).await.expect("closed");

    identity.delete_account(account).await.expect("deleted");
    assert_eq!(identity.authenticate(&made.root_key.id, None).unwrap_err(), UnknownKey);
    let gone = || identity.authenticate(&session.access_key_id, Some(&session.session_token)).unwrap_err();
    assert_eq!(gone(), InvalidToken);
    world.advance(1);
    identity.create_account(request()).await.expect("the number is free");
    assert_eq!(gone(), InvalidToken, "another account of the same number");
}

#[test]
fn secrets_are_not_shown() {
    let mfa = Some(larder_identity::MfaCode { serial: "device".to_owned(), code: "123456".to_owned() });
    let token = larder_identity::AssumeRoleWithWebIdentity {
        web_identity_token: "header.claims.signature".to_owned(),
        ..Default::default()
    };
    let shown = format!("{:?} {token:?}", AssumeRole { mfa, ..AssumeRole::default() });
    assert!(shown.contains("device") && !shown.contains("123456") && !shown.contains("claims"), "{shown}");
}
