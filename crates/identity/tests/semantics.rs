//! IAM's rules, without a store.

mod support;

use std::sync::Arc;

use larder_env::SeededRng;
use larder_identity::IamErrorKind::{
    DeleteConflict, EntityAlreadyExists, InvalidInput, LimitExceeded, MalformedPolicyDocument, NoSuchEntity,
    ValidationError,
};
use larder_identity::{
    AccountState, Change, CreateGroup, CreateOidcProvider, CreatePolicy, CreateRole, CreateUser, Holder, KeyStatus,
    PolicyRef, Quotas, Tag, Taggable, Who,
};
use support::{ALLOW_S3, account, assert_iam, change};

const TRUST: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

fn user(state: &mut AccountState, change: &Change<'_>, name: &str) -> Who {
    let user = state.create_user(change, CreateUser { name: name.to_owned(), ..CreateUser::default() });
    Who::User(Arc::clone(&user.expect("made").id))
}

fn group(state: &mut AccountState, change: &Change<'_>, name: &str) {
    state.create_group(change, CreateGroup { name: name.to_owned(), path: None }).expect("made");
}

fn policy(state: &mut AccountState, change: &Change<'_>, name: &str) -> String {
    let request = CreatePolicy { name: name.to_owned(), document: ALLOW_S3.to_owned(), ..CreatePolicy::default() };
    state.create_policy(change, request).expect("made").arn(state.id())
}

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}

#[test]
fn names_are_unique_and_found_whatever_their_case() {
    let (mut state, rng) = (account(), SeededRng::new(1));
    let change = change(&rng);
    user(&mut state, &change, "Anna");
    let again = state.create_user(&change, CreateUser { name: "anna".to_owned(), ..CreateUser::default() });
    assert_iam(again, EntityAlreadyExists, "User with name anna already exists.");
    let anna = state.user("anna").expect("in whatever case");
    assert_eq!(anna.arn(state.id()), "arn:aws:iam::111122223333:user/Anna");
    assert!(anna.id.starts_with("AIDA") && anna.id.len() == 21);
    // A user may change the case of its own name.
    state.update_user("Anna", Some("ANNA"), Some("/team/")).expect("renamed");
    assert_eq!(state.user("ANNA").expect("renamed").arn(state.id()), "arn:aws:iam::111122223333:user/team/ANNA");
    assert_eq!(state.users().count(), 1);
}

#[test]
fn unfit_names_and_paths_are_refused() {
    let (mut state, rng) = (account(), SeededRng::new(1));
    let change = change(&rng);
    let mut create = |name: &str, path: &str| {
        let request = CreateUser { name: name.to_owned(), path: Some(path.to_owned()), ..CreateUser::default() };
        state.create_user(&change, request)
    };
    for name in ["", "a b", "a/b", "\u{e4}", &"x".repeat(65)] {
        assert_eq!(create(name, "/").expect_err("unfit").kind, ValidationError, "{name}");
    }
    for path in ["", "a", "/a", "a/", "//", "/a b/", &format!("/{}/", "x".repeat(511))] {
        assert_eq!(create("name", path).expect_err("unfit").kind, ValidationError, "{path}");
    }
    let message = "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the \
                   following: +=,.@_-";
    assert_iam(create("a b", "/"), ValidationError, message);
    create("a+=,.@_-Z", "/a/b/").expect("fit");
}

#[test]
fn a_user_is_deleted_when_it_has_nothing_left() {
    let (mut state, rng) = (account(), SeededRng::new(1));
    let change = change(&rng);
    let who = user(&mut state, &change, "u");
    group(&mut state, &change, "g");
    let conflict = |state: &mut AccountState, reason: &str| {
        assert_iam(state.delete_user("u"), DeleteConflict, &format!("Cannot delete entity, {reason}."));
    };
    state.add_user_to_group("g", "u").expect("added");
    conflict(&mut state, "must remove users from group first");
    assert_iam(state.delete_group("g"), DeleteConflict, "Cannot delete entity, must remove users from group first.");
    state.remove_user_from_group("g", "u").expect("removed");
    state.attach_policy(Holder::User("u"), ADMIN).expect("attached");
    conflict(&mut state, "must detach all policies first");
    state.detach_policy(Holder::User("u"), ADMIN).expect("detached");
    state.put_inline_policy(Holder::User("u"), "p", ALLOW_S3).expect("put");
    conflict(&mut state, "must delete policies first");
    state.delete_inline_policy(Holder::User("u"), "p").expect("deleted");
    let key = state.create_access_key(&change, who.clone()).expect("made");
    conflict(&mut state, "must delete access keys first");
    state.delete_access_key(&who, &key.id).expect("deleted");
    state.delete_user("u").expect("nothing left");
    assert_iam(state.delete_user("u"), NoSuchEntity, "The user with name u cannot be found.");
    state.delete_group("g").expect("empty");
}

#[test]
fn a_user_has_two_keys_and_only_its_own() {
    let (mut state, rng) = (account(), SeededRng::new(1));
    let change = change(&rng);
    let (one, other) = (user(&mut state, &change, "one"), user(&mut state, &change, "other"));
    let key = state.create_access_key(&change, one.clone()).expect("first");
    assert!(key.id.starts_with("AKIA") && key.id.len() == 20 && key.secret.expose().len() == 40);
    state.create_access_key(&change, one.clone()).expect("second");
    let third = state.create_access_key(&change, one.clone());
    assert_iam(third, LimitExceeded, "Cannot exceed quota for AccessKeysPerUser: 2");
    let missing = format!("The Access Key with id {} cannot be found.", key.id);
    assert_iam(state.delete_access_key(&other, &key.id), NoSuchEntity, &missing);
    assert_iam(state.update_access_key(&other, &key.id, KeyStatus::Inactive), NoSuchEntity, &missing);
    state.update_access_key(&one, &key.id, KeyStatus::Inactive).expect("own");
    assert_eq!(state.access_key(&key.id).expect("there").status, KeyStatus::Inactive);
    assert!(state.create_access_key(&change, Who::User("AIDANOBODY".into())).is_err());
}

#[test]
fn managed_policies_have_five_versions_and_one_in_force() {
    let (mut state, rng) = (account(), SeededRng::new(1));
    let change = change(&rng);
    let arn = policy(&mut state, &change, "p");
    assert_eq!(arn, "arn:aws:iam::111122223333:policy/p");
    for number in 2..=5 {
        let version = state.create_policy_version(&change, &arn, ALLOW_S3, number == 3).expect("room");
        assert_eq!(version.id(), format!("v{number}"));
    }
    let sixth = state.create_policy_version(&change, &arn, ALLOW_S3, false);
    assert_eq!(sixth.expect_err("five").kind, LimitExceeded);
    assert_eq!(state.policy(&arn).expect("there").default().number, 3);
    let in_force = state.delete_policy_version(&arn, "v3");
    assert_iam(in_force, DeleteConflict, "Cannot delete the default version of a policy.");
    state.delete_policy_version(&arn, "v5").expect("not in force");
    let next = state.create_policy_version(&change, &arn, ALLOW_S3, false).expect("room");
    assert_eq!(next.number, 6, "numbers are not used again");
    let missing = format!("Policy {arn} version v5 does not exist or is not attachable.");
    assert_iam(state.policy_version(&arn, "v5").cloned(), NoSuchEntity, &missing);
    assert_eq!(state.policy_version(&arn, "5").expect_err("unfit").kind, ValidationError);
    assert_eq!(state.delete_policy(&arn).expect_err("versions").kind, DeleteConflict);
    for version in ["v1", "v2", "v4", "v6"] {
        state.delete_policy_version(&arn, version).expect("not in force");
    }
    user(&mut state, &change, "u");
    state.put_permissions_boundary(Holder::User("u"), &arn).expect("set");
    assert_iam(state.delete_policy(&arn), DeleteConflict, "Cannot delete a policy attached to entities.");
    state.delete_permissions_boundary(Holder::User("u")).expect("there");
    state.delete_policy(&arn).expect("unused");
    assert_iam(state.policy(&arn), NoSuchEntity, &format!("Policy {arn} was not found."));
}

#[test]
fn documents_are_checked() {
    let (mut state, rng) = (account(), SeededRng::new(1));
    let change = change(&rng);
    user(&mut state, &change, "u");
    let old = ALLOW_S3.replace("2012-10-17", "2008-10-17");
    for text in ["", "{}", "nonsense", &old] {
        let request = CreatePolicy { name: "p".to_owned(), document: text.to_owned(), ..CreatePolicy::default() };
        assert_eq!(state.create_policy(&change, request).expect_err("unfit").kind, MalformedPolicyDocument, "{text}");
    }
    let large = ALLOW_S3.replace("s3:*", &format!("s3:{}", "x".repeat(2_000)));
    let error = state.put_inline_policy(Holder::User("u"), "p", &large);
    assert_iam(error, LimitExceeded, "Maximum policy size of 2048 bytes exceeded for user u");
    // White space does not count.
    state.put_inline_policy(Holder::User("u"), "p", &format!("{}{ALLOW_S3}", " ".repeat(3_000))).expect("small");
    let large = ALLOW_S3.replace("s3:*", &format!("s3:{}", "x".repeat(6_144)));
    let request = CreatePolicy { name: "p".to_owned(), document: large, ..CreatePolicy::default() };
    assert_iam(state.create_policy(&change, request), LimitExceeded, "Cannot exceed quota for PolicySize: 6144");
    let role = CreateRole { name: "r".to_owned(), trust: ALLOW_S3.to_owned(), ..CreateRole::default() };
    assert_eq!(state.create_role(&change, role).expect_err("no principal").kind, MalformedPolicyDocument);
}

#[test]
fn policies_are_attached_up_to_a_number() {
    let (mut state, rng) = (account(), SeededRng::new(1));
    let change = change(&rng);
    group(&mut state, &change, "g");
    let holder = Holder::Group("g");
    let arns: Vec<_> = (0..=Quotas::ATTACHED_POLICIES).map(|n| policy(&mut state, &change, &format!("p{n}"))).collect();
    for arn in &arns[1..] {
        state.attach_policy(holder, arn).expect("room");
        state.attach_policy(holder, arn).expect("again changes nothing");
    }
    let error = state.attach_policy(holder, &arns[0]);
    assert_iam(error, LimitExceeded, "Cannot exceed quota for PoliciesPerGroup: 10");
    assert_eq!(state.policy_uses().of(&arns[1]).attachments, 1);
    let error = state.attach_policy(holder, "arn:aws:iam::aws:policy/Nothing");
    let message = "Policy arn:aws:iam::aws:policy/Nothing does not exist or is not attachable.";
    assert_iam(error, NoSuchEntity, message);
    assert_iam(state.detach_policy(holder, ADMIN), NoSuchEntity, &format!("Policy {ADMIN} was not found."));
    assert!(matches!(state.find_policy(ADMIN), Some(PolicyRef::Aws(_))));
    assert!(
        state.delete_policy(ADMIN).is_err() && state.create_policy_version(&change, ADMIN, ALLOW_S3, true).is_err()
    );
    assert_eq!(state.put_permissions_boundary(holder, ADMIN).expect_err("a group").kind, InvalidInput);
}

#[test]
fn tags_keep_the_case_they_had_first() {
    let (mut state, rng) = (account(), SeededRng::new(1));
    let change = change(&rng);
    user(&mut state, &change, "u");
    let of = Taggable::User("u");
    state.tag(of, &[tag("Team", "a"), tag("Cost", "b")]).expect("tagged");
    state.tag(of, &[tag("team", "c")]).expect("tagged");
    assert_eq!(state.tags(of).expect("there"), &[tag("Team", "c"), tag("Cost", "b")]);
    let twice = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    assert_iam(state.tag(of, &[tag("x", "1"), tag("X", "2")]), InvalidInput, twice);
    assert_eq!(state.tag(of, &[tag("aws:x", "1")]).expect_err("reserved").kind, InvalidInput);
    assert_eq!(state.tag(of, &[tag("", "1")]).expect_err("empty").kind, ValidationError);
    assert_eq!(state.tag(of, &[tag("k", "<")]).expect_err("unfit").kind, ValidationError);
    let many: Vec<_> = (0..49).map(|n| tag(&format!("k{n}"), "")).collect();
    assert_iam(state.tag(of, &many), LimitExceeded, "Cannot exceed quota for TagsPerUser: 50");
    state.untag(of, &["TEAM", "nothing"]).expect("untagged");
    assert_eq!(state.tags(of).expect("there"), &[tag("Cost", "b")]);
}

#[test]
fn roles_have_bounds_and_providers_addresses() {
    let (mut state, rng) = (account(), SeededRng::new(1));
    let change = change(&rng);
    let create = |seconds| CreateRole {
        name: "r".to_owned(),
        trust: TRUST.to_owned(),
        max_session_seconds: Some(seconds),
        ..CreateRole::default()
    };
    for seconds in [3_599, 43_201] {
        assert_eq!(state.create_role(&change, create(seconds)).expect_err("bounds").kind, ValidationError);
    }
    let role = state.create_role(&change, create(43_200)).expect("fit");
    assert_eq!(state.role_by_arn(&role.arn(state.id())), Some(&role));
    assert_eq!(state.role_by_arn("arn:aws:iam::111122223333:role/other/r"), None);

    let provider = |url: &str| CreateOidcProvider { url: url.to_owned(), ..CreateOidcProvider::default() };
    for url in ["", "idp.example", "ftp://idp.example", "https://", "https://u@idp.example", "https://idp.example?x=1"]
    {
        assert_eq!(
            state.create_oidc_provider(&change, provider(url)).expect_err("unfit").kind,
            ValidationError,
            "{url}"
        );
    }
    let made = state.create_oidc_provider(&change, provider("https://idp.example/realm/")).expect("fit");
    assert_eq!(made.arn(state.id()), "arn:aws:iam::111122223333:oidc-provider/idp.example/realm");
    let again = state.create_oidc_provider(&change, provider("https://idp.example/realm"));
    assert_iam(again, EntityAlreadyExists, "Provider with url https://idp.example/realm already exists.");
}

#[test]
fn the_account_has_settings_and_a_summary() {
    let (mut state, rng) = (account(), SeededRng::new(1));
    let change = change(&rng);
    for alias in ["ab", "-abc", "abc-", "a--b", "Abc", &"x".repeat(64)] {
        assert_eq!(state.set_alias(alias).expect_err("unfit").kind, ValidationError, "{alias}");
    }
    state.set_alias("my-lab").expect("fit");
    assert_eq!(state.delete_alias("other").expect_err("another").kind, NoSuchEntity);
    state.delete_alias("my-lab").expect("its own");
    user(&mut state, &change, "u");
    policy(&mut state, &change, "p");
    state.create_access_key(&change, Who::Root).expect("made");
    let summary = state.summary();
    assert_eq!((summary.users, summary.policies, summary.policy_versions), (1, 1, 1));
    assert!(summary.account_access_keys_present && !summary.account_mfa_enabled);
}
