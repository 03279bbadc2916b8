//! OpenID Connect providers.

use crate::harness::Server;

#[tokio::test]
async fn a_provider_lives() {
    let server = Server::start().await;
    let thumbprint = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280";
    let parameters = [
        ("Url", "https://token.example.com/realm"),
        ("ClientIDList.member.1", "app"),
        ("ThumbprintList.member.1", thumbprint),
        ("Tags.member.1.Key", "k"),
        ("Tags.member.1.Value", "v"),
    ];
    let made = server.setup("CreateOpenIDConnectProvider", &parameters).await;
    let arn = made.text("CreateOpenIDConnectProviderResult/OpenIDConnectProviderArn");
    assert_eq!(arn, "arn:aws:iam::111122223333:oidc-provider/token.example.com/realm");
    let provider = [("OpenIDConnectProviderArn", arn)];
    server.setup("AddClientIDToOpenIDConnectProvider", &[provider[0], ("ClientID", "two")]).await;
    server.setup("RemoveClientIDFromOpenIDConnectProvider", &[provider[0], ("ClientID", "app")]).await;
    let got = server.setup("GetOpenIDConnectProvider", &provider).await;
    let result = "GetOpenIDConnectProviderResult";
    assert_eq!(got.text(&format!("{result}/Url")), "token.example.com/realm");
    assert_eq!(got.members(&format!("{result}/ClientIDList"))[0].text, "two");
    assert_eq!(got.members(&format!("{result}/ThumbprintList"))[0].text, thumbprint);
    let listed = server.setup("ListOpenIDConnectProviders", &[]).await;
    assert_eq!(listed.each("ListOpenIDConnectProvidersResult/OpenIDConnectProviderList", "Arn"), [arn]);
    let tags = server.setup("ListOpenIDConnectProviderTags", &provider).await;
    assert_eq!(tags.each("ListOpenIDConnectProviderTagsResult/Tags", "Key"), ["k"]);
    server.setup("DeleteOpenIDConnectProvider", &provider).await;
    let gone = server.iam(&server.root(), "GetOpenIDConnectProvider", &provider).await;
    assert_eq!(gone.refusal(), (404, "NoSuchEntity"));
}
