//! EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand, ListKeyRotations.

use larder_kms::{KeyRotation, RequestFacts as Facts};

use super::{Answer, shapes};
use crate::protocol::named::{IncludeKeyMaterial, Named};
use crate::protocol::{Output, rules};
use crate::request::Request;

pub(super) async fn enable(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    let period = request.input.number("RotationPeriodInDays", 90..=2560)?;
    let facts = Facts { rotation_period_days: period, ..Facts::default() };
    let key = request.key_by_id(named, "kms:EnableKeyRotation", &facts)?;
    request.kms.enable_key_rotation(&key, period).await?;
    Ok(None)
}

pub(super) async fn disable(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    let key = request.key_by_id(named, "kms:DisableKeyRotation", &Facts::default())?;
    request.kms.disable_key_rotation(&key).await?;
    Ok(None)
}

pub(super) async fn status(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    let key = request.key_by_id(named, "kms:GetKeyRotationStatus", &Facts::default())?;
    let status = request.kms.key_rotation_status(&key)?;
    let output = Output::new()
        .with("KeyRotationEnabled", status.enabled)
        .with("KeyId", &**key.arn())
        .maybe("RotationPeriodInDays", status.period_days)
        .maybe_time("NextRotationDate", status.next);
    Ok(Some(output))
}

pub(super) async fn on_demand(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    let key = request.key_by_id(named, "kms:RotateKeyOnDemand", &Facts::default())?;
    request.kms.rotate_key_on_demand(&key).await?;
    Ok(Some(Output::new().with("KeyId", &**key.arn())))
}

pub(super) async fn list(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    let include = request.input.named::<IncludeKeyMaterial>("IncludeKeyMaterial")?;
    let page = request.page(1000, 100)?;
    let key = request.key_by_id(named, "kms:ListKeyRotations", &Facts::default())?;
    let all = include.is_some_and(|include| include.name() == "ALL_KEY_MATERIAL");
    let listed = request.kms.list_key_rotations(&key, all, page)?;
    Ok(Some(shapes::page("Rotations", &listed, rotation)))
}

fn rotation(rotation: &KeyRotation) -> Output {
    Output::new()
        .with("KeyId", &*rotation.key_id)
        .with("KeyMaterialId", &*rotation.material)
        .maybe("KeyMaterialDescription", rotation.description.as_deref())
        .maybe("ImportState", rotation.import_state.map(|state| state.as_str()))
        .with("KeyMaterialState", rotation.state.as_str())
        .maybe("ExpirationModel", rotation.expiration_model.map(|model| model.as_str()))
        .maybe_time("ValidTo", rotation.valid_to)
        .maybe_time("RotationDate", rotation.rotated)
        .maybe("RotationType", rotation.rotation_type.map(|kind| kind.as_str()))
}
