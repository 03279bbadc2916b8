//! GetKeyPolicy, PutKeyPolicy, ListKeyPolicies. A key has one policy, whose name is `default`.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>

use std::sync::Arc;

use larder_types::{AccountId, Region};

use super::change_state::edit_meta;
use crate::access::{self, Asker};
use crate::model::Document;
use crate::quota::Limit;
use crate::{Key, KeyState, Kms, KmsError, KmsErrorKind};

/// How a policy is checked before it is taken.
#[derive(Clone, Copy)]
pub struct PolicyCheck<'a> {
    /// Who gives it: must be allowed by it to replace it. `None` with `BypassPolicyLockoutSafetyCheck`.
    pub asker: Option<Asker<'a>>,
    /// Whether a principal that it names is there.
    pub exists: &'a (dyn Fn(&str) -> bool + Sync),
}

impl Kms {
    /// The text of a key's policy, as it was given.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub fn get_key_policy(&self, key: &Key) -> Result<Arc<str>, KmsError> {
        Ok(Arc::clone(self.live(key)?.policy_text()))
    }

    /// Replaces a key's policy.
    ///
    /// # Errors
    /// `MalformedPolicyDocumentException`, also when it would lock out who gives it; `LimitExceededException` for its size;
    /// `KMSInvalidStateException` while the key is pending deletion; `UnsupportedOperationException` for AWS managed keys.
    pub async fn put_key_policy(&self, key: &Key, text: &str, policy_check: PolicyCheck<'_>) -> Result<(), KmsError> {
        let quota = self.limit(key.account(), key.region(), Limit::PolicyBytes);
        let policy = check(text, key.arn(), key.account(), quota, &policy_check)?;
        let allowed = &[
            KeyState::Enabled,
            KeyState::Disabled,
            KeyState::PendingImport,
            KeyState::PendingDeletion,
            KeyState::PendingReplicaDeletion,
        ];
        self.change(|state, change| {
            edit_meta(state, change.now, key, allowed, |meta| {
                meta.policy = policy.clone();
                Ok(())
            })
        })
        .await
    }
}

/// Reads a policy and checks it.
pub(crate) fn check(
    text: &str,
    key_arn: &str,
    account: AccountId,
    most_bytes: usize,
    check: &PolicyCheck<'_>,
) -> Result<Document, KmsError> {
    if text.len() > most_bytes {
        return Err(KmsError::new(
            KmsErrorKind::LimitExceeded,
            format!("The key policy is larger than {most_bytes} bytes."),
        ));
    }
    let document = Document::parse(text, key_arn)?;
    let malformed = |message| Err(KmsError::new(KmsErrorKind::MalformedPolicyDocument, message));
    if document.policy().principals().any(|named| named != "*" && !(check.exists)(named)) {
        return malformed("Policy contains a statement with one or more invalid principals.");
    }
    if let Some(asker) = check.asker
        && !access::may_replace(&document, key_arn, account, asker)
    {
        return malformed("The new key policy will not allow you to update the key policy in the future.");
    }
    Ok(document)
}

/// What a key gets when its maker gives no policy: the account decides by its own policies.
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
pub(crate) fn default_text(account: AccountId) -> String {
    format!(
        r#"{{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {{
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "arn:aws:iam::{account}:root"
    }},
    "Action" : "kms:*",
    "Resource" : "*"
  }} ]
}}"#
    )
}

/// The policy of `alias/aws/s3`: everybody in the account may use it, but only through S3.
pub(crate) fn s3_text(account: AccountId, region: &Region) -> String {
    format!(
        r#"{{
  "Version" : "2012-10-17",
  "Id" : "auto-s3-2",
  "Statement" : [ {{
    "Sid" : "Allow access through S3 for all principals in the account that are authorized to use S3",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "*"
    }},
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : {{
      "StringEquals" : {{
        "kms:CallerAccount" : "{account}",
        "kms:ViaService" : "s3.{region}.amazonaws.com"
      }}
    }}
  }}, {{
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "arn:aws:iam::{account}:root"
    }},
    "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*" ],
    "Resource" : "*"
  }} ]
}}"#
    )
}
