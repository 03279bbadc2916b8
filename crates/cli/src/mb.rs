//! `larder mb`: make a bucket.

use std::process::ExitCode;

use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use larder_client::error::RequestError;
use larder_client::location::BucketPath;
use serde_json::json;

use crate::s3::session::{self, World};
use crate::s3::{Ending, Failure, looking};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// s3://bucket
    #[arg(required = true)]
    buckets: Vec<String>,
    /// With object lock, for retention and legal hold; it cannot be added later everywhere
    #[arg(long)]
    object_lock: bool,
    #[command(flatten)]
    looking: looking::Arguments,
}

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    session::run(|world| make(arguments, world))
}

async fn make(arguments: Arguments, world: World) -> Ending {
    let opened = arguments.looking.open(&world, None).await?;
    let region = opened.connection.region();
    for text in &arguments.buckets {
        let place = BucketPath::parse_bucket_or_uri(text)?;
        if !place.key.is_empty() {
            return Err(Failure::usage(format!("`{text}` is more than a bucket")));
        }
        // The first region is the one that has no name as a constraint.
        let elsewhere = (region != "us-east-1").then(|| {
            let constraint = BucketLocationConstraint::from(region);
            CreateBucketConfiguration::builder().location_constraint(constraint).build()
        });
        let create = || async {
            let request = opened.connection.client().create_bucket().bucket(&place.bucket);
            let request = request.set_create_bucket_configuration(elsewhere.clone());
            let request = request.set_object_lock_enabled_for_bucket(arguments.object_lock.then_some(true));
            request.send().await.map_err(RequestError::from)
        };
        opened
            .requests
            .send(create)
            .await
            .map_err(|error| anyhow::anyhow!("make_bucket failed: s3://{}: {error}", place.bucket))?;
        if arguments.looking.json {
            crate::s3::say(&json!({"event": "done", "action": "make_bucket", "bucket": place.bucket}).to_string())?;
        } else {
            crate::s3::say(&format!("make_bucket: {}", place.bucket))?;
        }
    }
    Ok(())
}
