//! From a session token to whom it acts for.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use larder_policy::{Policy, Principal};
use parking_lot::RwLock;

use super::token::{Actor, SessionBody};
use crate::directory::Directory;
use crate::model::{Document, Who};
use crate::state::AccountState;
use crate::{Caller, Credential, CredentialRefusal, Identity, NamedPolicy, Secret, Session, resolve};

/// How many sessions are remembered; when there are more, all are forgotten.
const REMEMBERED: usize = 1_024;

/// What reading a token costs only once: opening it and parsing its policy.
pub(crate) struct Opened {
    token: String,
    secret: Arc<Secret>,
    body: SessionBody,
    document: Option<Arc<Policy>>,
    tags: Arc<[(String, String)]>,
}

/// Tokens that were opened lately, by access key id. Only what a token says is remembered, never whether it is still good.
#[derive(Default)]
pub(crate) struct OpenedSessions(RwLock<HashMap<Arc<str>, Arc<Opened>>>);

impl OpenedSessions {
    fn get(&self, access_key_id: &str, token: &str) -> Option<(Arc<str>, Arc<Opened>)> {
        let (id, opened) = {
            let sessions = self.0.read();
            let (id, opened) = sessions.get_key_value(access_key_id)?;
            (Arc::clone(id), Arc::clone(opened))
        };
        verify_slices_are_equal(opened.token.as_bytes(), token.as_bytes()).ok()?;
        Some((id, opened))
    }

    fn put(&self, access_key_id: &Arc<str>, opened: &Arc<Opened>) {
        let mut sessions = self.0.write();
        if sessions.len() >= REMEMBERED {
            sessions.clear();
        }
        sessions.insert(Arc::clone(access_key_id), Arc::clone(opened));
    }
}

impl Identity {
    /// The credential of a session.
    pub(crate) fn open_session(
        &self,
        directory: &Directory,
        access_key_id: &str,
        token: &str,
    ) -> Result<Credential, CredentialRefusal> {
        let (id, opened) = match self.shared.sessions.get(access_key_id, token) {
            Some(known) => known,
            None => {
                let opened = Arc::new(self.open_token(access_key_id, token).ok_or(CredentialRefusal::InvalidToken)?);
                let id: Arc<str> = access_key_id.into();
                self.shared.sessions.put(&id, &opened);
                (id, opened)
            }
        };
        let body = &opened.body;
        if self.now() >= body.expires {
            return Err(CredentialRefusal::ExpiredToken);
        }
        let state = directory.account(body.account).ok_or(CredentialRefusal::InvalidToken)?;
        // An account of the same number that was made later is another one; nobody acts in one that is being deleted.
        if body.issued < state.account().created || state.account().closing {
            return Err(CredentialRefusal::InvalidToken);
        }
        let (base, principal) = actor(directory, state, &body.actor).ok_or(CredentialRefusal::InvalidToken)?;
        let caller = Caller {
            principal,
            owner: base.owner.clone(),
            policies: Arc::clone(&base.policies),
            boundary: base.boundary.clone(),
            tags: if opened.tags.is_empty() {
                Arc::clone(&base.tags)
            } else {
                resolve::overlaid(&base.tags, &opened.tags)
            },
            session: Some(Arc::new(session(&opened, state))),
        };
        Ok(Credential { access_key_id: id, secret: Arc::clone(&opened.secret), caller: Arc::new(caller) })
    }

    fn open_token(&self, access_key_id: &str, token: &str) -> Option<Opened> {
        let mut body = SessionBody::open(&self.shared.sealer, access_key_id, token)?;
        let document = match &body.document {
            // It was checked before it was sealed.
            Some(text) => Some(Arc::clone(Document::parse(text, larder_policy::Kind::Identity).ok()?.policy())),
            None => None,
        };
        let secret = Arc::new(Secret::new(std::mem::take(&mut body.secret)));
        let tags = body.tags.iter().cloned().collect();
        Some(Opened { token: token.to_owned(), secret, body, document, tags })
    }
}

/// The caller without its session, and what the session is called; `None` when its user or role is gone.
fn actor(directory: &Directory, state: &AccountState, actor: &Actor) -> Option<(Arc<Caller>, Principal)> {
    let account = state.id();
    match actor {
        Actor::Root => {
            let caller = directory.caller(account, &Who::Root)?;
            let principal = caller.principal.clone();
            Some((caller, principal))
        }
        Actor::User { id } => {
            let caller = directory.caller(account, &Who::User(id.as_str().into()))?;
            let principal = caller.principal.clone();
            Some((caller, principal))
        }
        Actor::Role { id, session_name } => {
            let (role, caller) = directory.role(account, id)?;
            Some((Arc::clone(caller), state.principal_of_session(role, session_name)))
        }
        Actor::Federated { name, user } => {
            let who = user.as_ref().map_or(Who::Root, |id| Who::User(id.as_str().into()));
            let caller = directory.caller(account, &who)?;
            let user_arn = match &caller.principal {
                Principal::User { arn, .. } => Some(Arc::clone(arn)),
                _ => None,
            };
            let principal = Principal::FederatedUser {
                account,
                canonical_id: state.owner().canonical_id.clone(),
                arn: format!("arn:aws:sts::{account}:federated-user/{name}").into(),
                id: format!("{account}:{name}").into(),
                user_arn,
            };
            Some((caller, principal))
        }
    }
}

fn session(opened: &Opened, state: &AccountState) -> Session {
    let body = &opened.body;
    let document = opened.document.as_ref();
    let document = document.map(|policy| NamedPolicy { name: "session policy".into(), policy: Arc::clone(policy) });
    let managed = body.arns.iter().map(|arn| resolve::managed_policy(state, arn));
    let limited = document.is_some() || !body.arns.is_empty();
    Session {
        issued: body.issued,
        expires: body.expires,
        mfa_at: body.mfa_at,
        policies: limited.then(|| document.into_iter().chain(managed).collect()),
        transitive_tag_keys: body.transitive_tag_keys.iter().cloned().collect(),
        source_identity: body.source_identity.clone(),
        federated_provider: body.federated_provider.clone(),
    }
}
