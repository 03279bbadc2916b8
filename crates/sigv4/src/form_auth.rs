//! Who sends a browser upload: the form fields that sign its policy.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html>.

use crate::canonical::hex_of;
use crate::credential::CredentialScope;
use crate::date::AmzDate;
use crate::error::{AuthError, SignatureMismatch};
use crate::signing_key::{SigningKey, constant_time_eq};
use crate::v2::sign_text;

/// How a form says who sends it. Unverified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormAuth<'a> {
    /// It has neither policy nor signature.
    Anonymous,
    /// Signature Version 4.
    V4(Box<FormV4<'a>>),
    /// Signature Version 2. Whether it is accepted is for the caller to decide.
    V2(FormV2<'a>),
}

/// The SigV4 fields of a form. How long it is good for is the policy's business: `x-amz-date` bounds nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormV4<'a> {
    /// `x-amz-credential`.
    pub credential: CredentialScope<'a>,
    /// `x-amz-date`.
    pub date: AmzDate,
    /// `x-amz-signature`.
    pub signature: &'a str,
    /// `x-amz-security-token`.
    pub security_token: Option<&'a str>,
    /// `policy`, as it stands in the form.
    pub policy: &'a str,
}

/// The SigV2 fields of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormV2<'a> {
    /// `AWSAccessKeyId`.
    pub access_key_id: &'a str,
    /// `signature`.
    pub signature: &'a str,
    /// `x-amz-security-token`.
    pub security_token: Option<&'a str>,
    /// `policy`, as it stands in the form.
    pub policy: &'a str,
}

fn missing(name: &'static str) -> AuthError {
    let message = format!(
        "Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
    );
    AuthError::argument(name, "", message)
}

impl<'a> FormAuth<'a> {
    /// Finds the mechanism among the fields before the file; their names are taken without regard to case. Of a field
    /// given twice the first counts.
    ///
    /// # Errors
    /// [`AuthError::InvalidArgument`] for a field that is missing or malformed, [`AuthError::AccessDenied`] for a policy
    /// that nobody signed.
    pub fn parse(fields: &[(&'a str, &'a str)]) -> Result<Self, AuthError> {
        let field = |name: &str| fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
        let v4 = ["x-amz-algorithm", "x-amz-credential", "x-amz-signature"].iter().any(|name| field(name).is_some());
        let v2 = ["AWSAccessKeyId", "signature"].iter().any(|name| field(name).is_some());
        let security_token = field("x-amz-security-token");
        match (v4, v2, field("policy")) {
            (false, false, None) => Ok(Self::Anonymous),
            (false, false, Some(_)) => Err(AuthError::AccessDenied),
            (_, _, None) => Err(missing("policy")),
            (true, _, Some(policy)) => {
                let algorithm = field("x-amz-algorithm").ok_or_else(|| missing("X-Amz-Algorithm"))?;
                let credential = field("x-amz-credential").ok_or_else(|| missing("X-Amz-Credential"))?;
                let signature = field("x-amz-signature").ok_or_else(|| missing("X-Amz-Signature"))?;
                let date = field("x-amz-date").ok_or_else(|| missing("X-Amz-Date"))?;
                if algorithm != "AWS4-HMAC-SHA256" {
                    let message = "Only AWS4-HMAC-SHA256 is supported";
                    return Err(AuthError::argument("X-Amz-Algorithm", algorithm, message));
                }
                let scope = CredentialScope::parse(credential.into(), true)
                    .map_err(|problem| AuthError::argument("x-amz-credential", credential, problem.to_string()))?;
                let amz_date = AmzDate::parse(date).filter(|amz_date| amz_date.day() == scope.date());
                let date = amz_date.ok_or_else(|| {
                    let message = "X-Amz-Date must be formated via ISO8601 Long format and agree with X-Amz-Credential";
                    AuthError::argument("X-Amz-Date", date, message)
                })?;
                Ok(Self::V4(Box::new(FormV4 { credential: scope, date, signature, security_token, policy })))
            }
            (false, true, Some(policy)) => Ok(Self::V2(FormV2 {
                access_key_id: field("AWSAccessKeyId").ok_or_else(|| missing("AWSAccessKeyId"))?,
                signature: field("signature").ok_or_else(|| missing("signature"))?,
                security_token,
                policy,
            })),
        }
    }
}

fn mismatch(access_key_id: &str, policy: &str, signature: &str) -> AuthError {
    AuthError::SignatureDoesNotMatch(Box::new(SignatureMismatch {
        access_key_id: access_key_id.to_owned(),
        string_to_sign: policy.to_owned(),
        signature_provided: signature.to_owned(),
        canonical_request: None,
    }))
}

impl FormV4<'_> {
    /// Refuses a form signed for another region or service than `region` and `s3`.
    ///
    /// # Errors
    /// [`AuthError::InvalidArgument`].
    pub fn check_scope(&self, region: &str) -> Result<(), AuthError> {
        let (claimed, service) = (self.credential.region(), self.credential.service());
        let message = if claimed != region {
            format!("the region '{claimed}' is wrong; expecting '{region}'")
        } else if service != "s3" {
            format!("incorrect service \"{service}\". This endpoint belongs to \"s3\".")
        } else {
            return Ok(());
        };
        Err(AuthError::argument("x-amz-credential", self.credential.as_str(), message))
    }

    /// Verifies the signature of the policy with the key derived for the credential.
    ///
    /// # Errors
    /// [`AuthError::SignatureDoesNotMatch`].
    pub fn verify(&self, key: &SigningKey) -> Result<(), AuthError> {
        let tag = hex_of(&key.sign_parts(&[self.policy.as_bytes()]));
        if constant_time_eq(&tag, self.signature.as_bytes()) {
            return Ok(());
        }
        Err(mismatch(self.credential.access_key_id(), self.policy, self.signature))
    }
}

impl FormV2<'_> {
    /// Verifies the signature of the policy.
    ///
    /// # Errors
    /// [`AuthError::SignatureDoesNotMatch`].
    pub fn verify(&self, secret: &str) -> Result<(), AuthError> {
        if constant_time_eq(sign_text(secret, self.policy.as_bytes()).as_bytes(), self.signature.as_bytes()) {
            return Ok(());
        }
        Err(mismatch(self.access_key_id, self.policy, self.signature))
    }
}
