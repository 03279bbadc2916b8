//! A bucket's region. Amazon answers a request that went to another region with a redirect that SDKs do not follow.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Region;
use aws_sdk_s3::error::ProvideErrorMetadata;

use super::Connection;

impl Connection {
    /// A connection for one bucket. At Amazon's endpoints this asks once where the bucket is, which any caller may know; a
    /// server with an endpoint of its own is asked nothing.
    pub async fn for_bucket(&self, bucket: &str) -> Self {
        if self.endpoint.is_some() || bucket.starts_with("arn:") {
            return self.clone();
        }
        let found = match self.client.head_bucket().bucket(bucket).send().await {
            Ok(answer) => answer.bucket_region,
            Err(error) => {
                let header = error.raw_response().and_then(|answer| answer.headers().get("x-amz-bucket-region"));
                header.or_else(|| error.meta().extra("BucketRegion")).map(str::to_owned)
            }
        };
        match found {
            Some(region) if region != self.region => self.in_region(region),
            _ => self.clone(),
        }
    }

    /// The same server and caller in another region.
    #[must_use]
    pub fn in_region(&self, region: String) -> Self {
        let config = self.config.to_builder().region(Region::new(region.clone())).build();
        let client = Client::from_conf(config.clone());
        Self { config, client, region, ..self.clone() }
    }
}
