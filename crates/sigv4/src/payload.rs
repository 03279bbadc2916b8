//! What a signature says of the body: the values of `x-amz-content-sha256`.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html>.

use http::HeaderMap;

use crate::error::AuthError;

/// How the body is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// The body must have this SHA-256.
    Sha256([u8; 32]),
    /// The signature says nothing of the body.
    Unsigned,
    /// The body is aws-chunked.
    Streaming {
        /// Who vouches for each chunk.
        signature: StreamSignature,
        /// Trailing headers follow the last chunk.
        trailer: bool,
    },
    /// The header is absent, as services other than S3 allow: the canonical request ends with the SHA-256 of the body,
    /// which must be given to [`crate::V4Auth::verify`].
    Body,
}

/// The signature of each chunk of an aws-chunked body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamSignature {
    /// None.
    Unsigned,
    /// HMAC-SHA256 with the derived key (SigV4).
    Hmac,
    /// ECDSA over P-256 (SigV4A).
    Ecdsa,
}

const INVALID: &str = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, \
     STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, \
     STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.";

impl Payload {
    /// Parses a value of `x-amz-content-sha256`.
    ///
    /// # Errors
    /// [`AuthError::InvalidArgument`] for anything that AWS does not define.
    pub fn parse(text: &str) -> Result<Self, AuthError> {
        let streaming = |signature, trailer| Ok(Self::Streaming { signature, trailer });
        match text {
            "UNSIGNED-PAYLOAD" => Ok(Self::Unsigned),
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => streaming(StreamSignature::Unsigned, true),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => streaming(StreamSignature::Hmac, false),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => streaming(StreamSignature::Hmac, true),
            "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD" => streaming(StreamSignature::Ecdsa, false),
            "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER" => streaming(StreamSignature::Ecdsa, true),
            digest => {
                let mut hash = [0; 32];
                hex::decode_to_slice(digest, &mut hash)
                    .map_err(|_| AuthError::argument("x-amz-content-sha256", text, INVALID))?;
                Ok(Self::Sha256(hash))
            }
        }
    }
}

/// The names of the trailers that `x-amz-trailer` announces, as sent; what [`crate::ChunkedDecoder::new`] wants.
#[must_use]
pub fn announced_trailers(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all("x-amz-trailer").iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::EMPTY_SHA256;

    #[test]
    fn every_defined_value_parses() {
        assert!(matches!(Payload::parse(EMPTY_SHA256), Ok(Payload::Sha256(hash)) if hash[0] == 0xe3));
        assert_eq!(Payload::parse("UNSIGNED-PAYLOAD"), Ok(Payload::Unsigned));
        assert_eq!(
            Payload::parse("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"),
            Ok(Payload::Streaming { signature: StreamSignature::Ecdsa, trailer: true })
        );
    }

    #[test]
    fn trailers_are_announced_in_lists_and_repeated_headers() {
        let mut headers = HeaderMap::new();
        assert!(announced_trailers(&headers).is_empty());
        headers.append("x-amz-trailer", "a, b,".parse().expect("a header value"));
        headers.append("x-amz-trailer", "c".parse().expect("a header value"));
        assert_eq!(announced_trailers(&headers), ["a", "b", "c"]);
    }

    #[test]
    fn other_values_are_invalid_arguments() {
        for text in ["", "unsigned-payload", &EMPTY_SHA256[1..], "STREAMING-UNSIGNED-PAYLOAD", &"g".repeat(64)] {
            let error = Payload::parse(text).expect_err(text);
            assert!(matches!(error, AuthError::InvalidArgument { ref name, .. } if name == "x-amz-content-sha256"));
        }
    }
}
