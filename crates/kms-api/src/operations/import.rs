//! GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial.

use larder_kms::{ExpirationModel, ImportKeyMaterial, RequestFacts as Facts, WrappingSpec};

use super::Answer;
use crate::protocol::{Output, rules};
use crate::request::Request;

/// Bytes of a token and of encrypted material.
const SEALED: std::ops::RangeInclusive<usize> = 1..=larder_kms::limits::MAX_CIPHERTEXT_BYTES;

pub(super) async fn parameters(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let named = input.required("KeyId", &rules::KEY_ID)?;
    let algorithm = input.required_named("WrappingAlgorithm")?;
    let spec = input.required_named("WrappingKeySpec")?;
    let facts = Facts { wrapping_algorithm: Some(algorithm), wrapping_key_spec: Some(spec), ..Facts::default() };
    let key = request.key_by_id(named, "kms:GetParametersForImport", &facts)?;
    let parameters = request.kms.get_parameters_for_import(&key, WrappingSpec { algorithm, key: spec }).await?;
    let output = Output::new()
        .with("KeyId", &**key.arn())
        .blob("ImportToken", &parameters.token)
        .blob("PublicKey", &parameters.public_key)
        .time("ParametersValidTo", parameters.valid_to);
    Ok(Some(output))
}

pub(super) async fn import(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let named = input.required("KeyId", &rules::KEY_ID)?;
    let token = input.required_blob("ImportToken", SEALED)?;
    let encrypted = input.required_blob("EncryptedKeyMaterial", SEALED)?;
    let valid_to = input.time("ValidTo")?;
    let expiration_model = input.named("ExpirationModel")?;
    let import_type = input.named("ImportType")?;
    let description = input.text("KeyMaterialDescription", &rules::KEY_MATERIAL_DESCRIPTION)?;
    let material = input.text("KeyMaterialId", &rules::KEY_MATERIAL_ID)?;
    let facts = Facts {
        valid_to,
        expiration_model: Some(expiration_model.unwrap_or(ExpirationModel::Expires)),
        ..Facts::default()
    };
    let key = request.key_by_id(named, "kms:ImportKeyMaterial", &facts)?;
    let (token, encrypted) = (&token[..], &encrypted[..]);
    let wanted = ImportKeyMaterial { token, encrypted, expiration_model, valid_to, import_type, description, material };
    let id = request.kms.import_key_material(&key, wanted).await?;
    Ok(Some(Output::new().with("KeyId", &**key.arn()).with("KeyMaterialId", &*id)))
}

pub(super) async fn delete(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    let material = request.input.text("KeyMaterialId", &rules::KEY_MATERIAL_ID)?;
    let key = request.key_by_id(named, "kms:DeleteImportedKeyMaterial", &Facts::default())?;
    let deleted = request.kms.delete_imported_key_material(&key, material).await?;
    Ok(Some(Output::new().with("KeyId", &**key.arn()).maybe("KeyMaterialId", deleted.as_deref())))
}
