//! The policy of a browser upload: what a form may hold.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::Timestamp;
use serde_json::Value;

use crate::policy_condition::Condition;

/// Longest policy that is read, in bytes of base64. S3 limits all fields of a form together to 20 KB.
pub const MAX_POLICY_BYTES: usize = 20_480;
/// Most conditions of a policy.
pub const MAX_POLICY_CONDITIONS: usize = 256;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a form is refused by its policy. The `Display` is the `Message` that S3 answers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// `InvalidPolicyDocument`, 400.
    #[error("Invalid Policy: {detail}")]
    InvalidDocument {
        /// What is wrong.
        detail: Cow<'static, str>,
    },
    /// `AccessDenied`, 403.
    #[error("Invalid according to Policy: Policy expired.")]
    Expired,
    /// `AccessDenied`, 403.
    #[error("Invalid according to Policy: Policy Condition failed: {condition}")]
    ConditionFailed {
        /// The condition, as a JSON list.
        condition: String,
    },
    /// `AccessDenied`, 403: a field that no condition speaks of.
    #[error("Invalid according to Policy: Extra input fields: {field}")]
    ExtraField {
        /// Its name, lower case.
        field: String,
    },
    /// `EntityTooSmall`, 400, with `ProposedSize` and `MinSizeAllowed`.
    #[error("Your proposed upload is smaller than the minimum allowed size")]
    TooSmall {
        /// The size of the file in bytes.
        proposed: u64,
        /// The smallest size allowed.
        min: u64,
    },
    /// `EntityTooLarge`, 400, with `ProposedSize` and `MaxSizeAllowed`.
    #[error("Your proposed upload exceeds the maximum allowed size")]
    TooLarge {
        /// The size of the file in bytes, or how much of it was seen.
        proposed: u64,
        /// The largest size allowed.
        max: u64,
    },
}

impl PolicyError {
    pub(crate) fn invalid(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::InvalidDocument { detail: detail.into() }
    }
}

/// A parsed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostPolicy {
    expiration: Timestamp,
    conditions: Vec<Condition>,
}

impl PostPolicy {
    /// Parses the base64 of a policy, as it stands in the form.
    ///
    /// # Errors
    /// [`PolicyError::InvalidDocument`], or [`PolicyError::ConditionFailed`] for a condition whose field lacks its `$`.
    pub fn parse(encoded: &str) -> Result<Self, PolicyError> {
        let encoded = encoded.trim();
        if encoded.is_empty() {
            return Err(PolicyError::invalid("Expecting '{' but found End-of-Input"));
        }
        if encoded.len() > MAX_POLICY_BYTES {
            return Err(PolicyError::invalid("the policy is too long."));
        }
        // Forms made by mail and HTML tools break lines.
        let compact: String = encoded.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let json = BASE64.decode(compact).map_err(|_| PolicyError::invalid("invalid Base64 encoding."))?;
        // serde_json refuses a nesting deeper than 128 by itself.
        let document: Value = serde_json::from_slice(&json).map_err(|_| PolicyError::invalid("Invalid JSON."))?;
        let Value::Object(document) = document else { return Err(PolicyError::invalid("Invalid JSON.")) };
        if let Some(name) = document.keys().find(|name| !matches!(name.as_str(), "expiration" | "conditions")) {
            return Err(PolicyError::invalid(format!("Unexpected: '{name}'")));
        }
        let expiration =
            document.get("expiration").ok_or_else(|| PolicyError::invalid("Policy missing expiration."))?;
        let conditions =
            document.get("conditions").ok_or_else(|| PolicyError::invalid("Policy missing conditions."))?;
        let Value::Array(conditions) = conditions else {
            return Err(PolicyError::invalid("Invalid 'conditions' value: must be a List."));
        };
        if conditions.len() > MAX_POLICY_CONDITIONS {
            return Err(PolicyError::invalid("too many conditions."));
        }
        let expiration = parse_expiration(expiration)?;
        let conditions = conditions.iter().map(Condition::parse).collect::<Result<_, _>>()?;
        Ok(Self { expiration, conditions })
    }

    /// When the policy stops being good for anything.
    #[must_use]
    pub fn expiration(&self) -> Timestamp {
        self.expiration
    }

    /// Its conditions, in order.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// The sizes in bytes that the file may have; `None` when the policy says nothing of it. Several ranges are cut to
    /// what they share, which may be empty.
    #[must_use]
    pub fn allowed_length(&self) -> Option<RangeInclusive<u64>> {
        self.conditions.iter().fold(None, |range: Option<RangeInclusive<u64>>, condition| match condition {
            Condition::ContentLengthRange { min, max } => Some(match range {
                Some(range) => *range.start().max(min)..=*range.end().min(max),
                None => *min..=*max,
            }),
            _ => range,
        })
    }

    /// Checks the size of a file against [`Self::allowed_length`].
    ///
    /// # Errors
    /// [`PolicyError::TooSmall`] or [`PolicyError::TooLarge`].
    pub fn check_length(&self, proposed: u64) -> Result<(), PolicyError> {
        match self.allowed_length() {
            Some(range) if proposed > *range.end() => Err(PolicyError::TooLarge { proposed, max: *range.end() }),
            Some(range) if proposed < *range.start() => Err(PolicyError::TooSmall { proposed, min: *range.start() }),
            _ => Ok(()),
        }
    }

    /// Checks a form: the policy has not expired, every condition holds, and every field is covered by a condition.
    ///
    /// `fields` are those before the file, in order, with `${filename}` already replaced; names are taken without
    /// regard to case. `bucket` is the bucket of the request: the form need not name it, the policy must.
    ///
    /// # Errors
    /// [`PolicyError::Expired`], [`PolicyError::ConditionFailed`] or [`PolicyError::ExtraField`].
    pub fn evaluate(&self, bucket: &str, fields: &[(&str, &str)], now: Timestamp) -> Result<(), PolicyError> {
        if now > self.expiration {
            return Err(PolicyError::Expired);
        }
        for condition in &self.conditions {
            let Some(field) = condition.field() else { continue };
            if field == "bucket" {
                condition.check(Some(bucket))?;
                continue;
            }
            let mut values = fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case(field)).peekable();
            if values.peek().is_none() {
                condition.check(None)?;
            }
            // A field given twice must satisfy the condition twice: whichever value is used later was checked.
            for (_, value) in values {
                condition.check(Some(value))?;
            }
        }
        let is_covered = |field: &str| {
            self.conditions
                .iter()
                .any(|condition| condition.field().is_some_and(|ours| ours.eq_ignore_ascii_case(field)))
        };
        let names = fields.iter().map(|(name, _)| *name).filter(|name| !needs_no_condition(name));
        match names.chain(["bucket"]).find(|name| !is_covered(name)) {
            Some(name) => Err(PolicyError::ExtraField { field: name.to_ascii_lowercase() }),
            None => Ok(()),
        }
    }
}

/// The fields that authenticate the form, the file, and those a form may hold for its own use.
fn needs_no_condition(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "x-amz-signature" | "policy" | "awsaccesskeyid" | "signature" | "file")
        || name.starts_with("x-ignore-")
}

/// ISO 8601 in UTC: `2015-12-30T12:00:00.000Z`.
fn parse_expiration(value: &Value) -> Result<Timestamp, PolicyError> {
    let text = value.as_str().unwrap_or_default();
    let is_iso = text.as_bytes().get(10) == Some(&b'T') && text.ends_with('Z');
    let shown = || value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse()
        .ok()
        .filter(|_| is_iso)
        .ok_or_else(|| PolicyError::invalid(format!("Invalid 'expiration' value: '{}'", shown())))
}

#[cfg(test)]
mod tests;
