//! Somebody who sends requests: a root user, a user or a session.

use super::{Answer, Ask, Keys, TestServer, encoded};

/// Whoever signs with some keys.
#[derive(Clone)]
pub(crate) struct Actor<'a> {
    pub(crate) server: &'a TestServer,
    pub(crate) keys: Keys,
}

impl<'a> Actor<'a> {
    /// A request; `target` is sent as it stands.
    pub(crate) fn ask(&self, method: &str, target: &str) -> Ask<'a> {
        self.server.ask(method, target).by(&self.keys)
    }

    pub(crate) fn get(&self, target: &str) -> Ask<'a> {
        self.ask("GET", target)
    }

    pub(crate) fn head(&self, target: &str) -> Ask<'a> {
        self.ask("HEAD", target)
    }

    pub(crate) fn delete(&self, target: &str) -> Ask<'a> {
        self.ask("DELETE", target)
    }

    pub(crate) fn put(&self, target: &str, body: impl AsRef<[u8]>) -> Ask<'a> {
        self.ask("PUT", target).body(body)
    }

    pub(crate) fn post(&self, target: &str, body: impl AsRef<[u8]>) -> Ask<'a> {
        self.ask("POST", target).body(body)
    }

    /// The target with the query of a presigned request that is good for a minute.
    pub(crate) fn presign(&self, method: &str, target: &str) -> String {
        self.keys.presign(self.server, method, target, &[], 60)
    }

    /// A request to IAM.
    pub(crate) fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> Ask<'a> {
        self.query_api("iam", "2010-05-08", action, parameters)
    }

    /// A request to STS.
    pub(crate) fn sts(&self, action: &str, parameters: &[(&str, &str)]) -> Ask<'a> {
        self.query_api("sts", "2011-06-15", action, parameters)
    }

    /// A request of an operator; `body` is JSON.
    pub(crate) fn admin(&self, operation: &str, body: &str) -> Ask<'a> {
        let ask = self.post("/", body).for_service("larder");
        ask.header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("LarderAdmin.{operation}"))
    }

    fn query_api(&self, service: &str, version: &str, action: &str, parameters: &[(&str, &str)]) -> Ask<'a> {
        let mut form = format!("Action={action}&Version={version}");
        for (name, value) in parameters {
            form.push_str(&format!("&{name}={}", encoded(value).replace('/', "%2F")));
        }
        let ask = self.post("/", form).for_service(service);
        ask.header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
    }

    /// Temporary credentials for itself, with GetSessionToken.
    pub(crate) async fn session(&self, parameters: &[(&str, &str)]) -> Actor<'a> {
        self.holder_of(&self.sts("GetSessionToken", parameters).send().await.succeeded())
    }

    /// A session of a role.
    pub(crate) async fn assume(&self, role: &str, parameters: &[(&str, &str)]) -> Actor<'a> {
        let named = [&[("RoleArn", role), ("RoleSessionName", "work")], parameters].concat();
        self.holder_of(&self.sts("AssumeRole", &named).send().await.succeeded())
    }

    /// A federated user.
    pub(crate) async fn federate(&self, name: &str, parameters: &[(&str, &str)]) -> Actor<'a> {
        let named = [&[("Name", name)], parameters].concat();
        self.holder_of(&self.sts("GetFederationToken", &named).send().await.succeeded())
    }

    /// Whoever an answer of STS or CreateAccessKey gives credentials for.
    pub(crate) fn holder_of(&self, answer: &Answer) -> Actor<'a> {
        let token = answer.first("SessionToken");
        let (id, secret) = (answer.first("AccessKeyId"), answer.first("SecretAccessKey"));
        let keys = Keys { id, secret, token: Some(token).filter(|token| !token.is_empty()) };
        Actor { server: self.server, keys }
    }

    /// As another session token would have it.
    pub(crate) fn with_token(&self, token: Option<&str>) -> Actor<'a> {
        let token = token.map(str::to_owned);
        Actor { server: self.server, keys: Keys { token, ..self.keys.clone() } }
    }
}

impl Answer {
    /// Asserts success of IAM, STS or an operator's request, whose answers are not headed as S3's are.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// Asserts an error of IAM or STS.
    #[track_caller]
    pub(crate) fn failed(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.first("Code").as_str()), (status, code), "{}", self.text());
        self
    }

    /// Asserts an error of an operator's request.
    #[track_caller]
    pub(crate) fn failed_json(self, status: u16, kind: &str) -> Self {
        assert_eq!((self.status, self.json("__type").as_str()), (status, kind), "{}", self.text());
        self
    }

    /// The first text of this name in a JSON answer; empty when there is none.
    pub(crate) fn json(&self, name: &str) -> String {
        self.all_json(name).into_iter().next().unwrap_or_default()
    }

    /// All texts of this name in a JSON answer without escapes, in order.
    pub(crate) fn all_json(&self, name: &str) -> Vec<String> {
        let marker = format!("\"{name}\":\"");
        let rests = self.text().split(&marker).skip(1);
        rests.map(|rest| rest.split('"').next().unwrap_or_default().to_owned()).collect()
    }
}
