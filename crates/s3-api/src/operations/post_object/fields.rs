//! The fields of a form, up to its file.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use larder_config::tagging::{TagScope, TagSet};
use larder_http::RequestBody;
use larder_types::ObjectKey;
use larder_types::limits::MAX_KEY_BYTES;
use larder_wire::decode::RequestParts;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::form::{Event, Form};
use larder_wire::generated::s3::PutObjectTaggingInput;
use larder_wire::query::Query;

use crate::fields::bucket;
use crate::refusal;

/// What stands for the file's name in any field.
const FILE_NAME: &str = "${filename}";

const METADATA_PREFIX: &str = "x-amz-meta-";

/// Fields that are headers of PutObject; those that begin with `x-amz-` are as well.
const OBJECT_HEADERS: [&str; 7] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-md5",
    "content-type",
    "expires",
];

/// A form whose fields were read and whose file was not.
pub(super) struct OpenedFile {
    pub(super) form: Form,
    pub(super) body: RequestBody,
    /// Its name as the browser gives it, which may be a whole path.
    pub(super) name: String,
}

/// The fields before the file, in order.
#[derive(Debug)]
pub(super) struct Fields(Vec<(String, String)>);

/// Reads a form up to the beginning of its file.
///
/// # Errors
/// As S3 answers for a form that is malformed, too large, or without file.
pub(super) async fn read(headers: &HeaderMap, mut body: RequestBody) -> Result<(Fields, OpenedFile), S3Error> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut form = Form::new(content_type)?;
    let mut fields = Vec::new();
    loop {
        match form.next_event()? {
            Some(Event::Field { name, value, .. }) => fields.push((name, value)),
            Some(Event::FileStart { filename, .. }) => {
                let name = filename.unwrap_or_default();
                return Ok((Fields(fields), OpenedFile { form, body, name }));
            }
            Some(Event::FileData(_) | Event::FileEnd) => return Err(S3Error::new(ErrorCode::MalformedPOSTRequest)),
            None => match body.next().await.transpose().map_err(|error| refusal::of_content(error.into()))? {
                Some(bytes) => form.feed(bytes),
                None => {
                    form.finish()?;
                    return Err(S3Error::new(ErrorCode::IncompleteBody));
                }
            },
        }
    }
}

impl Fields {
    /// A field's value; of a field given twice the first counts.
    pub(super) fn get(&self, wanted: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
    }

    /// All of them, for signature and policy.
    pub(super) fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// Puts the file's name where `${filename}` stands for it.
    ///
    /// # Errors
    /// `KeyTooLongError` for a name that no key could hold, if any field asks for it.
    pub(super) fn put_file_name(&mut self, sent: &str) -> Result<(), S3Error> {
        let name = base_name(sent);
        for (_, value) in self.0.iter_mut().filter(|(_, value)| value.contains(FILE_NAME)) {
            // It bounds what the fields may grow to.
            if name.len() > MAX_KEY_BYTES {
                return Err(refusal::of_key(larder_types::InvalidObjectKey::TooLong { size: name.len() }));
            }
            *value = value.replace(FILE_NAME, name);
        }
        Ok(())
    }

    /// The key of the object.
    ///
    /// # Errors
    /// `InvalidArgument` when it is missing or empty, `KeyTooLongError`.
    pub(super) fn key(&self) -> Result<ObjectKey, S3Error> {
        let refused = |message: &'static str| {
            S3Error::new(ErrorCode::InvalidArgument)
                .with_message(message)
                .with_extra("ArgumentName", "key")
                .with_extra("ArgumentValue", "")
        };
        match self.get("key") {
            None => Err(refused(ErrorCode::UserKeyMustBeSpecified.default_message())),
            Some("") => Err(refused("User key must have a length greater than 0.")),
            Some(key) => ObjectKey::parse(key).map_err(refusal::of_key),
        }
    }

    /// The fields that PutObject has as headers, metadata excepted.
    ///
    /// # Errors
    /// `InvalidArgument` for a name or value that cannot be a header's.
    pub(super) fn headers(&self) -> Result<HeaderMap, S3Error> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.0 {
            let name = match name.to_ascii_lowercase() {
                name if name == "acl" => "x-amz-acl".to_owned(),
                // A form has no trailer.
                name if name.starts_with(METADATA_PREFIX) || name == "x-amz-trailer" => continue,
                name if name.starts_with("x-amz-") || OBJECT_HEADERS.contains(&name.as_str()) => name,
                _ => continue,
            };
            let value = HeaderValue::from_str(value).map_err(|_| not_a_header(&name))?;
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| not_a_header(&name))?;
            headers.entry(name).or_insert(value);
        }
        Ok(headers)
    }

    /// `x-amz-meta-*`, names in lower case and without the prefix.
    ///
    /// # Errors
    /// `InvalidArgument` for a name or value that could not be given back as a header.
    pub(super) fn user_metadata(&self) -> Result<Vec<(String, String)>, S3Error> {
        let mut entries: Vec<(String, String)> = Vec::new();
        for (name, value) in &self.0 {
            let name = name.to_ascii_lowercase();
            let Some(bare) = name.strip_prefix(METADATA_PREFIX) else { continue };
            if HeaderName::from_bytes(name.as_bytes()).is_err() || HeaderValue::from_str(value).is_err() {
                return Err(not_a_header(&name));
            }
            if !entries.iter().any(|(present, _)| present == bare) {
                entries.push((bare.to_owned(), value.clone()));
            }
        }
        Ok(entries)
    }

    /// The tags of the field `tagging`, which is the document of PutObjectTagging.
    ///
    /// # Errors
    /// As PutObjectTagging.
    pub(super) fn tags(&self) -> Result<TagSet, S3Error> {
        let Some(document) = self.get("tagging") else { return Ok(TagSet::default()) };
        let (query, headers) = (Query::parse("")?, HeaderMap::new());
        // The decoder asks for a bucket and a key, and does not look at them.
        let parts = RequestParts { bucket: Some("-"), key: Some("-"), query: &query, headers: &headers };
        let input = PutObjectTaggingInput::decode(&parts, document.as_bytes())?;
        bucket::tags(TagScope::Object, input.tagging.tag_set)
    }
}

/// What follows the last separator, of whichever system the browser runs on.
fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn not_a_header(name: &str) -> S3Error {
    S3Error::new(ErrorCode::InvalidArgument)
        .with_message(format!("The field {name} holds what a header cannot hold."))
        .with_extra("ArgumentName", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    #[test]
    fn the_file_name_goes_into_every_field() {
        for (sent, kept) in [("a.txt", "a.txt"), ("C:\\docs\\a.txt", "a.txt"), ("/home/me/a.txt", "a.txt"), ("", "")] {
            let mut form = fields(&[("Key", "up/${filename}"), ("x-amz-meta-name", "${filename} ${filename}")]);
            form.put_file_name(sent).unwrap();
            assert_eq!(form.key().unwrap().as_str(), format!("up/{kept}"));
            assert_eq!(form.get("X-Amz-Meta-Name"), Some(format!("{kept} {kept}").as_str()));
        }
        let long = "a".repeat(2_000);
        assert!(fields(&[("key", "k")]).put_file_name(&long).is_ok());
        let refused = fields(&[("key", "${filename}")]).put_file_name(&long).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::KeyTooLongError);
    }

    #[test]
    fn a_form_needs_a_key() {
        let code = |pairs: &[(&str, &str)]| fields(pairs).key().map(|_| ()).map_err(|error| error.code());
        assert_eq!(code(&[("key", "k"), ("key", "")]), Ok(()));
        assert_eq!(code(&[("KEY", "k")]), Ok(()));
        assert_eq!(code(&[("keys", "k")]), Err(ErrorCode::InvalidArgument));
        assert_eq!(code(&[("key", "")]), Err(ErrorCode::InvalidArgument));
        assert_eq!(code(&[("key", &"k".repeat(1_025))]), Err(ErrorCode::KeyTooLongError));
    }

    #[test]
    fn fields_are_headers_only_where_put_object_has_them() {
        let form = fields(&[
            ("Content-Type", "text/plain"),
            ("content-type", "text/html"),
            ("ACL", "private"),
            ("x-amz-meta-A", "1"),
            ("X-Amz-Meta-a", "2"),
            ("x-amz-trailer", "x-amz-checksum-crc32"),
            ("host", "elsewhere"),
            ("policy", "p"),
        ]);
        let headers = form.headers().unwrap();
        assert_eq!(headers.len(), 2);
        assert_eq!(
            (&headers["content-type"], &headers["x-amz-acl"]),
            (&"text/plain".parse().unwrap(), &"private".parse().unwrap())
        );
        assert_eq!(form.user_metadata().unwrap(), [("a".to_owned(), "1".to_owned())]);
        let split = fields(&[("x-amz-meta-a", "1\r\nx: y"), ("Cache-Control", "no\nstore")]);
        assert!(split.user_metadata().is_err());
        assert!(split.headers().is_err());
    }

    #[test]
    fn tags_are_a_document() {
        let document = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
        assert_eq!(fields(&[("tagging", document)]).tags().unwrap().len(), 1);
        assert!(fields(&[("tagging", "a=1")]).tags().is_err());
        assert_eq!(fields(&[]).tags().unwrap().len(), 0);
    }
}
