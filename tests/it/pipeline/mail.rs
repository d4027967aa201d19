//! A small reader of the letters that were delivered.

/// A delivered letter as its reader sees it.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    /// The letter's id: its file name in the mailbox.
    pub(super) id: String,
    /// When it was delivered, local time in Almaty: `2025-01-06 08:30`.
    pub(super) at: String,
    pub(super) to: String,
    pub(super) subject: String,
    /// The text part as one line.
    pub(super) text: String,
    /// The calendar part, unfolded.
    pub(super) ics: Option<String>,
    /// `Importance: high`.
    pub(super) high: bool,
}

impl Mail {
    pub(super) fn read(id: String, at: String, bytes: Vec<u8>) -> Self {
        let whole = String::from_utf8(bytes).unwrap();
        let (head, _) = whole.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| unfold(head).lines().find_map(|l| l.strip_prefix(name).map(|v| v.trim().to_owned()));
        let to = header("To:").unwrap();
        let to = to.rsplit_once('<').map_or(to.clone(), |(_, rest)| rest.trim_end_matches('>').to_owned());
        let ics = part(&whole, "text/calendar").map(|ics| ics.replace("\r\n ", ""));
        Self {
            id,
            at,
            to,
            subject: encoded_words(&header("Subject:").unwrap()),
            text: part(&whole, "text/plain").unwrap().split_whitespace().collect::<Vec<_>>().join(" "),
            ics,
            high: header("Importance:").is_some_and(|value| value == "high"),
        }
    }

    pub(super) fn says(&self, words: &str) -> bool {
        self.text.contains(words)
    }
}

fn unfold(head: &str) -> String {
    head.replace("\r\n ", " ").replace("\r\n\t", " ").replace("\r\n", "\n")
}

/// The decoded content of the first part of that type.
fn part(whole: &str, kind: &str) -> Option<String> {
    let at = whole.find(&format!("Content-Type: {kind}"))?;
    // The headers of the part stand in any order around its type.
    let start = whole[..at].rfind("\r\n--").map_or(0, |i| i + 2);
    let (head, body) = whole[start..].split_once("\r\n\r\n")?;
    let body = body.split("\r\n--").next()?;
    let head = head.to_lowercase();
    let bytes = if head.contains("base64") {
        base64(body)
    } else if head.contains("quoted-printable") {
        quoted(body.replace("=\r\n", "").as_bytes(), false)
    } else {
        body.as_bytes().to_vec()
    };
    Some(String::from_utf8(bytes).unwrap())
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for octet in text.bytes() {
        let Some(value) = ALPHABET.iter().position(|&letter| letter == octet) else { continue };
        bits = (bits << 6 | u32::try_from(value).unwrap()) & 0xff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    out
}

fn quoted(text: &[u8], underscores: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let hex = |range| std::str::from_utf8(&text[range]).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match text[at] {
            b'=' if at + 3 <= text.len() => {
                out.push(hex(at + 1..at + 3).unwrap());
                at += 3;
                continue;
            }
            b'_' if underscores => out.push(b' '),
            octet => out.push(octet),
        }
        at += 1;
    }
    out
}

/// RFC 2047: white space between two encoded words belongs to neither.
fn encoded_words(text: &str) -> String {
    let mut out = Vec::new();
    let mut after_word = false;
    for word in text.split_whitespace() {
        let encoded = word.strip_prefix("=?utf-8?").and_then(|rest| rest.strip_suffix("?="));
        let joined = after_word && encoded.is_some();
        if !out.is_empty() && !joined {
            out.push(b' ');
        }
        match encoded.and_then(|rest| rest.split_once('?')) {
            Some((kind, text)) if kind.eq_ignore_ascii_case("b") => out.extend(base64(text)),
            Some((_, text)) => out.extend(quoted(text.as_bytes(), true)),
            None => out.extend(word.bytes()),
        }
        after_word = encoded.is_some();
    }
    String::from_utf8(out).unwrap()
}
