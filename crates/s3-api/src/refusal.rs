//! How the errors of the layers below become S3's. Nothing else maps an error to a code.

mod engine;

use larder_access::Refusal;
use larder_engine::Error as EngineError;
use larder_http::BodyError;
use larder_identity::CredentialRefusal;
use larder_kms::{KmsError, KmsErrorKind};
use larder_sigv4::{AuthError, ChunkError, PolicyError};
use larder_sse::SseError;
use larder_types::{InvalidObjectKey, ObjectKey};
use larder_wire::error::{ErrorCode, S3Error};

use crate::request_content::ContentError;

pub(crate) use engine::of_engine;

/// Why an operation of the engine did not go through that asked back what to do.
pub(crate) enum Refused {
    /// The engine's reason.
    Engine(EngineError),
    /// The answer was the refusal.
    Answer(S3Error),
    /// The key holds another version than the one that was looked at.
    Changed,
}

impl From<EngineError> for Refused {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<S3Error> for Refused {
    fn from(error: S3Error) -> Self {
        Self::Answer(error)
    }
}

impl From<Refused> for S3Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Engine(error) => of_engine(error),
            Refused::Answer(error) => error,
            Refused::Changed => S3Error::new(ErrorCode::OperationAborted),
        }
    }
}

/// Why there is no data key.
pub(crate) fn of_sse(error: SseError) -> S3Error {
    let invalid = |message: &'static str| S3Error::new(ErrorCode::InvalidRequest).with_message(message);
    match error {
        SseError::CustomerKeyNeeded => invalid(
            "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to \
             retrieve the object.",
        ),
        SseError::WrongCustomerKey => S3Error::new(ErrorCode::AccessDenied),
        SseError::NoCustomerKeyApplies => invalid("The encryption parameters are not applicable to this object."),
        SseError::Denied { message } => S3Error::new(ErrorCode::AccessDenied).with_message(message),
        SseError::Unsigned => S3Error::new(ErrorCode::InvalidArgument).with_message(
            "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.",
        ),
        SseError::Throttled(_) => S3Error::new(ErrorCode::KmsThrottling),
        SseError::Kms(error) => of_kms(&error),
        SseError::Damaged => {
            tracing::error!("an object's data key does not open; the request is refused");
            S3Error::new(ErrorCode::InternalError)
        }
    }
}

fn of_kms(error: &KmsError) -> S3Error {
    let code = match error.kind {
        KmsErrorKind::AccessDenied => ErrorCode::KmsAccessDenied,
        KmsErrorKind::Disabled => ErrorCode::KmsDisabled,
        KmsErrorKind::InvalidKeyUsage => ErrorCode::KmsInvalidKeyUsage,
        KmsErrorKind::InvalidState | KmsErrorKind::KeyUnavailable => ErrorCode::KmsInvalidState,
        KmsErrorKind::NotFound | KmsErrorKind::InvalidArn => ErrorCode::KmsNotFound,
        KmsErrorKind::Validation => ErrorCode::InvalidArgument,
        _ => {
            tracing::error!(error = error as &dyn std::error::Error, "the KMS failed");
            return S3Error::new(ErrorCode::InternalError);
        }
    };
    S3Error::new(code).with_message(error.message.clone())
}

/// Why a body stopped: what the body's source put into the engine's error.
fn of_source(source: larder_engine::SourceError) -> S3Error {
    match source.downcast::<ContentError>() {
        Ok(error) => of_content(*error),
        // A copy's source is an object of ours.
        Err(other) => match other.downcast::<EngineError>() {
            Ok(error) => of_engine(*error),
            Err(unknown) => {
                tracing::error!(error = &*unknown as &dyn std::error::Error, "a body failed in an unknown way");
                S3Error::new(ErrorCode::InternalError)
            }
        },
    }
}

/// An error of a request's body.
pub(crate) fn of_content(error: ContentError) -> S3Error {
    match error {
        ContentError::Body(BodyError::TimedOut) => S3Error::new(ErrorCode::RequestTimeout),
        ContentError::Body(BodyError::Incomplete) => S3Error::new(ErrorCode::IncompleteBody),
        ContentError::Body(BodyError::Malformed) => S3Error::new(ErrorCode::IncompleteBody),
        ContentError::Chunk(error) => of_chunk(error),
        ContentError::Refused(error) => error,
    }
}

fn of_chunk(error: ChunkError) -> S3Error {
    let message = error.to_string();
    match error {
        ChunkError::Framing { .. } | ChunkError::Truncated => S3Error::new(ErrorCode::IncompleteBody),
        ChunkError::DecodedLength { expected, provided } => S3Error::new(ErrorCode::IncompleteBody)
            .with_message(message)
            .with_extra("NumberBytesExpected", expected.to_string())
            .with_extra("NumberBytesProvided", provided.to_string()),
        ChunkError::ChunkTooSmall { chunk, bad_chunk_size } => S3Error::new(ErrorCode::InvalidChunkSizeError)
            .with_message(message)
            .with_extra("Chunk", chunk.to_string())
            .with_extra("BadChunkSize", bad_chunk_size.to_string()),
        ChunkError::SignatureDoesNotMatch(mismatch) => of_authentication(AuthError::SignatureDoesNotMatch(mismatch)),
        ChunkError::MalformedTrailer { .. } => S3Error::new(ErrorCode::MalformedTrailerError).with_message(message),
        ChunkError::LineTooLong | ChunkError::DataAfterEnd => {
            S3Error::new(ErrorCode::InvalidRequest).with_message(message)
        }
    }
}

/// A request whose sender is not known.
pub(crate) fn of_sender(refusal: Refusal) -> S3Error {
    match refusal {
        Refusal::Signature(error) => of_authentication(error),
        Refusal::Credential { access_key_id, reason } => match reason {
            // AWS does not tell a stranger whether a key is switched off or was never there.
            CredentialRefusal::UnknownKey | CredentialRefusal::InactiveKey | CredentialRefusal::TokenNeeded => {
                S3Error::new(ErrorCode::InvalidAccessKeyId).with_extra("AWSAccessKeyId", access_key_id)
            }
            CredentialRefusal::InvalidToken => S3Error::new(ErrorCode::InvalidToken),
            CredentialRefusal::ExpiredToken => S3Error::new(ErrorCode::ExpiredToken),
        },
    }
}

/// An error of a signature or of what it claims.
pub(crate) fn of_authentication(error: AuthError) -> S3Error {
    let message = error.to_string();
    let with = |code| S3Error::new(code).with_message(message.clone());
    match error {
        AuthError::HeaderMalformed { region, .. } => with_region(with(ErrorCode::AuthorizationHeaderMalformed), region),
        AuthError::QueryParameters { region, .. } => {
            with_region(with(ErrorCode::AuthorizationQueryParametersError), region)
        }
        AuthError::InvalidArgument { name, value, .. } => {
            with(ErrorCode::InvalidArgument).with_extra("ArgumentName", name).with_extra("ArgumentValue", value)
        }
        AuthError::SignatureDoesNotMatch(mismatch) => {
            let bytes = (mismatch.string_to_sign_bytes(), mismatch.canonical_request_bytes());
            let mut error = with(ErrorCode::SignatureDoesNotMatch)
                .with_extra("AWSAccessKeyId", mismatch.access_key_id)
                .with_extra("StringToSign", mismatch.string_to_sign)
                .with_extra("SignatureProvided", mismatch.signature_provided)
                .with_extra("StringToSignBytes", bytes.0);
            if let (Some(canonical), Some(canonical_bytes)) = (mismatch.canonical_request, bytes.1) {
                error = error
                    .with_extra("CanonicalRequest", canonical)
                    .with_extra("CanonicalRequestBytes", canonical_bytes);
            }
            error
        }
        AuthError::RequestTimeTooSkewed { request_time, server_time } => with(ErrorCode::RequestTimeTooSkewed)
            .with_extra("RequestTime", request_time)
            .with_extra("ServerTime", server_time)
            .with_extra("MaxAllowedSkewMilliseconds", larder_sigv4::MAX_SKEW_MILLISECONDS.to_string()),
        AuthError::RequestExpired { expires_seconds, expires, server_time } => {
            let mut error = with(ErrorCode::AccessDenied);
            if let Some(seconds) = expires_seconds {
                error = error.with_extra("X-Amz-Expires", seconds.to_string());
            }
            error.with_extra("Expires", expires).with_extra("ServerTime", server_time)
        }
        AuthError::HeadersNotSigned { headers } => {
            with(ErrorCode::AccessDenied).with_extra("HeadersNotSigned", headers.join(", "))
        }
        AuthError::MissingSecurityHeader { header } => {
            with(ErrorCode::MissingSecurityHeader).with_extra("MissingHeaderName", header)
        }
        AuthError::MissingContentSha256 | AuthError::UnsupportedMechanism => with(ErrorCode::InvalidRequest),
        AuthError::NotYetValid | AuthError::MissingDate | AuthError::MissingV2Parameters | AuthError::AccessDenied => {
            with(ErrorCode::AccessDenied)
        }
    }
}

fn with_region(error: S3Error, region: Option<String>) -> S3Error {
    match region {
        Some(region) => error.with_extra("Region", region),
        None => error,
    }
}

/// An error of a POST form's policy.
pub(crate) fn of_policy(error: &PolicyError) -> S3Error {
    let with = |code| S3Error::new(code).with_message(error.to_string());
    match error {
        PolicyError::InvalidDocument { .. } => with(ErrorCode::InvalidPolicyDocument),
        PolicyError::Expired | PolicyError::ConditionFailed { .. } | PolicyError::ExtraField { .. } => {
            with(ErrorCode::AccessDenied)
        }
        PolicyError::TooSmall { proposed, min } => with(ErrorCode::EntityTooSmall)
            .with_extra("ProposedSize", proposed.to_string())
            .with_extra("MinSizeAllowed", min.to_string()),
        PolicyError::TooLarge { proposed, max } => with(ErrorCode::EntityTooLarge)
            .with_extra("ProposedSize", proposed.to_string())
            .with_extra("MaxSizeAllowed", max.to_string()),
    }
}

/// An error of a configuration document, field or header.
pub(crate) fn of_configuration(error: impl Into<larder_config::ConfigError>) -> S3Error {
    let error = error.into();
    let refused = S3Error::new(named(error.code())).with_message(error.to_string());
    error.details().into_iter().fold(refused, |refused, (name, value)| refused.with_extra(name, value))
}

/// Text that cannot be an object key.
pub(crate) fn of_key(error: InvalidObjectKey) -> S3Error {
    match error {
        InvalidObjectKey::Empty => S3Error::new(ErrorCode::UserKeyMustBeSpecified),
        InvalidObjectKey::TooLong { size } => S3Error::new(ErrorCode::KeyTooLongError)
            .with_extra("Size", size.to_string())
            .with_extra("MaxSizeAllowed", larder_types::limits::MAX_KEY_BYTES.to_string()),
    }
}

/// Says which key an error is about, as S3 does for keys, versions and uploads that are not there.
pub(crate) fn about_key(error: S3Error, key: Option<&ObjectKey>, version: Option<&str>) -> S3Error {
    match (error.code(), key) {
        (ErrorCode::NoSuchKey | ErrorCode::NoSuchVersion, Some(key)) if error.extra_value("Key").is_none() => {
            let by_version = version.filter(|_| error.code() == ErrorCode::NoSuchVersion);
            let error = error.with_extra("Key", key.as_str());
            match by_version {
                Some(version) => error.with_extra("VersionId", version),
                None => error,
            }
        }
        _ => error,
    }
}

/// The code of a name that a lower layer gives.
fn named(code: &str) -> ErrorCode {
    ErrorCode::from_name(code).unwrap_or_else(|| {
        tracing::error!(code, "an error code is not in the table");
        ErrorCode::InternalError
    })
}
