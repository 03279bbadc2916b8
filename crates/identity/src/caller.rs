//! Who makes a request, with everything that a decision about it needs.

use std::sync::Arc;

use larder_policy::{Policy, Principal};
use larder_types::{Owner, Timestamp};

/// A document and what to call it in a reason: its ARN, or the name of an inline policy behind that of what it is embedded in.
#[derive(Clone, Debug)]
pub struct NamedPolicy {
    /// What to call it.
    pub name: Arc<str>,
    /// The document.
    pub policy: Arc<Policy>,
}

/// Who makes a request. Built once for each state of the account, and shared by the requests made meanwhile.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// The account; `None` for nobody.
    pub owner: Option<Owner>,
    /// The policies of the user and its groups, or of the role.
    pub policies: Arc<[NamedPolicy]>,
    /// The permissions boundary.
    pub boundary: Option<NamedPolicy>,
    /// Its tags (`aws:PrincipalTag`): a session's outweigh those of the user or role.
    pub tags: Arc<[(String, String)]>,
    /// The session, when the request is signed with temporary credentials.
    pub session: Option<Arc<Session>>,
}

/// What is known of temporary credentials.
#[derive(Clone, Debug)]
pub struct Session {
    /// When they were issued (`aws:TokenIssueTime`).
    pub issued: Timestamp,
    /// Until when they are good.
    pub expires: Timestamp,
    /// When a code of an MFA device was given for them; `None` when none was.
    pub mfa_at: Option<Timestamp>,
    /// The session policies; `None` when it has none and may do all that its user or role may.
    pub policies: Option<Arc<[NamedPolicy]>>,
    /// Keys of those of its tags that sessions made by this session get too.
    pub transitive_tag_keys: Arc<[String]>,
    /// `sts:SourceIdentity`.
    pub source_identity: Option<String>,
    /// `aws:FederatedProvider`, for a session from AssumeRoleWithWebIdentity.
    pub federated_provider: Option<String>,
}

impl Caller {
    /// Nobody.
    #[must_use]
    pub fn anonymous() -> Self {
        Self {
            principal: Principal::Anonymous,
            owner: None,
            policies: Arc::from([]),
            boundary: None,
            tags: Arc::from([]),
            session: None,
        }
    }
}
