//! The aws-chunked body format as a state machine without IO.
//!
//! ```text
//! <size in hex>[;chunk-signature=<signature>]\r\n <size bytes> \r\n      repeated
//! 0[;chunk-signature=<signature>]\r\n
//! [<trailer>:<value>\r\n ... [x-amz-trailer-signature:<signature>\r\n]]
//! \r\n
//! ```
//!
//! Bytes are handed out as they arrive, before the signature of their chunk can be checked: a chunk may be as large as
//! the whole object and must not be held in memory. So **nothing that comes out may become visible to anyone before
//! [`ChunkedDecoder::finish`] returns `Ok`.**

use aws_lc_rs::digest::{Context, SHA256, digest};
use bytes::Bytes;

use crate::chunk_signature::{ChunkVerifier, Link};
use crate::error::SignatureMismatch;

/// Longest line before a chunk, in bytes; a size and an ECDSA signature need under 200.
pub const MAX_CHUNK_LINE_BYTES: usize = 512;
/// Longest trailer section, in bytes, over all its lines.
pub const MAX_TRAILER_BYTES: usize = 8192;
/// Most trailers.
pub const MAX_TRAILERS: usize = 16;
/// Smallest chunk that may be followed by another, in bytes. AWS demands it of signed and unsigned bodies alike.
pub const MIN_CHUNK_BYTES: u64 = 8192;

const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature";

/// Why a body is refused. After an error the decoder accepts nothing more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// `IncompleteBody`, 400: the bytes do not follow the format.
    #[error("The request body terminated unexpectedly")]
    Framing {
        /// What was expected, for logs.
        expected: &'static str,
    },
    /// `IncompleteBody`, 400: the body ended before its last chunk or trailer.
    #[error("The request body terminated unexpectedly")]
    Truncated,
    /// `IncompleteBody`, 400: the chunks hold more or less than `x-amz-decoded-content-length` said.
    #[error("You did not provide the number of bytes specified by the Content-Length HTTP header")]
    DecodedLength {
        /// What the header announced.
        expected: u64,
        /// What the chunks hold, or announce so far.
        provided: u64,
    },
    /// `InvalidRequest`, 400: a line before a chunk is longer than [`MAX_CHUNK_LINE_BYTES`].
    #[error("The chunk header is too long")]
    LineTooLong,
    /// `InvalidChunkSizeError`, 403, with `Chunk` and `BadChunkSize`.
    #[error("Only the last chunk is allowed to have a size less than 8192 bytes")]
    ChunkTooSmall {
        /// The number of the small chunk, from 1.
        chunk: u64,
        /// Its size in bytes.
        bad_chunk_size: u64,
    },
    /// `SignatureDoesNotMatch`, 403.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your key and signing method."
    )]
    SignatureDoesNotMatch(Box<SignatureMismatch>),
    /// `MalformedTrailerError`, 400: a trailer that is malformed, repeated, not announced in `x-amz-trailer`, or
    /// announced and absent; also a trailer without its signature, or too many of them.
    #[error("The request contained trailing data that was not well-formed or did not conform to our published schema.")]
    MalformedTrailer {
        /// What is wrong, for logs.
        reason: &'static str,
    },
    /// `InvalidRequest`, 400: bytes follow the end of the body.
    #[error("The request body has data after its end")]
    DataAfterEnd,
}

/// What [`ChunkedDecoder::decode`] got out of its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// All input is used up; give more.
    NeedMore,
    /// A part of the payload, never empty.
    Data(Bytes),
    /// The end of the body was reached and all its signatures are good. Feed what else arrives all the same (it must be
    /// refused), then call [`ChunkedDecoder::finish`].
    Done,
}

enum State {
    /// In the line before a chunk.
    Size,
    /// In the payload of a chunk.
    Data {
        remaining: u64,
    },
    /// In the CRLF after the payload of a chunk.
    DataEnd,
    /// After the chunk of size 0.
    Trailer,
    /// After the end; `extra` is how many bytes of one tolerated CRLF followed.
    Done {
        extra: usize,
    },
    Failed,
}

/// Decodes one aws-chunked body. Memory is bounded by a line, whatever the sizes of chunks.
pub struct ChunkedDecoder {
    state: State,
    verifier: Option<ChunkVerifier>,
    hash: Option<Context>,
    /// Signature of the chunk being read.
    signature: String,
    line: Vec<u8>,
    expected_length: u64,
    announced: u64,
    chunk: u64,
    chunk_size: u64,
    expects_trailer: bool,
    declared: Vec<String>,
    trailers: Vec<(String, String)>,
    trailer_bytes: usize,
    trailer_text: Vec<u8>,
    trailer_signed: bool,
    skipped_blank: bool,
}

impl std::fmt::Debug for ChunkedDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChunkedDecoder")
            .field("chunk", &self.chunk)
            .field("announced", &self.announced)
            .finish_non_exhaustive()
    }
}

impl ChunkedDecoder {
    /// A decoder for one body.
    ///
    /// `verifier` is `None` for `STREAMING-UNSIGNED-PAYLOAD-TRAILER`. `decoded_length` is
    /// `x-amz-decoded-content-length` in bytes. `trailers` is `None` when the payload kind has no trailer, else the
    /// names announced in `x-amz-trailer`.
    #[must_use]
    pub fn new(verifier: Option<ChunkVerifier>, decoded_length: u64, trailers: Option<&[&str]>) -> Self {
        let mut declared: Vec<String> =
            trailers.unwrap_or_default().iter().map(|name| name.trim().to_ascii_lowercase()).collect();
        declared.sort_unstable();
        declared.dedup();
        Self {
            state: State::Size,
            hash: verifier.as_ref().map(|_| Context::new(&SHA256)),
            verifier,
            signature: String::new(),
            line: Vec::new(),
            expected_length: decoded_length,
            announced: 0,
            chunk: 0,
            chunk_size: 0,
            expects_trailer: trailers.is_some(),
            declared,
            trailers: Vec::new(),
            trailer_bytes: 0,
            trailer_text: Vec::new(),
            trailer_signed: false,
            skipped_blank: false,
        }
    }

    /// Decodes from the front of `input`, taking from it what it uses. Call it again until it asks for more.
    ///
    /// # Errors
    /// Any [`ChunkError`]; the decoder is then of no further use.
    pub fn decode(&mut self, input: &mut Bytes) -> Result<Progress, ChunkError> {
        let result = self.advance(input);
        if result.is_err() {
            self.state = State::Failed;
        }
        result
    }

    fn advance(&mut self, input: &mut Bytes) -> Result<Progress, ChunkError> {
        loop {
            match self.state {
                State::Size => {
                    let Some(line) = self.take_line(input, MAX_CHUNK_LINE_BYTES, ChunkError::LineTooLong)? else {
                        return Ok(Progress::NeedMore);
                    };
                    self.begin_chunk(&line)?;
                }
                State::Data { remaining } => {
                    if input.is_empty() {
                        return Ok(Progress::NeedMore);
                    }
                    let length = input.len().min(usize::try_from(remaining).unwrap_or(usize::MAX));
                    let data = input.split_to(length);
                    if let Some(hash) = &mut self.hash {
                        hash.update(&data);
                    }
                    let remaining = remaining - length as u64;
                    self.state = if remaining == 0 { State::DataEnd } else { State::Data { remaining } };
                    return Ok(Progress::Data(data));
                }
                State::DataEnd => {
                    let wrong = ChunkError::Framing { expected: "CRLF after a chunk" };
                    let Some(line) = self.take_line(input, 2, wrong.clone())? else { return Ok(Progress::NeedMore) };
                    if &line[..] != b"\r\n" {
                        return Err(wrong);
                    }
                    self.end_chunk()?;
                    self.state = State::Size;
                }
                State::Trailer => {
                    let limit = MAX_TRAILER_BYTES - self.trailer_bytes;
                    let wrong = ChunkError::MalformedTrailer { reason: "the trailer is too long" };
                    let Some(line) = self.take_line(input, limit, wrong)? else { return Ok(Progress::NeedMore) };
                    self.trailer_bytes += line.len();
                    self.trailer_line(&line)?;
                }
                State::Done { extra } => return self.after_end(input, extra),
                State::Failed => return Err(ChunkError::Framing { expected: "nothing after an error" }),
            }
        }
    }

    /// One more CRLF than the format has is let pass: some clients (minio-go) end unsigned trailers with it.
    fn after_end(&mut self, input: &mut Bytes, mut extra: usize) -> Result<Progress, ChunkError> {
        for &byte in input.iter() {
            if b"\r\n".get(extra) != Some(&byte) {
                return Err(ChunkError::DataAfterEnd);
            }
            extra += 1;
        }
        input.clear();
        self.state = State::Done { extra };
        Ok(Progress::Done)
    }

    /// Takes a line with its `\n` from `input`, gathering it over calls. Fails once it is longer than `limit`.
    fn take_line(
        &mut self,
        input: &mut Bytes,
        limit: usize,
        too_long: ChunkError,
    ) -> Result<Option<Bytes>, ChunkError> {
        let room = limit.saturating_sub(self.line.len());
        let window = &input[..input.len().min(room)];
        match memchr::memchr(b'\n', window) {
            Some(at) => {
                let rest = input.split_to(at + 1);
                if self.line.is_empty() {
                    return Ok(Some(rest));
                }
                self.line.extend_from_slice(&rest);
                Ok(Some(Bytes::from(std::mem::take(&mut self.line))))
            }
            None if input.len() >= room => Err(too_long),
            None => {
                self.line.extend_from_slice(input);
                input.clear();
                Ok(None)
            }
        }
    }

    fn begin_chunk(&mut self, line: &[u8]) -> Result<(), ChunkError> {
        let line = line.strip_suffix(b"\r\n").and_then(|line| std::str::from_utf8(line).ok());
        let line = line.ok_or(ChunkError::Framing { expected: "a chunk line of ASCII that ends with CRLF" })?;
        let (size, extension) = line.split_once(';').map_or((line, None), |(size, rest)| (size, Some(rest)));
        let size = parse_size(size)?;
        if self.verifier.is_some() {
            let signature = extension.and_then(|rest| rest.strip_prefix("chunk-signature="));
            let signature = signature.ok_or(ChunkError::Framing { expected: "chunk-signature" })?;
            signature.clone_into(&mut self.signature);
        }
        if size > 0 && self.chunk > 0 && self.chunk_size < MIN_CHUNK_BYTES {
            return Err(ChunkError::ChunkTooSmall { chunk: self.chunk, bad_chunk_size: self.chunk_size });
        }
        let announced = self.announced.checked_add(size).ok_or(ChunkError::Framing { expected: "a possible size" })?;
        let is_wrong = if size == 0 { announced != self.expected_length } else { announced > self.expected_length };
        if is_wrong {
            return Err(ChunkError::DecodedLength { expected: self.expected_length, provided: announced });
        }
        self.announced = announced;
        self.chunk += 1;
        self.chunk_size = size;
        if size == 0 {
            self.end_chunk()?;
            self.state = State::Trailer;
        } else {
            self.state = State::Data { remaining: size };
        }
        Ok(())
    }

    fn end_chunk(&mut self) -> Result<(), ChunkError> {
        let (Some(verifier), Some(hash)) = (&mut self.verifier, &mut self.hash) else { return Ok(()) };
        let hash = std::mem::replace(hash, Context::new(&SHA256)).finish();
        verifier.verify(Link::Chunk, hash.as_ref(), &self.signature).map_err(ChunkError::SignatureDoesNotMatch)
    }

    fn trailer_line(&mut self, line: &[u8]) -> Result<(), ChunkError> {
        let malformed = |reason| ChunkError::MalformedTrailer { reason };
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.is_empty() {
            return self.blank_trailer_line();
        }
        if !self.expects_trailer {
            return Err(malformed("this payload kind has no trailer"));
        }
        let text = std::str::from_utf8(text).map_err(|_| malformed("not UTF-8"))?;
        let (name, value) = text.split_once(':').ok_or(malformed("no colon"))?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        if self.trailer_signed {
            return Err(malformed("a trailer follows the signature"));
        }
        if let (Some(verifier), true) = (&mut self.verifier, name == TRAILER_SIGNATURE) {
            let hash = digest(&SHA256, &self.trailer_text);
            verifier.verify(Link::Trailer, hash.as_ref(), value).map_err(ChunkError::SignatureDoesNotMatch)?;
            self.trailer_signed = true;
            return Ok(());
        }
        if !self.declared.contains(&name) {
            return Err(malformed("a trailer that x-amz-trailer does not announce"));
        }
        if self.trailers.len() == MAX_TRAILERS || self.trailers.iter().any(|(known, _)| *known == name) {
            return Err(malformed("too many trailers or the same one twice"));
        }
        self.trailer_text.extend_from_slice(name.as_bytes());
        self.trailer_text.push(b':');
        self.trailer_text.extend_from_slice(value.as_bytes());
        self.trailer_text.push(b'\n');
        self.trailers.push((name, value.to_owned()));
        Ok(())
    }

    /// A blank line ends the body, but for two habits of clients that AWS accepts: a blank line before the trailers,
    /// and (minio-go) one between the trailers and their signature.
    fn blank_trailer_line(&mut self) -> Result<(), ChunkError> {
        let missing = self.trailers.len() < self.declared.len();
        let awaits_signature = self.verifier.is_some() && !self.trailers.is_empty() && !self.trailer_signed;
        if missing && (self.skipped_blank || !self.trailers.is_empty()) {
            return Err(ChunkError::MalformedTrailer { reason: "a trailer that x-amz-trailer announces is absent" });
        }
        if !missing && !awaits_signature {
            self.state = State::Done { extra: 0 };
            return Ok(());
        }
        self.skipped_blank = true;
        Ok(())
    }

    /// Ends the body: call it when no more input comes. Returns the trailers, lower-case names and trimmed values, in
    /// the order sent; `x-amz-trailer-signature` is not among them.
    ///
    /// # Errors
    /// [`ChunkError::Truncated`], [`ChunkError::MalformedTrailer`] when only the trailer is missing, or
    /// [`ChunkError::DataAfterEnd`] when half a CRLF follows.
    pub fn finish(self) -> Result<Vec<(String, String)>, ChunkError> {
        match self.state {
            State::Done { extra: 0 | 2 } => Ok(self.trailers),
            State::Done { .. } => Err(ChunkError::DataAfterEnd),
            State::Trailer if self.skipped_blank && self.line.is_empty() => {
                Err(ChunkError::MalformedTrailer { reason: "the trailer or its signature is absent" })
            }
            _ => Err(ChunkError::Truncated),
        }
    }

    /// Whether the end of the body was reached.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done { .. })
    }
}

fn parse_size(text: &str) -> Result<u64, ChunkError> {
    let is_hex = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let size = if is_hex { u64::from_str_radix(text, 16).ok() } else { None };
    size.ok_or(ChunkError::Framing { expected: "a chunk size in hex" })
}

#[cfg(test)]
mod tests;
