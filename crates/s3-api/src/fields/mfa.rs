//! MFA Delete: `x-amz-mfa`, a second factor for what cannot be undone.
//!
//! Source: "Configuring MFA delete", Amazon S3 user guide.

use http::{HeaderMap, HeaderName};
use larder_wire::error::{ErrorCode, S3Error};

use super::accounts;
use crate::call::Call;

pub(crate) const NAME: HeaderName = HeaderName::from_static("x-amz-mfa");

/// Requires a second factor, of the root user of the bucket's account.
///
/// # Errors
/// `AccessDenied` when there is none or it is not valid, `InvalidArgument` for a header that is malformed.
pub(crate) async fn require(call: &Call<'_>) -> Result<(), S3Error> {
    if given(call).await? { Ok(()) } else { Err(needed()) }
}

/// Whether the request has a second factor. One that is not valid is an error, wanted or not.
///
/// # Errors
/// As [`require`], except that there may be none.
pub(crate) async fn given(call: &Call<'_>) -> Result<bool, S3Error> {
    let Some((serial, code)) = parse(call.headers)? else { return Ok(false) };
    let account = call.bucket()?.record.owner;
    if !accounts::is_root_of(call, account) {
        return Err(denied("This operation may only be performed by the bucket owner"));
    }
    if accounts::verify_mfa(call, account, serial, code).await? {
        return Ok(true);
    }
    Err(denied("The serial number and/or token code you provided is not valid."))
}

/// The refusal of a request without a second factor.
pub(crate) fn needed() -> S3Error {
    denied("Mfa Authentication must be used for this request")
}

fn denied(message: &'static str) -> S3Error {
    S3Error::new(ErrorCode::AccessDenied).with_message(message)
}

/// The serial number and the code of the header, if there is one.
pub(crate) fn parse(headers: &HeaderMap) -> Result<Option<(&str, &str)>, S3Error> {
    let Some(value) = headers.get(NAME) else { return Ok(None) };
    let parts = value.to_str().ok().and_then(|text| text.trim().rsplit_once(' '));
    match parts.map(|(serial, code)| (serial.trim_end(), code)) {
        Some((serial, code)) if !serial.is_empty() && !serial.contains(' ') => Ok(Some((serial, code))),
        _ => Err(S3Error::new(ErrorCode::InvalidArgument)
            .with_message("Mfa header is invalid -- the header should be formatted as {serialNumber}(space){tokenCode}")
            .with_extra("ArgumentName", NAME.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_serial_number_and_a_code() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(NAME, HeaderValue::from_str(text).expect("a value"));
            parse(&headers).map(|parts| parts.map(|(serial, code)| (serial.to_owned(), code.to_owned())))
        };
        let expected = Some(("arn:aws:iam::111122223333:mfa/root".to_owned(), "123456".to_owned()));
        assert_eq!(read("arn:aws:iam::111122223333:mfa/root 123456").expect("valid"), expected);
        for bad in ["", "123456", "a b 123456", " 123456"] {
            assert_eq!(read(bad).expect_err("refused").code(), ErrorCode::InvalidArgument, "{bad}");
        }
        assert!(parse(&HeaderMap::new()).expect("none").is_none());
    }
}
