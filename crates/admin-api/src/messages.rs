//! What requests and answers hold, as JSON objects with these fields.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `CreateAccount`: makes an account. What is left out is made up; giving it is for those who move from another system: also
/// the id of an account that was deleted may be given. `Debug` hides the secret.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateAccount {
    /// The display name, 1 to 64 characters.
    pub name: String,
    /// The address of whoever answers for it; no two accounts have the same.
    pub email: String,
    /// The account id: 12 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The canonical user id: 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical_id: Option<String>,
    /// The root access key id; goes with the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// The root secret access key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_access_key: Option<String>,
}

impl fmt::Debug for CreateAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateAccount")
            .field("name", &self.name)
            .field("email", &self.email)
            .field("account_id", &self.account_id)
            .field("canonical_id", &self.canonical_id)
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// The answer to `CreateAccount`. `Debug` hides the secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatedAccount {
    /// The account.
    pub account: Account,
    /// The root access key id.
    pub access_key_id: String,
    /// The root secret access key; it is not shown again.
    pub secret_access_key: String,
}

impl fmt::Debug for CreatedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedAccount")
            .field("account", &self.account)
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// `DeleteAccount`: deletes an account that owns no bucket, with everyone and everything in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteAccount {
    /// Which.
    pub account_id: String,
}

/// `ListAccounts`: asks for nothing more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListAccounts {}

/// The answer to `ListAccounts`, in order of account id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Accounts {
    /// All accounts of the server.
    pub accounts: Vec<Account>,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Account {
    /// The account id.
    pub account_id: String,
    /// The canonical user id.
    pub canonical_id: String,
    /// The display name.
    pub name: String,
    /// The address of whoever answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// When it was made (RFC 3339, UTC).
    pub created: String,
    /// Whether it is the server's first account, whose users may administer the server.
    pub operator: bool,
}

/// `ListKeys`: asks for nothing more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListKeys {}

/// The answer to `ListKeys`. No key is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Keys {
    /// The keyring's id.
    pub keyring_id: String,
    /// Where the root key is from, for people.
    pub root_key: String,
    /// The master keys, the oldest first.
    pub master_keys: Vec<MasterKey>,
}

/// A master key of SSE-S3, without the key; also the answer to `RotateMasterKey`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MasterKey {
    /// Its number.
    pub id: u32,
    /// When it was made (RFC 3339, UTC).
    pub created: String,
    /// Whether new data keys are sealed under it.
    pub current: bool,
}

/// `RotateMasterKey`: makes a master key, which new data keys are sealed under.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotateMasterKey {}

/// `RotateRootKey`: makes a root key, and seals the keyring under it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotateRootKey {}

/// `ReadKeyring`: the keyring as it is stored, for a backup. Of no use without the root key, which no answer holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadKeyring {}

/// The answer to `ReadKeyring`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SealedKeyring {
    /// The record, in base64.
    pub record: String,
}

/// `ListQuotaRequests`: the requests to raise quotas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListQuotaRequests {
    /// Those too that were decided.
    #[serde(default)]
    pub all: bool,
}

/// The answer to `ListQuotaRequests`, the oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct QuotaRequests {
    /// The requests.
    pub requests: Vec<QuotaRequest>,
}

/// `ApproveQuotaRequest` and `DenyQuotaRequest`: decides about a request that nobody has decided about. The answer is a
/// [`QuotaRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DecideQuotaRequest {
    /// Which.
    pub id: String,
}

/// A request to raise a quota of an account in a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct QuotaRequest {
    /// Its id.
    pub id: String,
    /// The account id.
    pub account_id: String,
    /// The region.
    pub region: String,
    /// The quota's code, such as `L-6E3AF000`.
    pub quota_code: String,
    /// The quota's name.
    pub quota_name: String,
    /// What it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// What it is to be.
    pub desired_value: f64,
    /// The ARN of who asked.
    pub requester: String,
    /// `PENDING`, `APPROVED` or `DENIED`.
    pub status: String,
    /// When it was made (RFC 3339, UTC).
    pub created: String,
    /// When it was decided or made (RFC 3339, UTC).
    pub updated: String,
}

/// `StartScrub`: has everything that is stored looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct StartScrub {
    /// MiB read a second; 0 without limit. The server's setting when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_mib: Option<u64>,
}

/// `GetScrub`: asks for nothing more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetScrub {}

/// The answer to `GetScrub`: the scrub under way, or the last one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScrubStatus {
    /// Whether it is under way or about to begin.
    pub running: bool,
    /// What it is doing, for people.
    pub doing: String,
    /// When it began (RFC 3339, UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// When it ended (RFC 3339, UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// What it found so far.
    pub report: ScrubReport,
}

/// What a scrub or a check looked at and found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScrubReport {
    /// Files checked, but for those of blobs.
    pub files: u64,
    /// Blobs verified.
    pub blobs: u64,
    /// Records read.
    pub records: u64,
    /// Small contents and manifests read.
    pub contents: u64,
    /// Bytes read.
    pub bytes: u64,
    /// How many findings are damage.
    pub damaged: u64,
    /// How many are only left over.
    pub left_over: u64,
    /// Whether damage kept some of it from being looked at.
    pub incomplete: bool,
    /// The first 1,000 findings.
    pub findings: Vec<ScrubFinding>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScrubFinding {
    /// `file`, `record`, `content`, `missing`, `length`, `unnamed`, `unsettled` or `aside`.
    pub kind: String,
    /// Whether something is lost, rather than left over.
    pub damage: bool,
    /// The bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// The object's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The version's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// The upload that a part is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_id: Option<String>,
    /// The part's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_number: Option<u16>,
    /// The blob: place and id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    /// What is wrong, for people.
    pub message: String,
    /// What was done about it, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<String>,
}

/// `BeginBackup`: makes a point that can be copied on the server's machine. The answer is a [`BackupPoint`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeginBackup {}

/// Everything that was stored at one moment: where its parts lie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BackupPoint {
    /// Its id.
    pub id: String,
    /// The data folder, absolute: blobs are there.
    pub data: String,
    /// The folder that holds the metadata as of that moment, absolute.
    pub checkpoint: String,
    /// It is given up when nobody asks for it for so long.
    pub keep_seconds: u64,
}

/// `KeepBackup`: a copy is still being made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct KeepBackup {
    /// Of which point.
    pub id: String,
}

/// `EndBackup`: the copy is made, or given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct EndBackup {
    /// Of which point.
    pub id: String,
}

/// An answer that holds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {}

/// What an answer with an error status holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind, such as `AccessDeniedException`.
    #[serde(rename = "__type")]
    pub kind: String,
    /// What happened, for people.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let asked = CreateAccount { secret_access_key: Some("hush".to_owned()), ..CreateAccount::default() };
        let account = Account {
            account_id: "111122223333".to_owned(),
            canonical_id: "a1".repeat(32),
            name: "lab".to_owned(),
            email: None,
            created: "2026-01-01T00:00:00Z".to_owned(),
            operator: false,
        };
        let made = CreatedAccount { account, access_key_id: "AKIA".to_owned(), secret_access_key: "hush".to_owned() };
        let shown = format!("{asked:?} {made:?}");
        assert!(shown.contains("AKIA") && !shown.contains("hush"), "{shown}");
    }
}
