//! Free text made safe for headers and lines: control characters out, lengths bounded, lines wrapped.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{FREE_TEXT_CHARACTERS_MAX, TEXT_COLUMNS_MAX};

/// Longest plain token before it is replaced by its hash, in bytes.
const TOKEN_BYTES_MAX: usize = 34;

/// Longest unbreakable word of the text part, in characters; links are exempt since a cut link is no link.
const WORD_CHARACTERS_MAX: usize = 60;

/// Takes control, bidirectional and invisible characters out of free text and bounds its length.
///
/// CR and LF would open a header of their own; `Mailbox::new` panics on them (lettre 0.11.23).
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (count, character) in text.chars().enumerate() {
        if count == FREE_TEXT_CHARACTERS_MAX {
            out.push('…');
            break;
        }
        let invisible = character.is_control()
            || matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
        out.push(if invisible { ' ' } else { character });
    }
    out
}

/// A token for Message-IDs and UIDs: injective, ASCII, without specials; long input becomes its hash.
pub(super) fn token(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            out.push(char::from(byte));
        } else {
            write!(out, "_{byte:02X}").expect("a String takes every write");
        }
    }
    if out.len() > TOKEN_BYTES_MAX { format!("h_{}", hash(text)) } else { out }
}

/// A name as part of a text's id: small ASCII letters and digits, one hyphen for anything between.
pub(super) fn slug(name: &str) -> String {
    let words = name.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

/// The first 128 bits of SHA-256 over `text`, in hexadecimal digits.
pub(super) fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let mut out = String::with_capacity(32);
    for byte in &digest[..16] {
        write!(out, "{byte:02x}").expect("a String takes every write");
    }
    out
}

/// Percent-encodes one path segment of a link (RFC 3986 section 2.3: unreserved characters stay).
pub(super) fn path_segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a String takes every write");
        }
    }
    out
}

/// Escapes a link for an HTML attribute or text; unlike the template engine it leaves `/` readable.
pub(super) fn href(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for character in url.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            other => out.push(other),
        }
    }
    out
}

/// Wraps `text` to [`TEXT_COLUMNS_MAX`] characters: `first` before the first line, `rest` before the others.
pub(super) fn wrap(text: &str, first: &str, rest: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    out.push_str(first);
    let mut column = first.chars().count();
    let indent = rest.chars().count();
    let mut fresh = true;
    for word in text.split_whitespace() {
        for piece in pieces(word) {
            let width = piece.chars().count();
            if !fresh && column + 1 + width > TEXT_COLUMNS_MAX {
                out.push('\n');
                out.push_str(rest);
                column = indent;
                fresh = true;
            }
            if !fresh {
                out.push(' ');
                column += 1;
            }
            out.push_str(piece);
            column += width;
            fresh = false;
        }
    }
    out
}

/// A word in pieces that fit a line; links stay whole.
fn pieces(word: &str) -> Vec<&str> {
    if word.contains("://") || word.chars().count() <= WORD_CHARACTERS_MAX {
        return vec![word];
    }
    let mut out = Vec::new();
    let mut rest = word;
    while let Some((cut, _)) = rest.char_indices().nth(WORD_CHARACTERS_MAX) {
        let (head, tail) = rest.split_at(cut);
        out.push(head);
        rest = tail;
    }
    out.push(rest);
    out
}
