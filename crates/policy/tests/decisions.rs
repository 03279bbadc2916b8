//! The decision over all documents: a table of answers written by hand from AWS's documentation, and every combination of
//! what a request may meet, answered by an oracle that follows the documentation's flow charts and knows nothing of
//! documents.

mod scene;

use larder_policy::{Decision, Documents, Kind, Named, Policy, Principal, Query, Reason, evaluate};
use scene::{Given, OTHER, OWN, account, parse, principal};

const ACTION: &str = "s3:GetObject";
const RESOURCE: &str = "arn:aws:s3:::bucket/key";

/// One line of the table.
#[derive(Clone, Debug)]
struct Case {
    principal: String,
    identity: String,
    boundary: String,
    session: String,
    resource: String,
    acl: String,
    flags: String,
}

/// An identity policy: `A` allows, `D` denies, `S` says nothing of the request, `AD` allows and denies, `-` is none.
fn identity_document(word: &str) -> Option<Policy> {
    let allow = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
    let deny = r#"{"Effect":"Deny","Action":"s3:Get*","Resource":"arn:aws:s3:::bucket/*"}"#;
    let silent = r#"{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}"#;
    let statements = match word {
        "-" => return None,
        "A" => allow.to_owned(),
        "D" => deny.to_owned(),
        "S" => silent.to_owned(),
        "AD" => format!("{allow},{deny}"),
        other => panic!("no identity policy {other}"),
    };
    Some(parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#), Kind::Identity))
}

/// The name in a `Principal` element for: everybody (`*`), the principal's account (`acct`), who is behind the session or the
/// user itself (`id`), the session (`sess`), another user of the same account (`else`).
fn named(word: &str, who: &Principal) -> String {
    let aws = |name: &str| format!(r#"{{"AWS":"{name}"}}"#);
    let digits = who.account().map_or(OWN.to_owned(), |account| account.to_string());
    match (word, who) {
        ("*", _) => r#""*""#.to_owned(),
        ("aws*", _) => aws("*"),
        ("acct", _) => aws(&digits),
        ("root", _) => aws(&format!("arn:aws:iam::{digits}:root")),
        ("canon", _) => match who.canonical_id() {
            Some(id) => format!(r#"{{"CanonicalUser":"{id}"}}"#),
            None => aws(OWN),
        },
        ("own", _) => aws(OWN),
        ("else", _) => aws(&format!("arn:aws:iam::{digits}:user/somebody")),
        ("id", Principal::User { arn, .. }) => aws(arn),
        ("id", Principal::AssumedRole { role_arn, .. }) => aws(role_arn),
        ("id", Principal::FederatedUser { user_arn: Some(arn), .. }) => aws(arn),
        ("id" | "sess", Principal::Root { .. }) => aws(&format!("arn:aws:iam::{digits}:root")),
        ("id" | "sess", Principal::Service { name }) => format!(r#"{{"Service":"{name}"}}"#),
        ("sess", Principal::User { arn, .. } | Principal::FederatedUser { arn, .. }) => aws(arn),
        ("sess", Principal::AssumedRole { session_arn, .. }) => aws(session_arn),
        (_, _) => aws(&format!("arn:aws:iam::{digits}:user/somebody")),
    }
}

/// A bucket policy of statements separated by commas: `A:*` allows everybody, `D:id` denies the user, `N:id+acct` denies all
/// but the user and its account.
fn bucket_document(words: &str, who: &Principal) -> Option<Policy> {
    if words == "-" {
        return None;
    }
    let statement = |word: &str| {
        let (effect, names) = word.split_once(':').unwrap_or_else(|| panic!("no statement {word}"));
        let (effect, element) = match effect {
            "A" => ("Allow", "Principal"),
            "D" => ("Deny", "Principal"),
            "N" => ("Deny", "NotPrincipal"),
            other => panic!("no effect {other}"),
        };
        let value = match names.split('+').collect::<Vec<_>>().as_slice() {
            [one] => named(one, who),
            several => {
                let names: Vec<String> = several
                    .iter()
                    .map(|one| named(one, who).replace(r#"{"AWS":"#, "").trim_end_matches('}').to_owned())
                    .collect();
                format!(r#"{{"AWS":[{}]}}"#, names.join(","))
            }
        };
        format!(
            r#"{{"Effect":"{effect}","{element}":{value},"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}}"#
        )
    };
    let statements: Vec<String> = words.split(',').map(statement).collect();
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    Some(parse(&text, Kind::Bucket("bucket")))
}

fn decide(case: &Case) -> Decision {
    let who = principal(&case.principal);
    let identity = identity_document(&case.identity);
    let boundary = identity_document(&case.boundary);
    let session = identity_document(&case.session);
    let resource = bucket_document(&case.resource, &who);
    let identity: Vec<Named<'_>> = identity.iter().map(|policy| Named { name: "identity", policy }).collect();
    let session: Vec<Named<'_>> = session.iter().map(|policy| Named { name: "session", policy }).collect();
    let flag = |name: &str| case.flags.split(',').any(|flag| flag == name);
    let documents = Documents {
        identity: &identity,
        boundary: boundary.as_ref().map(|policy| Named { name: "boundary", policy }),
        session: (!session.is_empty()).then_some(&session),
        resource: resource.as_ref().map(|policy| Named { name: "bucket policy", policy }),
        resource_only_denies: flag("denies"),
        resource_must_allow: flag("must"),
        acl_allows: case.acl != "-",
        acl_allows_group: case.acl == "group",
        restrict_public: flag("restrict"),
        allowed_by_default: flag("default"),
    };
    let query = Query {
        principal: &who,
        action: ACTION,
        resource: RESOURCE,
        resource_account: account(OWN),
        context: &Given::default(),
    };
    evaluate(&query, &documents)
}

fn case(words: &[&str]) -> Case {
    let [principal, identity, boundary, session, resource, acl, flags] = words else {
        panic!("seven columns: {words:?}")
    };
    Case {
        principal: (*principal).to_owned(),
        identity: (*identity).to_owned(),
        boundary: (*boundary).to_owned(),
        session: (*session).to_owned(),
        resource: (*resource).to_owned(),
        acl: (*acl).to_owned(),
        flags: (*flags).to_owned(),
    }
}

#[test]
fn the_table_of_answers() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for line in include_str!("data/decisions.txt").lines() {
        let line = line.split('#').next().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((expected, columns)) = words.split_last() else { continue };
        let decision = decide(&case(columns));
        let expected_allowed = match *expected {
            "allow" => true,
            "deny" => false,
            other => panic!("no answer {other} in {line}"),
        };
        if decision.allowed != expected_allowed {
            wrong.push(format!("{line}: {decision:?}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 150, "the table has {count} lines");
}

/// Follows "Determining whether a request is allowed or denied within an account" and "Cross-account policy evaluation
/// logic" step by step, on what the documents say rather than on documents.
fn oracle(case: &Case) -> bool {
    let kind = case.principal.trim_start_matches('x');
    let same_account = !case.principal.starts_with('x');
    let has_account = !matches!(kind, "anon" | "service");
    let applies = has_account; // identity policies, boundaries and sessions belong to accounts' principals
    let (resource_effect, resource_name) = case.resource.split_once(':').unwrap_or(("-", "-"));
    let names_all = matches!(resource_name, "*" | "aws*");
    let names_it = match (kind, resource_name) {
        (_, "*" | "aws*") => true,
        ("anon", _) => false,
        ("service", name) => matches!(name, "id" | "sess"),
        ("fedroot", "id") => false,
        (_, "id" | "sess" | "acct" | "root" | "canon") => true,
        _ => false,
    };

    // Step 1: an explicit denial anywhere ends it.
    let denied = (applies
        && [&case.identity, &case.boundary, &case.session].into_iter().any(|word| word.contains('D')))
        || (resource_effect == "D" && names_it);
    if denied {
        return false;
    }

    // What each side gives.
    let is_root = kind == "root";
    let in_boundary = !applies || case.boundary == "-" || case.boundary == "A";
    let in_session = !applies || case.session == "A" || (case.session == "-" && !kind.starts_with("fed"));
    let identity = is_root || kind == "fedroot" || (applies && case.identity == "A");
    let principals_side = identity && in_boundary && in_session;
    let restricted = case.flags.contains("restrict") && kind != "service" && !(has_account && same_account);
    let grants = resource_effect == "A" && names_it && !restricted;
    let acl = case.acl != "-";

    if !has_account {
        return grants || acl;
    }
    if !same_account {
        return (grants || acl) && principals_side;
    }
    if is_root {
        return principals_side;
    }
    // Within the account: what the resource's policy gives to the principal itself needs nothing else; what it gives to the
    // role or user behind a session stays within boundary and session policies; what it gives to the account gives nothing.
    let to_itself = grants && (names_all || resource_name == "sess" || (resource_name == "id" && kind == "user"));
    let to_who_is_behind = grants && resource_name == "id" && kind != "user" && in_boundary && in_session;
    to_itself || to_who_is_behind || case.acl == "group" || principals_side
}

#[test]
fn every_combination_is_decided_as_the_flow_charts_say() {
    let principals =
        ["anon", "service", "root", "user", "role", "fed", "fedroot", "xroot", "xuser", "xrole", "xfed", "xfedroot"];
    let resources = [
        "-", "A:*", "A:aws*", "A:acct", "A:root", "A:canon", "A:id", "A:sess", "A:else", "D:*", "D:acct", "D:id",
        "D:sess", "D:else",
    ];
    let mut count = 0;
    for who in principals {
        // Root users have no policies of their own, the anonymous and services none at all.
        let alone = matches!(who, "anon" | "service" | "root" | "xroot");
        let identities: &[&str] = if alone || who.ends_with("fedroot") { &["-"] } else { &["-", "A", "S", "AD"] };
        let limits: &[&str] = if alone { &["-"] } else { &["-", "A", "S", "D"] };
        for identity in identities {
            for boundary in limits {
                for session in limits {
                    for resource in resources {
                        for acl in ["-", "acct", "group"] {
                            for flags in ["-", "restrict"] {
                                let case = case(&[who, identity, boundary, session, resource, acl, flags]);
                                let decision = decide(&case);
                                assert_eq!(decision.allowed, oracle(&case), "{case:?}: {decision:?}");
                                count += 1;
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(count >= 600, "only {count} combinations");
}

#[test]
fn reasons_name_what_decided() {
    let reason = |words: &[&str]| decide(&case(words)).reason;
    let statement = |document: &str, statement: &str| Reason::Statement {
        document: document.to_owned(),
        statement: statement.to_owned(),
    };
    assert_eq!(reason(&["user", "A", "-", "-", "-", "-", "-"]), statement("identity", "0"));
    assert_eq!(reason(&["user", "AD", "-", "-", "-", "-", "-"]), statement("identity", "1"));
    assert_eq!(reason(&["user", "A", "-", "-", "A:*,D:id", "-", "-"]), statement("bucket policy", "1"));
    assert_eq!(reason(&["anon", "-", "-", "-", "A:*", "-", "-"]), statement("bucket policy", "0"));
    assert_eq!(reason(&["anon", "-", "-", "-", "-", "group", "-"]), Reason::Acl);
    assert_eq!(reason(&["root", "-", "-", "-", "-", "-", "-"]), Reason::Root);
    assert_eq!(reason(&["user", "-", "-", "-", "-", "-", "default"]), Reason::Default);
    assert_eq!(reason(&["user", "-", "-", "-", "-", "-", "-"]), Reason::NothingAllows);
    assert_eq!(reason(&["user", "A", "S", "-", "-", "-", "-"]), Reason::Boundary);
    assert_eq!(reason(&["role", "A", "A", "S", "-", "-", "-"]), Reason::Session);
    assert_eq!(reason(&["role", "-", "S", "-", "A:id", "-", "-"]), Reason::Boundary);
    assert_eq!(reason(&["xuser", "A", "-", "-", "-", "-", "-"]), Reason::OneSideOnly);
    assert_eq!(reason(&["xuser", "-", "-", "-", "A:id", "-", "-"]), Reason::OneSideOnly);
    assert_eq!(reason(&["xuser", "-", "-", "-", "-", "-", "-"]), Reason::NothingAllows);
    assert_eq!(reason(&["xuser", "A", "S", "-", "A:id", "-", "-"]), Reason::Boundary);
}

#[test]
fn the_root_user_may_always_repair_its_buckets_policy() {
    let policy = parse(
        r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]}}"#,
        Kind::Bucket("bucket"),
    );
    let documents =
        Documents { resource: Some(Named { name: "bucket policy", policy: &policy }), ..Documents::default() };
    for (who, action, expected) in [
        ("root", "s3:GetBucketPolicy", true),
        ("root", "s3:PutBucketPolicy", true),
        ("root", "s3:DeleteBucketPolicy", true),
        ("root", "s3:GetBucketPolicyStatus", false),
        ("root", "s3:ListBucket", false),
        ("user", "s3:PutBucketPolicy", false),
        ("xroot", "s3:PutBucketPolicy", false),
        ("fedroot", "s3:PutBucketPolicy", false),
    ] {
        let who = principal(who);
        let query = Query {
            principal: &who,
            action,
            resource: "arn:aws:s3:::bucket",
            resource_account: account(OWN),
            context: &Given::default(),
        };
        assert_eq!(evaluate(&query, &documents).allowed, expected, "{who:?} {action}");
    }
    assert_ne!(OWN, OTHER);
}
