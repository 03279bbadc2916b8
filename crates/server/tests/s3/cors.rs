//! Cross-origin requests.

use crate::harness::{Answer, TestServer, run};

const RULES: &str = "<CORSConfiguration>\
    <CORSRule><AllowedOrigin>https://*.example.com</AllowedOrigin><AllowedMethod>PUT</AllowedMethod>\
    <AllowedMethod>DELETE</AllowedMethod><AllowedHeader>x-amz-*</AllowedHeader><AllowedHeader>content-type</AllowedHeader>\
    <ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>600</MaxAgeSeconds></CORSRule>\
    <CORSRule><ID>everyone</ID><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>\
    </CORSConfiguration>";

async fn preflight(s: &TestServer, target: &str, origin: &str, method: &str, headers: &str) -> Answer {
    let ask = s.ask("OPTIONS", target).anonymous().header("origin", origin);
    let ask = ask.header("access-control-request-method", method);
    let ask = if headers.is_empty() { ask } else { ask.header("access-control-request-headers", headers) };
    ask.send().await
}

#[test]
fn preflights() {
    run(async |s| {
        s.bucket("bucket").await;
        preflight(s, "/bucket/key", "https://a.example.com", "PUT", "").await.refused(403, "AccessForbidden");
        s.put("/bucket?cors", RULES).send().await.status(200);
        let granted =
            preflight(s, "/bucket/key", "https://a.example.com", "PUT", "X-Amz-Date, content-type").await.status(200);
        let granted = granted.has("access-control-allow-origin", "https://a.example.com");
        let granted = granted.has("access-control-allow-methods", "PUT, DELETE").has("access-control-max-age", "600");
        let granted = granted.has("access-control-allow-headers", "x-amz-date, content-type");
        let granted =
            granted.has("access-control-expose-headers", "ETag").has("access-control-allow-credentials", "true");
        let granted = granted.has("vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
        assert!(granted.body.is_empty());
        for target in ["/bucket", "/bucket/none", "/bucket/key?versionId=x"] {
            let any = preflight(s, target, "http://elsewhere", "GET", "").await.status(200);
            any.has("access-control-allow-origin", "*").has("access-control-allow-credentials", "");
        }
        let by_host =
            s.ask("OPTIONS", "/key").anonymous().header("host", "bucket.localhost").header("origin", "http://x");
        by_host.header("access-control-request-method", "GET").send().await.status(200);
        for (origin, method, headers) in [
            ("https://example.com", "PUT", ""),
            ("http://elsewhere", "PUT", ""),
            ("https://a.example.com", "POST", ""),
            ("https://a.example.com", "PUT", "x-other"),
            ("http://elsewhere", "GET", "x-amz-date"),
        ] {
            let refused = preflight(s, "/bucket/key", origin, method, headers).await;
            refused.refused(403, "AccessForbidden").has("access-control-allow-origin", "");
        }
        preflight(s, "/bucket/key", "http://x", "PATCH", "").await.refused(400, "BadRequest");
        s.ask("OPTIONS", "/bucket/key").anonymous().send().await.refused(400, "BadRequest");
        preflight(s, "/nowhere/key", "http://x", "GET", "").await.refused(403, "AccessForbidden");
    });
}

#[test]
fn requests_from_pages() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket?cors", RULES).send().await.status(200);
        let put = s.put("/bucket/key", "x").header("origin", "https://a.example.com").send().await.status(200);
        put.has("access-control-allow-origin", "https://a.example.com").has("access-control-expose-headers", "ETag");
        let got = s.get("/bucket/key").header("origin", "http://elsewhere").send().await.status(200);
        got.has("access-control-allow-origin", "*");
        // Errors too, or pages could not tell why they failed.
        let missing = s.get("/bucket/none").header("origin", "http://elsewhere").send().await.refused(404, "NoSuchKey");
        missing.has("access-control-allow-origin", "*");
        let denied = s.get("/bucket/key").anonymous().header("origin", "http://elsewhere").send().await;
        denied.refused(403, "AccessDenied");
        s.get("/bucket/key").send().await.status(200).has("access-control-allow-origin", "");
        let not_allowed = s.put("/bucket/key", "y").header("origin", "http://elsewhere").send().await.status(200);
        not_allowed.has("access-control-allow-origin", "");
        let url = s.presign("GET", "/bucket/key", &[], 60);
        let got = s.get(&url).anonymous().header("origin", "http://elsewhere").send().await.status(200);
        got.has("access-control-allow-origin", "*");
    });
}

#[test]
fn the_rules() {
    run(async |s| {
        s.bucket("bucket").await;
        s.get("/bucket?cors").send().await.refused(404, "NoSuchCORSConfiguration").says("BucketName", "bucket");
        s.put("/bucket?cors", RULES).send().await.status(200);
        let shown = s.get("/bucket?cors").send().await.status(200).says("ID", "everyone").says("MaxAgeSeconds", "600");
        assert_eq!(shown.all("AllowedOrigin"), ["https://*.example.com", "*"]);
        assert_eq!(shown.all("AllowedMethod"), ["PUT", "DELETE", "GET"]);
        for (document, code) in [
            ("", "MissingRequestBodyError"),
            ("<CORSConfiguration>", "MalformedXML"),
            ("<CORSConfiguration/>", "MalformedXML"),
            (
                "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>",
                "MalformedXML",
            ),
            (
                "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>PATCH</AllowedMethod></CORSRule></CORSConfiguration>",
                "InvalidRequest",
            ),
            (
                "<CORSConfiguration><CORSRule><AllowedOrigin>*.*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>",
                "InvalidRequest",
            ),
        ] {
            s.put("/bucket?cors", document).send().await.refused(400, code);
        }
        let rule = "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>";
        let many = format!("<CORSConfiguration>{}</CORSConfiguration>", rule.repeat(101));
        assert_eq!(s.put("/bucket?cors", many).send().await.status, 400);
        assert_eq!(
            s.get("/bucket?cors").send().await.ok().inner("CORSRule").len(),
            2,
            "what was refused changed nothing"
        );
        s.delete("/bucket?cors").send().await.status(204);
        s.get("/bucket?cors").send().await.refused(404, "NoSuchCORSConfiguration");
        s.delete("/bucket?cors").send().await.status(204);
    });
}
