//! The stream beneath the SMTP dialogue: replies come up one line at a time.
//!
//! lettre reads through a buffer of its own and cannot say whether more was in it than the reply that it asked for. A relay that
//! says more than it was asked would put every later reply one place out, and then a refusal reads as an acceptance. So the
//! wire keeps what has not been asked for, and `Tap::is_ahead` says that there is something. On the way it mends
//! three habits of servers that lettre takes for a broken dialogue and that would cost a letter its verdict: see `mend`.

use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

/// Longest line of a reply, in bytes with its CRLF; RFC 5321 section 4.5.3.1.5 allows 512.
pub(super) const REPLY_LINE_BYTES_MAX: usize = 1000;
/// How much of the greeting and of the EHLO reply is kept, in bytes.
const HEARD_BYTES_MAX: usize = 16 * 1024;

/// What carries the bytes.
#[derive(Debug)]
pub(super) enum Carrier {
    /// Clear text; loopback only.
    Plain(TcpStream),
    /// TLS, boxed because a session is large.
    Tls(Box<TlsStream<TcpStream>>),
}

/// What its owner can still see of a wire that has been given away.
#[derive(Default)]
pub(super) struct Tap {
    ahead: AtomicBool,
    heard: Mutex<Option<String>>,
}

impl Tap {
    /// Whether the relay has said more than was read.
    pub(super) fn is_ahead(&self) -> bool {
        self.ahead.load(Ordering::Acquire)
    }

    /// All lines read so far; from now on nothing more is kept.
    pub(super) fn take_heard(&self) -> String {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }

    fn hear(&self, line: &str) {
        if let Some(heard) = self.heard.lock().unwrap_or_else(PoisonError::into_inner).as_mut()
            && heard.len() + line.len() <= HEARD_BYTES_MAX
        {
            heard.push_str(line);
        }
    }
}

/// A connected stream that hands its reader one whole line at a time.
pub(super) struct Wire {
    carrier: Carrier,
    peer: SocketAddr,
    /// Read from the network, not yet handed on.
    inbox: Vec<u8>,
    /// The line being handed on, and how much of it has been.
    line: Vec<u8>,
    handed: usize,
    tap: Arc<Tap>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The content stays out of logs.
        f.debug_struct("Wire").field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl Wire {
    /// Wraps a stream; `prelude` is what its reader shall hear first.
    pub(super) fn new(carrier: Carrier, peer: SocketAddr, prelude: &[u8]) -> Self {
        let tap = Tap { ahead: AtomicBool::new(false), heard: Mutex::new(Some(String::new())) };
        Self { carrier, peer, inbox: prelude.to_vec(), line: Vec::new(), handed: 0, tap: Arc::new(tap) }
    }

    /// The address at the other end.
    pub(super) fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The view that stays when the wire is given away.
    pub(super) fn tap(&self) -> Arc<Tap> {
        Arc::clone(&self.tap)
    }

    /// Moves the next whole line, mended, from the inbox to the hand; false if there is none yet.
    fn next_line(&mut self) -> bool {
        let Some(end) = self.inbox.iter().position(|&b| b == b'\n') else {
            return false;
        };
        let raw: Vec<u8> = self.inbox.drain(..=end).collect();
        let line = mend(raw);
        self.tap.hear(&line);
        self.line = line.into_bytes();
        self.handed = 0;
        true
    }
}

/// Makes a lawful reply line readable for lettre's parser, its meaning unchanged.
///
/// - A text in an eight-bit alphabet (an old server that speaks Windows-1251): each such byte becomes `?`.
/// - A code whose second digit is above 5 (`571`): RFC 5321 section 4.2.1 lets the first digit decide, so it becomes `550` and
///   the server's own code opens the text.
/// - A code without text (`250` alone): allowed by the grammar of section 4.2.
fn mend(raw: Vec<u8>) -> String {
    let mut line = String::from_utf8(raw).unwrap_or_else(|eight_bit| {
        eight_bit.as_bytes().iter().map(|&b| if b.is_ascii() { char::from(b) } else { '?' }).collect()
    });
    if line.len() == 5 && line.ends_with("\r\n") {
        line.insert(3, ' ');
    }
    if let [first @ b'2'..=b'5', b'6'..=b'9', b'0'..=b'9', join @ (b' ' | b'-'), ..] = *line.as_bytes() {
        line.insert_str(0, &format!("{}50{}", char::from(first), char::from(join)));
    }
    line
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.handed == this.line.len() && !this.next_line() {
            if this.inbox.len() > REPLY_LINE_BYTES_MAX {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "a reply line without end")));
            }
            let mut space = [0; 2048];
            let mut chunk = ReadBuf::new(&mut space);
            let read = match &mut this.carrier {
                Carrier::Plain(stream) => Pin::new(stream).poll_read(cx, &mut chunk),
                Carrier::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, &mut chunk),
            };
            ready!(read)?;
            if chunk.filled().is_empty() {
                // The end; half a line is no reply.
                return Poll::Ready(Ok(()));
            }
            this.inbox.extend_from_slice(chunk.filled());
            this.tap.ahead.store(true, Ordering::Release);
        }
        let length = out.remaining().min(this.line.len() - this.handed);
        out.put_slice(&this.line[this.handed..this.handed + length]);
        this.handed += length;
        this.tap.ahead.store(!this.inbox.is_empty(), Ordering::Release);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().carrier {
            Carrier::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Carrier::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().carrier {
            Carrier::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Carrier::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().carrier {
            Carrier::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Carrier::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}
