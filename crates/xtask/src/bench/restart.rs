//! How long a server takes to stop and to be back.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::fleet::Own;
use crate::server::Server;
use crate::stopwatch::Stopwatch;

/// How long a server may take to be ready.
const PATIENCE: Duration = Duration::from_secs(300);

/// Ends the server in an orderly way and starts it again on its port, then kills it and starts it once more. `request` sends
/// a request over a new connection and fails when it is not answered well.
pub(super) fn restart(own: &Own, server: Server, request: &mut dyn FnMut() -> Result<()>) -> Result<Server> {
    let port: u16 = server
        .endpoint
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .with_context(|| format!("{} has no port", server.endpoint))?;
    let watch = Stopwatch::start();
    server.stop()?;
    println!("| stop, s | {:.2} |", watch.elapsed().as_secs_f64());
    let server = started(own, port, request, "restart")?;
    server.kill()?;
    started(own, port, request, "restart after kill -9")
}

/// Starts the server and measures until it answers a request about an object.
fn started(own: &Own, port: u16, request: &mut dyn FnMut() -> Result<()>, what: &str) -> Result<Server> {
    let watch = Stopwatch::start();
    let server = own.start(port)?;
    while let Err(error) = request() {
        if watch.elapsed() > PATIENCE {
            bail!("the server is not ready after {PATIENCE:?}: {error:#}");
        }
        thread::sleep(Duration::from_millis(5));
    }
    println!("| {what} until the first HEAD is answered, s | {:.2} |", watch.elapsed().as_secs_f64());
    Ok(server)
}
