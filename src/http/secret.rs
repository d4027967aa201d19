//! Random secrets: tokens and the values of session cookies. Shown once, kept as SHA-256.
//!
//! A secret has 256 random bits, so it cannot be guessed and its hash needs no slowing down; looking a hash up in an index
//! tells an attacker nothing about the secret, so nothing needs comparing in constant time.

use sha2::{Digest, Sha256};

use crate::law::names::names;
use crate::register::chain::hex;

/// What a token begins with, so that one that was leaked is recognised.
pub const TOKEN_PREFIX: &str = "keshirim_";

/// Random octets of a secret.
const SECRET_OCTETS: usize = 32;

/// A longer text than this is no secret of ours.
const SECRET_CHARACTERS_MAX: usize = 200;

names! {
    /// What the holder of a token may do.
    Role, "role" {
        /// Record events, and read.
        Recorder = "recorder",
        /// Read.
        Reader = "reader",
    }
}

/// A new secret that begins with `prefix`; an error if the system gives no random numbers.
pub fn secret(prefix: &str) -> Result<String, getrandom::Error> {
    let mut octets = [0_u8; SECRET_OCTETS];
    getrandom::fill(&mut octets)?;
    Ok(format!("{prefix}{}", hex(&octets)))
}

/// What is kept of a secret; none of a text that cannot be one.
pub fn hash(secret: &str) -> Option<String> {
    let fits =
        !secret.is_empty() && secret.len() <= SECRET_CHARACTERS_MAX && secret.bytes().all(|b| b.is_ascii_graphic());
    fits.then(|| hex(&Sha256::digest(secret)))
}
