//! PutBucketCors. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html>

use larder_config::cors::{CorsConfiguration, CorsRuleInput};
use larder_http::Response;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::shapes::CorsRule;
use larder_wire::generated::s3::{PutBucketCorsInput, PutBucketCorsOutput};

use crate::call::Call;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let input = PutBucketCorsInput::decode(&call.parts(), &document)?;
    let rules = input.cors_configuration.cors_rules.into_iter().map(rule).collect::<Result<_, _>>()?;
    let cors = CorsConfiguration::new(rules).map_err(refusal::of_configuration)?;
    call.engine.put_bucket_cors(call.bucket()?, Some(cors)).await.map_err(refusal::of_engine)?;
    Ok(answer::whole(PutBucketCorsOutput {}.encode()))
}

fn rule(rule: CorsRule) -> Result<CorsRuleInput, S3Error> {
    let seconds = rule.max_age_seconds.map(u32::try_from).transpose();
    Ok(CorsRuleInput {
        id: rule.id,
        allowed_origins: rule.allowed_origins,
        allowed_methods: rule.allowed_methods,
        allowed_headers: rule.allowed_headers,
        expose_headers: rule.expose_headers,
        max_age_seconds: seconds.map_err(|_| S3Error::new(ErrorCode::MalformedXML))?,
    })
}
