//! What commands that only look have in common.

use std::io::{self, BufWriter, Stdout};
use std::sync::Arc;

use larder_client::connect::Connection;
use larder_client::error::RequestError;
use larder_client::listing::{Listing, Page, Pages, Place};
use larder_client::location::BucketPath;
use larder_client::requests::Requests;

use super::session::World;
use super::{Failure, connection};

#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub(crate) struct Arguments {
    /// One JSON object for each thing, on a line of its own
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
    /// Agree to pay for requests and traffic
    #[arg(long, value_name = "WHO", num_args = 0..=1, default_missing_value = "requester")]
    request_payer: Option<String>,
    /// Keys on a page of a listing
    #[arg(long, value_name = "COUNT")]
    page_size: Option<i32>,
    #[command(flatten)]
    connection: connection::Arguments,
}

/// A server to look at.
pub(crate) struct Opened {
    pub(crate) connection: Connection,
    pub(crate) requests: Arc<Requests>,
    requester_pays: bool,
    page_size: Option<i32>,
}

/// Requests at a time; one after the other is the rule here.
const CONCURRENCY: usize = 16;

impl Arguments {
    pub(crate) async fn open(&self, world: &World, bucket: Option<&str>) -> Result<Opened, Failure> {
        let mut connection = self.connection.open().await?;
        if let Some(bucket) = bucket {
            connection = connection.for_bucket(bucket).await;
        }
        let requests = world.requests(CONCURRENCY, None);
        let requester_pays = self.request_payer.is_some();
        Ok(Opened { connection, requests, requester_pays, page_size: self.page_size })
    }
}

impl Opened {
    pub(crate) fn pages(&self, place: &BucketPath, delimiter: Option<&str>) -> Pages {
        let listing = Listing {
            place: Place::from(place),
            delimiter: delimiter.map(str::to_owned),
            page_size: self.page_size,
            requester_pays: self.requester_pays,
            ..Listing::default()
        };
        Pages::new(self.connection.clone(), Arc::clone(&self.requests), listing)
    }

    /// Everything right below a prefix.
    pub(crate) async fn level(&self, place: &BucketPath) -> Result<Page, RequestError> {
        let mut pages = self.pages(place, Some("/"));
        let mut level = Page::default();
        while let Some(page) = pages.next().await? {
            level.objects.extend(page.objects);
            level.folders.extend(page.folders);
        }
        Ok(level)
    }
}

/// Standard output for many lines.
pub(crate) fn output() -> BufWriter<Stdout> {
    BufWriter::new(io::stdout())
}
