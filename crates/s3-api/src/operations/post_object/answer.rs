//! What a browser is answered after its upload.

use std::fmt::Write as _;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use larder_engine::{StoredKey, VersionRecord};
use larder_http::{Response, ResponseBody};
use larder_types::ObjectKey;
use larder_wire::error::S3Error;

use super::fields::Fields;
use crate::answer;
use crate::call::Call;
use crate::fields::location::encoded;
use crate::fields::{encryption, location, version};

/// The answer that the form asks for: a redirect, a document, or a status alone.
pub(super) fn stored(
    call: &Call<'_>,
    fields: &Fields,
    key: &ObjectKey,
    record: &VersionRecord,
) -> Result<Response, S3Error> {
    let bucket = call.bucket()?;
    let etag = record.object().map(|(summary, _)| summary.etag.to_string()).unwrap_or_default();
    let (name, key) = (bucket.name.as_str(), key.as_str());
    let url = location::of(call, name, key);
    let redirect = fields.get("success_action_redirect").or_else(|| fields.get("redirect"));
    let redirect = redirect.and_then(|target| redirect_to(target, name, key, &etag));
    let mut response = match (&redirect, fields.get("success_action_status").map(str::trim)) {
        (Some(_), _) => answer::empty(StatusCode::SEE_OTHER),
        (None, Some("200")) => answer::empty(StatusCode::OK),
        (None, Some("201")) => created(&url, name, key, &etag),
        (None, _) => answer::empty(StatusCode::NO_CONTENT),
    };
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, redirect.unwrap_or_else(|| larder_wire::headers::value(&url)));
    headers.insert(header::ETAG, larder_wire::headers::value(&etag));
    if let Some(id) = version::created(bucket, record.head.id) {
        headers.insert("x-amz-version-id", larder_wire::headers::value(&id));
    }
    show_checksum(record, headers);
    show_encryption(record, headers);
    Ok(response)
}

fn show_checksum(record: &VersionRecord, headers: &mut HeaderMap) {
    let Some((summary, detail)) = record.object() else { return };
    if let (Some(value), Some((_, kind))) = (&detail.checksum, summary.checksum) {
        let text = larder_crypto::checksum_to_base64(value);
        headers.insert(value.algorithm().header(), larder_wire::headers::value(&text));
        headers.insert("x-amz-checksum-type", HeaderValue::from_static(kind.as_str()));
    }
}

fn show_encryption(record: &VersionRecord, headers: &mut HeaderMap) {
    let Some(encryption) = record.object().and_then(|(_, detail)| detail.encryption.as_ref()) else { return };
    if let Some(algorithm) = encryption::shown_algorithm(encryption) {
        headers.insert("x-amz-server-side-encryption", HeaderValue::from_static(algorithm.as_str()));
    }
    if let StoredKey::Kms(key) = &encryption.key {
        let name = "x-amz-server-side-encryption-aws-kms-key-id";
        headers.insert(name, larder_wire::headers::value(&key.arn));
    }
}

/// The document of status 201. Unlike S3's others it is in no namespace.
fn created(location: &str, bucket: &str, key: &str, etag: &str) -> Response {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse>");
    for (name, value) in [("Location", location), ("Bucket", bucket), ("Key", key), ("ETag", etag)] {
        xml.extend(["<", name, ">"]);
        escape(&mut xml, value);
        xml.extend(["</", name, ">"]);
    }
    xml.push_str("</PostResponse>");
    let mut response = answer::empty(StatusCode::CREATED);
    *response.body_mut() = ResponseBody::from(bytes::Bytes::from(xml));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

/// As S3 writes text: a control character, which XML 1.0 does not know, is a reference all the same.
fn escape(xml: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            // Writing to a string cannot fail.
            control if control.is_ascii_control() => write!(xml, "&#x{:x};", u32::from(control)).unwrap_or(()),
            other => xml.push(other),
        }
    }
}

/// The address a browser is sent to, told what was stored; `None` for what is no web address, which S3 passes over.
fn redirect_to(target: &str, bucket: &str, key: &str, etag: &str) -> Option<HeaderValue> {
    let (address, fragment) = target.split_at(target.find('#').unwrap_or(target.len()));
    let uri: http::Uri = address.parse().ok()?;
    let is_web = uri.scheme() == Some(&http::uri::Scheme::HTTP) || uri.scheme() == Some(&http::uri::Scheme::HTTPS);
    if !is_web || uri.host().is_none_or(str::is_empty) {
        return None;
    }
    let separator = if address.contains('?') { '&' } else { '?' };
    let (bucket, key, etag) = (encoded(bucket), encoded(key), encoded(etag));
    HeaderValue::from_str(&format!("{address}{separator}bucket={bucket}&key={key}&etag={etag}{fragment}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_tells_what_was_stored() {
        let told = "bucket=b&key=a%2Fb%20c%26d&etag=%22e%22";
        let to = |target| redirect_to(target, "b", "a/b c&d", "\"e\"");
        for (target, expected) in [
            ("http://example.org", format!("http://example.org?{told}")),
            ("http://example.org:8000/done", format!("http://example.org:8000/done?{told}")),
            ("HTTPS://example.org/?x=1", format!("HTTPS://example.org/?x=1&{told}")),
            ("https://example.org/done#top?", format!("https://example.org/done?{told}#top?")),
        ] {
            assert_eq!(to(target), HeaderValue::from_str(&expected).ok(), "{target}");
        }
    }

    #[test]
    fn what_is_no_web_address_is_passed_over() {
        for target in
            ["", "done", "/done", "//example.org/", "javascript:alert(1)", "http://", "http:///x", "ftp://example.org/"]
        {
            assert_eq!(redirect_to(target, "b", "k", "e"), None, "{target}");
        }
        for split in ["http://example.org/\r\nx: y", "http://example.org/a b", "http://example.org/#\r\nx: y"] {
            assert_eq!(redirect_to(split, "b", "k", "e"), None, "{split}");
        }
    }

    #[test]
    fn the_document_escapes_its_text() {
        let mut xml = String::new();
        escape(&mut xml, "a&b<c>\"d\"\r\u{1}\u{e9}");
        assert_eq!(xml, "a&amp;b&lt;c&gt;&quot;d&quot;&#xd;&#x1;\u{e9}");
    }
}
