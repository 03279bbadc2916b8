//! `larder stat`: what a server says about an object or a bucket.

use std::process::ExitCode;

use larder_client::connect::Connection;
use larder_client::error::RequestError;
use larder_client::location::BucketPath;
use larder_client::transfer::{Facts, ObjectSettings};
use serde_json::{Map, Value, json};

use crate::s3::session::{self, World};
use crate::s3::{Ending, places, say, sizes, transfer_options};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// s3://bucket/key or s3://bucket
    #[arg(required = true)]
    paths: Vec<String>,
    /// This version, instead of the current one
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    #[command(flatten)]
    options: transfer_options::Arguments,
}

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    session::run(|world| stat(arguments, world))
}

async fn stat(arguments: Arguments, world: World) -> Ending {
    for text in &arguments.paths {
        let place = places::bucket_path(text)?;
        let opened = arguments.options.open(&world, ObjectSettings::default(), None, (Some(&place), None)).await?;
        let facts = if place.key.is_empty() {
            bucket(&opened.source, &place).await
        } else {
            let facts = opened.transfers.facts(&opened.source, &place, arguments.version_id.as_deref(), None).await;
            facts.map(|facts| object(&place, &facts))
        };
        let facts = facts.map_err(|error| anyhow::anyhow!("{place}: {error}"))?;
        if arguments.options.is_json() {
            say(&Value::Object(facts).to_string())?;
        } else {
            for (name, value) in &facts {
                say(&format!("{name:<14} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))?;
            }
        }
    }
    Ok(())
}

fn object(place: &BucketPath, facts: &Facts) -> Map<String, Value> {
    let head = &facts.head;
    let mut shown = Map::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            shown.insert(name.to_owned(), Value::String(value));
        }
    };
    add("object", Some(place.to_string()));
    add("size", Some(format!("{} ({})", facts.size, sizes::human(facts.size))));
    add("modified", facts.modified.map(|time| time.to_jiff().to_string()));
    add("etag", facts.etag.clone());
    add("version", facts.version.clone());
    add("type", head.content_type().map(str::to_owned));
    add("class", Some(head.storage_class().map_or("STANDARD", |class| class.as_str()).to_owned()));
    add("encryption", head.server_side_encryption().map(|algorithm| algorithm.as_str().to_owned()));
    add("kms-key", head.ssekms_key_id().map(str::to_owned));
    let checksums = [
        ("crc64nvme", head.checksum_crc64_nvme()),
        ("crc32c", head.checksum_crc32_c()),
        ("crc32", head.checksum_crc32()),
        ("sha256", head.checksum_sha256()),
        ("sha1", head.checksum_sha1()),
    ];
    for (name, value) in checksums {
        add(name, value.map(str::to_owned));
    }
    add("parts", head.parts_count().map(|count| count.to_string()));
    add("tags", head.tag_count().map(|count| count.to_string()));
    add("cache-control", head.cache_control().map(str::to_owned));
    add("disposition", head.content_disposition().map(str::to_owned));
    add("encoding", head.content_encoding().map(str::to_owned));
    add("language", head.content_language().map(str::to_owned));
    add("restore", head.restore().map(str::to_owned));
    add("lock", head.object_lock_mode().map(|mode| mode.as_str().to_owned()));
    add("replication", head.replication_status().map(|status| status.as_str().to_owned()));
    let mut metadata: Vec<(String, String)> = facts.metadata().into_iter().collect();
    metadata.sort();
    if !metadata.is_empty() {
        shown.insert("metadata".to_owned(), metadata.into_iter().map(|(k, v)| (k, Value::String(v))).collect());
    }
    shown
}

async fn bucket(connection: &Connection, place: &BucketPath) -> Result<Map<String, Value>, RequestError> {
    let client = connection.client();
    let head = client.head_bucket().bucket(&place.bucket).send().await.map_err(RequestError::from)?;
    let mut shown = Map::new();
    shown.insert("bucket".to_owned(), json!(place.bucket));
    shown.insert("region".to_owned(), json!(head.bucket_region().unwrap_or(connection.region())));
    // What may not be asked, or is not there, is left out.
    if let Ok(versioning) = client.get_bucket_versioning().bucket(&place.bucket).send().await {
        let status = versioning.status().map_or("never enabled", |status| status.as_str());
        shown.insert("versioning".to_owned(), json!(status));
    }
    if let Ok(tags) = client.get_bucket_tagging().bucket(&place.bucket).send().await {
        let tags: Map<String, Value> =
            tags.tag_set().iter().map(|tag| (tag.key().to_owned(), json!(tag.value()))).collect();
        shown.insert("tags".to_owned(), Value::Object(tags));
    }
    Ok(shown)
}
