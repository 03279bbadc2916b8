//! GenerateDataKey and GenerateDataKeyPair, each with the plaintext and without.

use larder_kms::{DataKeyLength, DataKeyPairSpec, DataKeySpec, EncryptionAlgorithm, RequestFacts as Facts};

use super::{Answer, no_recipient};
use crate::protocol::{Fault, Output, rules};
use crate::request::Request;

pub(super) async fn generate(request: &Request<'_>) -> Answer {
    no_recipient(request)?;
    data_key(request, "GenerateDataKey", true).await
}

pub(super) async fn generate_without_plaintext(request: &Request<'_>) -> Answer {
    data_key(request, "GenerateDataKeyWithoutPlaintext", false).await
}

async fn data_key(request: &Request<'_>, name: &'static str, shows_plaintext: bool) -> Answer {
    let input = &request.input;
    let named = input.required("KeyId", &rules::KEY_ID)?;
    let context = request.encryption_context("EncryptionContext")?;
    let spec = input.named::<DataKeySpec>("KeySpec")?;
    let bytes = input.number("NumberOfBytes", 1..=1024)?;
    let dry_run = input.flag("DryRun")?;
    request.check_grant_tokens()?;
    let length = match (spec, bytes) {
        (Some(spec), None) => DataKeyLength::Spec(spec),
        (None, Some(bytes)) => DataKeyLength::Bytes(bytes as usize),
        _ => {
            return Err(Fault::invalid("Please specify either number of bytes or key spec."));
        }
    };
    let facts = Facts {
        encryption_context: Some(&context),
        encryption_algorithm: Some(EncryptionAlgorithm::SymmetricDefault),
        ..Facts::default()
    };
    let key = request.key(named, &format!("kms:{name}"), &facts)?;
    let made = request.kms.generate_data_key_of(&key, length, &context, name)?;
    request.end_dry_run(dry_run)?;
    let mut output = Output::new().blob("CiphertextBlob", &made.ciphertext).with("KeyId", &*made.key_arn);
    if shows_plaintext {
        output = output.blob("Plaintext", &made.plaintext);
    }
    Ok(Some(output.with("KeyMaterialId", &*made.material)))
}

pub(super) async fn generate_pair(request: &Request<'_>) -> Answer {
    no_recipient(request)?;
    pair(request, "GenerateDataKeyPair", true).await
}

pub(super) async fn generate_pair_without_plaintext(request: &Request<'_>) -> Answer {
    pair(request, "GenerateDataKeyPairWithoutPlaintext", false).await
}

async fn pair(request: &Request<'_>, name: &'static str, shows_plaintext: bool) -> Answer {
    let input = &request.input;
    let named = input.required("KeyId", &rules::KEY_ID)?;
    let spec: DataKeyPairSpec = input.required_named("KeyPairSpec")?;
    let context = request.encryption_context("EncryptionContext")?;
    let dry_run = input.flag("DryRun")?;
    request.check_grant_tokens()?;
    let facts = Facts {
        encryption_context: Some(&context),
        encryption_algorithm: Some(EncryptionAlgorithm::SymmetricDefault),
        data_key_pair_spec: Some(spec),
        ..Facts::default()
    };
    let key = request.key(named, &format!("kms:{name}"), &facts)?;
    let made = request.kms.generate_data_key_pair(&key, spec, &context, name).await?;
    request.end_dry_run(dry_run)?;
    let mut output = Output::new()
        .blob("PrivateKeyCiphertextBlob", &made.private_ciphertext)
        .blob("PublicKey", &made.public)
        .with("KeyId", &*made.key_arn)
        .with("KeyPairSpec", spec.as_str());
    if shows_plaintext {
        output = output.blob("PrivateKeyPlaintext", &made.private_plaintext);
    }
    Ok(Some(output.with("KeyMaterialId", &*made.material)))
}
