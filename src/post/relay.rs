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
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};

use super::{
    Phase, Verdict,
    settings::{RelayError, RelaySettings, Security, StepTimeouts, client_config},
    wire::{Carrier, REPLY_LINE_BYTES_MAX, Wire},
};

/// Lines of one reply in the clear part of a STARTTLS dialogue.
const REPLY_LINES_MAX: usize = 100;
/// Addresses of the relay that are tried one after the other.
const ADDRESSES_MAX: usize = 8;

/// A relay ready to be connected to: settings checked, certificates loaded once.
pub struct Relay {
    settings: RelaySettings,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Relay {
    /// Checks the settings and loads what TLS needs; connects to nobody.
    pub fn new(settings: RelaySettings) -> Result<Self, RelayError> {
        let lawful = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'[' | b']' | b':');
        if settings.helo_name.is_empty() || settings.helo_name.len() > 255 || !settings.helo_name.bytes().all(lawful) {
            return Err(RelayError::HeloName(settings.helo_name));
        }
        let tls = match settings.security {
            Security::PlainLoopbackOnly => None,
            Security::ImplicitTls | Security::StartTlsRequired => {
                let name =
                    ServerName::try_from(settings.host.clone()).map_err(|_| RelayError::Host(settings.host.clone()))?;
                Some((TlsConnector::from(Arc::new(client_config(&settings)?)), name))
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
        let (stream, peer) = self.connect().await.map_err(|detail| Verdict::not_sent(Phase::Connect, detail))?;
        match (self.settings.security, &self.tls) {
            (Security::ImplicitTls, Some(tls)) => Ok(Wire::new(self.handshake(stream, tls).await?, peer, b"")),
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
        let RelaySettings { host, port, security, timeouts, .. } = &self.settings;
        let found = timeout(timeouts.connect, lookup_host((host.as_str(), *port)))
            .await
            .map_err(|_| format!("{host}: no address within {:?}", timeouts.connect))?
            .map_err(|error| format!("{host}: no address: {error}"))?;
        let mut last = format!("{host} has no address");
        for address in found.take(ADDRESSES_MAX) {
            if *security == Security::PlainLoopbackOnly && !address.ip().to_canonical().is_loopback() {
                last = format!("{address} is not loopback, and letters leave this machine only under TLS");
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
                return Err(Verdict::not_sent(Phase::Tls, format!("handshake with {}: {error}", self.settings.host)));
            }
            Err(_) => {
                return Err(Verdict::not_sent(Phase::Tls, format!("no handshake within {limit:?}")));
            }
        };
        Ok(Carrier::Tls(Box::new(session)))
    }

    /// The clear part of RFC 3207: greeting, EHLO, STARTTLS; nothing of what the relay says here is believed later.
    async fn start_tls(&self, stream: TcpStream) -> Result<TcpStream, Verdict> {
        let StepTimeouts { greeting, command, .. } = self.settings.timeouts;
        let mut clear = BufReader::new(stream);
        let connect = |detail: String| Verdict::not_sent(Phase::Connect, detail);
        let greeted = clear_reply(&mut clear, None, greeting).await.map_err(connect)?;
        if !greeted.starts_with("220") {
            return Err(connect(format!("greeting: {greeted}")));
        }
        let ehlo = format!("EHLO {}\r\n", self.settings.helo_name);
        let offered = clear_reply(&mut clear, Some(&ehlo), command).await.map_err(connect)?;
        if !offered.starts_with("250") {
            return Err(connect(format!("EHLO: {offered}")));
        }
        let refuse = |detail: String| Verdict::not_sent(Phase::Tls, detail);
        if !offers(&offered, "STARTTLS") {
            return Err(refuse("the relay does not offer STARTTLS, and nothing is sent in clear text".to_owned()));
        }
        let answer = clear_reply(&mut clear, Some("STARTTLS\r\n"), command).await.map_err(refuse)?;
        if !answer.starts_with("220") {
            return Err(refuse(format!("STARTTLS: {answer}")));
        }
        if !clear.buffer().is_empty() {
            // What comes in the same packet would be taken for the encrypted relay's words; later bytes break the handshake.
            return Err(refuse("clear text was injected behind the 220 of STARTTLS".to_owned()));
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
            (&mut *clear).take(REPLY_LINE_BYTES_MAX as u64).read_until(b'\n', &mut line).await?;
            if !line.ends_with(b"\n") {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the relay hung up"));
            }
            reply.push_str(&String::from_utf8_lossy(&line));
            if line.get(3) != Some(&b'-') {
                return Ok(reply);
            }
        }
        Err(io::Error::new(io::ErrorKind::InvalidData, "a reply without end"))
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
        .any(|said| said.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case(keyword)))
}
