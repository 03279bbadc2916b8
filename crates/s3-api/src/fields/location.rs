//! An object's URL as answers show it.

use larder_wire::address::Style;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::call::Call;

/// What a path keeps as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The URL of a key in the bucket that a request addresses, in the style the request has.
pub(crate) fn of(call: &Call<'_>, bucket: &str, key: &str) -> String {
    let scheme = if call.secure { "https" } else { "http" };
    let host = call.host.unwrap_or_default();
    let bucket = match call.style {
        Style::Path => format!("/{bucket}"),
        Style::VirtualHosted => String::new(),
    };
    format!("{scheme}://{host}{bucket}/{}", utf8_percent_encode(key, PATH))
}
