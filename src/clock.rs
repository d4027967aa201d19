//! The only place that reads the time (invariant 2).
//!
//! An instant has whole milliseconds: that is what the store keeps, so an instant read back equals the one written.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, DurationRound, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

/// Where `now` comes from: the machine, or a test.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's wall clock.
    System,
    /// A stopped clock that only [`Clock::advance`] moves.
    Manual(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// A stopped clock standing at `now`.
    pub fn manual(now: DateTime<Utc>) -> Self {
        Self::Manual(Arc::new(Mutex::new(whole_milliseconds(now))))
    }

    /// The instant it is, in whole milliseconds.
    #[expect(clippy::disallowed_methods, reason = "the one place that may ask the machine")]
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => whole_milliseconds(Utc::now()),
            Self::Manual(at) => *at.lock().expect("a clock's lock is held for one read only"),
        }
    }

    /// The civil day it is in `zone`.
    pub fn today(&self, zone: Tz) -> NaiveDate {
        self.now().with_timezone(&zone).date_naive()
    }

    /// Moves a stopped clock; the machine's clock is not ours to move.
    pub fn advance(&self, by: TimeDelta) {
        if let Self::Manual(at) = self {
            *at.lock().expect("a clock's lock is held for one write only") += by;
        }
    }
}

fn whole_milliseconds(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(at)
}
