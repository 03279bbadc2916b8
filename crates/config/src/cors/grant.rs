//! What a bucket's rules grant to a request, and the headers that say so.

use super::{CorsConfiguration, CorsMethod, CorsRule, is_token};

/// The request headers that a granted answer depends on: the value of `Vary`.
pub const VARY: &str = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

/// What the first fitting rule grants. S3 sends the same headers with the answer to a preflight and to the request itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsGrant {
    /// The request's origin, or `*` when the rule's matching origin is just that.
    pub allow_origin: String,
    /// The rule's methods.
    pub allow_methods: String,
    /// The headers that the request asked for, in lower case.
    pub allow_headers: Option<String>,
    /// The rule's exposed headers.
    pub expose_headers: Option<String>,
    /// The rule's maximum age, in seconds.
    pub max_age_seconds: Option<u32>,
}

impl CorsGrant {
    /// Whether the browser may send credentials: with every origin but `*`.
    #[must_use]
    pub fn allow_credentials(&self) -> bool {
        self.allow_origin != "*"
    }

    /// The response headers, with lower-case names.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("access-control-allow-origin", self.allow_origin.clone()),
            ("access-control-allow-methods", self.allow_methods.clone()),
        ];
        let optional = [
            ("access-control-allow-headers", self.allow_headers.clone()),
            ("access-control-expose-headers", self.expose_headers.clone()),
            ("access-control-max-age", self.max_age_seconds.map(|seconds| seconds.to_string())),
            ("access-control-allow-credentials", self.allow_credentials().then(|| "true".to_owned())),
        ];
        headers.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        headers.push(("vary", VARY.to_owned()));
        headers
    }
}

/// Why a preflight is refused. A request that is no preflight is never refused: it gets no CORS headers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CorsRefusal {
    /// There is no `Origin`.
    #[error("Insufficient information. Origin request header needed.")]
    MissingOrigin,
    /// `Access-Control-Request-Method` is absent (AWS writes `null`) or none that rules can allow.
    #[error("Invalid Access-Control-Request-Method: {}", method.as_deref().unwrap_or("null"))]
    InvalidMethod {
        /// The header's value.
        method: Option<String>,
    },
    /// `Access-Control-Request-Headers` lists something that is no header's name.
    #[error("Access-Control-Request-Headers \"{header}\" contains invalid character.")]
    InvalidHeader {
        /// The part of the list.
        header: String,
    },
    /// There is no such bucket.
    #[error("CORSResponse: Bucket not found")]
    BucketNotFound {
        /// The method asked for; `OPTIONS` when none is.
        method: String,
    },
    /// The bucket has no CORS configuration.
    #[error("CORSResponse: CORS is not enabled for this bucket.")]
    NotEnabled {
        /// The method asked for; `OPTIONS` when none is.
        method: String,
    },
    /// No rule fits. (The spelling is AWS's.)
    #[error(
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
    )]
    NotAllowed {
        /// The method asked for.
        method: String,
    },
}

impl CorsRefusal {
    /// AWS's error code: `BadRequest` is answered with status 400, `AccessForbidden` with 403.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingOrigin | Self::InvalidMethod { .. } | Self::InvalidHeader { .. } => "BadRequest",
            Self::BucketNotFound { .. } | Self::NotEnabled { .. } | Self::NotAllowed { .. } => "AccessForbidden",
        }
    }

    /// The further elements of AWS's error document. AWS adds a `ResourceType`: `BUCKET` or, when no rule fits a request
    /// on an object, `OBJECT`.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::MissingOrigin | Self::InvalidMethod { .. } | Self::InvalidHeader { .. } => Vec::new(),
            Self::BucketNotFound { method } | Self::NotEnabled { method } | Self::NotAllowed { method } => {
                vec![("Method", method.clone())]
            }
        }
    }
}

/// Answers a preflight (`OPTIONS`) from the bucket's configuration, if it has one, and the values of the request's
/// `Origin`, `Access-Control-Request-Method` and `Access-Control-Request-Headers`.
///
/// # Errors
/// [`CorsRefusal`] is the answer when nothing is granted.
pub fn preflight(
    configuration: Option<&CorsConfiguration>,
    origin: Option<&str>,
    method: Option<&str>,
    request_headers: Option<&str>,
) -> Result<CorsGrant, CorsRefusal> {
    let origin = origin.ok_or(CorsRefusal::MissingOrigin)?;
    let invalid_method = || CorsRefusal::InvalidMethod { method: method.map(str::to_owned) };
    if method.is_some_and(|method| CorsMethod::parse(method).is_none()) {
        return Err(invalid_method());
    }
    let request_headers = split_header_names(request_headers.unwrap_or_default())?;
    let configuration =
        configuration.ok_or_else(|| CorsRefusal::NotEnabled { method: method.unwrap_or("OPTIONS").to_owned() })?;
    let method = method.ok_or_else(invalid_method)?;
    configuration
        .match_preflight(origin, method, &request_headers)
        .ok_or_else(|| CorsRefusal::NotAllowed { method: method.to_owned() })
}

/// The names in an `Access-Control-Request-Headers` value.
fn split_header_names(list: &str) -> Result<Vec<&str>, CorsRefusal> {
    if list.trim().is_empty() {
        return Ok(Vec::new());
    }
    list.split(',')
        .map(|part| {
            let name = part.trim();
            let valid = !name.is_empty() && name.bytes().all(is_token);
            if valid { Ok(name) } else { Err(CorsRefusal::InvalidHeader { header: part.to_owned() }) }
        })
        .collect()
}

impl CorsConfiguration {
    /// What the first rule that allows the origin, the method and every requested header grants.
    #[must_use]
    pub fn match_preflight(&self, origin: &str, method: &str, request_headers: &[&str]) -> Option<CorsGrant> {
        let method = CorsMethod::parse(method)?;
        self.rules.iter().find_map(|rule| rule.grant(origin, method, request_headers))
    }

    /// What is granted to a request that is no preflight: the headers to send with its answer, whatever that is.
    ///
    /// S3 looks at the value of `Access-Control-Request-Method` in place of the request's own method when the request
    /// has one, though browsers send it with preflights only.
    #[must_use]
    pub fn match_actual(&self, origin: &str, method: &str) -> Option<CorsGrant> {
        self.match_preflight(origin, method, &[])
    }
}

impl CorsRule {
    fn grant(&self, origin: &str, method: CorsMethod, request_headers: &[&str]) -> Option<CorsGrant> {
        let pattern = self.allowed_origins.iter().find(|pattern| fits(pattern, origin))?;
        let headers: Vec<String> = request_headers.iter().map(|name| name.to_ascii_lowercase()).collect();
        let allows = |name: &String| self.allowed_headers.iter().any(|header| fits(&header.to_ascii_lowercase(), name));
        if !self.allowed_methods.contains(&method) || !headers.iter().all(allows) {
            return None;
        }
        let methods: Vec<&str> = self.allowed_methods.iter().map(|method| method.as_str()).collect();
        Some(CorsGrant {
            allow_origin: if pattern == "*" { "*" } else { origin }.to_owned(),
            allow_methods: methods.join(", "),
            allow_headers: (!headers.is_empty()).then(|| headers.join(", ")),
            expose_headers: (!self.expose_headers.is_empty()).then(|| self.expose_headers.join(", ")),
            max_age_seconds: self.max_age_seconds,
        })
    }
}

/// Whether a text fits a pattern in which one `*` stands for any characters.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| rest.ends_with(after)),
    }
}
