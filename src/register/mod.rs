//! The register: cases and their entries, append-only, hash-chained, with what follows from them.
//!
//! Reading order: [`entry`] (what may be entered), [`intake`] (ONE WAY IN), [`assemble`] (entries → timeline), [`eyes`] (two pairs
//! of eyes), [`save`] (derive, [`compare`], plan, write; [`policy`]: by which ladders), [`many`] (the same for many cases at once),
//! [`replan`], [`chain`] and [`verify`], [`import`] (against the [`ledger`]) and [`export`].

pub mod assemble;
pub mod basis;
pub mod chain;
pub mod compare;
pub mod entry;
pub mod export;
pub mod eyes;
pub mod import;
mod import_line;
pub mod intake;
mod judge;
mod ledger;
mod many;
pub mod nationwide;
pub mod policy;
pub mod query;
pub mod reason;
pub mod replan;
pub mod save;
pub mod shown;
pub mod verify;

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::alert::Context;
use crate::config::{Config, Ladders};
use crate::law::Question;
use crate::law::calendar::Calendar;
use crate::store::{self, Store};

/// The chain of the nation-wide events.
pub const NATIONWIDE: &str = "*";

/// The zone of the nation-wide events, of seals, and of a case that names no other.
pub const DEFAULT_ZONE: Tz = Tz::Asia__Almaty;

/// Someone at the register, with what they need at hand: every entry is made through one.
#[derive(Clone, Copy, Debug)]
pub struct Registrar<'a> {
    /// The register.
    pub store: &'a Store,
    /// The working days.
    pub calendar: &'a Calendar,
    /// The ladders and the mornings: what is entered plans its next letter.
    pub config: &'a Config,
    /// Who it is: a system user, or a token's name.
    pub who: &'a str,
    /// The instant it is.
    pub now: DateTime<Utc>,
}

impl Registrar<'_> {
    /// What the law is asked on a day. Entries are taken as they stand now: a caller who asks what was known at another time has
    /// left the others out already.
    pub fn question(&self, as_of: NaiveDate) -> Question {
        Question { as_of: Some(as_of), known_at: None, honour_repeal: self.config.register.honour_repeal }
    }

    /// What planning knows in a case of that zone.
    pub fn planning(&self, zone: Tz) -> Context<'_> {
        let letters = &self.config.letters;
        Context {
            now: self.now,
            zone,
            calendar: self.calendar,
            ladders: &self.config.ladder,
            morning: letters.morning,
            group_notices_seconds: letters.group_notices_seconds,
        }
    }

    /// The ladders configured now.
    pub fn ladders(&self) -> &Ladders {
        &self.config.ladder
    }

    /// The civil day it is in `zone`.
    pub fn today(&self, zone: Tz) -> NaiveDate {
        self.now.with_timezone(&zone).date_naive()
    }
}

/// Why an entry is refused: a stable code, and one sentence that says why and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For programs.
    pub code: &'static str,
    /// For people.
    pub sentence: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// What can go wrong at the register.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The impossible: refused whatever is said.
    #[error("{0}")]
    Refused(Refusal),
    /// The unlikely: refused until it is said again with `--confirm`.
    #[error("{}; if it is right all the same, repeat it with --confirm", .0.join("; "))]
    Unlikely(Vec<String>),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// A refusal.
    pub fn refused(code: &'static str, sentence: impl Into<String>) -> Self {
        Self::Refused(Refusal { code, sentence: sentence.into() })
    }

    /// There is no such case.
    pub fn unknown_case(number: &str) -> Self {
        let sentence =
            format!("there is no case \"{number}\"; open it with `keshirim case open`, or see `keshirim case list`");
        Self::refused("unknown_case", sentence)
    }

    /// There is no such entry.
    pub fn unknown_entry(event_id: &str) -> Self {
        let sentence =
            format!("there is no entry \"{event_id}\"; `keshirim case show NUMBER` lists the entries of a case");
        Self::refused("unknown_entry", sentence)
    }
}

/// The answer of everything at the register.
pub type Result<T> = std::result::Result<T, Error>;
