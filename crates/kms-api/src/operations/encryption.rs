//! Encrypt, Decrypt, ReEncrypt.

use larder_kms::{Decrypt, Encrypt, EncryptionAlgorithm, ReEncrypt, RequestFacts as Facts};

use super::{Answer, no_recipient};
use crate::protocol::named::DryRunModifier;
use crate::protocol::{Output, rules};
use crate::request::Request;

/// Bytes of a plaintext and of a ciphertext.
const PLAINTEXT: std::ops::RangeInclusive<usize> = 1..=larder_kms::limits::MAX_PLAINTEXT_BYTES;
const CIPHERTEXT: std::ops::RangeInclusive<usize> = 1..=larder_kms::limits::MAX_CIPHERTEXT_BYTES;

pub(super) async fn encrypt(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let named = input.required("KeyId", &rules::KEY_ID)?;
    let plaintext = input.required_blob("Plaintext", PLAINTEXT)?;
    let context = request.encryption_context("EncryptionContext")?;
    let algorithm = algorithm(request, "EncryptionAlgorithm")?;
    let dry_run = input.flag("DryRun")?;
    request.check_grant_tokens()?;
    let facts = Facts { encryption_context: Some(&context), encryption_algorithm: Some(algorithm), ..Facts::default() };
    let key = request.key(named, "kms:Encrypt", &facts)?;
    let encrypted = request.kms.encrypt(&key, Encrypt { plaintext: &plaintext, context: &context, algorithm }).await?;
    request.end_dry_run(dry_run)?;
    let output = Output::new()
        .blob("CiphertextBlob", &encrypted.ciphertext)
        .with("KeyId", &*encrypted.key_arn)
        .with("EncryptionAlgorithm", algorithm.as_str());
    Ok(Some(output))
}

fn algorithm(request: &Request<'_>, name: &str) -> Result<EncryptionAlgorithm, crate::protocol::Fault> {
    Ok(request.input.named(name)?.unwrap_or(EncryptionAlgorithm::SymmetricDefault))
}

pub(super) async fn decrypt(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let ciphertext = input.required_blob("CiphertextBlob", CIPHERTEXT)?;
    let named = input.text("KeyId", &rules::KEY_ID)?;
    let context = request.encryption_context("EncryptionContext")?;
    let algorithm = algorithm(request, "EncryptionAlgorithm")?;
    let dry_run = input.flag("DryRun")?;
    input.list_named::<DryRunModifier>("DryRunModifiers")?;
    no_recipient(request)?;
    request.check_grant_tokens()?;
    let facts = Facts { encryption_context: Some(&context), encryption_algorithm: Some(algorithm), ..Facts::default() };
    let sealed = Decrypt { ciphertext: &ciphertext, context: &context, algorithm };
    let key = request.source_key(named, &sealed, "kms:Decrypt", &facts)?;
    let decrypted = request.kms.decrypt(&key, sealed).await?;
    request.end_dry_run(dry_run)?;
    let output = Output::new()
        .with("KeyId", &*decrypted.key_arn)
        .blob("Plaintext", &decrypted.plaintext)
        .with("EncryptionAlgorithm", algorithm.as_str())
        .maybe("KeyMaterialId", decrypted.material.as_deref());
    Ok(Some(output))
}

pub(super) async fn re_encrypt(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let ciphertext = input.required_blob("CiphertextBlob", CIPHERTEXT)?;
    let source_named = input.text("SourceKeyId", &rules::KEY_ID)?;
    let named = input.required("DestinationKeyId", &rules::KEY_ID)?;
    let source_context = request.encryption_context("SourceEncryptionContext")?;
    let context = request.encryption_context("DestinationEncryptionContext")?;
    let source_algorithm = algorithm(request, "SourceEncryptionAlgorithm")?;
    let algorithm = algorithm(request, "DestinationEncryptionAlgorithm")?;
    let dry_run = input.flag("DryRun")?;
    input.list_named::<DryRunModifier>("DryRunModifiers")?;
    request.check_grant_tokens()?;
    let sealed = Decrypt { ciphertext: &ciphertext, context: &source_context, algorithm: source_algorithm };

    // Whether both are one key is known to the policies; the keys themselves are told of only when both are allowed.
    let found = request.kms.find(request.region, request.account, named).ok();
    let source = request.kms.source_key(request.region, request.account, source_named, &sealed).ok();
    let same = found.zip(source).is_some_and(|(one, other)| one.arn() == other.arn());
    let from = Facts {
        encryption_context: Some(&source_context),
        encryption_algorithm: Some(source_algorithm),
        re_encrypt_on_same_key: Some(same),
        ..Facts::default()
    };
    let to = Facts { encryption_context: Some(&context), encryption_algorithm: Some(algorithm), ..from };
    let source = request.source_key(source_named, &sealed, "kms:ReEncryptFrom", &from)?;
    let destination = request.key(named, "kms:ReEncryptTo", &to)?;
    let both = ReEncrypt { source: sealed, context: &context, algorithm };
    let done = request.kms.re_encrypt(&source, &destination, both).await?;
    request.end_dry_run(dry_run)?;
    let output = Output::new()
        .blob("CiphertextBlob", &done.ciphertext)
        .with("SourceKeyId", &*done.source_arn)
        .with("KeyId", &*done.key_arn)
        .with("SourceEncryptionAlgorithm", source_algorithm.as_str())
        .with("DestinationEncryptionAlgorithm", algorithm.as_str())
        .maybe("SourceKeyMaterialId", done.source_material.as_deref())
        .maybe("DestinationKeyMaterialId", done.material.as_deref());
    Ok(Some(output))
}
