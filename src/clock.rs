//! The only place that reads the time (invariant 2).
//!
//! An instant has whole milliseconds: that is what the store keeps, so an instant read back equals the one written.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, DurationRound, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

/// Where `now` comes from: the machine, or a test.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's wall clock.
    System,
    /// A stopped clock that only [`Clock::advance`] and [`Clock::set_by`] move.
    Manual(Arc<Mutex<Hands>>),
}

/// What a stopped clock shows.
#[derive(Clone, Copy, Debug)]
pub struct Hands {
    wall: DateTime<Utc>,
    steady: Duration,
}

impl Clock {
    /// A stopped clock standing at `now`.
    pub fn manual(now: DateTime<Utc>) -> Self {
        Self::Manual(Arc::new(Mutex::new(Hands { wall: whole_milliseconds(now), steady: Duration::ZERO })))
    }

    /// The instant it is, in whole milliseconds.
    #[expect(clippy::disallowed_methods, reason = "the one place that may ask the machine")]
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => whole_milliseconds(Utc::now()),
            Self::Manual(hands) => hands.lock().expect(LOCK).wall,
        }
    }

    /// How long it is until `at`, to the microsecond; nothing if that has passed.
    #[expect(clippy::disallowed_methods, reason = "the one place that may ask the machine")]
    pub fn until(&self, at: DateTime<Utc>) -> Duration {
        let now = match self {
            Self::System => Utc::now(),
            Self::Manual(_) => self.now(),
        };
        (at - now).to_std().unwrap_or_default()
    }

    /// Time that has passed since the first call, by a clock that nobody sets and that stands still while the machine sleeps: for
    /// ages and for noticing that the wall clock was set, never for a date or a deadline.
    pub fn steady(&self) -> Duration {
        static FIRST: OnceLock<Instant> = OnceLock::new();
        match self {
            Self::System => FIRST.get_or_init(Instant::now).elapsed(),
            Self::Manual(hands) => hands.lock().expect(LOCK).steady,
        }
    }

    /// The civil day it is in `zone`.
    pub fn today(&self, zone: Tz) -> NaiveDate {
        self.now().with_timezone(&zone).date_naive()
    }

    /// Lets time pass on a stopped clock; the machine's clock is not ours to move.
    pub fn advance(&self, by: TimeDelta) {
        if let Self::Manual(hands) = self {
            let mut hands = hands.lock().expect(LOCK);
            hands.wall += by;
            hands.steady += by.to_std().unwrap_or_default();
        }
    }

    /// Sets a stopped clock forward or back while no time passes, as somebody at the machine could.
    pub fn set_by(&self, step: TimeDelta) {
        if let Self::Manual(hands) = self {
            hands.lock().expect(LOCK).wall += step;
        }
    }
}

const LOCK: &str = "a clock's lock is held for one read or write that does not panic";

fn whole_milliseconds(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(at)
}
