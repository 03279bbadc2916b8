//! The file of a form as the content of an object.

use bytes::Bytes;
use larder_engine::{ContentSource, Expected, SourceError};
use larder_sigv4::PostPolicy;
use larder_types::Checksum;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::form::Event;

use super::fields::OpenedFile;
use crate::refusal;
use crate::request_content::ContentError;

/// Most bytes behind the file that are read before the answer; a client that sends more of them may miss it.
const MAX_REST_BYTES: usize = 64 * 1024;

/// A file on its way in, no longer than the policy allows.
pub(super) struct FormFile {
    file: OpenedFile,
    policy: Option<PostPolicy>,
    /// Bytes seen.
    length: u64,
    ended: bool,
    expected: Expected,
}

impl FormFile {
    pub(super) fn new(
        file: OpenedFile,
        policy: Option<PostPolicy>,
        md5: Option<[u8; 16]>,
        checksum: Option<Checksum>,
    ) -> Self {
        let expected = Expected { md5, checksum, ..Expected::default() };
        Self { file, policy, length: 0, ended: false, expected }
    }

    async fn read(&mut self) -> Result<Option<Bytes>, ContentError> {
        while !self.ended {
            match self.file.form.next_event().map_err(ContentError::Refused)? {
                Some(Event::FileData(bytes)) => {
                    self.length += bytes.len() as u64;
                    self.check_most()?;
                    return Ok(Some(bytes));
                }
                Some(Event::FileEnd) => {
                    self.check_length()?;
                    self.skip_rest().await?;
                    self.ended = true;
                }
                Some(Event::Field { .. } | Event::FileStart { .. }) => {
                    return Err(ContentError::Refused(S3Error::new(ErrorCode::MalformedPOSTRequest)));
                }
                None => match self.file.body.next().await.transpose()? {
                    Some(bytes) => self.file.form.feed(bytes),
                    None => {
                        self.file.form.finish().map_err(ContentError::Refused)?;
                        return Err(ContentError::Refused(S3Error::new(ErrorCode::IncompleteBody)));
                    }
                },
            }
        }
        Ok(None)
    }

    /// Reads what follows the file, which S3 does not look at: a connection closed on it could take the answer along.
    async fn skip_rest(&mut self) -> Result<(), ContentError> {
        let mut skipped = 0;
        while let Some(bytes) = self.file.body.next().await.transpose()? {
            skipped += bytes.len();
            if skipped > MAX_REST_BYTES {
                break;
            }
        }
        Ok(())
    }

    fn check_most(&self) -> Result<(), ContentError> {
        match self.policy.as_ref().and_then(PostPolicy::allowed_length) {
            Some(allowed) if self.length > *allowed.end() => self.check_length(),
            _ => Ok(()),
        }
    }

    fn check_length(&self) -> Result<(), ContentError> {
        let Some(policy) = &self.policy else { return Ok(()) };
        policy.check_length(self.length).map_err(|error| ContentError::Refused(refusal::of_policy(&error)))
    }
}

#[async_trait::async_trait]
impl ContentSource for FormFile {
    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        self.read().await.map_err(SourceError::from)
    }

    fn expected(&self) -> Expected {
        self.expected.clone()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use http::{HeaderMap, HeaderValue};
    use larder_http::RequestBody;

    use super::*;
    use crate::operations::post_object::fields;

    /// A form with a file of `length` bytes, in chunks of `chunk` bytes.
    async fn form(length: usize, chunk: usize, range: Option<(u64, u64)>) -> FormFile {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("multipart/form-data; boundary=xyz"));
        let part = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";
        let text = format!("{part}{}\r\n--xyz\r\nwhatever\r\n--xyz--\r\n", "a".repeat(length)).into_bytes();
        let chunks: Vec<_> = text.chunks(chunk).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        let (_, file) = fields::read(&headers, RequestBody::from_chunks(chunks)).await.unwrap();
        let policy = range.map(|(min, max)| {
            let json = format!(
                r#"{{"expiration":"2030-01-01T00:00:00Z","conditions":[["content-length-range",{min},{max}]]}}"#
            );
            PostPolicy::parse(&base64::engine::general_purpose::STANDARD.encode(json)).unwrap()
        });
        FormFile::new(file, policy, None, None)
    }

    /// How many bytes came, and how the file ended.
    async fn outcome(mut file: FormFile) -> (u64, Option<ErrorCode>) {
        let mut seen = 0;
        loop {
            match file.read().await {
                Ok(Some(bytes)) => seen += bytes.len() as u64,
                Ok(None) => return (seen, None),
                Err(ContentError::Refused(error)) => return (seen, Some(error.code())),
                Err(other) => panic!("{other}"),
            }
        }
    }

    #[tokio::test]
    async fn a_file_is_as_long_as_its_policy_allows() {
        for chunk in [1, 7, 10_000] {
            assert_eq!(outcome(form(1_000, chunk, None).await).await, (1_000, None));
            assert_eq!(outcome(form(0, chunk, None).await).await, (0, None));
            assert_eq!(outcome(form(1_000, chunk, Some((1_000, 1_000))).await).await, (1_000, None));
            assert_eq!(outcome(form(999, chunk, Some((1_000, 1_001))).await).await.1, Some(ErrorCode::EntityTooSmall));
            let (seen, code) = outcome(form(1_000, chunk, Some((0, 100))).await).await;
            assert_eq!(code, Some(ErrorCode::EntityTooLarge));
            assert!(seen <= 100, "{seen} bytes came of at most 100");
        }
    }

    #[tokio::test]
    async fn a_file_that_breaks_off_is_refused() {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("multipart/form-data; boundary=xyz"));
        let text = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nabc\r\n--xy";
        let body = RequestBody::from_chunks([Ok(Bytes::from_static(text.as_bytes()))]);
        let (_, file) = fields::read(&headers, body).await.unwrap();
        let broken = outcome(FormFile::new(file, None, None, None)).await;
        assert_eq!(broken.1, Some(ErrorCode::IncompleteBody));
    }
}
