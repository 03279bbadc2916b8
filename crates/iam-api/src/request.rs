//! A request for an operation, as the operation sees it.

use std::sync::Arc;

use larder_identity::{AccountState, Caller, Identity, LastUsed, User, Who};
use larder_policy::{Context, Principal};
use larder_types::AccountId;

use crate::protocol::{Fault, Input, rules};

/// What the root user is called, as it has no name.
pub(crate) const ROOT: &str = "root";

/// A request that was parsed, not yet authorised.
#[derive(Clone)]
pub(crate) struct Request<'a> {
    /// The operation's name.
    pub(crate) action: &'static str,
    /// Who asks.
    pub(crate) caller: &'a Caller,
    /// The caller's account.
    pub(crate) account: AccountId,
    /// Its parameters.
    pub(crate) input: Input<'a>,
    /// The global condition keys.
    pub(crate) context: &'a dyn Context,
    /// Where uses are noted before they are written down.
    pub(crate) identity: &'a Identity,
}

/// Whom an operation about "a user, or yourself" is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject<'a> {
    /// The account's root user.
    Root,
    /// A user.
    User(&'a Arc<User>),
}

impl Subject<'_> {
    pub(crate) fn who(&self) -> Who {
        match self {
            Self::Root => Who::Root,
            Self::User(user) => Who::User(Arc::clone(&user.id)),
        }
    }

    /// The name that answers show. The root user has none, but clients expect one.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Root => ROOT,
            Self::User(user) => &user.name,
        }
    }
}

impl<'a> Request<'a> {
    /// The user that `UserName` names or, without it, the user whose credentials signed the request. The root user may call
    /// itself `root`, for clients that insist on a name.
    pub(crate) fn subject<'s>(&self, state: &'s AccountState) -> Result<Subject<'s>, Fault> {
        let is_root = matches!(self.caller.principal, Principal::Root { .. });
        match self.input.optional("UserName", &rules::EXISTING_USER_NAME)? {
            Some(name) => match state.user(name) {
                Err(_) if is_root && name == ROOT => Ok(Subject::Root),
                found => Ok(Subject::User(found?)),
            },
            None => self.own_user(state),
        }
    }

    /// The user whose credentials signed the request.
    pub(crate) fn own_user<'s>(&self, state: &'s AccountState) -> Result<Subject<'s>, Fault> {
        match &self.caller.principal {
            Principal::Root { .. } => Ok(Subject::Root),
            Principal::User { id, name, .. } => {
                let user = state.user(name).ok().filter(|user| user.id == *id);
                user.map(Subject::User)
                    .ok_or_else(|| Fault::missing(format!("The user with name {name} cannot be found.")))
            }
            _ => Err(Fault::invalid("Must specify userName when calling with non-User credentials")),
        }
    }

    /// When a key (by its id) or a role (by its unique id) of the account was last used, up to this moment: the account's
    /// state has what was written down, which happens now and then.
    pub(crate) fn last_used(&self, id: &str) -> Option<LastUsed> {
        self.identity.last_used(self.account, id)
    }

    pub(crate) fn text(&self, name: &str, rule: &rules::Rule) -> Result<&'a str, Fault> {
        self.input.required(name, rule)
    }
}
