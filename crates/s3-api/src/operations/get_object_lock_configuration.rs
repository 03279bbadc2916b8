//! GetObjectLockConfiguration. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html>

use larder_config::object_lock::{self, RetentionPeriod};
use larder_http::Response;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::enums::ObjectLockEnabled;
use larder_wire::generated::s3::shapes::{DefaultRetention, ObjectLockConfiguration, ObjectLockRule};
use larder_wire::generated::s3::{GetObjectLockConfigurationInput, GetObjectLockConfigurationOutput};

use crate::answer;
use crate::call::Call;
use crate::fields::bucket;

#[expect(clippy::unused_async, reason = "every operation is run alike")]
pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    GetObjectLockConfigurationInput::decode(&call.parts(), &[])?;
    let Some(configuration) = &call.bucket()?.record.object_lock else {
        return Err(bucket::not_configured(call, ErrorCode::ObjectLockConfigurationNotFoundError));
    };
    let shown = ObjectLockConfiguration {
        object_lock_enabled: Some(ObjectLockEnabled::Enabled),
        rule: configuration.default_retention.map(shown),
    };
    let output = GetObjectLockConfigurationOutput { object_lock_configuration: Some(shown) };
    Ok(answer::whole(output.encode()))
}

fn shown(default: object_lock::DefaultRetention) -> ObjectLockRule {
    let number = |number: u32| i32::try_from(number).ok();
    let (days, years) = match default.period() {
        RetentionPeriod::Days(days) => (number(days), None),
        RetentionPeriod::Years(years) => (None, number(years)),
    };
    let retention = DefaultRetention { mode: Some(default.mode().as_str().into()), days, years };
    ObjectLockRule { default_retention: Some(retention) }
}
