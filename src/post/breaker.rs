//! When the relay itself is ill: stop knocking, knock again later, never give up.
//!
//! A pure state machine; `now` is an argument. Only a fault of the system opens it ([`Verdict::NotSent`]): no letter is blamed
//! for a relay that is down, and thousands of waiting letters do not become thousands of attempts.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::Verdict;

/// Pauses after the first, second, … failure in a row, in seconds; the last one repeats for ever.
const PAUSE_SECONDS: [i64; 5] = [5, 15, 60, 120, 300];

/// Closed (all may send), open (nobody), or on trial (one letter is out to see whether the relay has recovered).
#[derive(Debug, Clone, Default)]
pub struct Breaker {
    open: Option<Open>,
}

#[derive(Debug, Clone)]
struct Open {
    /// When the first failure of this row came.
    since: DateTime<Utc>,
    /// Until when nobody may send; while a trial is out, when the next trial may go.
    until: DateTime<Utc>,
    /// Failures in a row that counted; never 0.
    failures: u32,
    /// A letter is out on trial.
    trial: bool,
    /// The last failure's phase and text.
    detail: String,
}

impl Breaker {
    /// Whether one letter may be tried at `now`.
    ///
    /// After the pause exactly one caller hears `true`, so that the recovered (or still sick) relay meets one connection and not
    /// all of them; should that trial never be settled, another may go after the same pause again.
    pub fn admit(&mut self, now: DateTime<Utc>) -> bool {
        let Some(open) = &mut self.open else {
            return true;
        };
        if now < open.until {
            return false;
        }
        open.trial = true;
        open.until = now + pause(open.failures);
        true
    }

    /// How many of `wanted` letters [`Breaker::admit`] would let go at `now`: all, one on trial, or none.
    pub fn room(&self, now: DateTime<Utc>, wanted: usize) -> usize {
        match self.open_until() {
            None => wanted,
            Some(until) if now < until => 0,
            Some(_) => wanted.min(1),
        }
    }

    /// When the next letter may be tried; `None` means at once.
    pub fn open_until(&self) -> Option<DateTime<Utc>> {
        self.open.as_ref().map(|open| open.until)
    }

    /// The wall clock was set by `step`: its instants move along, so that a pause of seconds does not become a day.
    pub fn clock_was_set(&mut self, step: TimeDelta) {
        if let Some(open) = &mut self.open {
            open.since += step;
            open.until += step;
        }
    }

    /// Takes note of an attempt's verdict.
    ///
    /// Accepted, deferred and refused close it: the relay is there and speaks. Not sent opens it or makes the pause longer.
    /// Unknown changes nothing: the relay spoke and then was lost, and the next letter will tell.
    pub fn settle(&mut self, now: DateTime<Utc>, verdict: &Verdict) {
        match verdict {
            Verdict::Accepted { .. } | Verdict::Deferred { .. } | Verdict::Refused { .. } => {
                self.open = None;
            }
            Verdict::NotSent { phase, detail } => self.fail(now, format!("{phase}: {detail}")),
            Verdict::Unknown { .. } => {}
        }
    }

    fn fail(&mut self, now: DateTime<Utc>, detail: String) {
        match &mut self.open {
            None => {
                self.open = Some(Open { since: now, until: now + pause(1), failures: 1, trial: false, detail });
            }
            // Letters that were already under way when it opened fail together: one illness, counted once.
            Some(open) if !open.trial && now < open.until => open.detail = detail,
            Some(open) => {
                open.failures = open.failures.saturating_add(1);
                open.until = now + pause(open.failures);
                open.trial = false;
                open.detail = detail;
            }
        }
    }

    /// The state for `/health` and metrics.
    pub fn snapshot(&self) -> BreakerSnapshot {
        match &self.open {
            None => BreakerSnapshot { state: "closed", since: None, until: None, failures: 0, detail: None },
            Some(open) => BreakerSnapshot {
                state: if open.trial { "trial" } else { "open" },
                since: Some(open.since),
                until: Some(open.until),
                failures: open.failures,
                detail: Some(open.detail.clone()),
            },
        }
    }
}

/// A breaker's state as `/health` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BreakerSnapshot {
    /// `closed`, `open` or `trial`.
    pub state: &'static str,
    /// Since when the relay has been failing.
    pub since: Option<DateTime<Utc>>,
    /// When it will be tried again.
    pub until: Option<DateTime<Utc>>,
    /// Failures in a row, those of letters sent together counted once.
    pub failures: u32,
    /// The last failure: phase and text.
    pub detail: Option<String>,
}

/// The pause after so many failures in a row (1 is the first).
fn pause(failures: u32) -> TimeDelta {
    let index = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    TimeDelta::seconds(*PAUSE_SECONDS.get(index).unwrap_or(&PAUSE_SECONDS[PAUSE_SECONDS.len() - 1]))
}
