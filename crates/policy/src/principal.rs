//! Who makes a request.

use std::borrow::Cow;
use std::sync::Arc;

use larder_types::{AccountId, CanonicalUserId};

/// Who makes a request, as policies and ACLs name it. ARNs are whole, such as `arn:aws:iam::111122223333:user/team/anna`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Nobody: the request was not signed.
    Anonymous,
    /// The root user of an account.
    Root {
        /// The account.
        account: AccountId,
        /// Its canonical user id.
        canonical_id: CanonicalUserId,
    },
    /// An IAM user, by a key of its own or by a session from GetSessionToken.
    User {
        /// The account.
        account: AccountId,
        /// The account's canonical user id.
        canonical_id: CanonicalUserId,
        /// `arn:aws:iam::ACCOUNT:user/PATH/NAME`.
        arn: Arc<str>,
        /// The unique id, `AIDA...`.
        id: Arc<str>,
        /// The name.
        name: Arc<str>,
    },
    /// A session of a role.
    AssumedRole {
        /// The role's account.
        account: AccountId,
        /// The account's canonical user id.
        canonical_id: CanonicalUserId,
        /// `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
        role_arn: Arc<str>,
        /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`.
        session_arn: Arc<str>,
        /// `AROA...:SESSION`.
        id: Arc<str>,
    },
    /// A session from GetFederationToken.
    FederatedUser {
        /// The account.
        account: AccountId,
        /// The account's canonical user id.
        canonical_id: CanonicalUserId,
        /// `arn:aws:sts::ACCOUNT:federated-user/NAME`.
        arn: Arc<str>,
        /// `ACCOUNT:NAME`.
        id: Arc<str>,
        /// The IAM user that made the session; `None` when it was the root user.
        user_arn: Option<Arc<str>>,
    },
    /// Somebody whom an OpenID Connect provider vouches for: in trust policies only.
    WebIdentity {
        /// `arn:aws:iam::ACCOUNT:oidc-provider/HOST`.
        provider: Arc<str>,
    },
    /// A service that acts on its own behalf, such as `logging.s3.amazonaws.com`.
    Service {
        /// Its name.
        name: Arc<str>,
    },
}

impl Principal {
    /// The user id of the anonymous, see [`Principal::user_id`].
    pub const ANONYMOUS_USER_ID: &'static str = "anonymous";

    /// What messages and GetCallerIdentity call it: the ARN of a session is its own. Where there is no ARN, what comes
    /// nearest.
    #[must_use]
    pub fn arn(&self) -> Cow<'_, str> {
        match self {
            Self::Anonymous => "anonymous".into(),
            Self::Root { account, .. } => format!("arn:aws:iam::{account}:root").into(),
            Self::User { arn, .. } | Self::FederatedUser { arn, .. } => Cow::Borrowed(arn),
            Self::AssumedRole { session_arn, .. } => Cow::Borrowed(session_arn),
            Self::WebIdentity { provider } => Cow::Borrowed(provider),
            Self::Service { name } => Cow::Borrowed(name),
        }
    }

    /// `aws:PrincipalArn`: a role's session has the ARN of its role; who has no account has none.
    #[must_use]
    pub fn principal_arn(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::AssumedRole { role_arn, .. } => Some(Cow::Borrowed(role_arn)),
            Self::Root { .. } | Self::User { .. } | Self::FederatedUser { .. } => Some(self.arn()),
            Self::Anonymous | Self::WebIdentity { .. } | Self::Service { .. } => None,
        }
    }

    /// Its user id: `aws:userid`.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-tableofvalues>
    #[must_use]
    pub fn user_id(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Anonymous => Self::ANONYMOUS_USER_ID.into(),
            Self::Root { account, .. } => account.to_string().into(),
            Self::User { id, .. } | Self::AssumedRole { id, .. } | Self::FederatedUser { id, .. } => Cow::Borrowed(id),
            Self::WebIdentity { .. } | Self::Service { .. } => return None,
        })
    }

    /// The account it belongs to, if it belongs to one here.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Root { account, .. }
            | Self::User { account, .. }
            | Self::AssumedRole { account, .. }
            | Self::FederatedUser { account, .. } => Some(*account),
            Self::Anonymous | Self::WebIdentity { .. } | Self::Service { .. } => None,
        }
    }

    /// The canonical user id of its account.
    #[must_use]
    pub fn canonical_id(&self) -> Option<&CanonicalUserId> {
        match self {
            Self::Root { canonical_id, .. }
            | Self::User { canonical_id, .. }
            | Self::AssumedRole { canonical_id, .. }
            | Self::FederatedUser { canonical_id, .. } => Some(canonical_id),
            Self::Anonymous | Self::WebIdentity { .. } | Self::Service { .. } => None,
        }
    }
}
