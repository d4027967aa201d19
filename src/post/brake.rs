//! The volume brake: a runaway (a bad import, a loop) must not flood officials. It queues and alarms, it never drops.
//!
//! A pure state machine like [`super::breaker`]; `now` is an argument, and what was handed over is counted from the receipts in the
//! register, so that several daemons share one brake. At [`Brake::new`]'s limit it engages: ordinary letters stay queued until the
//! last hour has cooled to nine tenths of the limit; urgent ones (a last day, a lateness) go on up to twice the limit.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

/// How far back letters count.
pub const WINDOW: TimeDelta = TimeDelta::hours(1);

/// How old a count may be: other daemons hand over letters too, and the hour moves on.
const COUNT_AGE_SECONDS_MAX: i64 = 10;

/// What the urgent may reach, in limits.
const URGENT_FACTOR: u64 = 2;

/// The least urgency of a letter that a braked dispatcher still sends.
const URGENT: i64 = 1;

/// Free, or engaged since an instant.
#[derive(Debug, Clone)]
pub struct Brake {
    letters_per_hour_max: u64,
    /// Letters handed over within the hour before `counted_at`, and since.
    handed: u64,
    counted_at: Option<DateTime<Utc>>,
    engaged: Option<Engaged>,
}

#[derive(Debug, Clone, Copy)]
struct Engaged {
    since: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
}

/// Which letters may be taken up, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Letters of at least this urgency (0 ordinary, 1 urgent).
    pub urgency_min: i64,
    /// So many of them.
    pub letters: usize,
}

/// What the operators must hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Ordinary letters wait from now on.
    Engaged,
    /// They go again.
    Released,
}

impl Brake {
    /// A free brake with its limit, in letters an hour (at least 1).
    pub fn new(letters_per_hour_max: u32) -> Self {
        Self {
            letters_per_hour_max: u64::from(letters_per_hour_max).max(1),
            handed: 0,
            counted_at: None,
            engaged: None,
        }
    }

    /// Whether the register is to be counted again before the next letter is taken up.
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        // A clock that was set back makes a count stale, too.
        self.counted_at.is_none_or(|at| (now - at).num_seconds().abs() >= COUNT_AGE_SECONDS_MAX)
    }

    /// At how many letters in the hour an engaged brake lets go: nine tenths of the limit, so that it does not flutter.
    pub fn released_at(&self) -> u64 {
        self.letters_per_hour_max * 9 / 10
    }

    /// Takes over what the register counted at `now`: letters handed over in the hour before, and when the hour will have cooled to
    /// [`Brake::released_at`] if nothing more is sent.
    pub fn count(&mut self, now: DateTime<Utc>, handed: u64, cool_at: Option<DateTime<Utc>>) -> Option<Change> {
        (self.handed, self.counted_at) = (handed, Some(now));
        let released_at = self.released_at();
        match &mut self.engaged {
            Some(_) if handed <= released_at => {
                self.engaged = None;
                Some(Change::Released)
            }
            Some(engaged) => {
                engaged.until = cool_at;
                None
            }
            None if handed >= self.letters_per_hour_max => {
                self.engaged = Some(Engaged { since: now, until: cool_at });
                Some(Change::Engaged)
            }
            None => None,
        }
    }

    /// Adds letters that were handed over since the count.
    pub fn add(&mut self, now: DateTime<Utc>, handed: u64) -> Option<Change> {
        self.handed += handed;
        if self.engaged.is_some() || self.handed < self.letters_per_hour_max {
            return None;
        }
        // Until when, only the register knows: it is asked before the next letter.
        self.counted_at = None;
        self.engaged = Some(Engaged { since: now, until: None });
        Some(Change::Engaged)
    }

    /// How many of `wanted` letters may be taken up while `out` others are on their way.
    pub fn room(&self, wanted: usize, out: usize) -> Room {
        let (urgency_min, limit) = match self.engaged {
            None => (0, self.letters_per_hour_max),
            Some(_) => (URGENT, self.letters_per_hour_max * URGENT_FACTOR),
        };
        let left = limit.saturating_sub(self.handed).saturating_sub(out as u64);
        Room { urgency_min, letters: wanted.min(usize::try_from(left).unwrap_or(usize::MAX)) }
    }

    /// The state for `/health`, metrics and the operators' notice.
    pub fn snapshot(&self) -> BrakeSnapshot {
        BrakeSnapshot {
            engaged: self.engaged.is_some(),
            since: self.engaged.map(|engaged| engaged.since),
            until: self.engaged.and_then(|engaged| engaged.until),
            handed_last_hour: self.handed,
            letters_per_hour_max: self.letters_per_hour_max,
        }
    }
}

/// A brake's state as `/health` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrakeSnapshot {
    /// Whether ordinary letters wait.
    pub engaged: bool,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
    /// Until when, if no urgent letter goes meanwhile; none until it has been counted.
    pub until: Option<DateTime<Utc>>,
    /// Letters handed over within the last hour, as last counted.
    pub handed_last_hour: u64,
    /// The limit.
    pub letters_per_hour_max: u64,
}
