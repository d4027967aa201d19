//! The way out: a letter's bytes, one connection, one exact verdict.
//!
//! Reading order: [`compose`] (due deadlines to letters), [`dispatch`] (ONE WAY OUT, with `round`), this file (what goes out, what
//! comes back), [`smtp`] (phase-exact SMTP), [`relay`] and [`settings`] (to whom, and how safely a connection is opened), [`wire`]
//! (the stream beneath the dialogue), [`maildir`] (the capture mailbox), [`nowhere`] (for measuring), [`breaker`] (when the whole relay is ill), [`brake`] (when it
//! is too much), [`return_path`] and [`ack_link`] (signed tokens), [`acknowledge`] (what a reader says back), [`bounce`] (what comes
//! back) and [`report`] (how it is read). Below the dispatcher nothing reads a clock or a database: it passes bytes in and settles
//! what comes out.
//!
//! | what happened | verdict | meaning for the letter |
//! |---|---|---|
//! | 250 after the final dot | [`Verdict::Accepted`] | the relay owns it |
//! | 4xx to RCPT, DATA or the dot | [`Verdict::Deferred`] | the same bytes again later |
//! | 5xx to RCPT, DATA or the dot | [`Verdict::Refused`] | never again by itself; people are told |
//! | lost or silent after 354 | [`Verdict::Unknown`] | the same bytes again within the hour: a duplicate is a nuisance, a loss is not acceptable |
//! | anything before that | [`Verdict::NotSent`] | the letter is untouched; the fault is the system's and opens the [`breaker`] |

pub mod ack_link;
pub mod acknowledge;
pub mod bounce;
pub mod brake;
pub mod breaker;
pub mod compose;
pub mod dispatch;
pub mod maildir;
pub mod nowhere;
pub mod relay;
pub mod report;
pub mod return_path;
mod round;
pub mod settings;
pub mod smtp;
pub mod wire;

use std::fmt;

use serde::Serialize;

pub use brake::{Brake, BrakeSnapshot};
pub use breaker::{Breaker, BreakerSnapshot};
pub use relay::Relay;
pub use settings::{ClientCertificate, Credentials, RelayError, RelaySettings, Security, StepTimeouts};
pub use smtp::Connection;

/// Longest text of a relay's reply that is kept, in characters; what follows is cut.
const REPLY_CHARS_MAX: usize = 500;

/// Longest line of a message without its CRLF, in bytes (RFC 5322 section 2.1.1).
const LINE_BYTES_MAX: usize = 998;

/// The exact bytes of one mail to one address.
///
/// One envelope has one recipient: with several, one refused address would decide the fate of all.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// The envelope sender (MAIL FROM), where bounces go; empty means `<>`.
    pub envelope_from: &'a str,
    /// The only envelope recipient (RCPT TO).
    pub envelope_to: &'a str,
    /// The rendered message with CRLF line ends, sent unchanged.
    pub bytes: &'a [u8],
}

impl Outgoing<'_> {
    /// Why these bytes may not be said after DATA at all (RFC 5321 sections 2.3.8 and 4.5.3.1.6).
    ///
    /// A bare CR or LF is how one letter is made to look like two to some relays; the relay would refuse or rewrite it.
    fn content_fault(&self) -> Option<&'static str> {
        let text = self.bytes.strip_suffix(b"\r\n").unwrap_or(self.bytes);
        let mut lines = text.split(|&b| b == b'\n').peekable();
        while let Some(line) = lines.next() {
            let line = match line.strip_suffix(b"\r") {
                Some(line) if lines.peek().is_some() => line,
                None if lines.peek().is_none() => line,
                _ => return Some("a line end that is not CRLF"),
            };
            if line.contains(&b'\r') {
                return Some("a line end that is not CRLF");
            }
            if line.len() > LINE_BYTES_MAX {
                return Some("a line longer than 998 bytes");
            }
        }
        None
    }
}

/// How far the dialogue had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Name resolution, TCP, the greeting and EHLO (for a mailbox: opening the directory).
    Connect,
    /// STARTTLS and the handshake.
    Tls,
    /// AUTH (RFC 4954).
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO: an answer here is about the address.
    Rcpt,
    /// DATA up to its 354: an answer here is about the letter.
    Data,
    /// The body and the reply to the final dot: an answer here is about the content.
    Dot,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Auth => "auth",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
            Self::Dot => "dot",
        })
    }
}

/// What became of one attempt to send one letter.
///
/// The texts are one line each, at most 500 characters; they may quote the relay, and a relay may quote an address: they belong
/// into the receipt, not into the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The relay answered 250 after the final dot and owns the letter now (RFC 5321 section 4.2.5).
    Accepted {
        /// The reply, with its code.
        reply: String,
    },
    /// A 4xx for this letter: try the same bytes again later.
    Deferred {
        /// Rcpt, Data or Dot.
        phase: Phase,
        /// The reply code, 400 to 499.
        code: u16,
        /// The reply's text.
        reply: String,
    },
    /// A 5xx for this letter. At `Rcpt` it is the address that is refused, at `Data` or `Dot` the letter.
    Refused {
        /// Rcpt, Data or Dot.
        phase: Phase,
        /// The reply code, 500 to 599.
        code: u16,
        /// The reply's text.
        reply: String,
    },
    /// The connection was lost or silent after 354: the relay may or may not own the letter (RFC 1047).
    Unknown {
        /// What was seen last.
        detail: String,
    },
    /// The letter never left, through a fault of the system and not of the letter: this opens the breaker.
    NotSent {
        /// Where it ended.
        phase: Phase,
        /// What was seen last.
        detail: String,
    },
}

impl Verdict {
    /// The one word for it, as stored in receipts.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Deferred { .. } => "deferred",
            Self::Refused { .. } => "refused",
            Self::Unknown { .. } => "unknown",
            Self::NotSent { .. } => "not_sent",
        }
    }

    /// Builds [`Verdict::NotSent`] with its text made presentable.
    pub(crate) fn not_sent(phase: Phase, detail: impl AsRef<str>) -> Self {
        Self::NotSent { phase, detail: one_line(detail.as_ref()) }
    }

    /// Builds [`Verdict::Unknown`] with its text made presentable.
    pub(crate) fn unknown(detail: impl AsRef<str>) -> Self {
        Self::Unknown { detail: one_line(detail.as_ref()) }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted { reply } => write!(f, "accepted: {reply}"),
            Self::Deferred { phase, code, reply } => {
                write!(f, "deferred at {phase}: {code} {reply}")
            }
            Self::Refused { phase, code, reply } => write!(f, "refused at {phase}: {code} {reply}"),
            Self::Unknown { detail } => write!(f, "unknown: {detail}"),
            Self::NotSent { phase, detail } => write!(f, "not sent, {phase}: {detail}"),
        }
    }
}

/// A foreign text as one line of bounded length without control characters: it goes into tables and onto terminals.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(REPLY_CHARS_MAX)
        .collect::<String>()
        .trim()
        .to_owned()
}
