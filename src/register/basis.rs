//! On what derivation and planning rest besides the entries: the program, the calendar, the ladders and a few settings. Where that is
//! what it was when every case was last derived, none need be derived again.

use sha2::{Digest, Sha256};

use super::chain::hex;
use crate::config::Config;
use crate::law::calendar::Calendar;

/// A hash of the sources of this program and the versions of what it is built with, made by `migrations/build.rs`: a changed rule is
/// another basis, whatever the version says.
const PROGRAM: &str = env!("KESHIRIM_SOURCES");

/// What was derived on one basis need not be derived again on the same one: SHA-256, in hexadecimal.
///
/// Everything that [`super::Registrar::question`] and [`super::Registrar::planning`] take from the configuration is in it.
pub fn basis(calendar: &Calendar, config: &Config) -> String {
    let Config { ladder, letters, register, .. } = config;
    let text = format!(
        "{PROGRAM}\n{calendar:?}\n{ladder:?}\n{:?}\n{}\n{}",
        letters.morning, letters.group_notices_seconds, register.honour_repeal
    );
    hex(&Sha256::digest(text))
}
