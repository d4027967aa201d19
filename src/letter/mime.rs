//! The exact bytes: `multipart/mixed { alternative { text, html }, calendar }`, with headers that do not vary.

use std::time::SystemTime;

use lettre::message::header::{ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, Message, MultiPart, SinglePart};

use super::ics::CalendarPart;
use super::input::Letter;
use super::{LetterError, clean};

/// Name of the attached calendar part.
const CALENDAR_FILE: &str = "keshirim.ics";

/// Builds the message, in the thread of `root` where there is one; returns its Message-ID and its bytes.
pub(super) fn message(
    letter: &Letter<'_>,
    root: Option<&str>,
    subject: &str,
    text: &str,
    html: &str,
    ics: Option<&CalendarPart>,
) -> Result<(String, Vec<u8>), LetterError> {
    let domain = domain(letter.message_id_domain)?;
    let message_id = format!("<{}.keshirim@{domain}>", id(letter.id)?);
    let mut builder = Message::builder()
        .date(SystemTime::from(letter.date))
        .from(mailbox("from", letter.from_name, letter.from_address)?)
        .to(mailbox("to", letter.to_post, letter.to_address)?)
        .subject(subject)
        .message_id(Some(message_id.clone()));
    if let Some(root) = root {
        let root = format!("<{root}@{domain}>");
        builder = builder.references(root.clone()).in_reply_to(root);
    }
    for (name, value) in [
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("List-Id", format!("<deadlines.{domain}>")),
        // Not `All`: it would suppress the bounces that we need.
        ("X-Auto-Response-Suppress", "OOF, AutoReply, RN, NRN".to_owned()),
    ] {
        builder = builder.raw_header(plain(name, value));
    }
    if letter.high_importance {
        builder = builder.raw_header(plain("Importance", "high".to_owned()));
    }
    let message =
        builder.multipart(body(letter, text, html, ics)?).map_err(|error| LetterError::Mime(error.to_string()))?;
    Ok((message_id, folded(&message.formatted())))
}

/// Breaks the line between an encoded name and its address, which lettre 0.11.23 leaves on one line of more
/// than 78 octets. In a header block `?= <` can only be the end of an encoded word before white space, where
/// a fold is allowed (RFC 5322 section 2.2.3).
fn folded(bytes: &[u8]) -> Vec<u8> {
    const END: &[u8] = b"\r\n\r\n";
    const JOINT: &[u8] = b"?= <";
    let head = bytes.windows(END.len()).position(|window| window == END).unwrap_or(0);
    let mut out = Vec::with_capacity(bytes.len() + 8);
    let mut rest = &bytes[..head];
    while let Some(place) = rest.windows(JOINT.len()).position(|window| window == JOINT) {
        out.extend_from_slice(&rest[..place]);
        out.extend_from_slice(b"?=\r\n <");
        rest = &rest[place + JOINT.len()..];
    }
    out.extend_from_slice(rest);
    let mut lines = out.split(|&byte| byte == b'\n').map(short).collect::<Vec<_>>().join(&b'\n');
    lines.extend_from_slice(&bytes[head..]);
    lines
}

/// A header line with its address on a line of its own where both together are longer than a line should be (RFC 5322 2.1.1).
fn short(line: &[u8]) -> Vec<u8> {
    const OCTETS_MAX: usize = 78;
    let text = line.strip_suffix(b"\r").unwrap_or(line);
    let address = (text.len() > OCTETS_MAX).then(|| text.windows(2).rposition(|pair| pair == b" <")).flatten();
    match address {
        Some(place) if place > 0 => [&line[..place], b"\r\n", &line[place..]].concat(),
        Some(_) | None => line.to_vec(),
    }
}

fn body(letter: &Letter<'_>, text: &str, html: &str, ics: Option<&CalendarPart>) -> Result<MultiPart, LetterError> {
    // Derived, not random: the same letter has the same bytes. "=_" cannot occur in base64 or quoted-printable.
    let mark = clean::hash(letter.id);
    let alternative = MultiPart::alternative()
        .boundary(format!("=_a_{mark}"))
        .singlepart(part(ContentType::TEXT_PLAIN, text)?)
        .singlepart(part(ContentType::TEXT_HTML, html)?);
    let mixed = MultiPart::mixed().boundary(format!("=_m_{mark}")).multipart(alternative);
    let Some(calendar) = ics else {
        return Ok(mixed);
    };
    let content_type = format!("text/calendar; charset=utf-8; method={}", calendar.method);
    let content_type = ContentType::parse(&content_type).map_err(|error| LetterError::Mime(error.to_string()))?;
    let part = SinglePart::builder()
        .header(content_type)
        .header(ContentDisposition::attachment(CALENDAR_FILE))
        .body(base64(&calendar.body)?);
    Ok(mixed.singlepart(part))
}

fn part(content_type: ContentType, text: &str) -> Result<SinglePart, LetterError> {
    Ok(SinglePart::builder().header(content_type).body(base64(text)?))
}

/// Every part is base64: most of it is Cyrillic, and choosing and writing quoted-printable took half the time of a letter.
fn base64(text: &str) -> Result<Body, LetterError> {
    let mut crlf = Vec::with_capacity(text.len() + text.len() / 32);
    for line in text.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(bare) if !bare.ends_with('\r') => {
                crlf.extend_from_slice(bare.as_bytes());
                crlf.extend_from_slice(b"\r\n");
            }
            _ => crlf.extend_from_slice(line.as_bytes()),
        }
    }
    Body::new_with_encoding(crlf, ContentTransferEncoding::Base64)
        .map_err(|_| LetterError::Mime("base64 was refused".into()))
}

fn plain(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

fn mailbox(field: &'static str, name: &str, address: &str) -> Result<Mailbox, LetterError> {
    let address = address.parse().map_err(|_| refused(field, address))?;
    let name = clean::clean(name);
    Ok(Mailbox::new((!name.trim().is_empty()).then_some(name), address))
}

fn refused(field: &'static str, value: &str) -> LetterError {
    LetterError::Header { field, value: value.escape_default().to_string() }
}

/// The letter's id as it may stand before the `@` (RFC 5322 dot-atom).
fn id(id: &str) -> Result<&str, LetterError> {
    let atom = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if id.len() <= 64 && id.split('.').all(atom) { Ok(id) } else { Err(refused("id", id)) }
}

/// A domain of letters, digits, hyphens and dots (RFC 1035 section 2.3.1).
fn domain(domain: &str) -> Result<&str, LetterError> {
    let label = |part: &str| {
        !part.is_empty() && part.len() <= 63 && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if domain.len() <= 100 && domain.split('.').all(label) { Ok(domain) } else { Err(refused("domain", domain)) }
}
