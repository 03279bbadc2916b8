//! GetBucketCors. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html>

use larder_config::cors;
use larder_http::Response;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::shapes::CorsRule;
use larder_wire::generated::s3::{GetBucketCorsInput, GetBucketCorsOutput};

use crate::answer;
use crate::call::Call;
use crate::fields::bucket;

#[expect(clippy::unused_async, reason = "every operation is run alike")]
pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    GetBucketCorsInput::decode(&call.parts(), &[])?;
    let Some(configuration) = &call.bucket()?.record.cors else {
        return Err(bucket::not_configured(call, ErrorCode::NoSuchCORSConfiguration));
    };
    let cors_rules = configuration.rules().iter().map(shown).collect();
    Ok(answer::whole(GetBucketCorsOutput { cors_rules }.encode()))
}

fn shown(rule: &cors::CorsRule) -> CorsRule {
    CorsRule {
        id: rule.id().map(str::to_owned),
        allowed_headers: rule.allowed_headers().to_vec(),
        allowed_methods: rule.allowed_methods().iter().map(|method| method.as_str().to_owned()).collect(),
        allowed_origins: rule.allowed_origins().to_vec(),
        expose_headers: rule.expose_headers().to_vec(),
        max_age_seconds: rule.max_age_seconds().and_then(|seconds| i32::try_from(seconds).ok()),
    }
}
