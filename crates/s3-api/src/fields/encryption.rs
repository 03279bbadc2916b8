//! Server-side encryption: what headers ask for, whose data keys are made and opened, and what answers say of it.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use larder_access::{CallerPolicies, GlobalContext};
use larder_config::encryption::SseAlgorithm;
use larder_crypto::DataKeys;
use larder_engine::{Bucket, Encryption, ObjectReader, StoredKey, UploadRecord};
use larder_kms::Asker;
use larder_policy::Principal;
use larder_sse::{CustomerKey, KmsWish, Place, Requester, Wanted};
use larder_types::ObjectKey;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::operation::Operation;

use super::customer_key;
use crate::call::Call;
use crate::refusal;

const ALGORITHM: &str = "x-amz-server-side-encryption";
const KMS_KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";
const CONTEXT: &str = "x-amz-server-side-encryption-context";
const BUCKET_KEY: &str = "x-amz-server-side-encryption-bucket-key-enabled";

/// What a server does about encryption, as its operator says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncryptionSettings {
    /// Whether new objects are encrypted when neither the request nor the bucket says how; AWS always does.
    pub by_default: bool,
    /// Whether customers' keys are taken over connections that are not encrypted; AWS never does.
    pub customer_keys_in_clear: bool,
}

/// Refuses the headers by which uploads choose their encryption where nothing is chosen.
///
/// # Errors
/// `InvalidArgument`.
pub(crate) fn refuse_choice(operation: Operation, headers: &HeaderMap) -> Result<(), S3Error> {
    let chooses_nothing = matches!(
        operation,
        Operation::CompleteMultipartUpload
            | Operation::GetObject
            | Operation::GetObjectAttributes
            | Operation::HeadObject
            | Operation::UploadPart
            | Operation::UploadPartCopy
    );
    let Some(name) = [ALGORITHM, KMS_KEY, CONTEXT].into_iter().find(|name| headers.contains_key(*name)) else {
        return Ok(());
    };
    if !chooses_nothing {
        return Ok(());
    }
    let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Err(invalid(name, value, format!("{name} header is not supported for this operation.")))
}

/// Whether headers choose an encryption: a copy of an object onto itself may do that alone.
pub(crate) fn is_chosen(headers: &HeaderMap) -> bool {
    [ALGORITHM, customer_key::ALGORITHM].iter().any(|name| headers.contains_key(*name))
}

/// What the headers of an upload ask for, with the customer's key that they have; `None` when they say nothing.
fn asked(headers: &HeaderMap, customer: Option<&CustomerKey>) -> Result<Option<Wanted>, S3Error> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let (key, context) = (text(KMS_KEY), text(CONTEXT));
    let algorithm = match text(ALGORITHM) {
        Some(name) => Some(
            SseAlgorithm::parse(name)
                .ok_or_else(|| invalid(ALGORITHM, name, "The encryption method specified is not supported"))?,
        ),
        None => None,
    };
    if (key.is_some() || context.is_some()) && algorithm.is_none_or(|algorithm| algorithm == SseAlgorithm::S3) {
        let value = text(ALGORITHM).unwrap_or("null");
        return Err(invalid(
            ALGORITHM,
            value,
            "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
        ));
    }
    match (customer, algorithm) {
        (Some(_), Some(algorithm)) => Err(invalid(
            ALGORITHM,
            algorithm.as_str(),
            "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
        )),
        (Some(customer), None) => Ok(Some(Wanted::Customer(customer.clone()))),
        (None, None) => Ok(None),
        (None, Some(SseAlgorithm::S3)) => Ok(Some(Wanted::Server)),
        (None, Some(algorithm)) => Ok(Some(Wanted::Kms(KmsWish {
            key: key.map(named_key).transpose()?,
            context: context.map(parse_context).transpose()?.unwrap_or_default(),
            bucket_key: false,
            twice: algorithm == SseAlgorithm::KmsDsse,
        }))),
    }
}

/// The name of a KMS key. An empty one would count as given for policies and mean the default key.
fn named_key(text: &str) -> Result<String, S3Error> {
    match text.is_empty() {
        true => Err(invalid(KMS_KEY, text, "The name of the KMS key is empty or not of ASCII characters.")),
        false => Ok(text.to_owned()),
    }
}

/// The pairs of an encryption context: base64 of a JSON object of texts.
pub(crate) fn parse_context(text: &str) -> Result<Vec<(String, String)>, S3Error> {
    let pairs = STANDARD.decode(text).ok().and_then(|json| {
        let pairs: std::collections::BTreeMap<String, String> = serde_json::from_slice(&json).ok()?;
        Some(pairs.into_iter().collect())
    });
    pairs.ok_or_else(|| {
        invalid(
            CONTEXT,
            text,
            "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON with \
             the encryption context key-value pairs",
        )
    })
}

/// How a new object is to be encrypted: as the headers say, else as the bucket does.
fn wanted(
    call: &Call<'_>,
    bucket: &Bucket,
    headers: &HeaderMap,
    customer: Option<&CustomerKey>,
) -> Result<Wanted, S3Error> {
    let default = bucket.record.encryption.as_ref();
    let bucket_key = match headers.get(BUCKET_KEY).map(|value| value.to_str().unwrap_or_default()) {
        None => default.is_some_and(|default| default.bucket_key),
        Some("true") => true,
        Some("false") => false,
        Some(other) => return Err(invalid(BUCKET_KEY, other, "The bucket key header must be true or false.")),
    };
    let wanted = match asked(headers, customer)? {
        Some(Wanted::Customer(_)) if default.is_some_and(|default| default.blocks_customer_keys) => {
            return Err(S3Error::new(ErrorCode::AccessDenied).with_message(
                "The bucket blocks uploads with customer-provided encryption keys (SSE-C); its owner can allow them with \
                 PutBucketEncryption and BlockedEncryptionTypes NONE.",
            ));
        }
        Some(asked) => asked,
        None => match default.and_then(Wanted::of_bucket) {
            Some(wanted) => wanted,
            None if call.encryption.by_default => Wanted::Server,
            None => Wanted::Nothing,
        },
    };
    Ok(match wanted {
        Wanted::Kms(wish) => Wanted::Kms(KmsWish { bucket_key: bucket_key && !wish.twice, ..wish }),
        wanted => wanted,
    })
}

/// Makes the data key of a new object, as headers, the customer's key that they have, or the bucket want it: what is stored
/// of it, and the keys themselves.
///
/// # Errors
/// `InvalidArgument` for headers that are wrong or do not go together; what a KMS refuses.
pub(crate) async fn begin(
    call: &Call<'_>,
    headers: &HeaderMap,
    key: &ObjectKey,
    customer: Option<&CustomerKey>,
) -> Result<(Option<Encryption>, Option<DataKeys>), S3Error> {
    let bucket = call.bucket()?;
    let wanted = wanted(call, bucket, headers, customer)?;
    begin_as(call, &wanted, &place(bucket, key)).await
}

/// As [`begin`], for a copy: where source and copy both have SSE-S3 the copy keeps the data key, and may share the bytes.
///
/// # Errors
/// As [`begin`].
pub(crate) async fn begin_copy(
    call: &Call<'_>,
    key: &ObjectKey,
    customer: Option<&CustomerKey>,
    source: &ObjectReader,
) -> Result<(Option<Encryption>, Option<DataKeys>), S3Error> {
    let bucket = call.bucket()?;
    let wanted = wanted(call, bucket, call.headers, customer)?;
    let place = place(bucket, key);
    match (&wanted, &source.object.detail().encryption, source.content.keys()) {
        (Wanted::Server, Some(encryption), Some(keys)) if matches!(encryption.key, StoredKey::Server(_)) => {
            let begun = call.sse.begin_copy(encryption, keys, &place);
            Ok((Some(begun.record), Some(begun.keys)))
        }
        _ => begin_as(call, &wanted, &place).await,
    }
}

async fn begin_as(
    call: &Call<'_>,
    wanted: &Wanted,
    place: &Place<'_>,
) -> Result<(Option<Encryption>, Option<DataKeys>), S3Error> {
    let of_kms = matches!(wanted, Wanted::Kms(_));
    let caller = of_kms.then(|| KmsCaller::of(call)).flatten();
    let begun = call.sse.begin(wanted, place, &KmsCaller::requester(caller.as_ref())).await.map_err(refusal::of_sse)?;
    Ok(begun.map(|begun| (begun.record, begun.keys)).unzip())
}

/// Opens the data keys of an object or an upload.
///
/// # Errors
/// When the customer's key is missing, wrong or out of place, and what a KMS refuses.
pub(crate) fn unlock(
    call: &Call<'_>,
    bucket: &Bucket,
    key: &ObjectKey,
    encryption: Option<&Encryption>,
    customer: Option<&CustomerKey>,
) -> Result<Option<DataKeys>, S3Error> {
    let of_kms = encryption.is_some_and(|encryption| matches!(encryption.key, StoredKey::Kms(_)));
    let caller = of_kms.then(|| KmsCaller::of(call)).flatten();
    let opened = call.sse.open(encryption, &place(bucket, key), customer, &KmsCaller::requester(caller.as_ref()));
    opened.map_err(refusal::of_sse)
}

/// As [`unlock`], for a part of an upload.
///
/// # Errors
/// As [`unlock`], in the words that uploads have for it.
pub(crate) fn unlock_upload(
    call: &Call<'_>,
    bucket: &Bucket,
    key: &ObjectKey,
    encryption: Option<&Encryption>,
    customer: Option<&CustomerKey>,
) -> Result<Option<DataKeys>, S3Error> {
    let is_customers = encryption.is_some_and(Encryption::is_customers);
    let refused = |message: &'static str| S3Error::new(ErrorCode::InvalidRequest).with_message(message);
    match (is_customers, customer) {
        (true, None) => Err(refused(
            "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate \
             encryption parameters.",
        )),
        (false, Some(_)) => Err(refused(
            "The multipart upload initiate did not request encryption with a customer-provided key. Part requests must \
             not include encryption parameters.",
        )),
        _ => unlock(call, bucket, key, encryption, customer).map_err(|error| {
            let wrong_key = is_customers && error.code() == ErrorCode::AccessDenied;
            match wrong_key {
                true => refused("The provided encryption parameters did not match the ones used originally."),
                false => error,
            }
        }),
    }
}

/// Requires the keys of an object where what is told of it needs them: under a customer's key everything does, under a
/// key of the KMS what is computed over the content.
///
/// # Errors
/// As [`unlock`].
pub(crate) fn check(
    call: &Call<'_>,
    bucket: &Bucket,
    key: &ObjectKey,
    encryption: Option<&Encryption>,
    customer: Option<&CustomerKey>,
    shows_content: bool,
) -> Result<(), S3Error> {
    let needs_keys = match encryption.map(|encryption| &encryption.key) {
        Some(StoredKey::Customer { .. }) => true,
        Some(StoredKey::Kms(_)) => shows_content || customer.is_some(),
        Some(StoredKey::Server(_)) | None => customer.is_some(),
    };
    if needs_keys {
        unlock(call, bucket, key, encryption, customer)?;
    }
    Ok(())
}

/// As [`check`], for what is told of an upload: AWS wants the permission to decrypt under a key of the KMS, and a customer's
/// key where the upload has a checksum; one that comes is checked in any case.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html>
///
/// # Errors
/// As [`unlock_upload`].
pub(crate) fn check_upload(
    call: &Call<'_>,
    bucket: &Bucket,
    key: &ObjectKey,
    upload: &UploadRecord,
    customer: Option<&CustomerKey>,
) -> Result<(), S3Error> {
    let needs_keys = match upload.encryption.as_ref().map(|encryption| &encryption.key) {
        Some(StoredKey::Kms(_)) => true,
        Some(StoredKey::Customer { .. }) => customer.is_some() || upload.checksum_algorithm.is_some(),
        Some(StoredKey::Server(_)) | None => customer.is_some(),
    };
    if needs_keys {
        unlock_upload(call, bucket, key, upload.encryption.as_ref(), customer)?;
    }
    Ok(())
}

fn place<'a>(bucket: &'a Bucket, key: &'a ObjectKey) -> Place<'a> {
    Place { bucket_id: bucket.record.id, bucket: &bucket.name, key }
}

/// Whoever asks the KMS, with what its policies are judged by.
struct KmsCaller<'a> {
    principal: &'a Principal,
    policies: CallerPolicies<'a>,
    context: GlobalContext<'a>,
}

impl<'a> KmsCaller<'a> {
    /// The sender of a request; `None` for one that is signed by earlier signatures or not at all, which the KMS never takes.
    fn of(call: &'a Call<'_>) -> Option<Self> {
        let signed = call.signing.as_ref().is_some_and(|signing| signing.version.starts_with("AWS4"));
        signed.then(|| Self {
            principal: &call.caller.principal,
            policies: CallerPolicies::of(&call.caller),
            // Whose the resource is, is the KMS key's to say.
            context: GlobalContext { caller: &call.caller, facts: &call.facts, resource_account: None },
        })
    }

    fn requester(caller: Option<&Self>) -> Requester<'_> {
        let asker = caller.map(|caller| Asker {
            principal: caller.principal,
            documents: caller.policies.documents(),
            context: &caller.context,
        });
        Requester { asker }
    }
}

/// How an answer names the algorithm; `None` where the customer's key is named instead.
pub(crate) fn shown_algorithm(encryption: &Encryption) -> Option<SseAlgorithm> {
    match &encryption.key {
        StoredKey::Server(_) => Some(SseAlgorithm::S3),
        StoredKey::Customer { .. } => None,
        StoredKey::Kms(key) if key.second.is_some() => Some(SseAlgorithm::KmsDsse),
        StoredKey::Kms(_) => Some(SseAlgorithm::Kms),
    }
}

/// The encryption context that the client gave, as its header has it.
pub(crate) fn shown_context(encryption: &Encryption) -> Option<String> {
    let StoredKey::Kms(key) = &encryption.key else { return None };
    if key.context.is_empty() {
        return None;
    }
    let pairs: std::collections::BTreeMap<&str, &str> =
        key.context.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Some(STANDARD.encode(serde_json::to_string(&pairs).ok()?))
}

/// Sets the members that say how an object is encrypted; outputs have the same names for them and no type in common.
macro_rules! describe {
    ($output:ident, $encryption:expr) => {
        if let Some(encryption) = $encryption {
            let encryption: &larder_engine::Encryption = encryption;
            $output.server_side_encryption =
                crate::fields::encryption::shown_algorithm(encryption).map(|algorithm| algorithm.as_str().into());
            if let larder_engine::StoredKey::Kms(key) = &encryption.key {
                $output.sse_kms_key_id = Some(key.arn.clone());
                $output.bucket_key_enabled = key.under_bucket_key.as_ref().map(|_| true);
            }
        }
    };
    ($output:ident, $encryption:expr, $customer:expr) => {
        crate::fields::encryption::describe!($output, $encryption);
        let customer: Option<&larder_sse::CustomerKey> = $customer;
        if let Some(customer) = customer {
            $output.sse_customer_algorithm = Some("AES256".to_owned());
            $output.sse_customer_key_md5 = Some(customer.md5.clone());
        }
    };
}
pub(crate) use describe;

/// `InvalidArgument` about a header.
pub(super) fn invalid(name: &str, value: &str, message: impl Into<std::borrow::Cow<'static, str>>) -> S3Error {
    S3Error::new(ErrorCode::InvalidArgument)
        .with_message(message)
        .with_extra("ArgumentName", name)
        .with_extra("ArgumentValue", value)
}
