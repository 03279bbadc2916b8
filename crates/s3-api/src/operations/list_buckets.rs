//! ListBuckets. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
//!
//! A request with any of the four parameters, an empty one included, gets pages and sees each bucket's region; one without
//! gets all buckets at once and sees no regions, as on S3.

use larder_engine::ListBuckets;
use larder_http::Response;
use larder_types::Region;
use larder_types::limits::MAX_BUCKETS_PER_ACCOUNT;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::enums::BucketLocationConstraint;
use larder_wire::generated::s3::shapes::Bucket;
use larder_wire::generated::s3::{ListBucketsInput, ListBucketsOutput};

use crate::call::Call;
use crate::fields::listing::{self, Owners};
use crate::fields::token;
use crate::{answer, refusal};

const PARAMETERS: [&str; 4] = ["max-buckets", "continuation-token", "prefix", "bucket-region"];

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let paged = PARAMETERS.iter().any(|name| call.query.has(name));
    let limit = max_buckets(call.query.get("max-buckets"))?;
    let input = ListBucketsInput::decode(&call.parts(), &[])?;
    let region = input.bucket_region.as_deref().map(|region| bucket_region(region, call.region)).transpose()?;
    let after = listing::given(input.continuation_token.as_deref()).map(token::buckets).transpose()?;
    let account = call.account()?;
    let request = ListBuckets {
        owner: account,
        prefix: input.prefix.clone().unwrap_or_default(),
        after: after.map(String::from),
        region,
        limit: if paged { limit } else { usize::MAX },
    };
    let page = call.engine.list_buckets(&request).await.map_err(refusal::of_engine)?;
    let next = page.buckets.last().filter(|_| page.more).map(|(name, _)| token::of_buckets(name));
    let shown = page.buckets.iter().map(|(name, record)| Bucket {
        name: Some(name.to_string()),
        // Milliseconds are written, but S3 has none to show.
        creation_date: Some(record.created.to_jiff_seconds()),
        bucket_region: paged.then(|| record.region.to_string()),
        bucket_arn: Some(format!("arn:aws:s3:::{name}")),
    });
    let output = ListBucketsOutput {
        buckets: Some(shown.collect()),
        owner: Owners::new(call).owner(account),
        continuation_token: next,
        prefix: input.prefix,
    };
    Ok(answer::whole(output.encode()))
}

/// Reads `max-buckets`, of which zero is as wrong as a negative number.
fn max_buckets(text: Option<&str>) -> Result<usize, S3Error> {
    const OUT_OF_RANGE: &str = "Argument max-buckets must be an integer between 1 and 10000";
    let Some(number) = listing::given(text).and_then(|text| text.parse::<i64>().ok()) else {
        // What is no number the decoder refuses.
        return Ok(MAX_BUCKETS_PER_ACCOUNT);
    };
    usize::try_from(number)
        .ok()
        .filter(|number| (1..=MAX_BUCKETS_PER_ACCOUNT).contains(number))
        .ok_or_else(|| listing::invalid("max-buckets", &number.to_string(), OUT_OF_RANGE))
}

/// Reads `bucket-region`: a server lists the buckets of its own region only, as each of S3's endpoints does.
fn bucket_region(text: &str, own: &Region) -> Result<Region, S3Error> {
    let refused = |message: String| {
        S3Error::new(ErrorCode::InvalidArgument).with_message(message).with_extra("ArgumentName", "bucket-region")
    };
    let name = text.to_ascii_lowercase();
    if name == own.as_str() {
        return Ok(own.clone());
    }
    let exists = |region: &BucketLocationConstraint| region.as_str() == name && *region != BucketLocationConstraint::Eu;
    if name != Region::US_EAST_1 && !BucketLocationConstraint::ALL.iter().any(exists) {
        return Err(refused(format!("Argument value {text} is not a valid AWS Region")));
    }
    Err(refused("Requests with bucket-region specified must be made to the corresponding regional endpoint".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_sizes_are_between_one_and_ten_thousand() {
        for (text, size) in [(None, 10_000), (Some(""), 10_000), (Some("05"), 5), (Some("10000"), 10_000)] {
            assert_eq!(max_buckets(text).ok(), Some(size), "{text:?}");
        }
        for (text, shown) in [("0", "0"), ("-01", "-1"), ("010001", "10001")] {
            let error = max_buckets(Some(text)).err();
            let value = error.as_ref().and_then(|error| error.extra_value("ArgumentValue"));
            assert_eq!(value, Some(shown), "{text}");
        }
    }

    #[test]
    fn the_region_is_the_servers_own_in_any_case() {
        let own = Region::parse("us-east-1").ok();
        for (text, fine) in
            [("us-east-1", true), ("Us-East-1", true), ("eu-west-1", false), ("", false), ("a b", false)]
        {
            let region = own.as_ref().and_then(|own| bucket_region(text, own).ok());
            assert_eq!(region, own.clone().filter(|_| fine), "{text}");
        }
    }
}
