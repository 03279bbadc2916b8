//! Cross-origin resource sharing: a bucket's rules, and what they grant to a request.
//!
//! Sources: "Using cross-origin resource sharing (CORS)" and "Elements of a CORS configuration" in the Amazon S3 user
//! guide, PutBucketCors in the API reference.

mod grant;

use larder_types::limits::MAX_CORS_RULES;
use serde::{Deserialize, Serialize};

use crate::MALFORMED_XML;

pub use grant::{CorsGrant, CorsRefusal, VARY, preflight};

/// Longest identifier of a rule, in characters.
const MAX_RULE_ID: usize = 255;

/// A method that a rule can allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CorsMethod {
    /// GET.
    Get,
    /// PUT.
    Put,
    /// POST.
    Post,
    /// DELETE.
    Delete,
    /// HEAD.
    Head,
}

impl CorsMethod {
    /// Every method.
    pub const ALL: [Self; 5] = [Self::Get, Self::Put, Self::Post, Self::Delete, Self::Head];

    /// Its name in HTTP.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
        }
    }

    /// Parses a method's name, in upper case as HTTP has it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }
}

/// A rule as it comes in, of plain values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorsRuleInput {
    /// `ID`.
    pub id: Option<String>,
    /// Each `AllowedOrigin`.
    pub allowed_origins: Vec<String>,
    /// Each `AllowedMethod`.
    pub allowed_methods: Vec<String>,
    /// Each `AllowedHeader`.
    pub allowed_headers: Vec<String>,
    /// Each `ExposeHeader`.
    pub expose_headers: Vec<String>,
    /// `MaxAgeSeconds`.
    pub max_age_seconds: Option<u32>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorsRule {
    id: Option<String>,
    allowed_origins: Vec<String>,
    allowed_methods: Vec<CorsMethod>,
    allowed_headers: Vec<String>,
    expose_headers: Vec<String>,
    max_age_seconds: Option<u32>,
}

/// A bucket's CORS configuration: 1 to 100 rules, of which the first that fits a request decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorsConfiguration {
    rules: Vec<CorsRule>,
}

/// Why a CORS configuration is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CorsError {
    /// No rule, or a rule without origin or method.
    #[error("{MALFORMED_XML}")]
    Malformed,
    /// More rules than [`MAX_CORS_RULES`].
    #[error("The number of CORS rules should not exceed allowed limit of {MAX_CORS_RULES} rules.")]
    TooManyRules,
    /// A method that CORS rules cannot allow.
    #[error("Found unsupported HTTP method in CORS config. Unsupported method is {method}")]
    UnsupportedMethod {
        /// What was given.
        method: String,
    },
    /// Two wildcards in one value.
    #[error("{element} \"{value}\" can not have more than one wildcard.")]
    ManyWildcards {
        /// `AllowedOrigin` or `AllowedHeader`.
        element: &'static str,
        /// What was given.
        value: String,
    },
    /// A character that a header's name cannot have. AWS says `AllowedHeader` of an `ExposeHeader` too.
    #[error("AllowedHeader \"{value}\" contains invalid character.")]
    InvalidHeader {
        /// What was given.
        value: String,
    },
    /// A wildcard where none is allowed.
    #[error("ExposeHeader \"{value}\" contains wildcard. We currently do not support wildcard for ExposeHeader.")]
    WildcardExposed {
        /// What was given.
        value: String,
    },
    /// An identifier of more than 255 characters.
    #[error("ID length should not exceed allowed limit of {MAX_RULE_ID}")]
    LongId,
}

impl CorsError {
    /// AWS's error code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "MalformedXML",
            Self::TooManyRules
            | Self::UnsupportedMethod { .. }
            | Self::ManyWildcards { .. }
            | Self::InvalidHeader { .. }
            | Self::WildcardExposed { .. }
            | Self::LongId => "InvalidRequest",
        }
    }
}

impl CorsRule {
    /// A rule of plain values.
    ///
    /// # Errors
    /// [`CorsError`] names the first value that is not allowed.
    pub fn new(input: CorsRuleInput) -> Result<Self, CorsError> {
        if input.allowed_origins.is_empty() || input.allowed_methods.is_empty() {
            return Err(CorsError::Malformed);
        }
        if input.id.as_ref().is_some_and(|id| id.chars().count() > MAX_RULE_ID) {
            return Err(CorsError::LongId);
        }
        for origin in &input.allowed_origins {
            check_wildcards("AllowedOrigin", origin)?;
        }
        let method = |method: String| CorsMethod::parse(&method).ok_or(CorsError::UnsupportedMethod { method });
        let allowed_methods = input.allowed_methods.into_iter().map(method).collect::<Result<_, _>>()?;
        for header in &input.allowed_headers {
            check_wildcards("AllowedHeader", header)?;
            check_header_name(header)?;
        }
        for header in &input.expose_headers {
            if header.contains('*') {
                return Err(CorsError::WildcardExposed { value: header.clone() });
            }
            check_header_name(header)?;
        }
        Ok(Self {
            id: input.id,
            allowed_origins: input.allowed_origins,
            allowed_methods,
            allowed_headers: input.allowed_headers,
            expose_headers: input.expose_headers,
            max_age_seconds: input.max_age_seconds,
        })
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The origins it allows, each with at most one `*`.
    #[must_use]
    pub fn allowed_origins(&self) -> &[String] {
        &self.allowed_origins
    }

    /// The methods it allows.
    #[must_use]
    pub fn allowed_methods(&self) -> &[CorsMethod] {
        &self.allowed_methods
    }

    /// The request headers it allows, each with at most one `*`.
    #[must_use]
    pub fn allowed_headers(&self) -> &[String] {
        &self.allowed_headers
    }

    /// The response headers that scripts may read.
    #[must_use]
    pub fn expose_headers(&self) -> &[String] {
        &self.expose_headers
    }

    /// For how many seconds a browser may remember a preflight's answer.
    #[must_use]
    pub fn max_age_seconds(&self) -> Option<u32> {
        self.max_age_seconds
    }
}

impl CorsConfiguration {
    /// A configuration of rules.
    ///
    /// # Errors
    /// [`CorsError::Malformed`] without a rule, [`CorsError::TooManyRules`] beyond 100, otherwise the first rule's fault.
    pub fn new(rules: Vec<CorsRuleInput>) -> Result<Self, CorsError> {
        if rules.is_empty() {
            return Err(CorsError::Malformed);
        }
        if rules.len() > MAX_CORS_RULES {
            return Err(CorsError::TooManyRules);
        }
        Ok(Self { rules: rules.into_iter().map(CorsRule::new).collect::<Result<_, _>>()? })
    }

    /// Its rules, in their order.
    #[must_use]
    pub fn rules(&self) -> &[CorsRule] {
        &self.rules
    }
}

fn check_wildcards(element: &'static str, value: &str) -> Result<(), CorsError> {
    if value.matches('*').count() > 1 {
        return Err(CorsError::ManyWildcards { element, value: value.to_owned() });
    }
    Ok(())
}

fn check_header_name(value: &str) -> Result<(), CorsError> {
    if value.bytes().all(is_token) { Ok(()) } else { Err(CorsError::InvalidHeader { value: value.to_owned() }) }
}

/// A character of a header's name: `tchar` of RFC 9110 section 5.6.2, which includes `*`.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
