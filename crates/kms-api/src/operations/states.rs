//! EnableKey, DisableKey, ScheduleKeyDeletion, CancelKeyDeletion.

use larder_kms::RequestFacts as Facts;

use super::Answer;
use crate::protocol::{Output, rules};
use crate::request::Request;

pub(super) async fn enable(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    let key = request.key_by_id(named, "kms:EnableKey", &Facts::default())?;
    request.kms.enable_key(&key).await?;
    Ok(None)
}

pub(super) async fn disable(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    let key = request.key_by_id(named, "kms:DisableKey", &Facts::default())?;
    request.kms.disable_key(&key).await?;
    Ok(None)
}

pub(super) async fn schedule_deletion(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    let days = request.input.number("PendingWindowInDays", 1..=365)?;
    let waits = days.unwrap_or(larder_kms::limits::DEFAULT_DELETION_WINDOW_DAYS);
    let facts = Facts { pending_window_days: Some(waits), ..Facts::default() };
    let key = request.key_by_id(named, "kms:ScheduleKeyDeletion", &facts)?;
    let scheduled = request.kms.schedule_key_deletion(&key, days).await?;
    let output = Output::new()
        .with("KeyId", &**key.arn())
        .maybe_time("DeletionDate", scheduled.deletion_date)
        .with("KeyState", scheduled.state.as_str())
        .with("PendingWindowInDays", scheduled.window_days);
    Ok(Some(output))
}

pub(super) async fn cancel_deletion(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    let key = request.key_by_id(named, "kms:CancelKeyDeletion", &Facts::default())?;
    request.kms.cancel_key_deletion(&key).await?;
    Ok(Some(Output::new().with("KeyId", &**key.arn())))
}
