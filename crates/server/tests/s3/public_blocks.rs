//! What each switch of Block Public Access takes away from the public, on a bucket and on an account.

use crate::harness::{Account, Ask, TestServer, allow, policy, run};

const CONTROL: &str = "/v20180820/configuration/publicAccessBlock";

fn block(switch: &str) -> String {
    format!("<PublicAccessBlockConfiguration><{switch}>true</{switch}></PublicAccessBlockConfiguration>")
}

/// `bucket` with a public list, a public policy and a public object.
async fn public<'a>(s: &'a TestServer) -> (Account<'a>, Account<'a>) {
    let owner = s.operator().await;
    owner.open_bucket("bucket", "ObjectWriter").await;
    owner.root.put("/bucket/listed", "x").header("x-amz-acl", "public-read").send().await.ok();
    owner.root.put("/bucket/by-policy", "x").send().await.ok();
    owner.root.put("/bucket?acl", "").header("x-amz-acl", "public-read").send().await.ok();
    let partner = s.account("partner").await;
    let document = public_policy(&partner);
    owner.root.put("/bucket?policy", document).send().await.status(204);
    (owner, partner)
}

fn public_policy(partner: &Account<'_>) -> String {
    policy(&[
        allow("s3:GetObject").on("bucket/by-policy").to("*"),
        allow("s3:PutObject").on("bucket/*").to(&partner.id),
    ])
}

/// What the public still can: read by the object's list, list by the bucket's list, read by the policy; what a partner
/// that the policy names still can; and whether a public list and a public policy are taken.
async fn left(s: &TestServer, owner: &Account<'_>, partner: &Account<'_>) -> [bool; 6] {
    let status = async |ask: Ask<'_>| {
        let answer = ask.send().await;
        assert!(matches!(answer.status, 200 | 204 | 403), "{}", answer.text());
        answer.status != 403
    };
    let public_list = owner.root.put("/bucket/listed?acl", "").header("x-amz-acl", "public-read");
    let public_policy = owner.root.put("/bucket?policy", public_policy(partner));
    [
        status(s.get("/bucket/listed").anonymous()).await,
        status(s.get("/bucket?list-type=2").anonymous()).await,
        status(s.get("/bucket/by-policy").anonymous()).await,
        status(partner.root.put("/bucket/theirs", "x")).await,
        status(public_list).await,
        status(public_policy).await,
    ]
}

const CASES: [(&str, [bool; 6]); 4] = [
    ("BlockPublicAcls", [true, true, true, true, false, true]),
    ("IgnorePublicAcls", [false, false, true, true, true, true]),
    ("BlockPublicPolicy", [true, true, true, true, true, false]),
    ("RestrictPublicBuckets", [true, true, false, false, true, true]),
];

#[test]
fn on_a_bucket() {
    run(async |s| {
        let (owner, partner) = public(s).await;
        assert_eq!(left(s, &owner, &partner).await, [true; 6]);
        for (switch, expected) in CASES {
            owner.root.put("/bucket?publicAccessBlock", block(switch)).send().await.ok();
            assert_eq!(left(s, &owner, &partner).await, expected, "{switch}");
            owner.root.get("/bucket/by-policy").send().await.ok();
        }
    });
}

fn control<'a>(account: &Account<'a>, method: &str, body: &str) -> Ask<'a> {
    account.root.ask(method, CONTROL).body(body).header("x-amz-account-id", &account.id)
}

#[test]
fn on_an_account() {
    run(async |s| {
        let (owner, partner) = public(s).await;
        for (switch, expected) in CASES {
            // What another account sets is none of this one's business.
            control(&partner, "PUT", &block(switch)).send().await.ok();
            assert_eq!(left(s, &owner, &partner).await, [true; 6]);
            control(&owner, "PUT", &block(switch)).send().await.ok();
            assert_eq!(left(s, &owner, &partner).await, expected, "{switch}");
            control(&owner, "DELETE", "").send().await.status(204);
            control(&partner, "DELETE", "").send().await.status(204);
        }
        let of_another = partner.root.ask("DELETE", CONTROL).header("x-amz-account-id", &owner.id).send().await;
        of_another.refused(403, "AccessDenied");
        let anna = owner.user("anna").await;
        let set =
            || anna.ask("PUT", CONTROL).body(block("BlockPublicAcls")).header("x-amz-account-id", &owner.id).send();
        set().await.refused(403, "AccessDenied");
        owner.permit("anna", &[allow("s3:PutAccountPublicAccessBlock")]).await;
        set().await.ok();
    });
}
