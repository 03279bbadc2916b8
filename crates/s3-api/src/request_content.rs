//! A request's body as the content of an object, or as a document.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::Body as _;
use larder_crypto::{ContentHasher, HashPlan};
use larder_engine::{ContentSource, Expected, SourceError};
use larder_http::{BodyError, RequestBody};
use larder_sigv4::{ChunkError, ChunkVerifier, ChunkedDecoder, Payload, Progress};
use larder_types::ChecksumAlgorithm;
use larder_wire::error::{ErrorCode, S3Error};

use crate::fields::checksum::{self, Declared};

/// Why a body could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContentError {
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    #[error("the trailer is refused")]
    Refused(S3Error),
}

/// A body that is being read: plain, or taken out of its aws-chunked frame with every chunk's signature verified.
pub(crate) struct RequestContent {
    body: RequestBody,
    framing: Framing,
    expected: Expected,
    declared: Declared,
}

enum Framing {
    Plain,
    Chunked { decoder: Option<Box<ChunkedDecoder>>, pending: Bytes },
}

impl RequestContent {
    /// A body as its headers describe it.
    pub(crate) fn new(
        body: RequestBody,
        headers: &HeaderMap,
        payload: Payload,
        chunks: Option<ChunkVerifier>,
    ) -> Result<Self, S3Error> {
        let declared = checksum::declared(headers)?;
        let has_trailer = matches!(payload, Payload::Streaming { trailer: true, .. });
        if headers.contains_key("x-amz-trailer") && !has_trailer {
            // The checksum that was announced would never come, and nothing be checked.
            return Err(S3Error::new(ErrorCode::MalformedTrailerError));
        }
        let mut expected =
            Expected { md5: checksum::content_md5(headers)?, checksum: declared.value.clone(), ..Expected::default() };
        let framing = match payload {
            Payload::Streaming { trailer, .. } => {
                let length = decoded_length(headers)?;
                expected.length = Some(length);
                let names = larder_sigv4::announced_trailers(headers);
                let decoder = ChunkedDecoder::new(chunks, length, trailer.then_some(&names[..]));
                Framing::Chunked { decoder: Some(Box::new(decoder)), pending: Bytes::new() }
            }
            Payload::Sha256(digest) => {
                expected.sha256 = Some(digest);
                expected.length = plain_length(headers, &body)?;
                Framing::Plain
            }
            Payload::Unsigned | Payload::Body => {
                expected.length = plain_length(headers, &body)?;
                Framing::Plain
            }
        };
        Ok(Self { body, framing, expected, declared })
    }

    /// The algorithm of the checksum that comes with the body, or that the client asks for.
    pub(crate) fn checksum_algorithm(&self) -> Option<ChecksumAlgorithm> {
        self.declared.algorithm
    }

    /// The body's length in bytes, without its frame; `None` when only its end will tell.
    pub(crate) fn length(&self) -> Option<u64> {
        self.expected.length
    }

    /// Reads a document of at most `limit` bytes whole, and checks it as the content of an object is checked.
    pub(crate) async fn document(mut self, limit: usize) -> Result<Bytes, S3Error> {
        let too_large =
            || S3Error::new(ErrorCode::MaxMessageLengthExceeded).with_extra("MaxMessageLengthBytes", limit.to_string());
        if self.expected.length.is_some_and(|length| length > limit as u64) {
            return Err(too_large());
        }
        let mut hasher = ContentHasher::new(HashPlan {
            md5: self.expected.md5.is_some(),
            sha256: self.expected.sha256.is_some(),
            checksum: self.declared.algorithm,
        });
        let mut document = BytesMut::new();
        while let Some(bytes) = self.read().await.map_err(crate::refusal::of_content)? {
            if document.len() + bytes.len() > limit {
                return Err(too_large());
            }
            hasher.update(&bytes);
            document.extend_from_slice(&bytes);
        }
        larder_engine::check_content(&hasher.finish(), &self.expected).map_err(crate::refusal::of_engine)?;
        Ok(document.freeze())
    }

    async fn read(&mut self) -> Result<Option<Bytes>, ContentError> {
        loop {
            let Framing::Chunked { decoder, pending } = &mut self.framing else {
                return Ok(self.body.next().await.transpose()?);
            };
            let Some(active) = decoder else { return Ok(None) };
            if !pending.is_empty()
                && let Progress::Data(bytes) = active.decode(pending)?
            {
                return Ok(Some(bytes));
            }
            if !pending.is_empty() {
                continue;
            }
            let more = self.body.next().await.transpose()?;
            let Framing::Chunked { decoder, pending } = &mut self.framing else { return Ok(None) };
            match more {
                Some(bytes) => *pending = bytes,
                None => {
                    if let Some(decoder) = decoder.take() {
                        let trailers = decoder.finish()?;
                        self.take_trailers(&trailers)?;
                    }
                    return Ok(None);
                }
            }
        }
    }

    fn take_trailers(&mut self, trailers: &[(String, String)]) -> Result<(), ContentError> {
        for (name, value) in trailers {
            if let Some(algorithm) = ChecksumAlgorithm::from_header(name) {
                let value = checksum::parse(algorithm, value).map_err(ContentError::Refused)?;
                self.expected.checksum = Some(value);
            }
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl ContentSource for RequestContent {
    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        self.read().await.map_err(SourceError::from)
    }

    fn expected(&self) -> Expected {
        self.expected.clone()
    }
}

fn decoded_length(headers: &HeaderMap) -> Result<u64, S3Error> {
    let value =
        headers.get("x-amz-decoded-content-length").ok_or_else(|| S3Error::new(ErrorCode::MissingContentLength))?;
    value.to_str().ok().and_then(|text| text.parse().ok()).ok_or_else(|| {
        S3Error::new(ErrorCode::InvalidArgument)
            .with_extra("ArgumentName", "x-amz-decoded-content-length")
            .with_extra("ArgumentValue", String::from_utf8_lossy(value.as_bytes()).into_owned())
    })
}

/// The declared length of a plain body. S3 takes no body whose length it is not told.
fn plain_length(headers: &HeaderMap, body: &RequestBody) -> Result<Option<u64>, S3Error> {
    if headers.contains_key(http::header::TRANSFER_ENCODING) {
        return Err(S3Error::new(ErrorCode::NotImplemented).with_extra("Header", "Transfer-Encoding"));
    }
    Ok(body.size_hint().exact())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use larder_sigv4::StreamSignature;

    use super::*;

    #[test]
    fn a_trailer_is_announced_only_where_one_can_come() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-trailer", HeaderValue::from_static("x-amz-checksum-crc32"));
        headers.insert("x-amz-decoded-content-length", HeaderValue::from_static("0"));
        let code = |payload| {
            let content = RequestContent::new(RequestBody::empty(), &headers, payload, None);
            content.map(|content| content.checksum_algorithm()).map_err(|error| error.code())
        };
        let unsigned = |trailer| Payload::Streaming { signature: StreamSignature::Unsigned, trailer };
        assert_eq!(code(unsigned(true)), Ok(Some(ChecksumAlgorithm::Crc32)));
        for payload in [unsigned(false), Payload::Unsigned, Payload::Sha256([0; 32])] {
            assert_eq!(code(payload), Err(ErrorCode::MalformedTrailerError), "{payload:?}");
        }
    }
}
