//! What must hold for all documents and requests.

mod scene;

use std::cell::Cell;

use larder_policy::{
    Decision, Documents, Kind, Named, Policy, Principal, Query, Reason, evaluate, fuzz_entry, matched_statements,
    missing_context_keys,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use scene::{Given, OTHER, OWN, account, parse, principal};

const CASES: u32 = 1500;

/// The same cases in every run.
fn run<S: Strategy>(strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, rng).run(strategy, test).unwrap_or_else(|error| panic!("{error}"));
}

const ACTIONS: [&str; 7] =
    ["s3:GetObject", "s3:PutObject", "s3:Get*", "s3:*", "s3:DeleteObject", "s3:GetObjectAcl", "*"];
const REQUESTED: [&str; 5] =
    ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectAcl", "s3:getobjectTAGGING"];
const RESOURCES: [&str; 7] = [
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket/a*",
    "arn:aws:s3:::bucket/${aws:username}/*",
    "arn:aws:s3:::bucket/a?c/*",
    "arn:aws:s3:::bucket*",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'none'}",
    "arn:aws:s3:::*/*",
];
const CONDITIONS: [&str; 10] = [
    "{}",
    r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
    r#"{"StringNotEquals":{"aws:username":"anna"}}"#,
    r#"{"StringLike":{"aws:username":"${aws:userid}"}}"#,
    r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#,
    r#"{"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]}}"#,
    r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}"#,
    r#"{"Null":{"aws:username":"true"}}"#,
    r#"{"StringNotEqualsIfExists":{"aws:username":"${aws:missing}"}}"#,
    r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"300"},"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}"#,
];
const PRINCIPALS: [&str; 8] = ["anon", "root", "user", "role", "fed", "xuser", "xroot", "service"];
const NAMES: [&str; 7] = [
    r#""*""#,
    r#"{"AWS":"111122223333"}"#,
    r#"{"AWS":["arn:aws:iam::111122223333:user/team/anna","444455556666"]}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:role/path/worker"}"#,
    r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/worker/nightly"}"#,
    r#"{"Service":"logging.s3.amazonaws.com"}"#,
    r#"{"AWS":"arn:aws:iam::444455556666:root"}"#,
];
const GIVEN: [&str; 6] = [
    "-",
    "aws:username=anna;aws:securetransport=true;aws:sourceip=203.0.113.9;aws:userid=anna",
    "aws:username=*;aws:securetransport=false;aws:sourceip=2001:db8::1;aws:userid=x",
    "aws:username=abc;aws:tagkeys=a|c;aws:multifactorauthage=10;aws:currenttime=2024-01-01T00:00:00Z",
    "aws:tagkeys=a|b;aws:sourceip=198.51.100.1;aws:principaltag/team=abc",
    "aws:username=?;aws:tagkeys=[];aws:multifactorauthage=400;aws:currenttime=2024-01-01T00:00:00Z",
];
const KEYS: [&str; 5] = ["abc/x", "anna/x", "a:b", "none", "*/x"];

/// A statement without its principal: effect, elements and conditions.
fn statement() -> impl Strategy<Value = String> {
    let actions = (any::<bool>(), subsequence(ACTIONS.to_vec(), 1..=3));
    let resources = (any::<bool>(), subsequence(RESOURCES.to_vec(), 1..=3));
    (select(vec!["Allow", "Allow", "Deny"]), actions, resources, select(CONDITIONS.to_vec())).prop_map(
        |(effect, (not_action, actions), (not_resource, resources), condition)| {
            let name = |not: bool, name: &str| if not { format!("Not{name}") } else { name.to_owned() };
            format!(
                r#""Effect":"{effect}","{}":{:?},"{}":{:?},"Condition":{condition}"#,
                name(not_action, "Action"),
                actions,
                name(not_resource, "Resource"),
                resources
            )
        },
    )
}

fn identity_statements() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(statement().prop_map(|inside| format!("{{{inside}}}")), 0..4)
}

fn bucket_statements() -> impl Strategy<Value = Vec<String>> {
    let one = (statement(), select(NAMES.to_vec()));
    proptest::collection::vec(one.prop_map(|(inside, who)| format!(r#"{{"Principal":{who},{inside}}}"#)), 0..4)
}

fn document(statements: &[String], kind: Kind<'_>) -> Option<Policy> {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    (!statements.is_empty()).then(|| parse(&text, kind))
}

/// Everything that a request meets.
#[derive(Clone, Debug)]
struct World {
    who: &'static str,
    action: &'static str,
    key: &'static str,
    given: &'static str,
    identity: Vec<String>,
    boundary: Vec<String>,
    session: Vec<String>,
    bucket: Vec<String>,
    acl: (bool, bool),
    restrict: bool,
}

fn world() -> impl Strategy<Value = World> {
    let request =
        (select(PRINCIPALS.to_vec()), select(REQUESTED.to_vec()), select(KEYS.to_vec()), select(GIVEN.to_vec()));
    let documents = (identity_statements(), identity_statements(), identity_statements(), bucket_statements());
    (request, documents, any::<(bool, bool)>(), any::<bool>()).prop_map(
        |((who, action, key, given), (identity, boundary, session, bucket), acl, restrict)| World {
            who,
            action,
            key,
            given,
            identity,
            boundary,
            session,
            bucket,
            acl,
            restrict,
        },
    )
}

impl World {
    fn ask<T>(&self, answer: impl Fn(&Query<'_>, &Documents<'_>) -> T) -> T {
        let (who, given) = (principal(self.who), Given::parse(self.given));
        let resource = format!("arn:aws:s3:::bucket/{}", self.key);
        let query = Query {
            principal: &who,
            action: self.action,
            resource: &resource,
            resource_account: account(OWN),
            context: &given,
        };
        let identity = document(&self.identity, Kind::Identity);
        let boundary = document(&self.boundary, Kind::Identity);
        let session = document(&self.session, Kind::Identity);
        let bucket = document(&self.bucket, Kind::Bucket("bucket"));
        let identity: Vec<Named<'_>> = identity.iter().map(|policy| Named { name: "identity", policy }).collect();
        let session: Vec<Named<'_>> = session.iter().map(|policy| Named { name: "session", policy }).collect();
        let documents = Documents {
            identity: &identity,
            boundary: boundary.as_ref().map(|policy| Named { name: "boundary", policy }),
            session: (!session.is_empty()).then_some(&session),
            resource: bucket.as_ref().map(|policy| Named { name: "bucket policy", policy }),
            acl_allows: self.acl.0,
            acl_allows_group: self.acl.1,
            restrict_public: self.restrict,
            ..Documents::default()
        };
        answer(&query, &documents)
    }

    fn decide(&self) -> Decision {
        self.ask(evaluate)
    }
}

fn denying(statement: &str) -> String {
    statement.replace(r#""Effect":"Allow""#, r#""Effect":"Deny""#)
}

#[test]
fn the_worlds_are_mixed() {
    let (allowed, denied) = (Cell::new(0u32), Cell::new(0u32));
    run(&world(), |world| {
        let decision = world.decide();
        allowed.set(allowed.get() + u32::from(decision.allowed));
        denied.set(denied.get() + u32::from(matches!(decision.reason, Reason::Statement { .. }) && !decision.allowed));
        Ok(())
    });
    assert!(allowed.get() > CASES / 8, "{} of {CASES} are allowed", allowed.get());
    assert!(denied.get() > CASES / 8, "{} of {CASES} are denied by a statement", denied.get());
}

#[test]
fn a_further_denial_never_allows() {
    run(&(world(), statement(), select(NAMES.to_vec()), 0..4usize), |(world, inside, who, place)| {
        // A boundary or session that is not there limits nothing: one that only denies would, so it needs no test.
        let mut more = world.clone();
        let denial = denying(&format!("{{{inside}}}"));
        match place {
            0 => more.identity.push(denial),
            1 if !more.boundary.is_empty() => more.boundary.push(denial),
            2 if !more.session.is_empty() => more.session.push(denial),
            _ => more.bucket.push(denying(&format!(r#"{{"Principal":{who},{inside}}}"#))),
        }
        prop_assert!(world.decide().allowed || !more.decide().allowed, "{more:?}");
        Ok(())
    });
}

#[test]
fn an_allowing_statement_less_never_allows() {
    run(&(world(), 0..4usize, 0..4usize), |(world, place, which)| {
        let mut less = world.clone();
        let list = match place {
            0 => &mut less.identity,
            1 => &mut less.boundary,
            2 => &mut less.session,
            _ => &mut less.bucket,
        };
        // The last statement of a boundary or session stays: without any there is none, which limits nothing.
        let last_limit = matches!(place, 1 | 2) && list.len() == 1;
        if which < list.len() && list[which].contains(r#""Effect":"Allow""#) && !last_limit {
            list.remove(which);
        }
        prop_assert!(world.decide().allowed || !less.decide().allowed, "{world:?} {less:?}");
        Ok(())
    });
}

#[test]
fn removing_what_the_resource_gives_never_allows() {
    run(&world(), |world| {
        let without_acl = World { acl: (false, false), ..world.clone() };
        let restricted = World { restrict: true, ..world.clone() };
        let without_group = World { acl: (world.acl.0, false), ..world.clone() };
        for less in [without_acl, restricted, without_group] {
            prop_assert!(world.decide().allowed || !less.decide().allowed, "{less:?}");
        }
        Ok(())
    });
}

#[test]
fn not_action_and_not_resource_are_complements() {
    let elements = (subsequence(ACTIONS.to_vec(), 1..=4), subsequence(RESOURCES.to_vec(), 1..=4));
    run(&(elements, world()), |((actions, resources), world)| {
        let decide = |action: &str, resource: &str| {
            let statement = format!(r#"{{"Effect":"Allow","{action}":{actions:?},"{resource}":{resources:?}}}"#);
            let alone = World {
                who: "user",
                identity: vec![statement],
                boundary: Vec::new(),
                session: Vec::new(),
                bucket: Vec::new(),
                acl: (false, false),
                ..world.clone()
            };
            alone.decide().allowed
        };
        let both = [decide("Action", "Resource"), decide("NotAction", "Resource")];
        let neither = [decide("Action", "NotResource"), decide("NotAction", "NotResource")];
        prop_assert!(both != [true, true] && neither != [true, true]);
        // A resource whose variable has a value is either listed or not, and then exactly one of four statements applies.
        if world.given.contains("aws:username") {
            prop_assert_eq!(both.iter().chain(&neither).filter(|allowed| **allowed).count(), 1);
        } else {
            prop_assert!(both.iter().chain(&neither).filter(|allowed| **allowed).count() <= 1);
        }
        Ok(())
    });
}

#[test]
fn variables_never_widen() {
    let value = proptest::string::string_regex("[a*?/:${}]{0,6}").expect("a valid expression");
    let key = proptest::string::string_regex("[a*?/:${}]{0,8}").expect("a valid expression");
    run(&(value, key), |(value, key)| {
        let policy = |resource: &str| {
            parse(
                &format!(
                    r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"{resource}"}}}}"#
                ),
                Kind::Identity,
            )
        };
        let mut given = Given::default();
        given.0.insert("aws:username".to_owned(), value.clone());
        let resource = format!("arn:aws:s3:::bucket/{key}");
        let query = Query {
            principal: &principal("user"),
            action: "s3:GetObject",
            resource: &resource,
            resource_account: account(OWN),
            context: &given,
        };
        let applies = |policy: &Policy| policy.decide(&query) != larder_policy::Verdict::Silent;
        prop_assert_eq!(applies(&policy("arn:aws:s3:::bucket/${aws:username}")), key == value);
        prop_assert_eq!(applies(&policy("arn:aws:s3:::bucket/${aws:username}*")), key.starts_with(&value));
        prop_assert_eq!(applies(&policy("arn:aws:s3:::bucket/*${aws:username}")), key.ends_with(&value));
        prop_assert_eq!(applies(&policy("arn:aws:s3:::bucket/*${aws:username}*")), key.contains(&value));
        Ok(())
    });
}

/// The plain definition of wildcards.
fn reference(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|at| reference(rest, &text[at..])),
        Some(('?', rest)) => !text.is_empty() && reference(rest, &text[1..]),
        Some((letter, rest)) => text.first() == Some(letter) && reference(rest, &text[1..]),
    }
}

/// The same where, as in the first segments of an ARN, wildcards stop at colons unless a star ends its segment.
fn reference_in_segments(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => {
            let crosses = rest.first().is_none_or(|next| *next == ':');
            let reach = text.iter().position(|letter| *letter == ':' && !crosses).unwrap_or(text.len());
            (0..=reach).any(|at| reference_in_segments(rest, &text[at..]))
        }
        Some(('?', rest)) => {
            text.first().is_some_and(|letter| *letter != ':') && reference_in_segments(rest, &text[1..])
        }
        Some((letter, rest)) => text.first() == Some(letter) && reference_in_segments(rest, &text[1..]),
    }
}

#[test]
fn wildcards_match_as_defined() {
    let pattern = proptest::string::string_regex("[ab\u{e4}*?]{0,9}").expect("a valid expression");
    let text = proptest::string::string_regex("[ab\u{e4}]{0,10}").expect("a valid expression");
    run(&(pattern, text), |(pattern, text)| {
        let condition = format!(r#"{{"StringLike":{{"s3:prefix":"{pattern}"}}}}"#);
        let policy = parse(
            &format!(r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}}}"#),
            Kind::Identity,
        );
        let mut given = Given::default();
        given.0.insert("s3:prefix".to_owned(), text.clone());
        let query = Query {
            principal: &principal("user"),
            action: "s3:ListBucket",
            resource: "arn:aws:s3:::bucket",
            resource_account: account(OWN),
            context: &given,
        };
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        let expected = reference(&letters(&pattern), &letters(&text));
        prop_assert_eq!(policy.decide(&query) != larder_policy::Verdict::Silent, expected, "{} {}", pattern, text);
        Ok(())
    });
}

#[test]
fn wildcards_in_segments_match_as_defined() {
    let pattern = proptest::string::string_regex("[ab*?:]{0,8}").expect("a valid expression");
    let text = proptest::string::string_regex("[ab:]{0,10}").expect("a valid expression");
    run(&(pattern, text), |(pattern, text)| {
        // Two fixed segments in front; patterns that go beyond the fifth are the other test's.
        if pattern.matches(':').count() > 2 {
            return Ok(());
        }
        let Ok(policy) = Policy::parse(
            &format!(r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"arn:aws:x{pattern}"}}}}"#),
            Kind::Identity,
        ) else {
            return Ok(());
        };
        let resource = format!("arn:aws:x{text}");
        let query = Query {
            principal: &principal("user"),
            action: "x:Y",
            resource: &resource,
            resource_account: account(OWN),
            context: &Given::default(),
        };
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        let expected = reference_in_segments(&letters(&pattern), &letters(&text));
        prop_assert_eq!(policy.decide(&query) != larder_policy::Verdict::Silent, expected, "{} {}", pattern, text);
        Ok(())
    });
}

#[test]
fn what_matched_explains_the_decision() {
    run(&world(), |world| {
        let (decision, denied) = world.ask(|query, documents| {
            let matched = matched_statements(query, documents);
            let denied = matched.iter().any(|one| one.statement.effect == larder_policy::Effect::Deny);
            (evaluate(query, documents), denied)
        });
        prop_assert!(!(decision.allowed && denied));
        if let Reason::Statement { .. } = &decision.reason {
            prop_assert_eq!(decision.allowed, !denied);
        }
        Ok(())
    });
}

#[test]
fn a_key_is_missing_when_a_document_names_it_and_the_context_lacks_it() {
    run(&world(), |world| {
        let text = [&world.identity, &world.boundary, &world.session, &world.bucket].map(|list| list.concat()).concat();
        let missing = world.ask(|query, documents| {
            missing_context_keys(documents, query.context).into_iter().map(str::to_owned).collect::<Vec<_>>()
        });
        let named = |key: &str| text.contains(&format!("\"{key}\"")) || text.contains(&format!("{{{key}"));
        for key in ["aws:username", "aws:SourceIp", "aws:TagKeys", "aws:userid", "aws:missing", "aws:PrincipalTag/team"]
        {
            let given = world.given.contains(&format!("{}=", key.to_lowercase()));
            prop_assert_eq!(missing.iter().any(|one| one == key), named(key) && !given, "{} in {:?}", key, world);
        }
        Ok(())
    });
}

#[test]
fn public_policies_are_those_that_let_strangers_in() {
    // A policy that allows the anonymous anything from an arbitrary address without any key is public.
    run(&(bucket_statements(), select(REQUESTED.to_vec()), select(KEYS.to_vec())), |(statements, action, key)| {
        let Some(policy) = document(&statements, Kind::Bucket("bucket")) else { return Ok(()) };
        let given = Given::parse("aws:sourceip=198.51.100.99;aws:securetransport=true;aws:username=zz;aws:userid=zz");
        let resource = format!("arn:aws:s3:::bucket/{key}");
        let query = Query {
            principal: &Principal::Anonymous,
            action,
            resource: &resource,
            resource_account: account(OTHER),
            context: &given,
        };
        if matches!(policy.decide(&query), larder_policy::Verdict::Allowed(_)) {
            prop_assert!(policy.is_public(), "{statements:?}");
        }
        Ok(())
    });
}

#[test]
fn nothing_that_clients_send_breaks_the_parsers() {
    let text = proptest::string::string_regex(r#"[{}\[\]:,"\\a*?$ 0-9\n]{0,60}"#).expect("a valid expression");
    run(&(proptest::collection::vec(any::<u8>(), 0..80), text), |(bytes, text)| {
        fuzz_entry::document(&bytes);
        fuzz_entry::document(text.as_bytes());
        fuzz_entry::grant_header(&bytes);
        fuzz_entry::grant_header(text.replace('a', "id=").as_bytes());
        Ok(())
    });
    // Documents that are almost valid: one byte of a valid one is changed, left out or doubled.
    let valid = r#"{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":["*"]},"Action":"s3:Get*","Resource":"arn:aws:s3:::bucket/${aws:username}/*","Condition":{"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":["a*",true,5]}}}]}"#;
    run(&(0..valid.len(), any::<u8>(), 0..3usize), |(at, byte, how)| {
        let mut bytes = valid.as_bytes().to_vec();
        match how {
            0 => bytes[at] = byte,
            1 => drop(bytes.remove(at)),
            _ => bytes.insert(at, byte),
        }
        fuzz_entry::document(&bytes);
        Ok(())
    });
}

#[test]
fn texts_are_json_exactly_when_another_reader_says_so() {
    // A document is refused for its JSON with one message alone, which tells whether the JSON was read.
    let text =
        proptest::string::string_regex(r#"\{("a":)?[\[\]{},:"\\u01dD8eE.+-tfn]{0,12}\}"#).expect("a valid expression");
    run(&text, |text| {
        let refused = Policy::parse(&text, Kind::Trust).expect_err("no document");
        let invalid = refused.message == "This policy contains invalid Json";
        let other: Result<serde_json::Value, _> = serde_json::from_str(&text);
        // The other reader takes names that come twice, and refuses numbers that are too large for it.
        let huge = other.as_ref().is_err_and(|error| error.to_string().contains("number out of range"));
        prop_assert!(invalid == other.is_err() || huge, "{text}: {}", refused.message);
        Ok(())
    });
}

#[test]
fn hostile_documents_cost_little() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Policy::parse(&deep, Kind::Identity).is_err());
    let many = format!("[{}]", vec![r#"{"Effect":"Allow"}"#; 5_000].join(","));
    assert!(Policy::parse(&format!(r#"{{"Statement":{many}}}"#), Kind::Identity).is_err());
    let names: Vec<String> = (0..9_000).map(|number| format!(r#""{number}":1"#)).collect();
    assert!(Policy::parse(&format!("{{{}}}", names.join(",")), Kind::Bucket("bucket")).is_err());
    assert!(Policy::parse(&" ".repeat(200_000), Kind::Trust).is_err());
    // Stars that match in very many ways.
    let pattern = format!("arn:aws:s3:::bucket/{}b", "*a".repeat(400));
    let policy = parse(
        &format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"{pattern}"}}}}"#),
        Kind::Identity,
    );
    let resource = format!("arn:aws:s3:::bucket/{}", "a".repeat(1_000));
    let query = Query {
        principal: &principal("user"),
        action: "s3:GetObject",
        resource: &resource,
        resource_account: account(OWN),
        context: &Given::default(),
    };
    assert_eq!(policy.decide(&query), larder_policy::Verdict::Silent);
}
