//! `larder presign`: a URL that whoever has it may use for a while.

use std::process::ExitCode;
use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use clap::ValueEnum;
use larder_client::error::RequestError;
use serde_json::json;

use crate::s3::session::{self, World};
use crate::s3::{Ending, Failure, looking, places, say, times};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// s3://bucket/key
    object: String,
    /// How long it works, such as 3600, 15m or 7d; a week at most
    #[arg(long, value_name = "DURATION", value_parser = times::parse_seconds, default_value = "3600")]
    expires_in: u64,
    /// What it is for
    #[arg(long, value_name = "METHOD", default_value = "get", ignore_case = true)]
    method: Method,
    /// This version, instead of the current one
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    #[command(flatten)]
    looking: looking::Arguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Method {
    Get,
    Head,
    Put,
    Delete,
}

/// Signature Version 4 allows no more.
const LONGEST: u64 = 7 * 24 * 3_600;

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    session::run(|world| presign(arguments, world))
}

async fn presign(arguments: Arguments, world: World) -> Ending {
    let object = places::object(&arguments.object)?;
    if !(1..=LONGEST).contains(&arguments.expires_in) {
        return Err(Failure::usage("--expires-in is between a second and seven days"));
    }
    let opened = arguments.looking.open(&world, Some(&object.bucket)).await?;
    let config = PresigningConfig::expires_in(Duration::from_secs(arguments.expires_in));
    let config = config.map_err(|error| Failure::usage(error.to_string()))?;
    let client = opened.connection.client();
    let (bucket, key, version) = (&object.bucket, &object.key, arguments.version_id.clone());
    let signed = match arguments.method {
        Method::Get => client
            .get_object()
            .bucket(bucket)
            .key(key)
            .set_version_id(version)
            .presigned(config)
            .await
            .map_err(RequestError::from),
        Method::Head => client
            .head_object()
            .bucket(bucket)
            .key(key)
            .set_version_id(version)
            .presigned(config)
            .await
            .map_err(RequestError::from),
        Method::Put => client.put_object().bucket(bucket).key(key).presigned(config).await.map_err(RequestError::from),
        Method::Delete => client
            .delete_object()
            .bucket(bucket)
            .key(key)
            .set_version_id(version)
            .presigned(config)
            .await
            .map_err(RequestError::from),
    }?;
    if arguments.looking.json {
        say(&json!({"url": signed.uri(), "method": signed.method(), "expires_in": arguments.expires_in}).to_string())?;
    } else {
        say(signed.uri())?;
    }
    Ok(())
}
