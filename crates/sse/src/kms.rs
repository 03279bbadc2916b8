//! SSE-KMS and DSSE-KMS: data keys that the KMS makes and opens, for whoever may use the KMS key.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>

use std::borrow::Cow;
use std::sync::Arc;

use larder_crypto::{DataKeys, SealingKey, SecretKey};
use larder_engine::{KmsKey, StoredKey};
use larder_kms::{
    Asker, EncryptionContext, Key, KmsError, KmsErrorKind, RequestClass, RequestFacts, Target, request_alias,
};
use larder_policy::{Context, Principal, Values};
use larder_types::AccountId;

use crate::bucket_keys::{BucketKey, Owner};
use crate::place::{Bound, FIRST, SECOND};
use crate::sse::Sse;
use crate::wanted::KmsWish;
use crate::{Place, SseError, server};

/// The name that S3 adds to every encryption context.
const OBJECT_ARN: &str = "aws:s3:arn";

const UNDER_BUCKET_KEY: &[u8] = b"larder bucket key 1";

/// Who wants to use a KMS key through S3.
#[derive(Clone, Copy)]
pub struct Requester<'a> {
    /// Who it is, with its policies and the values of condition keys; `None` when the request is not signed with Signature
    /// Version 4.
    pub asker: Option<Asker<'a>>,
}

impl<'a> Requester<'a> {
    fn known(&self) -> Result<(Asker<'a>, AccountId), SseError> {
        let asker = self.asker.ok_or(SseError::Unsigned)?;
        let account = asker.principal.account().ok_or(SseError::Unsigned)?;
        Ok((asker, account))
    }
}

/// The encryption context of an object: what the client gave, and the ARN of the object or, with a bucket key, of the
/// bucket, unless the client gave one.
///
/// # Errors
/// When it is too large.
pub(crate) fn object_context(
    place: &Place<'_>,
    given: &[(String, String)],
    bucket_key: bool,
) -> Result<EncryptionContext, KmsError> {
    let arn = match bucket_key {
        true => format!("arn:aws:s3:::{}", place.bucket),
        false => format!("arn:aws:s3:::{}/{}", place.bucket, place.key.as_str()),
    };
    let added = std::iter::once((OBJECT_ARN, arn.as_str()));
    // With a bucket key the KMS sees only what all objects of the bucket share.
    let given = given.iter().filter(|_| !bucket_key).map(|(name, value)| (name.as_str(), value.as_str()));
    EncryptionContext::new(added.chain(given))
}

/// The client's part of the context, as a data key under a bucket key is bound to it.
fn bound_context(given: &[(String, String)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for text in given.iter().flat_map(|(name, value)| [name, value]) {
        bytes.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

fn under_bucket_key(key: &SecretKey) -> SealingKey {
    SealingKey::derive(key, UNDER_BUCKET_KEY, b"data key")
}

impl Sse {
    /// A new data key from the KMS.
    pub(crate) async fn begin_kms(
        &self,
        wish: &KmsWish,
        place: &Place<'_>,
        stream: [u8; 16],
        requester: &Requester<'_>,
    ) -> Result<(StoredKey, DataKeys), SseError> {
        let (asker, account) = requester.known()?;
        let region = &self.region;
        let action = "kms:GenerateDataKey";
        let key = match &wish.key {
            Some(named) => match self.kms.find(region, account, named) {
                // A key of another account that is not there looks like one that may not be used.
                Err(error) if is_of_another(named, account) && error.kind == KmsErrorKind::NotFound => {
                    return Err(denied(asker.principal, action, named));
                }
                found => found?,
            },
            None => self.kms.default_s3_key(account, region).await?,
        };
        // All of what the client gives is checked, also where a bucket key keeps it from the KMS.
        object_context(place, &wish.context, false)?;
        let context = object_context(place, &wish.context, wish.bucket_key)?;
        let named = wish.key.as_deref().unwrap_or(key.arn());
        self.permit(&key, named, action, asker, &context)?;
        self.kms.check_usable(&key)?;
        let generate = || -> Result<_, SseError> {
            self.kms.take(account, region, RequestClass::Symmetric)?;
            Ok(self.kms.generate_data_key(&key, &context)?)
        };
        let bound = Bound::new(place, stream);
        let (first, ciphertext, under) = if wish.bucket_key {
            let owner = Owner { bucket_id: place.bucket_id, kms_key: Arc::clone(key.arn()) };
            let make = || generate().map(|made| BucketKey { key: made.plaintext, ciphertext: made.ciphertext.into() });
            let bucket_key = self.bucket_keys.current(self.clock.elapsed(), &owner, make)?;
            let first = SecretKey::generate(&*self.rng);
            let given = bound_context(&wish.context);
            let [layer, bucket, name, stream] = bound.parts(FIRST);
            let parts = [layer, bucket, name, stream, &given];
            let sealed = under_bucket_key(&bucket_key.key).seal(&*self.rng, &parts, first.expose());
            (first, bucket_key.ciphertext.to_vec(), Some(sealed))
        } else {
            let made = generate()?;
            (made.plaintext, made.ciphertext, None)
        };
        let second = wish.twice.then(|| SecretKey::generate(&*self.rng));
        let stored = KmsKey {
            arn: key.arn().to_string(),
            context: wish.context.clone(),
            ciphertext,
            under_bucket_key: under,
            second: second.as_ref().map(|second| server::seal(&self.masters, &*self.rng, &bound, SECOND, second)),
        };
        Ok((StoredKey::Kms(Box::new(stored)), DataKeys { first, second }))
    }

    /// The data keys that the KMS keeps.
    pub(crate) fn open_kms(
        &self,
        stored: &KmsKey,
        place: &Place<'_>,
        stream: [u8; 16],
        requester: &Requester<'_>,
    ) -> Result<DataKeys, SseError> {
        let (asker, account) = requester.known()?;
        let region = &self.region;
        let key = self.kms.find(region, account, &stored.arn)?;
        let context = object_context(place, &stored.context, stored.under_bucket_key.is_some())?;
        self.permit(&key, &stored.arn, "kms:Decrypt", asker, &context)?;
        self.kms.check_usable(&key)?;
        let decrypt = || -> Result<_, SseError> {
            self.kms.take(account, region, RequestClass::Symmetric)?;
            let opened = self.kms.decrypt_data_key(region, &stored.ciphertext, &context)?;
            // The permission was for the key that the record names.
            if opened.key.arn() == key.arn() { Ok(opened.plaintext) } else { Err(SseError::Damaged) }
        };
        let bound = Bound::new(place, stream);
        let first = match &stored.under_bucket_key {
            None => decrypt()?,
            Some(sealed) => {
                let bucket_key =
                    self.bucket_keys.opened(self.clock.elapsed(), key.arn(), &stored.ciphertext, decrypt)?;
                let given = bound_context(&stored.context);
                let [layer, bucket, name, stream] = bound.parts(FIRST);
                let parts = [layer, bucket, name, stream, &given];
                under_bucket_key(&bucket_key).open_key(&parts, sealed).ok_or(SseError::Damaged)?
            }
        };
        let second = stored.second.as_ref().map(|second| server::open(&self.masters, &bound, SECOND, second));
        Ok(DataKeys { first, second: second.transpose()? })
    }

    /// Requires that somebody may use a key. It is asked for each object, also where a bucket key saves the call.
    fn permit(
        &self,
        key: &Key,
        named: &str,
        action: &'static str,
        asker: Asker<'_>,
        context: &EncryptionContext,
    ) -> Result<(), SseError> {
        let of_key = OfKey { global: asker.context, account: key.account().to_string() };
        let asker = Asker { context: &of_key, ..asker };
        let facts = RequestFacts {
            via_service: Some(&self.via_service),
            encryption_context: Some(context),
            request_alias: request_alias(named),
            ..RequestFacts::default()
        };
        let decision = self.kms.authorize(Target::Key(key), action, asker, &facts);
        if decision.allowed {
            return Ok(());
        }
        tracing::debug!(action, key = %key.arn(), principal = ?asker.principal, reason = ?decision.reason, "denied");
        // Whose key an alias of another account means does not concern those who may not use it.
        Err(denied(asker.principal, action, named))
    }
}

/// The global condition keys of a request about a KMS key: the key is the resource.
struct OfKey<'a> {
    global: &'a dyn Context,
    account: String,
}

impl Context for OfKey<'_> {
    fn get(&self, key: &str, suffix: Option<&str>) -> Option<Values<'_>> {
        match (key, suffix) {
            ("aws:resourceaccount", None) => Some(Values::One(Cow::Borrowed(&self.account))),
            _ => self.global.get(key, suffix),
        }
    }
}

/// Whether a key is named by the ARN of another account.
fn is_of_another(named: &str, account: AccountId) -> bool {
    named.starts_with("arn:") && named.split(':').nth(4) != Some(account.to_string().as_str())
}

fn denied(principal: &Principal, action: &str, named: &str) -> SseError {
    if *principal == Principal::Anonymous {
        return SseError::Unsigned;
    }
    let who = principal.arn();
    let message = format!(
        "User: {who} is not authorized to perform: {action} on resource: {named} because no identity-based policy, key \
         policy or grant allows the {action} action"
    );
    SseError::Denied { message }
}
