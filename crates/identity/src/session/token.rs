//! Session tokens: sealed, and bound to the access key id that they are sent with.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use larder_types::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::record::Record;
use crate::seal::{Purpose, Sealer};

/// The longest token that is looked at. Header fields of a request have less than this in common practice.
pub(crate) const MAX_TOKEN_CHARACTERS: usize = 8_192;
/// How much policies and tags of a session may take in its token.
pub(crate) const PACKED_LIMIT: usize = 4_096;

/// Who a session acts as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Actor {
    /// The account's root user.
    Root,
    /// A user, by its unique id.
    User { id: String },
    /// A role, by its unique id.
    Role { id: String, session_name: String },
    /// A federated user, by the unique id of the user that vouches for it; `None` for the root user.
    Federated { name: String, user: Option<String> },
}

/// Everything about a session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SessionBody {
    pub(crate) secret: String,
    pub(crate) account: AccountId,
    pub(crate) actor: Actor,
    pub(crate) issued: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) mfa_at: Option<Timestamp>,
    pub(crate) document: Option<String>,
    pub(crate) arns: Vec<String>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) transitive_tag_keys: Vec<String>,
    pub(crate) source_identity: Option<String>,
    pub(crate) federated_provider: Option<String>,
}

impl Record for SessionBody {
    const NAME: &'static str = "session";
    const VERSION: u8 = 1;
}

impl SessionBody {
    /// A session from `now` on with nothing special about it. Its secret is made when it is issued.
    pub(crate) fn new(account: AccountId, actor: Actor, now: Timestamp, seconds: u32) -> Self {
        Self {
            secret: String::new(),
            account,
            actor,
            issued: now,
            expires: now.plus_millis(i64::from(seconds) * 1_000),
            mfa_at: None,
            document: None,
            arns: Vec::new(),
            tags: Vec::new(),
            transitive_tag_keys: Vec::new(),
            source_identity: None,
            federated_provider: None,
        }
    }

    /// How many bytes its policies and tags take.
    pub(crate) fn packed_size(&self) -> usize {
        let texts = self.document.iter().chain(&self.arns).chain(&self.transitive_tag_keys).map(String::len);
        texts.chain(self.tags.iter().map(|(key, value)| key.len() + value.len())).sum()
    }

    /// The token, for the access key `access_key_id`.
    pub(crate) fn seal(&self, sealer: &Sealer, rng: &dyn larder_env::Rng, access_key_id: &str) -> String {
        let body = Zeroizing::new(self.to_stored().to_vec());
        URL_SAFE_NO_PAD.encode(sealer.seal(rng, Purpose::Session, &[access_key_id.as_bytes()], &body))
    }

    /// What a token says; `None` when this server did not make it for the access key `access_key_id`.
    pub(crate) fn open(sealer: &Sealer, access_key_id: &str, token: &str) -> Option<Self> {
        if token.len() > MAX_TOKEN_CHARACTERS {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
        let body = sealer.open(Purpose::Session, &[access_key_id.as_bytes()], &sealed)?;
        Self::from_stored(&body).ok()
    }
}
