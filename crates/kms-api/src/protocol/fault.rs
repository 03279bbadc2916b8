//! Refusals as clients see them: a code, an HTTP status, a message.

/// The codes of errors. KMS answers 400 to all that the client can do something about, whatever the reference says of single
/// codes; what all services have in common is in
/// <https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// The code on the wire.
    pub(crate) name: &'static str,
    /// The HTTP status.
    pub(crate) status: u16,
}

const fn client(name: &'static str) -> Code {
    Code { name, status: 400 }
}

impl Code {
    pub(crate) const ACCESS_DENIED: Self = client("AccessDeniedException");
    pub(crate) const CUSTOM_KEY_STORE_NOT_FOUND: Self = client("CustomKeyStoreNotFoundException");
    pub(crate) const DRY_RUN: Self = client("DryRunOperationException");
    pub(crate) const EXPIRED_TOKEN: Self = client("ExpiredTokenException");
    pub(crate) const ILLEGAL_ARGUMENT: Self = client("IllegalArgumentException");
    pub(crate) const INCOMPLETE_SIGNATURE: Self = client("IncompleteSignatureException");
    pub(crate) const INTERNAL: Self = Self { name: "KMSInternalException", status: 500 };
    pub(crate) const INVALID_PAGINATION_TOKEN: Self = client("InvalidPaginationTokenException");
    pub(crate) const INVALID_SIGNATURE: Self = client("InvalidSignatureException");
    pub(crate) const MISSING_AUTHENTICATION_TOKEN: Self = client("MissingAuthenticationTokenException");
    pub(crate) const NOT_FOUND: Self = client("NotFoundException");
    pub(crate) const NO_SUCH_RESOURCE: Self = client("NoSuchResourceException");
    pub(crate) const REQUEST_TOO_LARGE: Self = Self { name: "RequestEntityTooLargeException", status: 413 };
    pub(crate) const RESOURCE_ALREADY_EXISTS: Self = client("ResourceAlreadyExistsException");
    pub(crate) const SERIALIZATION: Self = client("SerializationException");
    pub(crate) const SERVICE: Self = Self { name: "ServiceException", status: 500 };
    pub(crate) const SERVICE_UNAVAILABLE: Self = Self { name: "ServiceUnavailableException", status: 503 };
    pub(crate) const THROTTLING: Self = client("ThrottlingException");
    pub(crate) const UNKNOWN_OPERATION: Self = client("UnknownOperationException");
    pub(crate) const UNRECOGNIZED_CLIENT: Self = client("UnrecognizedClientException");
    pub(crate) const UNSUPPORTED_OPERATION: Self = client("UnsupportedOperationException");
    pub(crate) const VALIDATION: Self = client("ValidationException");
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// A value that the operation's rules do not allow, in the words of AWS's model of it.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::VALIDATION, message)
    }

    /// A member that breaks a constraint of the model.
    pub(crate) fn constraint(value: &str, member: &str, constraint: &str) -> Self {
        let mut at: String = member.to_owned();
        if let Some(first) = at.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        Self::invalid(format!(
            "1 validation error detected: Value{value} at '{at}' failed to satisfy constraint: {constraint}"
        ))
    }

    /// What cannot be read as the operation's input.
    pub(crate) fn serialization(message: impl Into<String>) -> Self {
        Self::new(Code::SERIALIZATION, message)
    }
}
