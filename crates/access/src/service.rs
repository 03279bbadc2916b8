//! Which service a request is for.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method};

/// The services on the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Everything that names no other service, unsigned requests included.
    S3,
    /// Users, groups, roles, policies.
    Iam,
    /// Temporary credentials.
    Sts,
    /// Keys, in every region.
    Kms,
    /// How much an account may ask, in every region.
    ServiceQuotas,
    /// What an operator asks of this server.
    Larder,
}

impl Service {
    /// Its name in a credential scope.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::Kms => "kms",
            Self::ServiceQuotas => "servicequotas",
            Self::Larder => "larder",
        }
    }

    fn of_scope(name: &str) -> Option<Self> {
        let named = [Self::Iam, Self::Sts, Self::Kms, Self::ServiceQuotas, Self::Larder];
        named.into_iter().find(|service| service.as_str() == name)
    }

    /// The service whose operations a target names, as the JSON protocol's requests do.
    fn of_target(target: &[u8]) -> Option<Self> {
        let prefixes: [(&[u8], Self); 2] =
            [(b"TrentService.", Self::Kms), (b"ServiceQuotasV20190624.", Self::ServiceQuotas)];
        prefixes.into_iter().find(|(prefix, _)| target.starts_with(prefix)).map(|(_, service)| service)
    }
}

/// The service of a request, by the credential scope of its signature, in the header or in the query. What names none is
/// S3's, but for what is sent to the root unsigned and S3 has no use for: a form or a query that names an action, with which
/// AssumeRoleWithWebIdentity begins, and what names an operation of KMS or Service Quotas, so that they refuse it in their own
/// words.
#[must_use]
pub fn service(method: &Method, path: &str, query: &str, headers: &HeaderMap) -> Service {
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let scope = match authorization {
        Some(text) => text.split_once("Credential=").map(|(_, rest)| rest.split([',', ' ']).next().unwrap_or(rest)),
        None => query.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Credential=")),
    };
    if let Some(scope) = scope {
        return scope_service(scope).and_then(Service::of_scope).unwrap_or(Service::S3);
    }
    if authorization.is_some() || path != "/" {
        return Service::S3;
    }
    let is_call = |pair: &str| pair.starts_with("Action=");
    if method == Method::GET && query.contains("Version=") && query.split('&').any(is_call) {
        return Service::Sts;
    }
    if method != Method::POST {
        return Service::S3;
    }
    if let Some(named) = headers.get("x-amz-target").and_then(|target| Service::of_target(target.as_bytes())) {
        return named;
    }
    let is_form =
        headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if is_form { Service::Sts } else { Service::S3 }
}

/// The part before the last of a credential, whose slashes may be percent-encoded in a query.
fn scope_service(scope: &str) -> Option<&str> {
    let mut rest = scope;
    for _ in 0..2 {
        let plain = rest.rfind('/').map(|at| (at, 1));
        let encoded = rest.to_ascii_uppercase().rfind("%2F").map(|at| (at, 3));
        let (at, width) = plain.into_iter().chain(encoded).max()?;
        let last = &rest[at + width..];
        if last != "aws4_request" {
            return Some(last);
        }
        rest = &rest[..at];
    }
    None
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(authorization: Option<&'static str>, query: &str) -> Service {
        let mut headers = HeaderMap::new();
        if let Some(text) = authorization {
            headers.insert(AUTHORIZATION, HeaderValue::from_static(text));
        }
        service(&Method::GET, "/", query, &headers)
    }

    #[test]
    fn the_scope_of_the_signature_chooses() {
        let header =
            "AWS4-HMAC-SHA256 Credential=AKID/20261127/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";
        assert_eq!(of(Some(header), ""), Service::Iam);
        let asymmetric =
            "AWS4-ECDSA-P256-SHA256 Credential=AKID/20261127/sts/aws4_request,SignedHeaders=host,Signature=0";
        assert_eq!(of(Some(asymmetric), ""), Service::Sts);
        let of_name = |name: &str| {
            scope_service(&format!("AKID/20261127/eu-west-1/{name}/aws4_request")).and_then(Service::of_scope)
        };
        assert_eq!([of_name("kms"), of_name("servicequotas")], [Some(Service::Kms), Some(Service::ServiceQuotas)]);
        assert_eq!(of(None, "X-Amz-Credential=AKID%2F20261127%2Fus-east-1%2Fsts%2Faws4_request&a=b"), Service::Sts);
        assert_eq!(of(None, "a=b&X-Amz-Credential=AKID/20261127/us-east-1/larder/aws4_request"), Service::Larder);
    }

    #[test]
    fn all_else_is_s3s() {
        for authorization in [None, Some("AWS AKID:signature"), Some("Bearer x"), Some("AWS4-HMAC-SHA256 Credential=")]
        {
            assert_eq!(of(authorization, ""), Service::S3);
        }
        let unknown =
            "AWS4-HMAC-SHA256 Credential=AKID/20261127/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0";
        assert_eq!(of(Some(unknown), ""), Service::S3);
        assert_eq!(of(None, "X-Amz-Credential=%2F%2f%2F"), Service::S3);
    }

    #[test]
    fn an_unsigned_form_at_the_root_is_for_sts() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8"));
        assert_eq!(service(&Method::POST, "/", "", &headers), Service::Sts);
        assert_eq!(service(&Method::POST, "/bucket", "", &headers), Service::S3);
        assert_eq!(service(&Method::PUT, "/", "", &headers), Service::S3);
        headers.insert(AUTHORIZATION, HeaderValue::from_static("AWS AKID:signature"));
        assert_eq!(service(&Method::POST, "/", "", &headers), Service::S3);
        let call = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15";
        assert_eq!((of(None, call), of(Some("AWS AKID:signature"), call)), (Service::Sts, Service::S3));
        assert_eq!((of(None, "Action=x"), of(None, "list-type=2&prefix=Action=&Version=")), (Service::S3, Service::S3));
    }

    #[test]
    fn an_unsigned_target_at_the_root_names_its_service() {
        let mut headers = HeaderMap::new();
        for (target, named) in [
            ("TrentService.Decrypt", Service::Kms),
            ("ServiceQuotasV20190624.ListServices", Service::ServiceQuotas),
            ("LarderAdmin.ListAccounts", Service::S3),
        ] {
            headers.insert("x-amz-target", HeaderValue::from_static(target));
            assert_eq!(service(&Method::POST, "/", "", &headers), named);
            assert_eq!(service(&Method::POST, "/bucket", "", &headers), Service::S3);
        }
    }
}
