//! PutBucketPolicy. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>

use http::StatusCode;
use larder_http::Response;
use larder_policy::limits::MAX_BUCKET_POLICY_BYTES;
use larder_policy::{Kind, Policy};
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::{PutBucketPolicyInput, PutBucketPolicyOutput};

use crate::call::Call;
use crate::fields::{accounts, public_access};
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let document = call.document().await?;
    let input = PutBucketPolicyInput::decode(&call.parts(), &document)?;
    accounts::expect_own_policy(call)?;
    let text = fitting(input.policy)?;
    let bucket = call.bucket()?;
    let policy = Policy::parse(&text, Kind::Bucket(bucket.name.as_str()))
        .map_err(|error| S3Error::new(ErrorCode::MalformedPolicy).with_message(error.message))?;
    if let Some(nobody) = policy.principals().find(|name| !accounts::has_principal(call, name)) {
        return Err(S3Error::new(ErrorCode::MalformedPolicy)
            .with_message("Invalid principal in policy")
            .with_extra("Detail", nobody.to_owned()));
    }
    if policy.is_public() && public_access::in_force(call, bucket).block_public_policy {
        return Err(S3Error::new(ErrorCode::AccessDenied));
    }
    // Whether the sender may change the policy again afterwards is not looked at, as if
    // `x-amz-confirm-remove-self-bucket-access` were always sent: the account's root user can delete any policy.
    call.engine.put_bucket_policy(bucket, Some(text.into())).await.map_err(refusal::of_engine)?;
    let mut encoded = PutBucketPolicyOutput {}.encode();
    // The model has no status for it; S3 answers this one.
    encoded.status = StatusCode::NO_CONTENT;
    Ok(answer::whole(encoded))
}

/// The text as it is kept. The limit does not count what stands between values, so where it would matter that is left out.
fn fitting(text: String) -> Result<String, S3Error> {
    if text.len() <= MAX_BUCKET_POLICY_BYTES {
        return Ok(text);
    }
    let compact = without_blanks(&text);
    if compact.len() <= MAX_BUCKET_POLICY_BYTES {
        return Ok(compact);
    }
    Err(S3Error::new(ErrorCode::PolicyTooLarge)
        .with_extra("PolicySize", compact.len().to_string())
        .with_extra("MaxPolicySize", MAX_BUCKET_POLICY_BYTES.to_string()))
}

/// JSON without the white space outside its strings.
fn without_blanks(json: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    let keeps = |character: &char| {
        let kept = in_string || !matches!(character, ' ' | '\t' | '\r' | '\n');
        if escaped {
            escaped = false;
        } else if *character == '"' {
            in_string = !in_string;
        } else if in_string && *character == '\\' {
            escaped = true;
        }
        kept
    };
    json.chars().filter(keeps).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_counts_within_strings_alone() {
        let spread = "{\n \"a b\" : [ \"c\\\" d\", \"e\\\\\" , 1 ]\r\n}\t";
        assert_eq!(without_blanks(spread), "{\"a b\":[\"c\\\" d\",\"e\\\\\",1]}");
        let blank = |count: usize| format!("{{{}}}", " ".repeat(count));
        assert_eq!(fitting(blank(9)).expect("small"), blank(9), "kept as it was sent");
        assert_eq!(fitting(blank(MAX_BUCKET_POLICY_BYTES)).expect("small without"), "{}");
        let large = fitting(format!("\"{}\"", "x".repeat(MAX_BUCKET_POLICY_BYTES))).expect_err("too large");
        assert_eq!(large.code(), ErrorCode::PolicyTooLarge);
    }
}
