//! The byte stream under a connection: notices stalls, and closes so that the client still reads the last answer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::Limits;

/// Whether a connection may have input that nobody read. Shared between a connection's stream and its exchanges.
#[derive(Debug, Default)]
pub(crate) struct Unsettled(AtomicBool);

impl Unsettled {
    /// A request was read to its end and answered; nothing but the next request can be waiting.
    pub(crate) fn settle(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// A byte stream with the manners that [`Limits`] describe.
pub(crate) struct Wire<S> {
    stream: S,
    unsettled: Arc<Unsettled>,
    write_idle: Duration,
    write_timer: Option<Pin<Box<Sleep>>>,
    closing: Closing,
    linger: Duration,
    linger_bytes: u64,
}

enum Closing {
    /// Still in use, or the end of our side is being sent.
    Open,
    /// Our side has ended; input is thrown away until the client ends its side.
    Lingering {
        timer: Pin<Box<Sleep>>,
        bytes_left: u64,
    },
    Closed,
}

impl<S> Wire<S> {
    pub(crate) fn new(stream: S, unsettled: Arc<Unsettled>, limits: &Limits) -> Self {
        let Limits { write_idle, linger, linger_bytes, .. } = *limits;
        Self { stream, unsettled, write_idle, write_timer: None, closing: Closing::Open, linger, linger_bytes }
    }

    /// Fails a write that waits for longer than it may.
    fn watch<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.write_timer = None;
            return written;
        }
        let timer = self.write_timer.get_or_insert_with(|| Box::pin(sleep(self.write_idle)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client stopped taking the answer")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            self.unsettled.0.store(true, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = &mut *self;
        if matches!(wire.closing, Closing::Open) {
            let ended = Pin::new(&mut wire.stream).poll_shutdown(cx);
            ready!(wire.watch(cx, ended))?;
            wire.closing = if wire.unsettled.0.load(Ordering::Relaxed) {
                Closing::Lingering { timer: Box::pin(sleep(wire.linger)), bytes_left: wire.linger_bytes }
            } else {
                Closing::Closed
            };
        }
        if let Closing::Lingering { timer, bytes_left } = &mut wire.closing {
            ready!(poll_linger(&mut wire.stream, cx, timer.as_mut(), bytes_left));
            wire.closing = Closing::Closed;
        }
        Poll::Ready(Ok(()))
    }
}

/// Throws input away; ready when the client ended its side, or took too long or too much.
fn poll_linger<S: AsyncRead + Unpin>(
    stream: &mut S,
    cx: &mut Context<'_>,
    timer: Pin<&mut Sleep>,
    bytes_left: &mut u64,
) -> Poll<()> {
    /// A client that sends without a pause must not hold the thread.
    const READS_PER_TURN: usize = 32;
    if timer.poll(cx).is_ready() {
        return Poll::Ready(());
    }
    for _ in 0..READS_PER_TURN {
        let mut room = [0; 8192];
        let mut buf = ReadBuf::new(&mut room);
        match ready!(Pin::new(&mut *stream).poll_read(cx, &mut buf)) {
            Ok(()) if buf.filled().is_empty() => return Poll::Ready(()),
            Err(_) => return Poll::Ready(()),
            Ok(()) => match bytes_left.checked_sub(buf.filled().len() as u64) {
                Some(rest) => *bytes_left = rest,
                None => return Poll::Ready(()),
            },
        }
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}
