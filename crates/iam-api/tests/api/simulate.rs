//! The policy simulator.

use crate::harness::{ALLOW_ALL, Answer, Server, allow};

fn results(answer: &Answer, action: &str) -> Vec<String> {
    let list = format!("{action}Result/EvaluationResults");
    answer.each(&list, "EvalDecision").into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn documents_that_are_given_are_asked() {
    let server = Server::start().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}},
  {"Effect":"Deny","Action":"s3:DeleteObject","Resource":"*"}]}"#;
    let parameters = [
        ("PolicyInputList.member.1", policy),
        ("ActionNames.member.1", "s3:GetObject"),
        ("ActionNames.member.2", "s3:DeleteObject"),
        ("ActionNames.member.3", "iam:ListUsers"),
    ];
    let without = server.setup("SimulateCustomPolicy", &parameters).await;
    assert_eq!(results(&without, "SimulateCustomPolicy"), ["implicitDeny", "explicitDeny", "implicitDeny"]);
    let result = "SimulateCustomPolicyResult/EvaluationResults/member";
    assert_eq!(without.members(&format!("{result}/MissingContextValues"))[0].text, "aws:SourceIp");
    let entry = [
        ("ContextEntries.member.1.ContextKeyName", "aws:SourceIp"),
        ("ContextEntries.member.1.ContextKeyType", "ip"),
        ("ContextEntries.member.1.ContextKeyValues.member.1", "10.1.2.3"),
        ("ResourceArns.member.1", "arn:aws:s3:::b/k"),
    ];
    let with = server.setup("SimulateCustomPolicy", &[&parameters[..], &entry].concat()).await;
    assert_eq!(results(&with, "SimulateCustomPolicy"), ["allowed", "explicitDeny", "implicitDeny"]);
    let statement = format!("{result}/MatchedStatements/member");
    assert_eq!(with.text(&format!("{statement}/SourcePolicyId")), "PolicyInputList.1");
    assert_eq!(with.text(&format!("{statement}/StartPosition/Line")), "2");
    assert_eq!(with.text(&format!("{result}/ResourceSpecificResults/member/EvalResourceDecision")), "allowed");
    let keys = server.setup("GetContextKeysForCustomPolicy", &[("PolicyInputList.member.1", policy)]).await;
    assert_eq!(keys.members("GetContextKeysForCustomPolicyResult/ContextKeyNames")[0].text, "aws:SourceIp");
}

#[tokio::test]
async fn a_users_policies_are_asked_within_its_boundary() {
    let server = Server::start().await;
    server.user("anna", &allow(&["s3:*"])).await;
    server.setup("CreateGroup", &[("GroupName", "staff")]).await;
    server.setup("AddUserToGroup", &[("GroupName", "staff"), ("UserName", "anna")]).await;
    let document = allow(&["iam:ListUsers"]);
    server.setup("PutGroupPolicy", &[("GroupName", "staff"), ("PolicyName", "g"), ("PolicyDocument", &document)]).await;
    let source = [
        ("PolicySourceArn", "arn:aws:iam::111122223333:user/anna"),
        ("ActionNames.member.1", "s3:GetObject"),
        ("ActionNames.member.2", "iam:ListUsers"),
        ("ActionNames.member.3", "iam:DeleteUser"),
    ];
    let plain = server.setup("SimulatePrincipalPolicy", &source).await;
    assert_eq!(results(&plain, "SimulatePrincipalPolicy"), ["allowed", "allowed", "implicitDeny"]);
    let result = "SimulatePrincipalPolicyResult/EvaluationResults/member";
    assert_eq!(plain.text(&format!("{result}/MatchedStatements/member/SourcePolicyId")), "user_anna_inline");
    let boundary = allow(&["iam:*"]);
    let bounded = [&source[..], &[("PermissionsBoundaryPolicyInputList.member.1", boundary.as_str())]].concat();
    let bounded = server.setup("SimulatePrincipalPolicy", &bounded).await;
    assert_eq!(results(&bounded, "SimulatePrincipalPolicy"), ["implicitDeny", "allowed", "implicitDeny"]);
    let detail = format!("{result}/PermissionsBoundaryDecisionDetail/AllowedByPermissionsBoundary");
    assert_eq!(bounded.text(&detail), "false");
    let missing = [("PolicySourceArn", "arn:aws:iam::111122223333:user/bert"), source[1]];
    let refused = server.iam(&server.root(), "SimulatePrincipalPolicy", &missing).await;
    assert_eq!(refused.refusal(), (404, "NoSuchEntity"));
    let paged = server.setup("SimulatePrincipalPolicy", &[&source[..], &[("MaxItems", "2")]].concat()).await;
    assert_eq!(paged.text("SimulatePrincipalPolicyResult/IsTruncated"), "true");
}

#[tokio::test]
async fn a_bucket_policy_is_asked_with_its_caller() {
    let server = Server::start().await;
    server.user("anna", "").await;
    let bucket = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/anna"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}"#;
    let parameters = [
        ("PolicyInputList.member.1", &*allow(&["s3:ListBucket"])),
        ("ActionNames.member.1", "s3:GetObject"),
        ("ResourceArns.member.1", "arn:aws:s3:::b/k"),
        ("ResourcePolicy", bucket),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    let borrowed: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = server.iam(&server.root(), "SimulateCustomPolicy", &borrowed).await;
    assert_eq!(refused.refusal(), (400, "InvalidInput"));
    let caller = ("CallerArn", "arn:aws:iam::111122223333:user/anna");
    let answer = server.setup("SimulateCustomPolicy", &[&borrowed[..], &[caller]].concat()).await;
    assert_eq!(results(&answer, "SimulateCustomPolicy"), ["allowed"]);
}

#[tokio::test]
async fn bad_documents_are_refused() {
    let server = Server::start().await;
    for (policy, action) in [("{}", "s3:GetObject"), (ALLOW_ALL, "GetObject")] {
        let parameters = [("PolicyInputList.member.1", policy), ("ActionNames.member.1", action)];
        let refused = server.iam(&server.root(), "SimulateCustomPolicy", &parameters).await;
        assert_eq!(refused.refusal(), (400, "InvalidInput"), "{}", refused.xml);
    }
}

/// What one request may cost is bounded, in statements, in bytes of documents and in the length of the answer.
#[tokio::test]
async fn a_simulation_that_is_too_large_is_refused() {
    let server = Server::start().await;
    let numbered = |list: &str, count: usize, value: &dyn Fn(usize) -> String| -> Vec<(String, String)> {
        (1..=count).map(|number| (format!("{list}.member.{number}"), value(number))).collect()
    };
    let actions = numbered("ActionNames", 1_000, &|number| format!("s3:Action{number}"));
    let document =
        |statements: Vec<String>| format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    let many = document(vec![r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#.to_owned(); 101]);
    let names = (0..6_000).map(|number| format!("\"s3:Other{number}\"")).collect::<Vec<_>>().join(",");
    let long = document(vec![format!(r#"{{"Effect":"Allow","Action":[{names}],"Resource":"*"}}"#)]);
    let key = |number: usize| format!(r#""aws:PrincipalTag/{number:0>200}":"x""#);
    let keys = (0..20).map(key).collect::<Vec<_>>().join(",");
    let missing =
        format!(r#"{{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{{"StringEquals":{{{keys}}}}}}}"#);
    for policy in [many, long, document(vec![missing])] {
        let mut parameters = actions.clone();
        parameters.push(("PolicyInputList.member.1".to_owned(), policy));
        let whole: Vec<_> = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let refused =
            server.iam(&server.root(), "SimulateCustomPolicy", &[&whole[..], &[("MaxItems", "1000")]].concat()).await;
        assert_eq!(refused.refusal(), (400, "InvalidInput"));
        let part = server.setup("SimulateCustomPolicy", &[&whole[..], &[("MaxItems", "10")]].concat()).await;
        assert_eq!(results(&part, "SimulateCustomPolicy").len(), 10);
    }
}
