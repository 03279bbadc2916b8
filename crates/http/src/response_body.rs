//! Answer bodies.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use http_body::{Body, Frame, SizeHint};

/// An answer's body.
///
/// A stream that fails, or that does not hold as many bytes as its length says, aborts the connection.
#[derive(Default)]
pub enum ResponseBody {
    /// No bytes.
    #[default]
    Empty,
    /// All bytes at once.
    Full(Bytes),
    /// Bytes as they become ready.
    Stream {
        /// How many bytes are still to come. Without it the body is sent in chunks of unknown total length.
        remaining: Option<u64>,
        /// The bytes.
        stream: Pin<Box<dyn Stream<Item = Result<Bytes, io::Error>> + Send>>,
    },
}

impl ResponseBody {
    /// A body of exactly `length` bytes.
    #[must_use]
    pub fn sized(length: u64, stream: impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static) -> Self {
        Self::Stream { remaining: Some(length), stream: Box::pin(stream) }
    }

    /// A body whose length is not known beforehand.
    #[must_use]
    pub fn unsized_stream(stream: impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static) -> Self {
        Self::Stream { remaining: None, stream: Box::pin(stream) }
    }
}

impl From<Bytes> for ResponseBody {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() { Self::Empty } else { Self::Full(bytes) }
    }
}

impl From<Vec<u8>> for ResponseBody {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for ResponseBody {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let body = &mut *self;
        match body {
            Self::Empty => Poll::Ready(None),
            Self::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                *body = Self::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Self::Stream { remaining, stream } => {
                let item = ready!(stream.as_mut().poll_next(cx));
                let checked = account(remaining, item);
                if !matches!(checked, Some(Ok(_))) {
                    *body = Self::Empty;
                }
                Poll::Ready(checked.map(|item| item.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty | Self::Stream { remaining: Some(0), .. } => true,
            Self::Full(bytes) => bytes.is_empty(),
            Self::Stream { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Stream { remaining: Some(remaining), .. } => SizeHint::with_exact(*remaining),
            Self::Stream { remaining: None, .. } => SizeHint::default(),
        }
    }
}

/// Holds a stream to the length that was promised for it.
fn account(remaining: &mut Option<u64>, item: Option<Result<Bytes, io::Error>>) -> Option<Result<Bytes, io::Error>> {
    let Some(remaining) = remaining else { return item };
    match item {
        Some(Ok(bytes)) => match remaining.checked_sub(bytes.len() as u64) {
            Some(rest) => {
                *remaining = rest;
                Some(Ok(bytes))
            }
            None => Some(Err(io::Error::other("an answer's body is longer than announced"))),
        },
        None if *remaining > 0 => Some(Err(io::Error::other("an answer's body is shorter than announced"))),
        other => other,
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Full(bytes) => write!(f, "Full({} bytes)", bytes.len()),
            Self::Stream { remaining, .. } => write!(f, "Stream({remaining:?} bytes)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    async fn collect(mut body: ResponseBody) -> Result<Vec<u8>, io::Error> {
        let mut all = Vec::new();
        while let Some(data) = crate::body::next_bytes(&mut body).await {
            all.extend_from_slice(&data?);
        }
        Ok(all)
    }

    fn chunks(texts: &'static [&'static str]) -> impl Stream<Item = Result<Bytes, io::Error>> + Send {
        stream::iter(texts.iter().map(|text| Ok(Bytes::from_static(text.as_bytes()))))
    }

    #[tokio::test]
    async fn a_stream_is_held_to_its_length() {
        assert_eq!(collect(ResponseBody::sized(5, chunks(&["ab", "cde"]))).await.expect("exact"), b"abcde");
        assert!(collect(ResponseBody::sized(6, chunks(&["ab", "cde"]))).await.is_err(), "too short");
        assert!(collect(ResponseBody::sized(4, chunks(&["ab", "cde"]))).await.is_err(), "too long");
        assert_eq!(collect(ResponseBody::unsized_stream(chunks(&["ab", "cde"]))).await.expect("any"), b"abcde");
    }

    #[test]
    fn lengths_are_known_beforehand() {
        assert_eq!(ResponseBody::from("four".to_owned()).size_hint().exact(), Some(4));
        assert_eq!(ResponseBody::Empty.size_hint().exact(), Some(0));
        assert_eq!(ResponseBody::sized(9, chunks(&[])).size_hint().exact(), Some(9));
        assert_eq!(ResponseBody::unsized_stream(chunks(&[])).size_hint().exact(), None);
    }
}
