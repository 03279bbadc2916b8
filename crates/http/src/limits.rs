//! What a client may take of the server.

use std::time::Duration;

/// Bounds on connections. [`Limits::default`] is fit for a server; tests shorten the times.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at once. Further ones wait in the operating system's queue.
    pub connections: usize,
    /// Bytes that may be buffered for reading, and again for writing, on one connection. It also bounds a request's head: a
    /// longer one is answered with status 431. At least 8 KiB.
    pub buffer_bytes: usize,
    /// Header fields in one request; more are answered with status 431.
    pub headers: usize,
    /// Time for the TLS handshake.
    pub handshake: Duration,
    /// Time from the moment a connection is ready for a request until that request's head is read: both how long a
    /// connection may idle and how slowly a head may trickle in.
    pub head: Duration,
    /// Time without a byte of a request body before it fails with [`crate::BodyError::TimedOut`].
    pub body_idle: Duration,
    /// Time without the client taking a byte of an answer before the connection is dropped.
    pub write_idle: Duration,
    /// A request body that the handler left unread and that is at most this long is read and thrown away, so that the
    /// connection can be used again.
    pub discard_bytes: u64,
    /// When a connection is closed with input unread, how long input is still taken and thrown away. Closing at once would
    /// make the operating system reset the connection, and the client lose the answer before it reads it.
    pub linger: Duration,
    /// Bytes thrown away in that time at most.
    pub linger_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            buffer_bytes: 64 * 1024,
            headers: 256,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(30),
            body_idle: Duration::from_secs(60),
            write_idle: Duration::from_secs(60),
            discard_bytes: 64 * 1024,
            linger: Duration::from_secs(3),
            // Two parts of the size that the AWS CLI and most SDKs send; some clients read only after they wrote all.
            linger_bytes: 16 * 1024 * 1024,
        }
    }
}
