//! Phase-exact SMTP: one letter, one envelope, one verdict, never a guess.
//!
//! The dialogue runs on lettre's low-level [`AsyncSmtpConnection`], command by command. Its pooled transport is not used:
//! it does not say in which phase a letter failed (a fault before the body and one after the final dot look alike), and a send
//! that was cancelled leaves its replies to the next letter, which then reads a refusal as success. What lettre's
//! connection cannot do is done beneath it: opening the stream with NODELAY, TLS and a STARTTLS without injection in
//! [`super::relay`], noticing a relay that speaks out of turn in [`super::wire`].
//!
//! A [`Connection`] is moved into [`Connection::send`] and comes back only when the dialogue is at a clean end; a send that times
//! out, fails or is cancelled drops it. So a stale reply has no next letter to be read by.

use std::{
    error::Error as _,
    fmt::{self, Display},
    future::{Future as _, poll_fn},
    iter,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::Duration,
};

use lettre::{
    Address,
    transport::smtp::{
        Error as LettreError,
        authentication::{self, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, AsyncTokioStream},
        commands::{Data, Mail, Quit, Rcpt, Rset},
        extension::{ClientId, MailBodyParameter, MailParameter, RcptParameter},
        response::Response,
    },
};
use tokio::time::timeout;

use super::{
    Outgoing, Phase, Relay, StepTimeouts, Verdict, one_line,
    relay::offers,
    wire::{Tap, Wire},
};

/// Letters after which a connection is not used again: relays commonly hang up at some hundred.
const LETTERS_PER_CONNECTION_MAX: u32 = 100;
/// How long a farewell may take; nothing depends on it.
const QUIT_TIMEOUT: Duration = Duration::from_secs(5);

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> std::io::Result<std::net::SocketAddr> {
        Ok(self.peer())
    }
}

/// A dialogue with the relay at a clean point: greeted, under TLS, authenticated, no letter begun.
pub struct Connection {
    lettre: AsyncSmtpConnection,
    tap: Arc<Tap>,
    timeouts: StepTimeouts,
    offers: Offers,
    letters: u32,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("offers", &self.offers)
            .field("letters", &self.letters)
            .finish_non_exhaustive()
    }
}

/// What the relay's EHLO offered; only what is used.
#[derive(Debug, Clone, Copy)]
struct Offers {
    eight_bit: bool,
    utf8_addresses: bool,
    dsn: bool,
}

/// A complete reply of the relay.
struct Reply {
    code: u16,
    text: String,
}

/// What may be done with the connection after a letter.
enum Next {
    /// The reply ended the transaction.
    Keep,
    /// The relay still holds our MAIL FROM.
    Reset,
    /// The dialogue is unclear or at its end.
    Close,
}

/// A letter's verdict, what becomes of the connection, and whether the connection was dead before the letter began.
struct Outcome {
    verdict: Verdict,
    next: Next,
    stale: bool,
}

/// Sends one letter over `kept` if that is still good, else over a new connection.
///
/// Relays hang up on idle connections; such a death is no fault of the system and no news about the letter, so it is not reported but
/// followed by one new connection. The connection comes back for the next letter when the dialogue is at a clean end.
pub async fn send(relay: &Relay, kept: Option<Connection>, mail: &Outgoing<'_>) -> (Verdict, Option<Connection>) {
    if let Some(mut connection) = kept
        && connection.is_quiet().await
    {
        let outcome = connection.transact(mail).await;
        if !outcome.stale {
            return connection.finish(outcome).await;
        }
    }
    match Connection::connect(relay).await {
        Ok(connection) => connection.send(mail).await,
        Err(verdict) => (verdict, None),
    }
}

impl Connection {
    /// Connects, greets and authenticates; the error is always [`Verdict::NotSent`] with phase Connect, Tls or Auth.
    ///
    /// After a refused EHLO lettre says QUIT and waits for the answer; a relay that is silent even then costs the step's whole time.
    pub async fn connect(relay: &Relay) -> Result<Self, Verdict> {
        let settings = relay.settings();
        let timeouts = settings.timeouts;
        let wire = relay.open().await?;
        let tap = wire.tap();
        let helo = ClientId::Domain(settings.helo_name.clone());
        let greet = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &helo);
        let limit = timeouts.greeting + timeouts.command;
        let mut lettre = match timeout(limit, greet).await {
            Ok(Ok(lettre)) => lettre,
            Ok(Err(error)) => {
                return Err(Verdict::not_sent(Phase::Connect, format!("greeting or EHLO: {error}")));
            }
            Err(_) => {
                return Err(Verdict::not_sent(Phase::Connect, format!("no greeting or EHLO within {limit:?}")));
            }
        };
        let heard = tap.take_heard();
        if let Some(credentials) = &settings.credentials {
            let login = authentication::Credentials::new(credentials.user.clone(), credentials.password.clone());
            match reply_of(timeouts.command, lettre.auth(DEFAULT_MECHANISMS, &login)).await {
                Ok(Reply { code: 235, .. }) => {}
                Ok(reply) => return Err(Verdict::not_sent(Phase::Auth, reply.to_string())),
                Err(detail) => return Err(Verdict::not_sent(Phase::Auth, detail)),
            }
        }
        let offers = Offers {
            eight_bit: offers(&heard, "8BITMIME"),
            utf8_addresses: offers(&heard, "SMTPUTF8"),
            dsn: offers(&heard, "DSN"),
        };
        Ok(Self { lettre, tap, timeouts, offers, letters: 0 })
    }

    /// Sends one letter; the connection comes back only from a clean end of the dialogue.
    pub async fn send(mut self, mail: &Outgoing<'_>) -> (Verdict, Option<Self>) {
        let outcome = self.transact(mail).await;
        self.finish(outcome).await
    }

    /// Takes leave; what the relay answers does not matter.
    pub async fn quit(mut self) {
        let farewell = timeout(QUIT_TIMEOUT, self.lettre.command(Quit)).await;
        tracing::trace!(answered = farewell.is_ok(), "took leave of the relay");
    }

    /// Whether the relay has said nothing since the last letter; an end of the stream or a 421 counts as saying something.
    ///
    /// One poll, no round trip. It is safe to abandon the read because the wire hands on whole lines only.
    async fn is_quiet(&mut self) -> bool {
        let quiet = {
            let mut overheard = pin!(self.lettre.read_response());
            poll_fn(|cx| Poll::Ready(overheard.as_mut().poll(cx).is_pending())).await
        };
        quiet && !self.tap.is_ahead()
    }

    async fn finish(mut self, outcome: Outcome) -> (Verdict, Option<Self>) {
        self.letters += 1;
        let keep = match outcome.next {
            Next::Close => false,
            Next::Keep => true,
            Next::Reset => matches!(self.ask(Rset, self.timeouts.command).await, Ok(Reply { code: 250, .. })),
        };
        let keep = keep && !self.tap.is_ahead() && self.letters < LETTERS_PER_CONNECTION_MAX;
        (outcome.verdict, keep.then_some(self))
    }

    /// MAIL, RCPT, DATA, body: each step's own meaning of each kind of answer.
    async fn transact(&mut self, mail: &Outgoing<'_>) -> Outcome {
        let (from, to) = match self.check(mail) {
            Ok(commands) => commands,
            Err(verdict) => {
                return Outcome { verdict, next: Next::Keep, stale: false };
            }
        };
        let used = self.letters > 0;
        match self.ask(from, self.timeouts.command).await {
            Ok(Reply { code: 250, .. }) => {}
            Ok(reply) => {
                let stale = used && reply.code == 421;
                return Outcome { stale, ..Outcome::not_sent(Phase::Mail, &reply.to_string()) };
            }
            Err(detail) => {
                return Outcome { stale: used, ..Outcome::not_sent(Phase::Mail, &detail) };
            }
        }
        match self.ask(to, self.timeouts.command).await {
            Ok(Reply { code: 250 | 251, .. }) => {}
            // RFC 4954 section 6: these speak of our login, whatever command they answer.
            Ok(reply @ Reply { code: 530 | 534 | 535 | 538, .. }) => {
                return Outcome::not_sent(Phase::Rcpt, &reply.to_string());
            }
            Ok(reply) => return Outcome::answered(Phase::Rcpt, reply),
            Err(detail) => return Outcome::not_sent(Phase::Rcpt, &detail),
        }
        match self.ask(Data, self.timeouts.data).await {
            Ok(Reply { code: 354, .. }) => {}
            Ok(reply) => return Outcome::answered(Phase::Data, reply),
            Err(detail) => return Outcome::not_sent(Phase::Data, &detail),
        }
        match self.body(mail.bytes).await {
            Ok(reply) if reply.code == 250 => Outcome {
                verdict: Verdict::Accepted { reply: one_line(&reply.to_string()) },
                next: Next::Keep,
                stale: false,
            },
            Ok(reply) => Outcome::answered(Phase::Dot, reply),
            Err(detail) => Outcome { verdict: Verdict::unknown(detail), next: Next::Close, stale: false },
        }
    }

    /// The two envelope commands, or why this letter cannot be said to this relay at all. Nothing has been sent yet.
    fn check(&self, mail: &Outgoing<'_>) -> Result<(Mail, Rcpt), Verdict> {
        let refused = |phase, code, reply: String| Verdict::Refused { phase, code, reply: one_line(&reply) };
        let from = match mail.envelope_from {
            "" => None,
            from => Some(from.parse::<Address>().map_err(|error| {
                Verdict::not_sent(Phase::Mail, format!("our own envelope sender is no address: {error}"))
            })?),
        };
        let to = mail.envelope_to.parse::<Address>().map_err(|error| {
            refused(Phase::Rcpt, 553, format!("said here, not by the relay: not a mail address: {error}"))
        })?;
        let mut options = Vec::new();
        if !(mail.envelope_from.is_ascii() && mail.envelope_to.is_ascii()) {
            if !self.offers.utf8_addresses {
                let reply =
                    "said here, not by the relay: the address is not ASCII and the relay does not offer SMTPUTF8";
                return Err(refused(Phase::Rcpt, 553, reply.to_owned()));
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        if let Some(fault) = mail.content_fault() {
            return Err(refused(Phase::Data, 554, format!("said here, not by the relay: {fault}")));
        }
        if !mail.bytes.is_ascii() {
            if !self.offers.eight_bit {
                let reply =
                    "said here, not by the relay: the letter has eight-bit bytes and the relay does not offer 8BITMIME";
                return Err(refused(Phase::Data, 554, reply.to_owned()));
            }
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let mut notify = Vec::new();
        if self.offers.dsn {
            // RFC 3461: the report shall name the fault, not carry the letter back through other people's mailboxes.
            options.push(MailParameter::Other { keyword: "RET".to_owned(), value: Some("HDRS".to_owned()) });
            notify.push(RcptParameter::Other { keyword: "NOTIFY".to_owned(), value: Some("FAILURE,DELAY".to_owned()) });
        }
        Ok((Mail::new(from, options), Rcpt::new(to, notify)))
    }

    /// One command and its reply.
    async fn ask(&mut self, command: impl Display, limit: Duration) -> Result<Reply, String> {
        let reply = reply_of(limit, self.lettre.command(command)).await?;
        // Whoever answers twice has answered something else: the next reply would be one place out.
        if self.tap.is_ahead() { Err(format!("the relay spoke out of turn after: {reply}")) } else { Ok(reply) }
    }

    /// The body and the final dot, each under its own limit; an error means that nobody knows.
    async fn body(&mut self, bytes: &[u8]) -> Result<Reply, String> {
        let StepTimeouts { body, dot, .. } = self.timeouts;
        // lettre doubles leading dots and ends with CRLF "." CRLF; that CRLF is the message's own last one.
        let text = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
        let written = AtomicBool::new(false);
        // lettre asks for the next part only when the part before is written: the one sign that it is the dot's turn.
        let parts = iter::once(text).chain(iter::from_fn(|| {
            written.store(true, Ordering::Release);
            None
        }));
        let mut sending = pin!(self.lettre.message_iter(parts));
        let answered = match timeout(body, sending.as_mut()).await {
            Ok(answered) => answered,
            Err(_) if !written.load(Ordering::Acquire) => {
                return Err(format!("the body was not taken within {body:?}"));
            }
            Err(_) => timeout(dot, sending).await.map_err(|_| format!("no answer to the final dot within {dot:?}"))?,
        };
        let dot_due = written.load(Ordering::Acquire);
        into_reply(answered).map_err(|detail| {
            if dot_due {
                format!("lost after the final dot: {detail}")
            } else {
                format!("lost within the body: {detail}")
            }
        })
    }
}

impl Outcome {
    fn not_sent(phase: Phase, detail: &str) -> Self {
        Self { verdict: Verdict::not_sent(phase, detail), next: Next::Close, stale: false }
    }

    /// What a reply other than the hoped-for one means; 421 also means that the relay hangs up (RFC 5321 section 3.8).
    fn answered(phase: Phase, Reply { code, text }: Reply) -> Self {
        let next = match (code, phase) {
            (421, _) => Next::Close,
            (_, Phase::Dot) => Next::Keep,
            _ => Next::Reset,
        };
        let reply = one_line(&text);
        match code {
            400..=499 => Self { verdict: Verdict::Deferred { phase, code, reply }, next, stale: false },
            500..=599 => Self { verdict: Verdict::Refused { phase, code, reply }, next, stale: false },
            _ if phase == Phase::Dot => Self {
                verdict: Verdict::unknown(format!("not 250 after the final dot but {code} {text}")),
                next: Next::Close,
                stale: false,
            },
            _ => Self::not_sent(phase, &format!("unexpected reply {code} {text}")),
        }
    }
}

impl Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.text)
    }
}

async fn reply_of(
    limit: Duration,
    answer: impl Future<Output = Result<Response, LettreError>>,
) -> Result<Reply, String> {
    timeout(limit, answer).await.map_err(|_| format!("no answer within {limit:?}")).and_then(into_reply)
}

/// lettre makes an error of every negative reply; here it is a reply again, and only a broken dialogue is an error.
fn into_reply(answered: Result<Response, LettreError>) -> Result<Reply, String> {
    match answered {
        Ok(response) => {
            Ok(Reply { code: response.code().into(), text: response.message().collect::<Vec<_>>().join(" ") })
        }
        Err(error) => match error.status() {
            Some(code) => {
                Ok(Reply { code: code.into(), text: error.source().map(ToString::to_string).unwrap_or_default() })
            }
            None => Err(error.to_string()),
        },
    }
}
