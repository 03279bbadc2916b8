//! `larder serve`: the server.

mod arguments;
mod banner;

use std::io::{self, Write};

use anyhow::{Context, Result};
use larder_server::{RunningServer, Server, Settings, raise_file_limit, start_logging};
use tokio::signal::unix::{Signal, SignalKind, signal};

pub(crate) use arguments::{Arguments, settings};

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let settings = arguments.settings()?;
    let _log = start_logging(&settings).context("cannot start logging")?;
    raise_file_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    runtime.block_on(serve(settings))
}

async fn serve(settings: Settings) -> Result<()> {
    // Before anything else: a signal that comes during start is not to kill the process half-way.
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    let server = Server::start(settings).await?;
    // Whoever started the server may not read what it prints; that is no reason not to serve.
    let _ = io::stdout().write_all(banner::text(server.welcome()).as_bytes()).and_then(|()| io::stdout().flush());
    signals.wait_for_stop(&server).await;
    tokio::select! {
        () = server.shutdown() => Ok(()),
        () = signals.stop() => anyhow::bail!("stopped at once by a second signal"),
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Returns when the server is told to stop; a hangup makes it read its certificate again.
    async fn wait_for_stop(&mut self, server: &RunningServer) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hangup.recv() => server.reload(),
            }
        }
    }

    async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
