//! What came back: a delivery status report (RFC 3464) as Postfix, Exim and Exchange write it, read without trusting a word of it.
//!
//! What is read of a mail is little: addresses that may be return tokens, and what was done with each recipient. Older Exims
//! write no status part: their header `X-Failed-Recipients` and the relay's words in the text stand for it. Exim's own status is
//! always 5.0.0 or 4.0.0; the exact code is in the diagnostic, and is taken from there.

use std::fmt;
use std::thread;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{HeaderName, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use sha2::{Digest, Sha256};

use crate::register::chain;

/// Octets of one mail, at most: the report's text, its status and our own letter returned, which is far shorter.
pub const MAIL_OCTETS_MAX: usize = 1 << 20;

/// Recipients read of one report, at most: our envelopes have one.
const RECIPIENTS_MAX: usize = 100;

/// Addresses looked at for a token, at most.
const ADDRESSES_MAX: usize = 1_000;

/// How deep messages within messages are looked into: a report returns one.
const NESTING_MAX: usize = 4;

/// Stack for the parser. It descends once for each message within a message, and the smallest has 30 octets: of 1 MiB, 35,000
/// levels, each of less than 4 KiB.
const PARSER_STACK_OCTETS: usize = 256 << 20;

/// What the reporting server did (RFC 3464 section 2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Handed over.
    Delivered,
    /// Handed on to a server that reports nothing.
    Relayed,
    /// Handed on to several.
    Expanded,
    /// Not yet; it goes on trying.
    Delayed,
    /// Given up.
    Failed,
}

impl Action {
    /// The word of RFC 3464.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Relayed => "relayed",
            Self::Expanded => "expanded",
            Self::Delayed => "delayed",
            Self::Failed => "failed",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        // A comment may follow: "failed (permanent)".
        let word = word.split(|c: char| !c.is_ascii_alphabetic()).find(|word| !word.is_empty())?;
        let actions = [Self::Delivered, Self::Relayed, Self::Expanded, Self::Delayed, Self::Failed];
        actions.into_iter().find(|action| action.as_str().eq_ignore_ascii_case(word))
    }
}

/// An enhanced status code (RFC 3463): class, subject, detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Status {
    /// 2 success, 4 passing, 5 for good.
    pub class: u16,
    /// 1 address, 2 mailbox, 3 mail system, 4 network, 5 protocol, 6 content, 7 policy.
    pub subject: u16,
    /// Which of the subject's.
    pub detail: u16,
}

impl Status {
    /// A code at the beginning of `text`, whatever follows it.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim_start();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let mut parts = text[..end].trim_end_matches('.').split('.').map(|part| match part.len() {
            1..=3 => part.parse::<u16>().ok(),
            _ => None,
        });
        let (class, subject, detail) = (parts.next()??, parts.next()??, parts.next()??);
        (matches!(class, 2 | 4 | 5) && parts.next().is_none()).then_some(Self { class, subject, detail })
    }

    /// The code that a server's reply carries: `550 5.1.1 User unknown`, `550-5.1.1 …`, `smtp;550 #5.1.1 …`.
    pub fn in_reply(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split([' ', '\t', '\r', '\n', '-', '#', ';', '(', ')']).collect();
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        words.windows(2).find_map(|two| {
            let code: u16 = two[0].parse().ok().filter(|code| (200..600).contains(code))?;
            Self::parse(two[1]).filter(|status| status.class == code / 100)
        })
    }

    /// Whether it says no more than "given up" or "not yet".
    fn is_bare(self) -> bool {
        (self.subject, self.detail) == (0, 0)
    }

    /// Whether it says that there is no such address (RFC 3463 section 3.2).
    pub fn is_bad_address(self) -> bool {
        (self.class, self.subject) == (5, 1)
    }

    /// Whether the fault may be gone tomorrow. 5.4.4, "unable to route", is what a server says whose name service failed.
    pub fn is_passing(self) -> bool {
        self.class == 4 || (self.class, self.subject, self.detail) == (5, 4, 4)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// What was done with one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The address as it was last, and as it was first.
    pub addresses: Vec<String>,
    /// What was done.
    pub action: Action,
    /// Why.
    pub status: Status,
}

impl Recipient {
    /// Whether it is about `address`.
    pub fn is(&self, address: &str) -> bool {
        self.addresses.iter().any(|own| own.eq_ignore_ascii_case(address))
    }
}

/// A mail to the return address, as far as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Addresses that may bear a return token: of whom the mail is to, then of what it returns.
    pub addresses: Vec<String>,
    /// What was done with each recipient. Empty: it is no report, or one that cannot be read.
    pub recipients: Vec<Recipient>,
    /// Whether it says of itself that it is a delivery status report.
    pub is_report: bool,
    /// SHA-256, in hexadecimal, of what makes the report itself, whichever way it came.
    pub hash: String,
}

/// Reads a mail; none if it is none.
pub fn read(mail: &[u8]) -> Option<Report> {
    // Its own stack: a mail of nothing but messages within messages would exhaust an ordinary one.
    thread::scope(|scope| {
        let stack = thread::Builder::new().stack_size(PARSER_STACK_OCTETS);
        let parsing = stack.spawn_scoped(scope, || parser().parse(mail).map(|found| of(&found, mail)));
        parsing.ok()?.join().ok()?
    })
}

/// A parser that undoes no encoding: it would unpack messages within messages and copy what they hold for each level, so that a
/// megabyte became gigabytes. What is read is decoded in [`content`].
fn parser() -> MessageParser {
    MessageParser::new()
        .header_content_type(HeaderName::ContentType)
        .header_content_type(HeaderName::ContentDisposition)
        // As a structured value the parser does not know it for an encoding.
        .header_content_type(HeaderName::ContentTransferEncoding)
}

/// What a part says, its encoding undone.
fn content(part: &MessagePart<'_>) -> String {
    let encoding = part.headers.iter().find(|header| header.name == HeaderName::ContentTransferEncoding);
    let encoding = encoding.and_then(|header| header.value.as_content_type()).map_or("", |value| value.ctype());
    let octets = part.contents();
    let decoded = match encoding.to_ascii_lowercase().as_str() {
        "base64" => base64_decode(octets),
        "quoted-printable" => quoted_printable_decode(octets),
        _ => None,
    };
    String::from_utf8_lossy(decoded.as_deref().unwrap_or(octets)).into_owned()
}

fn of(message: &Message<'_>, mail: &[u8]) -> Report {
    let mut found = Found::default();
    found.look_into(message, 0);
    let header = |name: &str| {
        let mut headers = message.headers_raw();
        headers.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    let content_type = message.content_type();
    let kind = content_type.and_then(|kind| kind.attribute("report-type")).unwrap_or_default();
    let mut is_report = found.has_status || kind.eq_ignore_ascii_case("delivery-status");
    if let (true, Some(failed)) = (found.recipients.is_empty(), header("X-Failed-Recipients")) {
        is_report = true;
        let status = found.said.unwrap_or(Status { class: 5, subject: 0, detail: 0 });
        let addresses = failed.split(',').take(RECIPIENTS_MAX).map(|address| address.trim().to_owned());
        let failed = addresses.filter(|address| !address.is_empty());
        found.recipients =
            failed.map(|address| Recipient { addresses: vec![address], action: Action::Failed, status }).collect();
    }
    let hash = match header("Message-ID") {
        Some(id) if !id.is_empty() => chain::hex(&Sha256::digest(format!("{id}\n{:?}", found.recipients))),
        _ => chain::hex(&Sha256::digest(mail)),
    };
    Report { addresses: found.addresses, recipients: found.recipients, is_report, hash }
}

/// Headers of the mail itself in which the address stands that it was sent to.
const ADDRESSED: [&str; 6] = ["to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-real-to"];

/// Headers of a returned letter in which its envelope sender stands.
const RETURNED: [&str; 5] =
    ["return-path", "x-envelope-from", "x-envelope-sender", "x-original-return-path", "errors-to"];

#[derive(Default)]
struct Found {
    addresses: Vec<String>,
    recipients: Vec<Recipient>,
    has_status: bool,
    /// The first code that a server's reply quoted in the text carries.
    said: Option<Status>,
}

impl Found {
    fn look_into(&mut self, message: &Message<'_>, depth: usize) {
        for (name, value) in message.headers_raw() {
            let name = name.to_ascii_lowercase();
            if depth == 0 && ADDRESSED.contains(&name.as_str()) || depth > 0 && RETURNED.contains(&name.as_str()) {
                self.addresses_in(value);
            }
        }
        for part in &message.parts {
            let kind = part.content_type().map(|kind| (kind.ctype(), kind.subtype().unwrap_or_default()));
            match (&part.body, kind) {
                (PartType::Message(inner), _) if depth < NESTING_MAX => self.look_into(inner, depth + 1),
                // What a returned letter holds is its own.
                _ if depth > 0 => {}
                (_, Some((kind, subtype))) if is_status(kind, subtype) => {
                    self.has_status = true;
                    self.status(&content(part));
                }
                (_, Some((_, subtype))) if subtype.eq_ignore_ascii_case("rfc822-headers") => {
                    let text = content(part);
                    let returned = fields(&text);
                    for (_, value) in returned.iter().filter(|(name, _)| RETURNED.contains(&name.as_str())) {
                        self.addresses_in(value);
                    }
                }
                (PartType::Text(_), _) => {
                    let text = content(part);
                    self.said = self.said.or_else(|| Status::in_reply(&text));
                    // An old Exim copies the letter into its text, headers first.
                    let returned = text.lines().filter(|line| starts_with(line, "return-path:"));
                    returned.for_each(|line| self.addresses_in(line));
                }
                _ => {}
            }
        }
    }

    /// Everything in `value` that could be one of our return addresses.
    fn addresses_in(&mut self, value: &str) {
        let words = value.split(|c: char| c.is_whitespace() || "<>,;:\"()[]".contains(c));
        let like_ours = words.filter(|word| word.contains('@') && word.contains('+'));
        let room = ADDRESSES_MAX.saturating_sub(self.addresses.len());
        self.addresses.extend(like_ours.take(room).map(str::to_owned));
    }

    /// A status part: one block of fields about the mail, then one for each recipient.
    fn status(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n");
        for block in text.split("\n\n") {
            let fields = fields(block);
            let field = |name: &str| fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
            if let Some(sender) = field("x-postfix-sender") {
                self.addresses_in(sender);
            }
            let addresses = ["final-recipient", "original-recipient"].into_iter().filter_map(field).map(address);
            let addresses: Vec<String> = addresses.filter(|address| !address.is_empty()).collect();
            let action = field("action").and_then(Action::parse);
            let (Some(action), false, true) = (action, addresses.is_empty(), self.recipients.len() < RECIPIENTS_MAX)
            else {
                continue;
            };
            let class = match action {
                Action::Failed => 5,
                Action::Delayed => 4,
                Action::Delivered | Action::Relayed | Action::Expanded => 2,
            };
            let bare = Status { class, subject: 0, detail: 0 };
            let status = field("status").and_then(Status::parse).unwrap_or(bare);
            let diagnostic = field("diagnostic-code").and_then(Status::in_reply);
            let status = diagnostic.filter(|_| status.is_bare()).unwrap_or(status);
            self.recipients.push(Recipient { addresses, action, status });
        }
    }
}

fn is_status(kind: &str, subtype: &str) -> bool {
    // RFC 3464, and RFC 6533 where addresses are not ASCII.
    kind.eq_ignore_ascii_case("message")
        && ["delivery-status", "global-delivery-status"].iter().any(|own| subtype.eq_ignore_ascii_case(own))
}

fn starts_with(line: &str, name: &str) -> bool {
    line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
}

/// The address of a field such as `rfc822; office@example.org`.
fn address(value: &str) -> String {
    let address = value.split_once(';').map_or(value, |(_, address)| address);
    address.trim().trim_start_matches('<').trim_end_matches('>').trim().to_owned()
}

/// The fields of a block of header lines, names in lower case, folded lines joined.
fn fields(block: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    fields
}
