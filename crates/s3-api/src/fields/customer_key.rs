//! The keys that clients send along (SSE-C).
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use larder_config::encryption::SseAlgorithm;
use larder_crypto::SecretKey;
use larder_sse::CustomerKey;
use larder_wire::error::{ErrorCode, S3Error};

use super::encryption::invalid;
use crate::call::Call;

/// The headers of a customer's key.
struct CustomerHeaders {
    algorithm: &'static str,
    key: &'static str,
    md5: &'static str,
}

/// The one that says that an object is to have a customer's key.
pub(crate) const ALGORITHM: &str = "x-amz-server-side-encryption-customer-algorithm";

const CUSTOMER: CustomerHeaders = CustomerHeaders {
    algorithm: ALGORITHM,
    key: "x-amz-server-side-encryption-customer-key",
    md5: "x-amz-server-side-encryption-customer-key-md5",
};

const SOURCE: CustomerHeaders = CustomerHeaders {
    algorithm: "x-amz-copy-source-server-side-encryption-customer-algorithm",
    key: "x-amz-copy-source-server-side-encryption-customer-key",
    md5: "x-amz-copy-source-server-side-encryption-customer-key-md5",
};

/// The customer's key that a request gives for its own object, if it gives one.
///
/// # Errors
/// `InvalidArgument` for headers that are incomplete or wrong, `InvalidRequest` over a connection that is not encrypted.
pub(crate) fn of_object(call: &Call<'_>, headers: &HeaderMap) -> Result<Option<CustomerKey>, S3Error> {
    read(call, headers, &CUSTOMER)
}

/// The customer's key that a request gives for the source of a copy, if it gives one.
///
/// # Errors
/// As [`of_object`].
pub(crate) fn of_source(call: &Call<'_>) -> Result<Option<CustomerKey>, S3Error> {
    read(call, call.headers, &SOURCE)
}

fn read(call: &Call<'_>, headers: &HeaderMap, names: &CustomerHeaders) -> Result<Option<CustomerKey>, S3Error> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let (algorithm, key, md5) = (text(names.algorithm), text(names.key), text(names.md5));
    if algorithm.is_none() && key.is_none() && md5.is_none() {
        return Ok(None);
    }
    if !call.facts.secure && !call.encryption.customer_keys_in_clear {
        return Err(S3Error::new(ErrorCode::InvalidRequest).with_message(
            "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure \
             connection.",
        ));
    }
    let lacks = |what: &str| {
        let message =
            format!("Requests specifying Server Side Encryption with Customer provided keys must provide {what}.");
        invalid(names.algorithm, "null", message)
    };
    let algorithm = algorithm.ok_or_else(|| lacks("a valid encryption algorithm"))?;
    if algorithm != SseAlgorithm::S3.as_str() {
        return Err(S3Error::new(ErrorCode::InvalidEncryptionAlgorithmError)
            .with_message("The Encryption request you specified is not valid. Supported value: AES256.")
            .with_extra("ArgumentName", names.algorithm)
            .with_extra("ArgumentValue", algorithm));
    }
    let key = key.ok_or_else(|| lacks("an appropriate secret key"))?;
    let md5 = md5.ok_or_else(|| lacks("the client calculated MD5 of the secret key"))?;
    let decoded = zeroize::Zeroizing::new(STANDARD.decode(key).unwrap_or_default());
    // The key itself is never repeated in an answer.
    let secret = SecretKey::from_slice(&decoded)
        .ok_or_else(|| invalid(names.key, "", "The secret key was invalid for the specified algorithm."))?;
    let calculated = larder_crypto::md5(&decoded);
    if larder_crypto::parse_content_md5(md5).is_ok_and(|sent| larder_crypto::equal(&sent, &calculated)) {
        return Ok(Some(CustomerKey { key: secret, md5: md5.to_owned() }));
    }
    Err(invalid(names.md5, md5, "The calculated MD5 hash of the key did not match the hash that was provided."))
}
