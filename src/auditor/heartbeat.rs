//! The heartbeat: one GET to a watchman outside, who raises the alarm when it does not come. The only place that names hyper's client.
//!
//! hyper's own connection and nothing above it: no redirect is followed, no proxy asked, no connection kept. TLS is rustls with
//! the system's roots, as for the relay; clear text goes to this machine only, decided by the address that was connected to.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::http::uri::Authority;
use hyper::rt::{Read, Write};
use hyper::{Request, Uri, header};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// How long the whole of it may take.
const PING_TIMEOUT_SECONDS: u64 = 20;
/// Addresses of the watchman that are tried one after the other.
const ADDRESSES_MAX: usize = 4;

/// Where the heartbeat goes.
#[derive(Clone)]
pub struct Heartbeat {
    uri: Uri,
    host: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl fmt::Debug for Heartbeat {
    /// Without the path: it is the watchman's secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heartbeat").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Heartbeat {
    /// For an address that the configuration has checked; connects to nobody. An error says what TLS lacks.
    pub fn new(url: &str) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|error| format!("audit.heartbeat_url: {error}"))?;
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let tls = if uri.scheme_str() == Some("https") { Some(tls(&host)?) } else { None };
        Ok(Self { uri, host, tls })
    }

    /// Sends it once; an error says in one line why it did not arrive, without the address.
    pub async fn ping(&self) -> Result<(), String> {
        match timeout(Duration::from_secs(PING_TIMEOUT_SECONDS), self.send()).await {
            Ok(sent) => sent,
            Err(_) => Err(format!("no answer within {PING_TIMEOUT_SECONDS} s")),
        }
    }

    async fn send(&self) -> Result<(), String> {
        let stream = self.connect().await?;
        match &self.tls {
            None => self.get(TokioIo::new(stream)).await,
            Some((tls, name)) => {
                let session = tls.connect(name.clone(), stream).await.map_err(|error| format!("TLS: {error}"))?;
                self.get(TokioIo::new(session)).await
            }
        }
    }

    async fn connect(&self) -> Result<TcpStream, String> {
        let port = self.uri.port_u16().unwrap_or(if self.tls.is_some() { 443 } else { 80 });
        let found = lookup_host((self.host.as_str(), port)).await.map_err(|error| format!("no address: {error}"))?;
        let mut last = "no address".to_owned();
        for address in found.take(ADDRESSES_MAX) {
            if self.tls.is_none() && !address.ip().to_canonical().is_loopback() {
                "clear text goes to this machine only".clone_into(&mut last);
                continue;
            }
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error.to_string(),
            }
        }
        Err(last)
    }

    /// One request on one connection; only a 2xx answer is an arrival.
    async fn get<T: Read + Write + Unpin + Send + 'static>(&self, io: T) -> Result<(), String> {
        let plain = |error: hyper::Error| error.to_string();
        let (mut sender, connection) = http1::handshake(io).await.map_err(plain)?;
        let host = self.uri.authority().map(Authority::as_str).unwrap_or_default();
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::get(path)
            .header(header::HOST, host)
            .header(header::USER_AGENT, "keshirim")
            .header(header::CONNECTION, "close")
            .body(Empty::<Bytes>::new())
            .map_err(|error| error.to_string())?;
        let answer = async {
            let answer = sender.send_request(request).await.map_err(plain)?;
            if answer.status().is_success() { Ok(()) } else { Err(format!("answered {}", answer.status())) }
        };
        tokio::pin!(answer);
        tokio::pin!(connection);
        // The connection does its work only while it is asked to.
        tokio::select! {
            biased;
            answered = &mut answer => answered,
            ended = &mut connection => match ended {
                Ok(()) => answer.await,
                Err(error) => Err(plain(error)),
            },
        }
    }
}

/// TLS by rustls with the system's roots.
fn tls(host: &str) -> Result<(TlsConnector, ServerName<'static>), String> {
    let name = ServerName::try_from(host.to_owned()).map_err(|error| format!("audit.heartbeat_url: {error}"))?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err("no trusted root certificate for the heartbeat: install ca-certificates".to_owned());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok((TlsConnector::from(Arc::new(config)), name))
}
