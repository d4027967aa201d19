//! The envelope sender: a real mailbox with a signed token for each letter, so that a bounce names its letter and a forged one
//! changes nothing.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::register::chain;

/// Where bounces go.
#[derive(Clone, Debug)]
pub struct ReturnPath {
    address: String,
    /// The signing key; without one the bare address is used, and no bounce can be told from a forged one.
    key: Option<Vec<u8>>,
}

impl ReturnPath {
    /// Bounces go to `address`, with tokens signed by `key`.
    pub fn new(address: &str, key: Option<&str>) -> Self {
        Self { address: address.to_owned(), key: key.map(|key| key.as_bytes().to_vec()) }
    }

    /// The envelope sender of a letter: `bounces+L-XXXXXXXXXX.SIGNATURE@example.org` (subaddressing, RFC 5233).
    pub fn of(&self, letter_id: &str) -> String {
        let (Some(key), Some((local, domain))) = (&self.key, self.address.rsplit_once('@')) else {
            return self.address.clone();
        };
        let signature = sign(key, letter_id);
        format!("{local}+{letter_id}.{signature}@{domain}")
    }

    /// The letter that an envelope address names, if its token was signed with our key.
    pub fn letter_of(&self, address: &str) -> Option<String> {
        let key = self.key.as_ref()?;
        let (local, _) = address.rsplit_once('@')?;
        let (_, token) = local.split_once('+')?;
        let (letter_id, signature) = token.split_once('.')?;
        // Mail systems may fold the case of a local part; ids are upper case.
        let letter_id = letter_id.to_uppercase();
        let expected = sign(key, &letter_id);
        same(expected.as_bytes(), signature.to_lowercase().as_bytes()).then_some(letter_id)
    }
}

/// Without a shortcut that would tell a forger how many characters were right.
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (x, y)| difference | (x ^ y)) == 0
}

/// Characters of a signature: 80 bits, short enough for a local part of 64 octets (RFC 5321 4.5.3.1.1).
const SIGNATURE_CHARS: usize = 20;

/// The keyed hash of `text` (HMAC-SHA-256, RFC 2104), cut to [`SIGNATURE_CHARS`].
pub(super) fn sign(key: &[u8], text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    let mut hex = chain::hex(&mac.finalize().into_bytes());
    hex.truncate(SIGNATURE_CHARS);
    hex
}
