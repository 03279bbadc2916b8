//! Full pages of a listing from random places of a bucket.

use anyhow::{Result, ensure};
use percent_encoding::utf8_percent_encode;

use crate::bench::bodies::mix;
use crate::bench::client::{Account, Call, Client, Connected};
use crate::bench::worker::{ENCODED, PAGE, Sample};

/// Places that each client lists from, round and round.
const PLACES: u64 = 32;
/// One page in so many is looked at closely; the others only for their length, which costs the client next to nothing.
const CLOSELY: usize = 64;

pub(super) struct Lister {
    client: Client,
    path: String,
    /// Requests, signed before the clock runs, and the key that comes first in the answer.
    requests: Vec<(Vec<u8>, String)>,
    sent: usize,
    /// Bytes of the first page; all pages have as many keys of the same length.
    page_bytes: usize,
}

impl Connected for Lister {
    fn client(&mut self) -> &mut Client {
        &mut self.client
    }
}

impl Lister {
    /// `keys` are all of the bucket's, sorted.
    pub(super) fn new(account: &Account, bucket: &str, keys: &[String], number: u64) -> Result<Self> {
        let places = (keys.len() as u64).saturating_sub(PAGE);
        ensure!(places > 0, "{} keys do not fill a page", keys.len());
        let mut client = Client::new(account);
        let path = format!("/{bucket}");
        let mut requests = Vec::new();
        for place in 0..PLACES {
            let before = (mix(number * PLACES + place) % places) as usize;
            let after = utf8_percent_encode(&keys[before], ENCODED);
            let query = format!("list-type=2&max-keys={PAGE}&start-after={after}");
            let head = client.sign(&Call { method: "GET", path: &path, query: &query, ..Call::default() })?;
            requests.push((head, keys[before + 1].clone()));
        }
        Ok(Self { client, path, requests, sent: 0, page_bytes: 0 })
    }

    pub(super) fn step(&mut self) -> Result<Sample> {
        let (head, first) = &self.requests[self.sent % self.requests.len()];
        let is_close = self.sent.is_multiple_of(CLOSELY);
        self.sent += 1;
        let call = Call { method: "GET", path: &self.path, ..Call::default() };
        let (mut page, mut bytes) = (Vec::new(), 0);
        let answer = self.client.send(head, &call, &mut |piece| {
            bytes += piece.len();
            if is_close {
                page.extend_from_slice(piece);
            }
        })?;
        if is_close {
            let text = String::from_utf8(page)?;
            let keys = text.matches("<Key>").count() as u64;
            let found = text.split_once("<Key>").map_or("", |(_, rest)| rest);
            ensure!(keys == PAGE && found.starts_with(first), "not the {PAGE} keys from {first} on: {text:.500}");
        }
        if self.page_bytes == 0 {
            self.page_bytes = bytes;
        }
        // Times may be written with more or fewer digits.
        ensure!(bytes.abs_diff(self.page_bytes) < self.page_bytes / 20, "a page of {bytes} bytes");
        Ok(Sample { took: answer.took, bytes: bytes as u64, objects: PAGE })
    }
}
