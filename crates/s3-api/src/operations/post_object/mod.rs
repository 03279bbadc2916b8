//! PostObject, the upload of an HTML form. <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html>
//!
//! Fields come first, the file last. Nothing of the file is read before it is known that the form's policy is signed and
//! allows what the fields ask for, and that the signer may do so.

mod answer;
mod fields;
mod file;

use larder_engine::{PutObject, WriteConditions};
use larder_http::{RequestBody, Response};
use larder_identity::Principal;
use larder_sigv4::{AuthError, FormAuth, PostPolicy};
use larder_types::{ChecksumAlgorithm, ObjectKey};
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::operation::Operation;

use self::fields::Fields;
use self::file::FormFile;
use crate::authorize::{self, Subject};
use crate::call::Call;
use crate::fields::{checksum, object};
use crate::{refusal, unsupported};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let body = call.body.incoming.take().unwrap_or_else(RequestBody::empty);
    let (mut fields, file) = fields::read(call.headers, body).await?;
    let sender = authenticate(call, &fields).await?;
    fields.put_file_name(&file.name)?;
    let key = fields.key()?;
    if let Some(policy) = &sender.policy {
        let bucket = call.bucket()?.name.as_str();
        let evaluated = policy.evaluate(bucket, &fields.pairs(), call.now().to_jiff());
        evaluated.map_err(|error| refusal::of_policy(&error))?;
    }
    let subject =
        Subject { operation: Operation::PostObject, bucket: Some(call.bucket()?), key: Some(&key), versioned: false };
    authorize::require(call.authorizer, &sender.principal, &subject)?;
    call.signed = sender.principal != Principal::Anonymous;
    call.principal = sender.principal;

    let (request, mut content) = new_object(call, &fields, &key, file, sender.policy)?;
    let bucket = call.bucket()?;
    let record = call.engine.put_object(bucket, request, &mut content).await.map_err(refusal::of_engine)?;
    answer::stored(call, &fields, &key, &record)
}

/// What the fields ask for.
fn new_object(
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
    let request = PutObject {
        key: key.clone(),
        object: object::described(call, &headers, class, metadata, fields.tags()?)?,
        checksum: declared.algorithm.or(asked).unwrap_or(ChecksumAlgorithm::Crc64Nvme),
        conditions: WriteConditions::default(),
    };
    Ok((request, FormFile::new(file, policy, checksum::content_md5(&headers)?, declared.value)))
}

/// Whoever sent a form, and the policy that the signature is of. Only nobody sends one without.
struct Sender {
    principal: Principal,
    policy: Option<PostPolicy>,
}

async fn authenticate(call: &Call<'_>, fields: &Fields) -> Result<Sender, S3Error> {
    let refuse = refusal::of_authentication;
    let pairs = fields.pairs();
    let (credential, policy) = match FormAuth::parse(&pairs).map_err(refuse)? {
        FormAuth::Anonymous => return Ok(Sender { principal: Principal::Anonymous, policy: None }),
        FormAuth::V4(claim) => {
            claim.check_scope(call.authenticator.region().as_str()).map_err(refuse)?;
            refuse_token(claim.security_token)?;
            let credential = call.authenticator.credential(claim.credential.access_key_id()).await?;
            let key = call.authenticator.signing_key(&credential, &claim.credential);
            claim.verify(&key).map_err(refuse)?;
            (credential, claim.policy)
        }
        FormAuth::V2(claim) => {
            if !call.authenticator.allows_sigv2() {
                return Err(refuse(AuthError::UnsupportedMechanism));
            }
            refuse_token(claim.security_token)?;
            let credential = call.authenticator.credential(claim.access_key_id).await?;
            claim.verify(credential.secret.expose()).map_err(refuse)?;
            (credential, claim.policy)
        }
    };
    let policy = PostPolicy::parse(policy).map_err(|error| refusal::of_policy(&error))?;
    Ok(Sender { principal: credential.principal, policy: Some(policy) })
}

/// There are no sessions that a token could belong to.
fn refuse_token(token: Option<&str>) -> Result<(), S3Error> {
    if token.is_some() { Err(S3Error::new(ErrorCode::InvalidToken)) } else { Ok(()) }
}
