//! What the operators' morning letter is made of: plain data.

use chrono::{DateTime, NaiveDate, Utc};

use crate::letter::{Kind, Letter};

/// What the letter is made of.
#[derive(Clone, Debug)]
pub struct Digest<'a> {
    /// To whom, from whom, when; without lines.
    pub letter: Letter<'a>,
    /// Since when is counted.
    pub since: DateTime<Utc>,
    /// What became of letters.
    pub letters: LetterCounts,
    /// How deadlines stand.
    pub deadlines: DeadlineCounts,
    /// What was entered, in order.
    pub entries: Vec<Entry<'a>>,
    /// How many entries there were in all.
    pub entries_total: u32,
    /// Entries that wait for a second person, the oldest first.
    pub waiting: Vec<Entry<'a>>,
    /// How many wait in all.
    pub waiting_total: u32,
    /// How many addresses are flagged.
    pub flagged: u32,
    /// The offices they belong to, by code.
    pub flagged_offices: Vec<&'a str>,
    /// The auditor's last run.
    pub audit: Option<AuditCounts>,
    /// The last day vouched for.
    pub verified_until: NaiveDate,
    /// The last day known.
    pub known_until: NaiveDate,
    /// How the way out stands: closed, trial, open.
    pub breaker: &'a str,
    /// Since when the relay has been failing.
    pub failing_since: Option<DateTime<Utc>>,
    /// The seal, as `keshirim verify --seal` takes it.
    pub seal: &'a str,
    /// The day at whose end it was taken.
    pub sealed_on: NaiveDate,
}

/// What became of letters since the last such letter, and what is still to go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LetterCounts {
    /// Composed.
    pub composed: u32,
    /// Accepted by the relay.
    pub accepted: u32,
    /// Deferred by it.
    pub deferred: u32,
    /// Refused by it.
    pub refused: u32,
    /// Came back.
    pub bounced: u32,
    /// Of unknown fate.
    pub unknown: u32,
    /// Still to go, now.
    pub unsent: u32,
    /// Since when the oldest of them has been due.
    pub oldest: Option<DateTime<Utc>>,
}

/// How deadlines stand now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeadlineCounts {
    /// Open.
    pub open: u32,
    /// Due today.
    pub today: u32,
    /// Overdue.
    pub overdue: u32,
    /// Steps past their internal control date.
    pub past_control: u32,
}

/// The auditor's last run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditCounts {
    /// When it ended.
    pub finished: DateTime<Utc>,
    /// Cases derived anew.
    pub cases: u32,
    /// What should have been said.
    pub expected: u32,
    /// What of it was accepted.
    pub accepted: u32,
    /// Differences.
    pub differences: u32,
}

/// What was done to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action<'a> {
    /// A case was opened.
    Opened,
    /// An event was recorded.
    Recorded,
    /// An event's day was corrected.
    Corrected {
        /// The day before.
        old: Option<NaiveDate>,
        /// Reason code.
        reason: &'a str,
    },
    /// An event was struck.
    Retracted {
        /// Reason code.
        reason: &'a str,
    },
    /// A second person confirmed it.
    Confirmed,
}

/// One entry. No name of a person, no note.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The case's number; empty for a nation-wide event.
    pub case_number: &'a str,
    /// What was done.
    pub action: Action<'a>,
    /// The event type; empty where a case was opened.
    pub event: &'a str,
    /// The day as entered.
    pub on: Option<NaiveDate>,
    /// When it was entered.
    pub entered: DateTime<Utc>,
    /// It waits for a second person.
    pub waits: bool,
    /// It was struck or corrected since.
    pub struck: bool,
    /// What follows from it.
    pub follows: Vec<Follow<'a>>,
}

/// A deadline that an entry starts or ends.
#[derive(Clone, Copy, Debug)]
pub struct Follow<'a> {
    /// Rule id.
    pub rule_id: &'a str,
    /// Its paragraph.
    pub paragraph: &'a str,
    /// Its kind.
    pub kind: Kind,
    /// The day it is watched by.
    pub date: Option<NaiveDate>,
    /// The entry ends it, and does not start it.
    pub ends: bool,
}
