//! Sign, Verify, GetPublicKey, DeriveSharedSecret, GenerateMac, VerifyMac: what keys that are not for encryption do.

use larder_kms::{
    DeriveSharedSecret, GenerateMac, KeyAgreementAlgorithm, MacAlgorithm, MessageType, RequestFacts as Facts, Sign,
    SigningAlgorithm, Verify, VerifyMac,
};

use super::{Answer, no_recipient};
use crate::protocol::{Output, rules};
use crate::request::Request;

/// Bytes of a message, and of a signature or a code.
const MESSAGE: std::ops::RangeInclusive<usize> = 1..=larder_kms::limits::MAX_PLAINTEXT_BYTES;
const SIGNATURE: std::ops::RangeInclusive<usize> = 1..=larder_kms::limits::MAX_CIPHERTEXT_BYTES;

pub(super) async fn sign(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let named = input.required("KeyId", &rules::KEY_ID)?;
    let message = input.required_blob("Message", MESSAGE)?;
    let message_type = input.named("MessageType")?.unwrap_or(MessageType::Raw);
    let algorithm: SigningAlgorithm = input.required_named("SigningAlgorithm")?;
    let dry_run = input.flag("DryRun")?;
    request.check_grant_tokens()?;
    let key = request.key(named, "kms:Sign", &signing(algorithm, message_type))?;
    let signature = request.kms.sign(&key, Sign { message: &message, message_type, algorithm }).await?;
    request.end_dry_run(dry_run)?;
    let output = Output::new()
        .with("KeyId", &**key.arn())
        .blob("Signature", &signature)
        .with("SigningAlgorithm", algorithm.as_str());
    Ok(Some(output))
}

pub(super) async fn verify(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let named = input.required("KeyId", &rules::KEY_ID)?;
    let message = input.required_blob("Message", MESSAGE)?;
    let message_type = input.named("MessageType")?.unwrap_or(MessageType::Raw);
    let signature = input.required_blob("Signature", SIGNATURE)?;
    let algorithm: SigningAlgorithm = input.required_named("SigningAlgorithm")?;
    let dry_run = input.flag("DryRun")?;
    request.check_grant_tokens()?;
    let key = request.key(named, "kms:Verify", &signing(algorithm, message_type))?;
    let signed = Sign { message: &message, message_type, algorithm };
    request.kms.verify(&key, Verify { signed, signature: &signature }).await?;
    request.end_dry_run(dry_run)?;
    let output = Output::new()
        .with("KeyId", &**key.arn())
        .with("SignatureValid", true)
        .with("SigningAlgorithm", algorithm.as_str());
    Ok(Some(output))
}

fn signing(algorithm: SigningAlgorithm, message_type: MessageType) -> Facts<'static> {
    Facts { signing_algorithm: Some(algorithm), message_type: Some(message_type), ..Facts::default() }
}

pub(super) async fn get_public_key(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    request.check_grant_tokens()?;
    let key = request.key(named, "kms:GetPublicKey", &Facts::default())?;
    let public = request.kms.get_public_key(&key).await?;
    let about = &public.metadata;
    let mut output = Output::new()
        .with("KeyId", &*about.arn)
        .blob("PublicKey", &public.der)
        .with("CustomerMasterKeySpec", about.spec.as_str())
        .with("KeySpec", about.spec.as_str())
        .with("KeyUsage", about.usage.as_str());
    let algorithms: [(&str, Vec<&str>); 3] = [
        ("EncryptionAlgorithms", about.encryption_algorithms.iter().map(|one| one.as_str()).collect()),
        ("SigningAlgorithms", about.signing_algorithms.iter().map(|one| one.as_str()).collect()),
        ("KeyAgreementAlgorithms", about.key_agreement_algorithms.iter().map(|one| one.as_str()).collect()),
    ];
    for (name, all) in algorithms.into_iter().filter(|(_, all)| !all.is_empty()) {
        output = output.texts(name, all);
    }
    Ok(Some(output))
}

pub(super) async fn derive_shared_secret(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let named = input.required("KeyId", &rules::KEY_ID)?;
    let algorithm: KeyAgreementAlgorithm = input.required_named("KeyAgreementAlgorithm")?;
    let public_key = input.required_blob("PublicKey", 1..=8192)?;
    let dry_run = input.flag("DryRun")?;
    no_recipient(request)?;
    request.check_grant_tokens()?;
    let key = request.key(named, "kms:DeriveSharedSecret", &Facts::default())?;
    let derive = DeriveSharedSecret { algorithm, public_key: &public_key };
    let secret = request.kms.derive_shared_secret(&key, derive).await?;
    request.end_dry_run(dry_run)?;
    let output = Output::new()
        .with("KeyId", &**key.arn())
        .blob("SharedSecret", &secret)
        .with("KeyAgreementAlgorithm", algorithm.as_str())
        .with("KeyOrigin", key.origin().as_str());
    Ok(Some(output))
}

pub(super) async fn generate_mac(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let message = input.required_blob("Message", MESSAGE)?;
    let named = input.required("KeyId", &rules::KEY_ID)?;
    let algorithm: MacAlgorithm = input.required_named("MacAlgorithm")?;
    let dry_run = input.flag("DryRun")?;
    request.check_grant_tokens()?;
    let facts = Facts { mac_algorithm: Some(algorithm), ..Facts::default() };
    let key = request.key(named, "kms:GenerateMac", &facts)?;
    let mac = request.kms.generate_mac(&key, GenerateMac { message: &message, algorithm })?;
    request.end_dry_run(dry_run)?;
    let output = Output::new().blob("Mac", &mac).with("MacAlgorithm", algorithm.as_str()).with("KeyId", &**key.arn());
    Ok(Some(output))
}

pub(super) async fn verify_mac(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let message = input.required_blob("Message", MESSAGE)?;
    let named = input.required("KeyId", &rules::KEY_ID)?;
    let algorithm: MacAlgorithm = input.required_named("MacAlgorithm")?;
    let mac = input.required_blob("Mac", SIGNATURE)?;
    let dry_run = input.flag("DryRun")?;
    request.check_grant_tokens()?;
    let facts = Facts { mac_algorithm: Some(algorithm), ..Facts::default() };
    let key = request.key(named, "kms:VerifyMac", &facts)?;
    request.kms.verify_mac(&key, VerifyMac { message: &message, algorithm, mac: &mac })?;
    request.end_dry_run(dry_run)?;
    let output =
        Output::new().with("KeyId", &**key.arn()).with("MacValid", true).with("MacAlgorithm", algorithm.as_str());
    Ok(Some(output))
}
