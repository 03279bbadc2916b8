//! What of a request its signature covers.

use http::HeaderMap;

/// The parts of a request that matter to its signature, borrowed as they arrived on the wire.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method, upper case as sent.
    pub method: &'a str,
    /// The path as received: percent-encoded, not normalised, without the query.
    pub path: &'a [u8],
    /// The query as received, without the `?`; empty when there is none.
    pub query: &'a str,
    /// The headers. `host` must be present for a SigV4 signature to verify.
    pub headers: &'a HeaderMap,
}

impl<'a> Request<'a> {
    /// The first value of a header, when it is visible ASCII.
    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The raw pairs of the query in order; empty segments (`a&&b`) are skipped.
    pub(crate) fn query_pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        query_pairs(self.query)
    }
}

/// The undecoded `name`, `value` pairs of a query; a name without `=` has an empty value.
pub(crate) fn query_pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}
