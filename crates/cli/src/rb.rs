//! `larder rb`: remove a bucket.

use std::process::ExitCode;

use larder_client::error::RequestError;
use larder_client::location::BucketPath;
use larder_client::run::{Task, Work};
use larder_client::transfer::ObjectSettings;
use larder_client::versions::Versions;
use tokio::sync::mpsc;

use crate::s3::session::{self, World};
use crate::s3::transfer_options::{self, Opened};
use crate::s3::{Ending, Failure};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// s3://bucket
    bucket: String,
    /// Delete everything in it first: every version of every object, and unfinished uploads
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    options: transfer_options::Arguments,
}

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    session::run(|world| remove(arguments, world))
}

async fn remove(arguments: Arguments, world: World) -> Ending {
    let place = BucketPath::parse_bucket_or_uri(&arguments.bucket)?;
    if !place.key.is_empty() {
        return Err(Failure::usage(format!("`{}` is more than a bucket", arguments.bucket)));
    }
    let opened = arguments.options.open(&world, ObjectSettings::default(), None, (Some(&place), Some(&place))).await?;
    if arguments.force {
        empty(&opened, &place).await?;
    }
    if opened.is_dry() {
        return Ok(crate::s3::say(&format!("(dryrun) remove_bucket: {}", place.bucket))?);
    }
    let delete = || async {
        let request = opened.target.client().delete_bucket().bucket(&place.bucket);
        request.send().await.map_err(RequestError::from)
    };
    let removed = opened.requests.send(delete).await;
    removed.map_err(|error| anyhow::anyhow!("remove_bucket failed: s3://{}: {error}", place.bucket))?;
    Ok(crate::s3::say(&format!("remove_bucket: {}", place.bucket))?)
}

async fn empty(opened: &Opened, place: &BucketPath) -> Ending {
    let (sender, tasks) = mpsc::channel(256);
    let feeding = async {
        let sender = sender;
        let mut versions = Versions::new(opened.target.clone(), opened.requests.clone(), place);
        loop {
            match versions.next().await {
                Ok(None) => return,
                Ok(Some(page)) => {
                    for version in page {
                        let work = Work::DeleteObject(place.with_key(version.key), Some(version.id));
                        if sender.send(Ok(Task::new(work))).await.is_err() {
                            return;
                        }
                    }
                }
                Err(error) => {
                    // The run ends with it, unless it has ended already.
                    let _ = sender.send(Err(error)).await;
                    return;
                }
            }
        }
    };
    let ((), carried) = tokio::join!(feeding, opened.carry_out(tasks));
    carried?;
    if opened.is_dry() { Ok(()) } else { abort_uploads(opened, place).await }
}

async fn abort_uploads(opened: &Opened, place: &BucketPath) -> Ending {
    loop {
        let list = || async {
            let request = opened.target.client().list_multipart_uploads().bucket(&place.bucket);
            request.send().await.map_err(RequestError::from)
        };
        let page = opened.requests.send(list).await?;
        for upload in page.uploads() {
            let abort = || async {
                let request = opened.target.client().abort_multipart_upload().bucket(&place.bucket);
                let request = request.set_key(upload.key.clone()).set_upload_id(upload.upload_id.clone());
                request.send().await.map_err(RequestError::from)
            };
            opened.requests.send(abort).await?;
        }
        if page.is_truncated() != Some(true) {
            return Ok(());
        }
    }
}
