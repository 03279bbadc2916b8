//! The HTTP listener: connections, TLS, limits, drain and request ids. It knows nothing of S3: a [`Handler`] answers.
//! And the other direction: a [`Fetcher`] for the few documents that a server has to ask others for.
//!
//! What it promises to a handler and to clients:
//! - a request's body arrives as it is read, and fails with [`BodyError`] when the client stalls or goes away;
//! - every answer of a handler carries `x-amz-request-id`, `x-amz-id-2`, `Server` and `Date`;
//! - an answer's body ends early only with the connection: a client never takes a part for the whole;
//! - an answer to a request whose body was not read still reaches the client (see [`Limits::linger`]);
//! - a handler that panics costs its request, not the server;
//! - memory for a connection is bounded by [`Limits::buffer_bytes`], and their number by [`Limits::connections`].

mod body;
mod budget;
mod context;
mod exchange;
mod fetch;
pub mod fuzz_entry;
mod handler;
mod limits;
mod listener;
mod load;
mod log;
mod proxies;
mod response_body;
mod serving;
mod tls;
mod wire;

pub use body::{BodyError, RequestBody};
pub use budget::{BodyBudget, BodyRoom, NoRoom};
pub use context::{Asked, HostId, OperationName, RequestContext, RequestId, TlsInfo};
pub use fetch::{FetchError, FetchLimits, Fetcher};
pub use handler::{Handler, Request, Response};
pub use limits::Limits;
pub use listener::{Listener, Service};
pub use load::Load;
pub use log::{RequestLog, RequestLogEntry, TracingLog};
pub use proxies::TrustedProxies;
pub use response_body::ResponseBody;
pub use serving::{Drained, Serving};
pub use tls::{Tls, TlsError};
