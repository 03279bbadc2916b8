//! Accepting connections, serving them and letting them finish.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::TlsInfo;
use crate::exchange::Connection;
use crate::listener::Shared;
use crate::wire::{Standing, Wire};

/// A running server.
#[derive(Debug)]
pub struct Serving {
    /// Tells the grace when it is time to stop. When it is dropped all stops at once.
    stop: watch::Sender<Option<Duration>>,
    acceptor: JoinHandle<Drained>,
}

/// How a server's connections ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut off because their requests took longer than the grace.
    pub aborted: usize,
}

impl Serving {
    pub(crate) fn start(socket: TcpListener, shared: Arc<Shared>) -> Self {
        let (stop, stopped) = watch::channel(None);
        let acceptor = tokio::spawn(accept_until_stopped(socket, shared, stopped));
        Self { stop, acceptor }
    }

    /// Stops: the address is closed and idle connections end at once; requests in progress have `grace` to be answered.
    pub async fn shutdown(self, grace: Duration) -> Drained {
        self.stop.send_replace(Some(grace));
        // The acceptor neither panics by itself nor is it aborted; were it so, there is nothing left to drain.
        self.acceptor.await.unwrap_or_default()
    }
}

async fn accept_until_stopped(
    socket: TcpListener,
    shared: Arc<Shared>,
    mut stopped: watch::Receiver<Option<Duration>>,
) -> Drained {
    let places = Arc::new(Semaphore::new(shared.limits.connections));
    let mut connections = JoinSet::new();
    let grace = loop {
        tokio::select! {
            told = stopped.changed() => break told.ok().and_then(|()| *stopped.borrow()),
            Some(_) = connections.join_next() => {}
            (stream, peer, place) = accept(&socket, &places) => {
                let serving = serve(stream, peer, Arc::clone(&shared), stopped.clone());
                let open = shared.load.connection();
                connections.spawn(async move {
                    serving.await;
                    drop((open, place));
                });
            }
        }
    };
    drop(socket);
    let all_done = async { while connections.join_next().await.is_some() {} };
    if timeout(grace.unwrap_or_default(), all_done).await.is_ok() {
        return Drained::default();
    }
    let aborted = connections.len();
    connections.shutdown().await;
    Drained { aborted }
}

/// The next connection, once there is a place for it. May be dropped at any point without losing one.
async fn accept(socket: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    /// What to wait when the process is out of file descriptors or memory; others must end first.
    const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);
    let place = Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match socket.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            // The client is gone again already.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(EXHAUSTED_PAUSE).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>, stopped: watch::Receiver<Option<Duration>>) {
    // Without it the last segment of an answer waits for the client's delayed acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "cannot set TCP_NODELAY");
    }
    let Some(tls) = shared.tls.clone() else {
        return converse(stream, peer, None, shared, stopped).await;
    };
    match timeout(shared.limits.handshake, tls.accept(stream)).await {
        Ok(Ok((stream, info))) => converse(stream, peer, Some(info), shared, stopped).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a TLS handshake failed"),
        Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: SocketAddr,
    tls: Option<TlsInfo>,
    shared: Arc<Shared>,
    mut stopped: watch::Receiver<Option<Duration>>,
) {
    let standing = Arc::new(Standing::default());
    let builder = protocol(&shared);
    let limits = shared.limits.clone();
    let connection = Arc::new(Connection { shared, peer, tls, standing: Arc::clone(&standing) });
    let misunderstood = Arc::clone(&connection);
    let wire = Wire::new(stream, standing, Box::new(move |status| misunderstood.misunderstood(status)), &limits);
    let service = service_fn(move |request| {
        let connection = Arc::clone(&connection);
        async move { Ok::<_, Infallible>(connection.exchange(request).await) }
    });
    let mut conversation = pin!(builder.serve_connection(TokioIo::new(wire), service));
    let ended = tokio::select! {
        ended = conversation.as_mut() => ended,
        _ = stopped.changed() => {
            conversation.as_mut().graceful_shutdown();
            conversation.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection failed");
    }
}

fn protocol(shared: &Shared) -> http1::Builder {
    let limits = &shared.limits;
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(limits.buffer_bytes)
        // The buffer bounds a head only as far as it takes several reads to arrive.
        .max_header_size(limits.buffer_bytes)
        .max_headers(limits.headers)
        // A client may end its side after the request and still wait for the answer.
        .half_close(true);
    builder
}
