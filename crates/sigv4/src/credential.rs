//! The credential of a signature: whose key, and the scope that its derived key is good for.

use std::borrow::Cow;
use std::ops::Range;

use crate::date::is_day;

/// `AKID/yyyyMMdd/region/service/aws4_request`, or without the region for SigV4A.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialScope<'a> {
    text: Cow<'a, str>,
    date: Range<usize>,
    region: Range<usize>,
    service: Range<usize>,
}

/// What is wrong with a credential. The `Display` is the part of AWS's message that follows "... malformed; ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialProblem {
    /// Not the right number of parts, an empty part, or a byte that no part holds.
    #[error("the Credential is mal-formed; expecting \"{expected}\".")]
    Malformed {
        /// The form that is expected.
        expected: &'static str,
    },
    /// The last part is not `aws4_request`.
    #[error("incorrect terminal \"{0}\". This endpoint uses \"aws4_request\".")]
    Terminal(String),
    /// The date is not `yyyyMMdd`.
    #[error("incorrect date format \"{0}\". This date in the credential must be in the format \"yyyyMMdd\".")]
    Date(String),
}

const V4_FORM: &str = "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request";
const V4A_FORM: &str = "<YOUR-AKID>/YYYYMMDD/SERVICE/aws4_request";

impl<'a> CredentialScope<'a> {
    /// Parses a credential; `with_region` is true for SigV4 and false for SigV4A.
    ///
    /// # Errors
    /// Says which part is wrong.
    pub fn parse(text: Cow<'a, str>, with_region: bool) -> Result<Self, CredentialProblem> {
        let malformed = || CredentialProblem::Malformed { expected: if with_region { V4_FORM } else { V4A_FORM } };
        if text.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err(malformed());
        }
        let expected = if with_region { 5 } else { 4 };
        let mut parts: [Range<usize>; 5] = Default::default();
        let mut count = 0;
        let mut start = 0;
        for part in text.split('/') {
            // A client of a service without regions may name none.
            let is_region = with_region && count == 2;
            if count == expected || (part.is_empty() && !is_region) {
                return Err(malformed());
            }
            parts[count] = start..start + part.len();
            start += part.len() + 1;
            count += 1;
        }
        if count != expected {
            return Err(malformed());
        }
        let [_, date, ..] = parts.clone();
        let (region, service, terminal) = if with_region {
            (parts[2].clone(), parts[3].clone(), parts[4].clone())
        } else {
            (date.end..date.end, parts[2].clone(), parts[3].clone())
        };
        if &text[terminal.clone()] != "aws4_request" {
            return Err(CredentialProblem::Terminal(text[terminal].to_owned()));
        }
        if !is_day(&text[date.clone()]) {
            return Err(CredentialProblem::Date(text[date].to_owned()));
        }
        Ok(Self { text, date, region, service })
    }

    /// The access key id.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.text[..self.date.start - 1]
    }

    /// The day, `yyyyMMdd`.
    #[must_use]
    pub fn date(&self) -> &str {
        &self.text[self.date.clone()]
    }

    /// The region; empty for SigV4A, whose regions are in its region set.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.text[self.region.clone()]
    }

    /// The service, such as `s3`, `iam` or `sts`.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.text[self.service.clone()]
    }

    /// The scope as it stands in a string to sign: the credential without the access key id.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.text[self.date.start..]
    }

    /// The credential as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Detaches the credential from the request.
    #[must_use]
    pub fn into_owned(self) -> CredentialScope<'static> {
        CredentialScope { text: Cow::Owned(self.text.into_owned()), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_has_its_parts() {
        let scope = CredentialScope::parse("AKID/20130524/us-east-1/s3/aws4_request".into(), true).expect("valid");
        assert_eq!(
            (scope.access_key_id(), scope.date(), scope.region(), scope.service()),
            ("AKID", "20130524", "us-east-1", "s3")
        );
        assert_eq!(scope.scope(), "20130524/us-east-1/s3/aws4_request");
        let scope = CredentialScope::parse("AKID/20130524/s3/aws4_request".into(), false).expect("valid");
        assert_eq!((scope.region(), scope.service(), scope.scope()), ("", "s3", "20130524/s3/aws4_request"));
    }

    #[test]
    fn a_wrong_credential_says_what_is_wrong() {
        let problem = |text: &'static str| CredentialScope::parse(text.into(), true).expect_err(text);
        for text in ["", "AKID", "AKID/20130524/s3/aws4_request", "/20130524/r/s3/aws4_request", "A/B/20130524/r/s3/x"]
        {
            assert!(matches!(problem(text), CredentialProblem::Malformed { .. }), "{text}");
        }
        assert!(matches!(problem("A\n/20130524/r/s3/aws4_request"), CredentialProblem::Malformed { .. }));
        assert_eq!(problem("A/20130524/r/s3/aws3"), CredentialProblem::Terminal("aws3".into()));
        assert_eq!(problem("A/20131324/r/s3/aws4_request"), CredentialProblem::Date("20131324".into()));
    }
}
