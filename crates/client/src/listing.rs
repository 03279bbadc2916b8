//! What is in a bucket, a page at a time.

use std::sync::Arc;

use aws_sdk_s3::types::{EncodingType, ObjectStorageClass, RequestPayer};
use larder_types::Timestamp;
use percent_encoding::percent_decode_str;
use tokio::sync::mpsc;

use crate::connect::Connection;
use crate::entry::{Entry, Sighting};
use crate::error::{ErrorKind, RequestError};
use crate::location::BucketPath;
use crate::requests::Requests;
use crate::transfer::timestamp;

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The bucket, and the prefix as its key.
    pub place: Place,
    /// Keys with this after the prefix are folded into one.
    pub delimiter: Option<String>,
    /// Only keys after this one.
    pub start_after: Option<String>,
    /// Keys on a page; `None` leaves it to the server (1,000).
    pub page_size: Option<i32>,
    /// `--request-payer`
    pub requester_pays: bool,
}

/// A bucket and a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Its name.
    pub bucket: String,
    /// May be empty.
    pub prefix: String,
}

impl From<&BucketPath> for Place {
    fn from(path: &BucketPath) -> Self {
        Self { bucket: path.bucket.clone(), prefix: path.key.clone() }
    }
}

/// One page. Keys are whole.
#[derive(Debug, Default)]
pub struct Page {
    /// In byte order.
    pub objects: Vec<Entry>,
    /// Folded keys, in byte order.
    pub folders: Vec<String>,
}

/// Turns pages.
pub struct Pages {
    connection: Connection,
    requests: Arc<Requests>,
    listing: Listing,
    token: Option<String>,
    finished: bool,
    last: String,
}

impl Pages {
    /// Nothing is asked before the first page is.
    #[must_use]
    pub fn new(connection: Connection, requests: Arc<Requests>, listing: Listing) -> Self {
        Self { connection, requests, listing, token: None, finished: false, last: String::new() }
    }

    /// The next page, or `None` after the last.
    ///
    /// # Errors
    /// The server's, or that it lists out of order.
    pub async fn next(&mut self) -> Result<Option<Page>, RequestError> {
        if self.finished {
            return Ok(None);
        }
        let ask = || async {
            let listing = &self.listing;
            let request = self.connection.client().list_objects_v2().bucket(&listing.place.bucket);
            let request = request
                .prefix(&listing.place.prefix)
                .set_delimiter(listing.delimiter.clone())
                .set_start_after(listing.start_after.clone())
                .set_max_keys(listing.page_size)
                .set_continuation_token(self.token.clone())
                .set_request_payer(listing.requester_pays.then_some(RequestPayer::Requester))
                // XML cannot carry every character that a key can.
                .encoding_type(EncodingType::Url);
            request.send().await.map_err(RequestError::from)
        };
        let answer = self.requests.send(ask).await?;
        let encoded = answer.encoding_type() == Some(&EncodingType::Url);
        let token = answer.next_continuation_token().map(str::to_owned);
        self.finished = answer.is_truncated() != Some(true);
        if !self.finished && (token.is_none() || token == self.token) {
            return Err(no_way_on());
        }
        self.token = token;
        let mut page = Page::default();
        for object in answer.contents.unwrap_or_default() {
            let key = decode(object.key.unwrap_or_default(), encoded);
            if key < self.last {
                return Err(out_of_order(&key, &self.last));
            }
            self.last.clone_from(&key);
            page.objects.push(Entry {
                key,
                size: u64::try_from(object.size.unwrap_or(0)).unwrap_or(0),
                modified: object.last_modified.as_ref().map_or(Timestamp::from_millis(0), timestamp),
                etag: object.e_tag,
                storage_class: object
                    .storage_class
                    .filter(|class| *class != ObjectStorageClass::Standard)
                    .map(|class| class.as_str().to_owned()),
                behind_link: false,
            });
        }
        let folded = answer.common_prefixes.unwrap_or_default().into_iter();
        page.folders = folded.map(|one| decode(one.prefix.unwrap_or_default(), encoded)).collect();
        Ok(Some(page))
    }
}

/// S3 writes a space as `+`, as forms do.
pub(crate) fn decode(text: String, encoded: bool) -> String {
    if !encoded || !text.contains(['%', '+']) {
        return text;
    }
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// What is taken for the end of a listing that has none would be deleted from the other side.
pub(crate) fn no_way_on() -> RequestError {
    let message = "the server says that its listing goes on, but not how to ask for the rest";
    RequestError::new(ErrorKind::Other, message)
}

fn out_of_order(key: &str, last: &str) -> RequestError {
    let message = format!("the server lists `{key}` after `{last}`: without an order nothing can be compared");
    RequestError::new(ErrorKind::Other, message)
}

/// Pages that may wait to be looked at. The next is asked for meanwhile.
const PAGES_AHEAD: usize = 2;

/// A listing as sightings relative to a prefix, for a thread that may block. Pages are fetched ahead.
///
/// Must be called within a runtime, and iterated outside of its workers.
pub fn sightings(mut pages: Pages) -> impl Iterator<Item = Result<Sighting, RequestError>> + Send {
    let prefix = pages.listing.place.prefix.len();
    let (sender, receiver) = mpsc::channel(PAGES_AHEAD);
    tokio::spawn(async move {
        loop {
            let page = pages.next().await;
            let is_last = !matches!(page, Ok(Some(_)));
            if sender.send(page).await.is_err() || is_last {
                return;
            }
        }
    });
    to_their_end(receiver).flat_map(move |page| {
        let (objects, error) = match page {
            Ok(page) => (page.objects, None),
            Err(error) => (Vec::new(), Some(Err(error))),
        };
        let relative = objects.into_iter().map(move |mut entry| {
            entry.key.drain(..prefix);
            Ok(Sighting::Entry(entry))
        });
        relative.chain(error)
    })
}

/// What comes until somebody says that it was all. That nothing comes any more says nothing: who sent it may have panicked.
fn to_their_end<T>(
    mut receiver: mpsc::Receiver<Result<Option<T>, RequestError>>,
) -> impl Iterator<Item = Result<T, RequestError>> {
    let broke_off = || Err(RequestError::new(ErrorKind::Other, "the listing broke off"));
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let next = receiver.blocking_recv().unwrap_or_else(broke_off).transpose();
        ended = !matches!(next, Some(Ok(_)));
        next
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded() {
        assert_eq!(decode("a+b%2Bc%01".to_owned(), true), "a b+c\u{1}");
        assert_eq!(decode("a+b%2Bc".to_owned(), false), "a+b%2Bc");
    }

    #[test]
    fn a_listing_has_ended_when_that_is_said_and_not_when_nothing_comes() {
        let listed = |told: Vec<Result<Option<u8>, RequestError>>| {
            let (sender, receiver) = mpsc::channel(8);
            told.into_iter().for_each(|one| sender.try_send(one).expect("there is room"));
            drop(sender);
            to_their_end(receiver).map(|one| one.ok()).collect::<Vec<_>>()
        };
        let failed = || RequestError::new(ErrorKind::Other, "failed");
        assert_eq!(listed(vec![Ok(Some(1)), Ok(Some(2)), Ok(None)]), [Some(1), Some(2)]);
        assert_eq!(listed(vec![Ok(Some(1)), Err(failed())]), [Some(1), None]);
        assert_eq!(listed(vec![Ok(Some(1))]), [Some(1), None], "who sent it panicked");
        assert_eq!(listed(vec![]), [None]);
    }
}
