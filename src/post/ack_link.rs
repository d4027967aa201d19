//! The link with which the reader of a letter acknowledges it: a token that names the letter, ends on a day, and is signed.
//!
//! Whoever holds the letter holds the link, and it can do one thing: say that this letter was read. It opens no case and no
//! list. A mail scanner that follows it shows a page to nobody: only a POST acknowledges.

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::return_path::{same, sign};

/// How long a link is good, in days: longer than the longest pause between two rungs of a ladder (90 and 30 days before the end
/// of a right), each of which brings a new link.
const LINK_DAYS: u64 = 75;

/// What a token begins to be too long at, in octets.
const TOKEN_OCTETS_MAX: usize = 100;

/// Makes and reads the links.
#[derive(Clone)]
pub struct AckLinks {
    /// The address that officials reach, without a slash at its end.
    public_url: String,
    /// The signing key, the same as that of return addresses, under another purpose; without one letters carry no link.
    key: Option<Vec<u8>>,
}

impl std::fmt::Debug for AckLinks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AckLinks").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

/// Why a token names no letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoLetter {
    /// Nobody here signed it: it was cut off when it was copied, or made up.
    Forged,
    /// It was good until some day.
    Expired,
}

impl AckLinks {
    /// Links under `public_url`, signed with `key`.
    pub fn new(public_url: &str, key: Option<&str>) -> Self {
        let public_url = public_url.trim_end_matches('/').to_owned();
        Self { public_url, key: key.map(|key| key.as_bytes().to_vec()) }
    }

    /// The link for a letter composed now; none without a key.
    pub fn of(&self, letter_id: &str, now: DateTime<Utc>) -> Option<String> {
        let key = self.key.as_ref()?;
        let until = now.date_naive().checked_add_days(Days::new(LINK_DAYS))?.format("%Y%m%d").to_string();
        let signature = sign(key, &purpose(letter_id, &until));
        Some(format!("{}/ack/{letter_id}.{until}.{signature}", self.public_url))
    }

    /// The letter that a token names.
    pub fn letter_of(&self, token: &str, now: DateTime<Utc>) -> Result<String, NoLetter> {
        let parts = || {
            let key = self.key.as_ref().filter(|_| token.len() <= TOKEN_OCTETS_MAX)?;
            let (letter_id, rest) = token.split_once('.')?;
            let (until, signature) = rest.split_once('.')?;
            let expected = sign(key, &purpose(letter_id, until));
            same(expected.as_bytes(), signature.as_bytes()).then_some((letter_id, until))
        };
        let (letter_id, until) = parts().ok_or(NoLetter::Forged)?;
        let until = NaiveDate::parse_from_str(until, "%Y%m%d").map_err(|_| NoLetter::Forged)?;
        if now.date_naive() > until { Err(NoLetter::Expired) } else { Ok(letter_id.to_owned()) }
    }
}

/// What is signed. A return address signs a bare letter id, which has no line break: neither passes for the other.
fn purpose(letter_id: &str, until: &str) -> String {
    format!("acknowledge\n{letter_id}\n{until}")
}
