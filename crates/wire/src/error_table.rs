//! Every error code that this server may answer, with its HTTP status and AWS's default message.
//!
//! Source: "List of error codes" in the S3 API reference (`ErrorResponses.html`); where the service says something
//! else than its documentation, the message is what the service sends, because clients and people search for it.
//! Codes that only SOAP, Outposts, access points, Storage Lens or S3 Tables send are left out.

use http::StatusCode;

macro_rules! error_codes {
    // `as` is for the codes that are no Rust names: those of KMS hold a dot.
    (@name $code:ident) => { stringify!($code) };
    (@name $code:ident $text:literal) => { $text };
    ($($code:ident $(as $text:literal)? , $status:literal $message:literal;)+) => {
        /// The code of an S3 error; what a client's error handling matches on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $(#[doc = concat!("HTTP ", stringify!($status), ": ", $message)] $code,)+
        }

        impl ErrorCode {
            /// Every code, in the table's order.
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$code,)+];

            /// The text of the `Code` element.
            pub const fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$code => error_codes!(@name $code $($text)?),)+ }
            }

            const fn status_number(self) -> u16 {
                match self { $(ErrorCode::$code => $status,)+ }
            }

            /// AWS's text of the `Message` element when the request gives nothing more specific to say.
            pub const fn default_message(self) -> &'static str {
                match self { $(ErrorCode::$code => $message,)+ }
            }
        }
    };
}

impl ErrorCode {
    /// The HTTP status that goes with the code.
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.status_number()).expect("the table holds only valid statuses")
    }

    /// The code of this name, as found in a `Code` element.
    pub fn from_name(name: &str) -> Option<ErrorCode> {
        ErrorCode::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

error_codes! {
    AccessControlListNotSupported, 400 "The bucket does not allow ACLs";
    AccessDenied, 403 "Access Denied";
    AccessForbidden, 403 "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";
    AccountProblem, 403 "There is a problem with your AWS account that prevents the operation from completing successfully.";
    AllAccessDisabled, 403 "All access to this object has been disabled";
    AmbiguousGrantByEmailAddress, 400 "The e-mail address you provided is associated with more than one account.";
    AuthorizationHeaderMalformed, 400 "The authorization header that you provided is not valid.";
    AuthorizationQueryParametersError, 400 "The authorization query parameters that you provided are not valid.";
    BadDigest, 400 "The Content-MD5 you specified did not match what we received.";
    BadRequest, 400 "Bad Request";
    BucketAlreadyExists, 409 "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.";
    BucketAlreadyOwnedByYou, 409 "Your previous request to create the named bucket succeeded and you already own it.";
    BucketHasAccessPointsAttached, 400 "The bucket you tried to delete has access points attached. Delete your access points before deleting your bucket.";
    BucketNotEmpty, 409 "The bucket you tried to delete is not empty";
    ClientTokenConflict, 409 "Your Multi-Region Access Point idempotency token was already used for a different request.";
    ConditionalRequestConflict, 409 "The conditional request cannot succeed due to a conflicting operation against this resource.";
    ConnectionClosedByRequester, 400 "The connection was closed before the request was complete.";
    CredentialsNotSupported, 400 "This request does not support credentials";
    CrossLocationLoggingProhibited, 403 "Cross S3 location logging not allowed.";
    DeviceNotActiveError, 400 "The device is not currently active.";
    EncryptionTypeMismatch, 400 "The existing object was created with a different encryption type.";
    EntityTooLarge, 400 "Your proposed upload exceeds the maximum allowed size";
    EntityTooSmall, 400 "Your proposed upload is smaller than the minimum allowed size";
    ExpiredToken, 400 "The provided token has expired.";
    GlacierExpeditedRetrievalNotAvailable, 503 "Glacier expedited retrievals are currently not available, please try again later";
    IdempotencyException, 400 "The idempotency token was already used for a different request.";
    IdempotencyParameterMismatch, 400 "The idempotency token was used with different parameters.";
    IllegalLocationConstraintException, 400 "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.";
    IllegalVersioningConfigurationException, 400 "The Versioning element must be specified";
    IncompleteBody, 400 "The request body terminated unexpectedly";
    IncorrectEndpoint, 400 "The specified bucket exists in another Region. Direct requests to the correct endpoint.";
    IncorrectNumberOfFilesInPostRequest, 400 "POST requires exactly one file upload per request.";
    InlineDataTooLarge, 400 "Inline data exceeds the maximum allowed size.";
    InsufficientStorage, 507 "The store has no free space left for this request. Free space or add storage, then try again.";
    InternalError, 500 "We encountered an internal error. Please try again.";
    InvalidAccessKeyId, 403 "The AWS Access Key Id you provided does not exist in our records.";
    InvalidAccessPoint, 400 "The specified access point name or account is not valid.";
    InvalidAddressingHeader, 400 "You must specify the Anonymous role.";
    InvalidArgument, 400 "Invalid Argument";
    InvalidBucketAclWithBlockPublicAccessError, 400 "Bucket cannot have public ACLs set with BlockPublicAccess enabled";
    InvalidBucketAclWithObjectOwnership, 400 "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
    InvalidBucketName, 400 "The specified bucket is not valid.";
    InvalidBucketOwnerAWSAccountID, 400 "The value of the expected bucket owner parameter must be an AWS account ID.";
    InvalidBucketState, 409 "The request is not valid for the current state of the bucket.";
    InvalidChunkSizeError, 403 "Only the last chunk is allowed to have a size less than 8192 bytes";
    InvalidClientTokenId, 403 "The security token included in the request is invalid.";
    InvalidDigest, 400 "The Content-MD5 you specified was invalid.";
    InvalidEncryptionAlgorithmError, 400 "The encryption request you specified is not valid. The valid value is AES256.";
    InvalidHostHeader, 400 "The host headers provided in the request used the incorrect style addressing.";
    InvalidHttpMethod, 400 "The request was made using an unexpected HTTP method.";
    InvalidLocationConstraint, 400 "The specified location-constraint is not valid";
    InvalidObjectState, 403 "The operation is not valid for the object's storage class";
    InvalidPart, 400 "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
    InvalidPartNumber, 416 "The requested partnumber is not satisfiable";
    InvalidPartOrder, 400 "The list of parts was not in ascending order. Parts must be ordered by part number.";
    InvalidPayer, 403 "All access to this object has been disabled.";
    InvalidPolicyDocument, 400 "Invalid Policy: the form's policy document is not valid.";
    InvalidRange, 416 "The requested range is not satisfiable";
    InvalidRequest, 400 "Invalid Request";
    InvalidRetentionPeriod, 400 "The retention period specified is not valid.";
    InvalidSecurity, 403 "The provided security credentials are not valid.";
    InvalidSessionException, 400 "The session does not exist or is no longer valid.";
    InvalidSignature, 400 "The request signature that the server calculated does not match the signature that you provided.";
    InvalidStorageClass, 400 "The storage class you specified is not valid";
    InvalidTag, 400 "The tag provided was not a valid tag. This error can occur if the tag did not pass input validation.";
    InvalidTargetBucketForLogging, 400 "The target bucket for logging does not exist";
    InvalidToken, 400 "The provided token is malformed or otherwise invalid.";
    InvalidURI, 400 "Couldn't parse the specified URI.";
    InvalidWriteOffset, 400 "The write offset value that you specified does not match the current object size.";
    KeyTooLongError, 400 "Your key is too long";
    KmsAccessDenied as "KMS.AccessDeniedException", 400 "You are not authorized to use the KMS key.";
    KmsDisabled as "KMS.DisabledException", 400 "The KMS key is disabled.";
    KmsInvalidKeyUsage as "KMS.InvalidKeyUsageException", 400 "The KMS key is not for encryption and decryption.";
    KmsInvalidState as "KMS.KMSInvalidStateException", 400 "The KMS key's state is not valid for this request.";
    KmsThrottling as "KMS.ThrottlingException", 503 "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.";
    KmsNotFound as "KMS.NotFoundException", 400 "The KMS key does not exist.";
    MalformedACLError, 400 "The XML you provided was not well-formed or did not validate against our published schema";
    MalformedContinuationToken, 400 "The continuation token provided is incorrect";
    MalformedPOSTRequest, 400 "The body of your POST request is not well-formed multipart/form-data.";
    MalformedPolicy, 400 "This policy contains invalid Json";
    MalformedXML, 400 "The XML you provided was not well-formed or did not validate against our published schema";
    MalformedTrailerError, 400 "The request contained trailing data that was not well-formed or did not conform to our published schema.";
    MaxMessageLengthExceeded, 400 "Your request was too big.";
    MaxPostPreDataLengthExceededError, 400 "Your POST request fields preceding the upload file were too large.";
    MetadataConfigurationNotFound, 404 "The metadata configuration was not found";
    MetadataTooLarge, 400 "Your metadata headers exceed the maximum allowed metadata size";
    MethodNotAllowed, 405 "The specified method is not allowed against this resource.";
    MissingAuthenticationToken, 403 "The request is missing an authentication token.";
    MissingContentLength, 411 "You must provide the Content-Length HTTP header.";
    MissingRequestBodyError, 400 "Request body is empty";
    MissingSecurityElement, 400 "The SOAP 1.1 request is missing a security element.";
    MissingSecurityHeader, 400 "Your request was missing a required header";
    NoLoggingStatusForKey, 400 "There is no such thing as the ?logging sub-resource for a key";
    NoSuchAccessPoint, 404 "The specified accesspoint does not exist";
    NoSuchAnnotation, 404 "The specified annotation does not exist.";
    NoSuchBucket, 404 "The specified bucket does not exist";
    NoSuchBucketPolicy, 404 "The bucket policy does not exist";
    NoSuchCORSConfiguration, 404 "The CORS configuration does not exist";
    NoSuchConfiguration, 404 "The specified configuration does not exist.";
    NoSuchKey, 404 "The specified key does not exist.";
    NoSuchLifecycleConfiguration, 404 "The lifecycle configuration does not exist";
    NoSuchObjectLockConfiguration, 404 "The specified object does not have a ObjectLock configuration";
    NoSuchPublicAccessBlockConfiguration, 404 "The public access block configuration was not found";
    NoSuchTagSet, 404 "The TagSet does not exist";
    NoSuchUpload, 404 "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    NoSuchVersion, 404 "The specified version does not exist.";
    NoSuchWebsiteConfiguration, 404 "The specified bucket does not have a website configuration";
    NotDeviceOwnerError, 400 "The device that generated the token is not owned by the authenticated user.";
    NotImplemented, 501 "A header or query you provided implies functionality that is not implemented.";
    NotModified, 304 "Not Modified";
    NotSignedUp, 403 "Your account is not signed up for the Amazon S3 service. You must sign up before you can use Amazon S3.";
    ObjectAlreadyInActiveTierError, 403 "This object is already in the active tier and cannot be restored.";
    ObjectLockConfigurationNotFoundError, 404 "Object Lock configuration does not exist for this bucket";
    ObjectNotInActiveTierError, 403 "The source object of the COPY action is not in the active tier.";
    OperationAborted, 409 "A conflicting conditional operation is currently in progress against this resource. Please try again.";
    OwnershipControlsNotFoundError, 404 "The bucket ownership controls were not found";
    PermanentRedirect, 301 "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.";
    PolicyTooLarge, 400 "Policy exceeds the maximum allowed document size.";
    PreconditionFailed, 412 "At least one of the pre-conditions you specified did not hold";
    Redirect, 307 "Please re-send this request to the specified temporary endpoint. Continue to use the original request endpoint for future requests.";
    ReplicationConfigurationNotFoundError, 404 "The replication configuration was not found";
    RequestHeaderSectionTooLarge, 400 "Your request header section exceeds the maximum allowed size.";
    RequestIsNotMultiPartContent, 412 "Bucket POST must be of the enclosure-type multipart/form-data";
    RequestTimeTooSkewed, 403 "The difference between the request time and the current time is too large.";
    RequestTimeout, 400 "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.";
    RequestTorrentOfBucketError, 400 "Requesting the torrent file of a bucket is not permitted.";
    RestoreAlreadyInProgress, 409 "Object restore is already in progress";
    ServerSideEncryptionConfigurationNotFoundError, 404 "The server side encryption configuration was not found";
    ServiceUnavailable, 503 "Service is unable to handle request.";
    SignatureDoesNotMatch, 403 "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
    SlowDown, 503 "Please reduce your request rate.";
    TagPolicyException, 400 "The tag policy does not allow the specified value.";
    TemporaryRedirect, 307 "Please re-send this request to the specified temporary endpoint. Continue to use the original request endpoint for future requests.";
    TokenCodeInvalidError, 400 "The serial number and/or token code you provided is not valid.";
    TokenRefreshRequired, 400 "The provided token must be refreshed.";
    TooManyAccessPoints, 400 "You have attempted to create more access points than allowed";
    TooManyAnnotations, 400 "You have attempted to create more annotations than an object may hold.";
    TooManyBuckets, 400 "You have attempted to create more buckets than allowed";
    TooManyConfigurations, 400 "You are attempting to create a new configuration but have already reached the configuration limit.";
    TooManyParts, 400 "You have attempted to complete an upload with more parts than allowed.";
    UnexpectedContent, 400 "This request contains unsupported content.";
    UnexpectedIPError, 403 "This request was rejected because the IP was unexpected.";
    UnresolvableGrantByEmailAddress, 400 "The e-mail address you provided does not match any account on record.";
    UnsupportedArgument, 400 "The request contained an unsupported argument.";
    UnsupportedSignature, 400 "The provided request is signed with an unsupported STS Token version or the signature version is not supported.";
    UserAnnotationNameMustBeSpecified, 400 "An annotation name must be specified.";
    UserKeyMustBeSpecified, 400 "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.";
    XAmzContentChecksumMismatch, 400 "The provided 'x-amz-checksum' header does not match what was computed.";
    XAmzContentSHA256Mismatch, 400 "The provided 'x-amz-content-sha256' header does not match what was computed.";
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;

    #[test]
    fn every_code_has_a_status_of_an_error_and_is_found_by_its_name() {
        for &code in ErrorCode::ALL {
            let status = code.status();
            assert!(status.is_client_error() || status.is_server_error() || status.is_redirection(), "{code:?}");
            assert_eq!(ErrorCode::from_name(code.as_str()), Some(code));
            assert!(!code.default_message().is_empty());
        }
        assert_eq!(ErrorCode::from_name("nosuchkey"), None);
    }

    #[test]
    fn statuses_that_clients_depend_on() {
        for (code, status) in [
            (ErrorCode::NotModified, 304),
            (ErrorCode::NoSuchVersion, 404),
            (ErrorCode::MethodNotAllowed, 405),
            (ErrorCode::ConditionalRequestConflict, 409),
            (ErrorCode::MissingContentLength, 411),
            (ErrorCode::PreconditionFailed, 412),
            (ErrorCode::InvalidRange, 416),
            (ErrorCode::NotImplemented, 501),
            (ErrorCode::SlowDown, 503),
            (ErrorCode::InsufficientStorage, 507),
        ] {
            assert_eq!(code.status().as_u16(), status, "{code:?}");
        }
    }
}
