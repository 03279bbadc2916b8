//! A server of accounts in memory, clients with credentials, and answers taken apart.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use larder_crypto::SecretKey;
use larder_env::{SeededRng, SimulatedClock};
use larder_http::Asked;
use larder_iam_api::{IamApi, QueryCall, Service};
use larder_identity::{Caller, Fetch, Identity, IdentityParts, OperatorSettings, RootKeys};
use larder_policy::{Context, Values};
use larder_store::memory::MemoryMetaStore;
use larder_types::{AccountId, CanonicalUserId, Owner, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::Reader;
use quick_xml::events::Event;

pub(crate) const ACCOUNT: &str = "111122223333";
/// 2026-01-01T00:00:00Z
pub(crate) const START: i64 = 1_767_225_600_000;

/// Allows everything on everything.
pub(crate) const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// A trust policy for the whole account.
pub(crate) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["sts:AssumeRole","sts:TagSession"]}]}"#;

/// A policy that allows some actions on everything.
pub(crate) fn allow(actions: &[&str]) -> String {
    let actions = actions.iter().map(|action| format!("\"{action}\"")).collect::<Vec<_>>().join(",");
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}]}}"#)
}

pub(crate) struct Server {
    pub(crate) identity: Identity,
    pub(crate) clock: Arc<SimulatedClock>,
    api: IamApi,
}

/// The credentials of a client.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) id: String,
    pub(crate) token: Option<String>,
}

/// Condition keys that a test sets.
#[derive(Default)]
pub(crate) struct Keys(pub(crate) Vec<(&'static str, &'static str)>);

impl Context for Keys {
    fn get(&self, key: &str, suffix: Option<&str>) -> Option<Values<'_>> {
        let (_, value) = self.0.iter().find(|(name, _)| suffix.is_none() && *name == key)?;
        Some(Values::One((*value).into()))
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        let owner = Owner {
            account: AccountId::parse(ACCOUNT).expect("twelve digits"),
            canonical_id: CanonicalUserId::parse(&"a1".repeat(32)).expect("64 digits"),
            display_name: "root".into(),
        };
        let keys = RootKeys::parse("ROOTKEY", "rootsecret".to_owned()).expect("good keys");
        let clock = Arc::new(SimulatedClock::new(Timestamp::from_millis(START)));
        let rng = Arc::new(SeededRng::new(7));
        let identity = Identity::in_memory(owner, keys, clock.clone(), rng).await.expect("accounts in memory");
        let api = IamApi::new(identity.clone());
        Self { identity, clock, api }
    }

    /// A server that asks OpenID Connect providers through `fetch`. Its account is `ACCOUNT` too.
    pub(crate) async fn start_with(fetch: Arc<dyn Fetch>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let account = folder.path().join("account.toml");
        let canonical_id = "a1".repeat(32);
        let text = format!(
            "version = 1\naccount_id = \"{ACCOUNT}\"\ncanonical_id = \"{canonical_id}\"\ndisplay_name = \"root\"\n"
        );
        std::fs::write(&account, text).expect("written");
        std::fs::set_permissions(&account, std::fs::Permissions::from_mode(0o600)).expect("made private");
        let clock = Arc::new(SimulatedClock::new(Timestamp::from_millis(START)));
        let rng = Arc::new(SeededRng::new(7));
        let keys = RootKeys::parse("ROOTKEY", "rootsecret".to_owned()).expect("good keys");
        let settings = OperatorSettings { root_keys: Some(keys) };
        let meta = Arc::new(MemoryMetaStore::new());
        let secret = SecretKey::generate(&*rng);
        let parts = IdentityParts { meta, clock: clock.clone(), rng, secret, fetch: Some(fetch) };
        let (identity, _) = Identity::open(folder.path(), settings, parts).await.expect("accounts in a folder");
        Self { api: IamApi::new(identity.clone()), identity, clock }
    }

    pub(crate) fn root(&self) -> Credentials {
        Credentials { id: "ROOTKEY".to_owned(), token: None }
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    fn caller(&self, who: Option<&Credentials>) -> Arc<Caller> {
        match who {
            None => Arc::new(Caller::anonymous()),
            Some(who) => self.identity.authenticate(&who.id, who.token.as_deref()).expect("good credentials").caller,
        }
    }

    /// A request with everything that can be said about it.
    pub(crate) async fn send(
        &self,
        service: Service,
        who: Option<&Credentials>,
        context: &dyn Context,
        query: &str,
        body: &str,
    ) -> Answer {
        let caller = self.caller(who);
        let (asked, body) = (Asked::default(), body.as_bytes());
        let call = QueryCall { caller: &caller, context, request_id: "7a62c49f", asked: &asked, query, body };
        let answer = self.api.answer(service, &call).await;
        assert_eq!(answer.headers()["content-type"], "text/xml");
        assert_eq!(answer.headers()["x-amzn-requestid"], "7a62c49f");
        let xml = String::from_utf8(answer.body().to_vec()).expect("UTF-8");
        Answer { status: answer.status(), root: parse(&xml), xml }
    }

    pub(crate) async fn iam(&self, who: &Credentials, action: &str, parameters: &[(&str, &str)]) -> Answer {
        self.send(Service::Iam, Some(who), &Keys::default(), "", &form(action, "2010-05-08", parameters)).await
    }

    pub(crate) async fn sts(&self, who: &Credentials, action: &str, parameters: &[(&str, &str)]) -> Answer {
        self.send(Service::Sts, Some(who), &Keys::default(), "", &form(action, "2011-06-15", parameters)).await
    }

    /// As the root user, and it must succeed.
    pub(crate) async fn setup(&self, action: &str, parameters: &[(&str, &str)]) -> Answer {
        let answer = self.iam(&self.root(), action, parameters).await;
        assert_eq!(answer.status, StatusCode::OK, "{action}: {}", answer.xml);
        answer
    }

    /// A user with an inline policy and a key.
    pub(crate) async fn user(&self, name: &str, policy: &str) -> Credentials {
        self.setup("CreateUser", &[("UserName", name)]).await;
        if !policy.is_empty() {
            let parameters = [("UserName", name), ("PolicyName", "inline"), ("PolicyDocument", policy)];
            self.setup("PutUserPolicy", &parameters).await;
        }
        let key = self.setup("CreateAccessKey", &[("UserName", name)]).await;
        Credentials { id: key.text("CreateAccessKeyResult/AccessKey/AccessKeyId").to_owned(), token: None }
    }
}

/// A form, as clients write it.
pub(crate) fn form(action: &str, version: &str, parameters: &[(&str, &str)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let mut form = format!("Action={action}&Version={version}");
    for (name, value) in parameters {
        form.push_str(&format!("&{}={}", encode(name), encode(value)));
    }
    form
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) root: Element,
    pub(crate) xml: String,
}

impl Answer {
    /// The text at a path below the root element.
    #[track_caller]
    pub(crate) fn text(&self, path: &str) -> &str {
        &self.root.find(path).unwrap_or_else(|| panic!("no {path} in {}", self.xml)).text
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.root.find(path).is_some()
    }

    /// The members of the list at a path.
    #[track_caller]
    pub(crate) fn members(&self, path: &str) -> &[Element] {
        &self.root.find(path).unwrap_or_else(|| panic!("no {path} in {}", self.xml)).children
    }

    /// What `name` says in each member of the list at a path.
    #[track_caller]
    pub(crate) fn each(&self, path: &str, name: &str) -> Vec<&str> {
        self.members(path).iter().map(|member| member.find(name).map_or("", |it| it.text.as_str())).collect()
    }

    /// Status and code of a refusal.
    #[track_caller]
    pub(crate) fn refusal(&self) -> (u16, &str) {
        assert_eq!(self.root.name, "ErrorResponse", "{}", self.xml);
        (self.status.as_u16(), self.text("Error/Code"))
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, StatusCode::OK, "{}", self.xml);
        self
    }
}

#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    pub(crate) fn find(&self, path: &str) -> Option<&Element> {
        let mut found = self;
        for name in path.split('/') {
            found = found.children.iter().find(|child| child.name == name)?;
        }
        Some(found)
    }
}

fn parse(xml: &str) -> Element {
    let mut reader = Reader::from_str(xml);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                open.push(Element { name, ..Element::default() });
            }
            Event::End(_) => {
                let closed = open.pop().expect("an open element");
                open.last_mut().expect("a parent").children.push(closed);
            }
            Event::Text(text) => {
                open.last_mut().expect("an open element").text.push_str(&text.xml10_content());
            }
            Event::GeneralRef(reference) => {
                let text = &mut open.last_mut().expect("an open element").text;
                match reference.resolve_char_ref().expect("a character") {
                    Some(character) => text.push(character),
                    None => {
                        text.push_str(
                            quick_xml::escape::resolve_predefined_entity(&reference).expect("a known entity"),
                        );
                    }
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    open.pop().and_then(|mut document| document.children.pop()).expect("a root element")
}
