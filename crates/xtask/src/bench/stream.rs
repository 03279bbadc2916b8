//! The bytes of a connection, with or without TLS around them.

use std::fs;
use std::io::{self, IoSlice, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// Nothing a working server does takes this long.
const PATIENCE: Duration = Duration::from_secs(120);
/// The name in the certificate.
pub(super) const HOST: &str = "localhost";

/// What a client of a server that speaks TLS believes: one certificate, for `localhost`.
pub(super) struct Trust(Arc<ClientConfig>);

/// A certificate and its key for a server, in the files that it reads.
pub(crate) struct Certificate {
    pub(crate) chain: PathBuf,
    key: PathBuf,
    pub(super) trust: Arc<Trust>,
}

impl Certificate {
    /// Makes one that signs itself.
    pub(crate) fn make(folder: &Path) -> Result<Self> {
        let made = rcgen::generate_simple_self_signed([HOST.to_owned()])?;
        let (chain, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        fs::write(&chain, made.cert.pem()).context("cannot write a certificate")?;
        fs::write(&key, made.signing_key.serialize_pem()).context("cannot write a key")?;
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone())?;
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { chain, key, trust: Arc::new(Trust(Arc::new(config))) })
    }

    /// What tells `larder serve` to use it.
    pub(crate) fn flags(&self) -> Result<[&str; 4]> {
        let [chain, key] =
            [&self.chain, &self.key].map(|path| path.to_str().context("the path of a folder is not UTF-8"));
        Ok(["--tls-certificate", chain?, "--tls-key", key?])
    }
}

pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    /// Connects, and shakes hands where there is someone to trust.
    pub(super) fn connect(address: &str, trust: Option<&Trust>) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let Some(Trust(config)) = trust else { return Ok(Self::Plain(stream)) };
        let name = ServerName::try_from(HOST).map_err(io::Error::other)?;
        let mut session = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut stream)?;
        }
        Ok(Self::Tls(Box::new(StreamOwned::new(session, stream))))
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write_vectored(pieces),
            Self::Tls(stream) => stream.write_vectored(pieces),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
