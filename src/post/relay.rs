//! To whom letters are handed, and how safely the connection to it is opened.
//!
//! TLS always: implicit (port 465) is the first choice, required STARTTLS the second; clear text is for loopback only and is
//! decided on the address that was really connected to. The handshake is done here with rustls and not by lettre, for two
//! reasons: lettre 0.11.23 opens its own socket for implicit TLS and leaves Nagle's algorithm on (44 ms a letter), and
//! after STARTTLS it accepts bytes that were injected in clear text behind the 220 as the encrypted relay's own words.

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    },
};

use super::{
    Phase, Verdict,
    wire::{Carrier, REPLY_LINE_BYTES_MAX, Wire},
};

/// Lines of one reply in the clear part of a STARTTLS dialogue.
const REPLY_LINES_MAX: usize = 100;
/// Addresses of the relay that are tried one after the other.
const ADDRESSES_MAX: usize = 8;

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314), usually port 465.
    ImplicitTls,
    /// Clear text until STARTTLS (RFC 3207), which must be offered and succeed; usually port 587.
    StartTlsRequired,
    /// No TLS; refused for every address that is not loopback.
    PlainLoopbackOnly,
}

/// How long each step may take; every one ends a dead dialogue, none cuts a slow one short (RFC 5321 section 4.5.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepTimeouts {
    /// Name resolution, and again TCP to each address: 15 s.
    pub connect: Duration,
    /// The TLS handshake: 30 s (the RFC sets none).
    pub handshake: Duration,
    /// The greeting: 5 min.
    pub greeting: Duration,
    /// The reply to EHLO, STARTTLS, AUTH, MAIL, RCPT and RSET: 5 min each.
    pub command: Duration,
    /// The reply to DATA: 2 min.
    pub data: Duration,
    /// Writing the body: 3 min.
    pub body: Duration,
    /// The reply to the final dot: 10 min. A shorter wait makes duplicates of letters that were accepted.
    pub dot: Duration,
}

impl Default for StepTimeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            handshake: Duration::from_secs(30),
            greeting: Duration::from_mins(5),
            command: Duration::from_mins(5),
            data: Duration::from_mins(2),
            body: Duration::from_mins(3),
            dot: Duration::from_mins(10),
        }
    }
}

/// User and password for AUTH; never shown by `Debug`.
#[derive(Clone)]
pub struct Credentials {
    /// The user as the relay knows it.
    pub user: String,
    /// Its password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// A certificate by which the relay knows us; its key is never shown by `Debug`.
#[derive(Clone)]
pub struct ClientCertificate {
    /// Our certificate and its intermediates, PEM.
    pub chain_pem: Vec<u8>,
    /// The private key, PEM (PKCS#8, PKCS#1 or SEC1).
    pub key_pem: Vec<u8>,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate(…)")
    }
}

/// What is configured about the relay.
#[derive(Debug, Clone)]
pub struct RelaySettings {
    /// Name or address; with TLS the certificate must be for it.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Our own name in EHLO (a host name, or an address in brackets).
    pub helo_name: String,
    /// AUTH; without it none is tried.
    pub credentials: Option<Credentials>,
    /// A client certificate.
    pub client_certificate: Option<ClientCertificate>,
    /// Further trusted roots (PEM), beside the machine's own.
    pub ca_pem: Option<Vec<u8>>,
    /// How long each step may take.
    pub timeouts: StepTimeouts,
}

/// Why settings are not usable.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// EHLO would not be one lawful word.
    #[error("the EHLO name {0:?} is neither a host name nor an address in brackets")]
    HeloName(String),
    /// No certificate can be for such a host.
    #[error("the relay {0:?} is neither a host name nor an IP address")]
    Host(String),
    /// A PEM file holds something else.
    #[error("{what}: {detail}")]
    Pem {
        /// Which one.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// Every relay would be refused.
    #[error("no trusted root certificate: install ca-certificates or name the relay's own root")]
    NoRoots,
    /// rustls refuses the combination.
    #[error("TLS set-up: {0}")]
    Tls(#[from] tokio_rustls::rustls::Error),
}

/// A relay ready to be connected to: settings checked, certificates loaded once.
pub struct Relay {
    settings: RelaySettings,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Relay {
    /// Checks the settings and loads what TLS needs; connects to nobody.
    pub fn new(settings: RelaySettings) -> Result<Self, RelayError> {
        let lawful =
            |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'[' | b']' | b':');
        if settings.helo_name.is_empty()
            || settings.helo_name.len() > 255
            || !settings.helo_name.bytes().all(lawful)
        {
            return Err(RelayError::HeloName(settings.helo_name));
        }
        let tls = match settings.security {
            Security::PlainLoopbackOnly => None,
            Security::ImplicitTls | Security::StartTlsRequired => {
                let name = ServerName::try_from(settings.host.clone())
                    .map_err(|_| RelayError::Host(settings.host.clone()))?;
                Some((
                    TlsConnector::from(Arc::new(client_config(&settings)?)),
                    name,
                ))
            }
        };
        Ok(Self { settings, tls })
    }

    /// The settings it was made from.
    pub fn settings(&self) -> &RelaySettings {
        &self.settings
    }

    /// Opens the stream on which lettre can read a greeting and say EHLO, as protected as the settings ask.
    pub(super) async fn open(&self) -> Result<Wire, Verdict> {
        let (stream, peer) = self
            .connect()
            .await
            .map_err(|detail| Verdict::not_sent(Phase::Connect, detail))?;
        match (self.settings.security, &self.tls) {
            (Security::ImplicitTls, Some(tls)) => {
                Ok(Wire::new(self.handshake(stream, tls).await?, peer, b""))
            }
            (Security::StartTlsRequired, Some(tls)) => {
                let stream = self.start_tls(stream).await?;
                let carrier = self.handshake(stream, tls).await?;
                // The relay does not greet again after STARTTLS, but lettre waits for a greeting on every new stream.
                Ok(Wire::new(carrier, peer, b"220 greeted before STARTTLS\r\n"))
            }
            _ => Ok(Wire::new(Carrier::Plain(stream), peer, b"")),
        }
    }

    async fn connect(&self) -> Result<(TcpStream, SocketAddr), String> {
        let RelaySettings {
            host,
            port,
            security,
            timeouts,
            ..
        } = &self.settings;
        let found = timeout(timeouts.connect, lookup_host((host.as_str(), *port)))
            .await
            .map_err(|_| format!("{host}: no address within {:?}", timeouts.connect))?
            .map_err(|error| format!("{host}: no address: {error}"))?;
        let mut last = format!("{host} has no address");
        for address in found.take(ADDRESSES_MAX) {
            if *security == Security::PlainLoopbackOnly
                && !address.ip().to_canonical().is_loopback()
            {
                last = format!(
                    "{address} is not loopback, and letters leave this machine only under TLS"
                );
                continue;
            }
            match timeout(timeouts.connect, TcpStream::connect(address)).await {
                Err(_) => last = format!("{address}: no connection within {:?}", timeouts.connect),
                Ok(Err(error)) => last = format!("{address}: {error}"),
                // Without NODELAY the final dot waits for the acknowledgement of the body: 44 ms a letter.
                Ok(Ok(stream)) => match stream.set_nodelay(true) {
                    Ok(()) => return Ok((stream, address)),
                    Err(error) => last = format!("{address}: {error}"),
                },
            }
        }
        Err(last)
    }

    async fn handshake(
        &self,
        stream: TcpStream,
        (tls, name): &(TlsConnector, ServerName<'static>),
    ) -> Result<Carrier, Verdict> {
        let limit = self.settings.timeouts.handshake;
        let session = match timeout(limit, tls.connect(name.clone(), stream)).await {
            Ok(Ok(session)) => session,
            Ok(Err(error)) => {
                return Err(Verdict::not_sent(
                    Phase::Tls,
                    format!("handshake with {}: {error}", self.settings.host),
                ));
            }
            Err(_) => {
                return Err(Verdict::not_sent(
                    Phase::Tls,
                    format!("no handshake within {limit:?}"),
                ));
            }
        };
        Ok(Carrier::Tls(Box::new(session)))
    }

    /// The clear part of RFC 3207: greeting, EHLO, STARTTLS; nothing of what the relay says here is believed later.
    async fn start_tls(&self, stream: TcpStream) -> Result<TcpStream, Verdict> {
        let StepTimeouts {
            greeting, command, ..
        } = self.settings.timeouts;
        let mut clear = BufReader::new(stream);
        let connect = |detail: String| Verdict::not_sent(Phase::Connect, detail);
        let greeted = clear_reply(&mut clear, None, greeting)
            .await
            .map_err(connect)?;
        if !greeted.starts_with("220") {
            return Err(connect(format!("greeting: {greeted}")));
        }
        let ehlo = format!("EHLO {}\r\n", self.settings.helo_name);
        let offered = clear_reply(&mut clear, Some(&ehlo), command)
            .await
            .map_err(connect)?;
        if !offered.starts_with("250") {
            return Err(connect(format!("EHLO: {offered}")));
        }
        let refuse = |detail: String| Verdict::not_sent(Phase::Tls, detail);
        if !offers(&offered, "STARTTLS") {
            return Err(refuse(
                "the relay does not offer STARTTLS, and nothing is sent in clear text".to_owned(),
            ));
        }
        let answer = clear_reply(&mut clear, Some("STARTTLS\r\n"), command)
            .await
            .map_err(refuse)?;
        if !answer.starts_with("220") {
            return Err(refuse(format!("STARTTLS: {answer}")));
        }
        if !clear.buffer().is_empty() {
            // What comes in the same packet would be taken for the encrypted relay's words; later bytes break the handshake.
            return Err(refuse(
                "clear text was injected behind the 220 of STARTTLS".to_owned(),
            ));
        }
        Ok(clear.into_inner())
    }
}

/// Says `command` if there is one, and reads one whole reply.
async fn clear_reply(
    clear: &mut BufReader<TcpStream>,
    command: Option<&str>,
    limit: Duration,
) -> Result<String, String> {
    let exchange = async {
        if let Some(command) = command {
            clear.get_mut().write_all(command.as_bytes()).await?;
        }
        let mut reply = String::new();
        for _ in 0..REPLY_LINES_MAX {
            let mut line = Vec::new();
            (&mut *clear)
                .take(REPLY_LINE_BYTES_MAX as u64)
                .read_until(b'\n', &mut line)
                .await?;
            if !line.ends_with(b"\n") {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "the relay hung up",
                ));
            }
            reply.push_str(&String::from_utf8_lossy(&line));
            if line.get(3) != Some(&b'-') {
                return Ok(reply);
            }
        }
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a reply without end",
        ))
    };
    match timeout(limit, exchange).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {limit:?}")),
    }
}

/// Whether an EHLO reply offers `keyword` (RFC 5321 section 4.1.1.1: keywords are case-insensitive).
pub(super) fn offers(ehlo: &str, keyword: &str) -> bool {
    ehlo.lines()
        .filter_map(|line| line.strip_prefix("250")?.get(1..))
        .any(|said| {
            said.split_whitespace()
                .next()
                .is_some_and(|word| word.eq_ignore_ascii_case(keyword))
        })
}

fn client_config(settings: &RelaySettings) -> Result<ClientConfig, RelayError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(pem) = &settings.ca_pem {
        for root in certificates("the relay's root certificate", pem)? {
            roots.add(root)?;
        }
    }
    if roots.is_empty() {
        return Err(RelayError::NoRoots);
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let Some(ClientCertificate { chain_pem, key_pem }) = &settings.client_certificate else {
        return Ok(config.with_no_client_auth());
    };
    let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|error| RelayError::Pem {
        what: "the client key",
        detail: error.to_string(),
    })?;
    Ok(config.with_client_auth_cert(certificates("the client certificate", chain_pem)?, key)?)
}

/// All certificates of a PEM file; none is an error.
fn certificates(
    what: &'static str,
    pem: &[u8],
) -> Result<Vec<CertificateDer<'static>>, RelayError> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| RelayError::Pem {
            what,
            detail: error.to_string(),
        })?;
    if found.is_empty() {
        return Err(RelayError::Pem {
            what,
            detail: "no certificate in it".to_owned(),
        });
    }
    Ok(found)
}
