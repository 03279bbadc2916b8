//! Binding an address and what is served there.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use larder_env::{Clock, Rng};
use tokio::net::TcpListener;

use crate::{Handler, HostId, Limits, Load, RequestLog, Serving, Tls, TrustedProxies};

/// What a server answers with.
pub struct Service {
    /// Answers requests.
    pub handler: Arc<dyn Handler>,
    /// Is told of every request.
    pub log: Arc<dyn RequestLog>,
    /// Dates answers and measures requests.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub rng: Arc<dyn Rng>,
    /// What a client may take.
    pub limits: Limits,
    /// Proxies that are believed when they say where a request comes from.
    pub proxies: TrustedProxies,
    /// The certificate; without it connections are not encrypted.
    pub tls: Option<Arc<Tls>>,
    /// Counts what is open.
    pub load: Load,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("limits", &self.limits).field("tls", &self.tls).finish_non_exhaustive()
    }
}

/// What all connections of a server have in common.
pub(crate) struct Shared {
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) log: Arc<dyn RequestLog>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) limits: Limits,
    pub(crate) proxies: TrustedProxies,
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) load: Load,
    pub(crate) host_id: HostId,
}

/// An address that is bound but not yet served: clients that connect wait.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    local_addr: SocketAddr,
}

impl Listener {
    /// Binds `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// What the operating system says, such as that the address is in use.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let local_addr = socket.local_addr()?;
        Ok(Self { socket, local_addr })
    }

    /// The address with the port that was taken.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Answers connections with `service` until [`Serving::shutdown`], or until the [`Serving`] is dropped.
    #[must_use = "dropping it stops the server"]
    pub fn serve(self, service: Service) -> Serving {
        let Service { handler, log, clock, rng, limits, proxies, tls, load } = service;
        let host_id = HostId::generate(&*rng);
        let shared = Arc::new(Shared { handler, log, clock, rng, limits, proxies, tls, load, host_id });
        Serving::start(self.socket, shared)
    }
}
