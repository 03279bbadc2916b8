//! Writes aws-chunked bodies: for requests that we send, and for tests.

use aws_lc_rs::digest::{SHA256, digest};

use crate::chunk_signature::{ChunkSigner, Link};

/// Writes one aws-chunked body, chunk by chunk.
#[derive(Debug)]
pub struct ChunkedEncoder {
    signer: Option<ChunkSigner>,
}

impl ChunkedEncoder {
    /// An encoder for one body; without a signer it is that of `STREAMING-UNSIGNED-PAYLOAD-TRAILER`.
    #[must_use]
    pub fn new(signer: Option<ChunkSigner>) -> Self {
        Self { signer }
    }

    /// Appends a chunk. All but the last must have at least [`crate::MIN_CHUNK_BYTES`]; an empty one is not written.
    pub fn chunk(&mut self, data: &[u8], out: &mut Vec<u8>) {
        if data.is_empty() {
            return;
        }
        self.head(data, out);
        out.extend_from_slice(data);
        out.extend_from_slice(b"\r\n");
    }

    fn head(&mut self, data: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{:x}", data.len()).as_bytes());
        if let Some(signer) = &mut self.signer {
            let signature = signer.sign(Link::Chunk, digest(&SHA256, data).as_ref());
            out.extend_from_slice(b";chunk-signature=");
            out.extend_from_slice(signature.as_bytes());
        }
        out.extend_from_slice(b"\r\n");
    }

    /// Appends the last chunk, the trailers (lower-case names) and the end. A signed body with trailers gets their
    /// signature too.
    pub fn finish(mut self, trailers: &[(&str, &str)], out: &mut Vec<u8>) {
        self.head(b"", out);
        let mut text = Vec::new();
        for (name, value) in trailers {
            text.extend_from_slice(format!("{name}:{value}\n").as_bytes());
            out.extend_from_slice(format!("{name}:{value}\r\n").as_bytes());
        }
        if let (Some(signer), false) = (&mut self.signer, trailers.is_empty()) {
            let signature = signer.sign(Link::Trailer, digest(&SHA256, &text).as_ref());
            out.extend_from_slice(format!("x-amz-trailer-signature:{signature}\r\n").as_bytes());
        }
        out.extend_from_slice(b"\r\n");
    }
}
