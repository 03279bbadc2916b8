//! PostObject, the upload of an HTML form. <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html>
//!
//! Fields come first, the file last. Nothing of the file is read before it is known that the form's policy is signed and
//! allows what the fields ask for, and that the signer may do so.

mod answer;
mod fields;
mod file;

use std::sync::Arc;

use larder_access::Signing;
use larder_engine::{NewObject, PutObject, WriteConditions};
use larder_http::{RequestBody, Response};
use larder_identity::Caller;
use larder_sigv4::{AuthError, FormAuth, PostPolicy};
use larder_types::{ChecksumAlgorithm, ObjectKey};
use larder_wire::error::{ErrorCode, S3Error};

use self::fields::Fields;
use self::file::FormFile;
use crate::authorize::{Said, Target, Wish};
use crate::call::Call;
use crate::fields::{checksum, customer_key, encryption, object};
use crate::{refusal, unsupported};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let body = call.body.incoming.take().unwrap_or_else(RequestBody::empty);
    let (mut fields, file) = fields::read(call.headers, body).await?;
    let sender = authenticate(call, &fields)?;
    fields.put_file_name(&file.name)?;
    let key = fields.key()?;
    if let Some(policy) = &sender.policy {
        let bucket = call.bucket()?.name.as_str();
        let evaluated = policy.evaluate(bucket, &fields.pairs(), call.now().to_jiff());
        evaluated.map_err(|error| refusal::of_policy(&error))?;
    }
    (call.caller, call.signing) = (sender.caller, sender.signing);
    authorize(call, &fields, &key).await?;

    let (request, mut content) = new_object(call, &fields, &key, file, sender.policy).await?;
    let bucket = call.bucket()?;
    let record = call.engine.put_object(bucket, request, &mut content).await.map_err(refusal::of_engine)?;
    answer::stored(call, &fields, &key, &record)
}

/// Asks for what the form's fields need.
async fn authorize(call: &Call<'_>, fields: &Fields, key: &ObjectKey) -> Result<(), S3Error> {
    let (headers, tags) = (fields.headers()?, fields.tags()?);
    let said = Said { headers: Some(&headers), tags: Some(&tags), ..Said::default() };
    let target = Target::Key(call.bucket()?, key, None);
    call.require(Wish::of("s3:PutObject", target).saying(said)).await?;
    call.authorize_headers(&headers, key, said).await?;
    if !tags.is_empty() {
        call.require(Wish::of("s3:PutObjectTagging", target).saying(said)).await?;
    }
    call.require_payer(call.bucket()?)
}

/// What the fields ask for.
async fn new_object(
    call: &Call<'_>,
    fields: &Fields,
    key: &ObjectKey,
    file: fields::OpenedFile,
    policy: Option<PostPolicy>,
) -> Result<(PutObject, FormFile), S3Error> {
    let headers = fields.headers()?;
    unsupported::refuse(&headers)?;
    let declared = checksum::declared(&headers)?;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let asked = text("x-amz-checksum-algorithm").map(checksum::algorithm).transpose()?;
    if let (Some(sent), Some(asked)) = (declared.algorithm, asked)
        && sent != asked
    {
        return Err(S3Error::new(ErrorCode::InvalidRequest)
            .with_message("Value for x-amz-checksum-algorithm field is not that of the checksum that was sent."));
    }
    let class = text("x-amz-storage-class");
    let metadata = object::metadata(&headers, fields.user_metadata()?)?;
    let customer = customer_key::of_object(call, &headers)?;
    let (encryption, keys) = encryption::begin(call, &headers, key, customer.as_ref()).await?;
    let request = PutObject {
        key: key.clone(),
        object: NewObject { encryption, ..object::described(call, &headers, class, metadata, fields.tags()?)? },
        keys,
        checksum: declared.algorithm.or(asked).unwrap_or(ChecksumAlgorithm::Crc64Nvme),
        conditions: WriteConditions::default(),
    };
    Ok((request, FormFile::new(file, policy, checksum::content_md5(&headers)?, declared.value)))
}

/// Whoever sent a form, and the policy that the signature is of. Only nobody sends one without.
struct Sender {
    caller: Arc<Caller>,
    signing: Option<Signing>,
    policy: Option<PostPolicy>,
}

fn authenticate(call: &Call<'_>, fields: &Fields) -> Result<Sender, S3Error> {
    let refuse = refusal::of_authentication;
    let pairs = fields.pairs();
    let (credential, version, policy) = match FormAuth::parse(&pairs).map_err(refuse)? {
        FormAuth::Anonymous => {
            let nobody = Arc::clone(call.authenticator.nobody());
            return Ok(Sender { caller: nobody, signing: None, policy: None });
        }
        FormAuth::V4(claim) => {
            claim.check_scope(call.authenticator.region().as_str()).map_err(refuse)?;
            let id = claim.credential.access_key_id();
            let credential = call.authenticator.credential(id, claim.security_token).map_err(refusal::of_sender)?;
            let key = call.authenticator.signing_key(&credential, &claim.credential);
            claim.verify(&key).map_err(refuse)?;
            (credential, "AWS4-HMAC-SHA256", claim.policy)
        }
        FormAuth::V2(claim) => {
            if !call.authenticator.allows_sigv2() {
                return Err(refuse(AuthError::UnsupportedMechanism));
            }
            let id = claim.access_key_id;
            let credential = call.authenticator.credential(id, claim.security_token).map_err(refusal::of_sender)?;
            claim.verify(credential.secret.expose()).map_err(refuse)?;
            (credential, "AWS", claim.policy)
        }
    };
    let policy = PostPolicy::parse(policy).map_err(|error| refusal::of_policy(&error))?;
    let signing = Signing { version, kind: "POST", signed_at: None };
    Ok(Sender { caller: credential.caller, signing: Some(signing), policy: Some(policy) })
}
