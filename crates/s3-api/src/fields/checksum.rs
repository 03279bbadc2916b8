//! Checksums in headers: `Content-MD5`, `x-amz-checksum-*` and what announces them.

use http::HeaderMap;
use larder_types::{Checksum, ChecksumAlgorithm};
use larder_wire::error::{ErrorCode, S3Error};

/// Algorithms that AWS has and this server does not.
const NOT_HERE: [&str; 5] = ["sha512", "md5", "xxhash64", "xxhash3", "xxhash128"];

/// What headers say of checksums besides their values.
const ABOUT_CHECKSUMS: [&str; 3] = ["algorithm", "mode", "type"];

/// What a request's headers say of its body's checksum.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declared {
    /// The algorithm, when a value was sent or is to follow in the trailer.
    pub(crate) algorithm: Option<ChecksumAlgorithm>,
    /// The value, when it was sent in a header.
    pub(crate) value: Option<Checksum>,
}

/// Reads `x-amz-checksum-*`, `x-amz-trailer` and `x-amz-sdk-checksum-algorithm`.
///
/// # Errors
/// As S3 answers when there is more than one checksum, when a value is malformed, or when one was announced and none is
/// there.
pub(crate) fn declared(headers: &HeaderMap) -> Result<Declared, S3Error> {
    let mut found = Declared::default();
    for name in headers.keys() {
        let Some(what) = name.as_str().strip_prefix("x-amz-checksum-") else { continue };
        refuse_unknown(Some(what))?;
        // A checksum that is not checked is none.
        if ChecksumAlgorithm::from_header(name.as_str()).is_none() && !ABOUT_CHECKSUMS.contains(&what) {
            return Err(invalid(format!("The {name} header is not supported.")));
        }
    }
    for algorithm in ChecksumAlgorithm::ALL {
        let Some(value) = headers.get(algorithm.header()) else { continue };
        if found.algorithm.is_some() {
            return Err(several());
        }
        found = Declared { algorithm: Some(algorithm), value: Some(parse(algorithm, text(value))?) };
    }
    for value in headers.get_all("x-amz-trailer") {
        for name in text(value).split(',').map(|name| name.trim().to_ascii_lowercase()) {
            refuse_unknown(name.strip_prefix("x-amz-checksum-"))?;
            let Some(algorithm) = ChecksumAlgorithm::from_header(&name) else {
                return Err(invalid("The value specified in the x-amz-trailer header is not supported".to_owned()));
            };
            if found.algorithm.is_some() {
                return Err(several());
            }
            found.algorithm = Some(algorithm);
        }
    }
    if let Some(announced) = headers.get("x-amz-sdk-checksum-algorithm") {
        let announced = text(announced);
        refuse_unknown(Some(announced))?;
        let algorithm = ChecksumAlgorithm::parse(announced)
            .ok_or_else(|| invalid("Value for x-amz-sdk-checksum-algorithm header is invalid.".to_owned()))?;
        match found.algorithm {
            Some(sent) if sent == algorithm => {}
            Some(_) => return Err(invalid("Value for x-amz-sdk-checksum-algorithm header is invalid.".to_owned())),
            None if headers.contains_key("content-md5") => {}
            None => {
                return Err(invalid(
                    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer \
                     headers were found."
                        .to_owned(),
                ));
            }
        }
    }
    Ok(found)
}

/// Refuses a request that says nothing by which its body can be checked.
///
/// # Errors
/// `InvalidRequest` with this message; those of [`declared`].
pub(crate) fn require(headers: &HeaderMap, message: &'static str) -> Result<(), S3Error> {
    if headers.contains_key("content-md5") || declared(headers)?.algorithm.is_some() {
        return Ok(());
    }
    Err(invalid(message.to_owned()))
}

/// Reads a value in base64.
pub(crate) fn parse(algorithm: ChecksumAlgorithm, value: &str) -> Result<Checksum, S3Error> {
    larder_crypto::parse_checksum(algorithm, value)
        .map_err(|_| invalid(format!("Value for {} header is invalid.", algorithm.header())))
}

/// Reads `Content-MD5`.
pub(crate) fn content_md5(headers: &HeaderMap) -> Result<Option<[u8; 16]>, S3Error> {
    let Some(value) = headers.get("content-md5") else { return Ok(None) };
    let value = text(value);
    larder_crypto::parse_content_md5(value)
        .map(Some)
        .map_err(|_| S3Error::new(ErrorCode::InvalidDigest).with_extra("Content-MD5", value))
}

/// Reads the name of an algorithm from `x-amz-checksum-algorithm`.
pub(crate) fn algorithm(name: &str) -> Result<ChecksumAlgorithm, S3Error> {
    refuse_unknown(Some(name))?;
    ChecksumAlgorithm::parse(name).ok_or_else(|| {
        invalid("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]".to_owned())
    })
}

/// Puts a checksum into the member of an answer that is for its algorithm. The answer types of all operations have the same
/// members, and no type in common.
macro_rules! set_checksum {
    ($answer:expr, $checksum:expr) => {
        crate::fields::checksum::set_checksum!($answer, $checksum, "")
    };
    ($answer:expr, $checksum:expr, $suffix:expr) => {{
        let checksum: &larder_types::Checksum = $checksum;
        let text = Some(format!("{}{}", larder_crypto::checksum_to_base64(checksum), $suffix));
        match checksum.algorithm() {
            larder_types::ChecksumAlgorithm::Crc32 => $answer.checksum_crc32 = text,
            larder_types::ChecksumAlgorithm::Crc32c => $answer.checksum_crc32c = text,
            larder_types::ChecksumAlgorithm::Crc64Nvme => $answer.checksum_crc64nvme = text,
            larder_types::ChecksumAlgorithm::Sha1 => $answer.checksum_sha1 = text,
            larder_types::ChecksumAlgorithm::Sha256 => $answer.checksum_sha256 = text,
        }
    }};
}
pub(crate) use set_checksum;

/// What follows a checksum's value when it is shown: a composite one carries the number of its parts.
pub(crate) fn suffix(kind: larder_types::ChecksumType, parts: u16) -> String {
    match kind {
        larder_types::ChecksumType::Composite if parts > 0 => format!("-{parts}"),
        _ => String::new(),
    }
}

fn refuse_unknown(name: Option<&str>) -> Result<(), S3Error> {
    match name {
        Some(name) if NOT_HERE.iter().any(|known| known.eq_ignore_ascii_case(name)) => {
            Err(S3Error::new(ErrorCode::NotImplemented)
                .with_message(format!("The checksum algorithm {name} is not implemented.")))
        }
        _ => Ok(()),
    }
}

fn several() -> S3Error {
    invalid("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.".to_owned())
}

fn invalid(message: String) -> S3Error {
    S3Error::new(ErrorCode::InvalidRequest).with_message(message)
}

fn text(value: &http::HeaderValue) -> &str {
    // A value that is no text is no checksum either: it fails where it is parsed.
    value.to_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))])
    }

    #[test]
    fn what_needs_a_checksum_takes_any_kind() {
        let with = |name, value| require(&headers(name, value), "needed").map_err(|error| error.code());
        assert_eq!(with("content-md5", "XrY7u+Ae7tCTyyK7j1rNww=="), Ok(()));
        assert_eq!(with("x-amz-checksum-crc32", "DUoRhQ=="), Ok(()));
        assert_eq!(with("x-amz-trailer", "x-amz-checksum-crc32"), Ok(()));
        assert_eq!(with("x-amz-content-sha256", "UNSIGNED-PAYLOAD"), Err(ErrorCode::InvalidRequest));
    }

    #[test]
    fn no_checksum_is_passed_over() {
        let with = |name, value| declared(&headers(name, value)).map(|_| ()).map_err(|error| error.code());
        assert_eq!(with("x-amz-checksum-bogus", "AAAA"), Err(ErrorCode::InvalidRequest));
        assert_eq!(with("x-amz-checksum-sha512", "AAAA"), Err(ErrorCode::NotImplemented));
        assert_eq!(with("x-amz-checksum-mode", "ENABLED"), Ok(()));
        assert_eq!(with("x-amz-trailer", "x-amz-meta-a"), Err(ErrorCode::InvalidRequest));
    }
}
