//! When somebody sets the machine's clock, or the machine has slept.
//!
//! Every date in the register is a wall-clock date, so a clock that jumps forward needs nothing: what is due is found by "due and
//! not done". A clock that is set back needs care: whatever was put off for a while (the breaker's pause, a letter deferred for five
//! minutes, a notice that waits a minute to be grouped) now lies an hour or a day ahead, and so do the metronome's own beats. The step is
//! noticed by comparing the wall clock with the steady one; then the metronome is started anew and what waits is brought
//! forward. A step while the daemon was off is found by the longest time that anything is ever put off.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::App;
use crate::clock::Clock;
use crate::store::Instant;

/// A difference between the two clocks that is a step: neither the slewing of NTP (half a millisecond a second) nor a slow look.
const STEP_SECONDS_MIN: i64 = 2;

/// Longer than anything is ever put off: a deferred letter an hour and a tenth, a claim 45 minutes, a notice its minute.
const PUT_OFF_HOURS_MAX: i64 = 3;

/// Compares the two clocks.
#[derive(Debug)]
pub struct Watch {
    wall: DateTime<Utc>,
    steady: Duration,
}

impl Watch {
    /// Begins to watch.
    pub fn new(clock: &Clock) -> Self {
        Self { wall: clock.now(), steady: clock.steady() }
    }

    /// By how much the wall clock was set since this was last asked (a sleep of the machine counts as set forward); none if it was not.
    pub fn step(&mut self, clock: &Clock) -> Option<TimeDelta> {
        let last = std::mem::replace(self, Self::new(clock));
        let passed = TimeDelta::from_std(self.steady.saturating_sub(last.steady)).unwrap_or(TimeDelta::MAX);
        let step = self.wall - last.wall - passed;
        (step.abs() >= TimeDelta::seconds(STEP_SECONDS_MIN)).then_some(step)
    }
}

impl App {
    /// Takes note that the wall clock was set by `step`: what waits is brought forward at the next beat, and every case is derived
    /// anew, for a wrong clock may have called something overdue.
    pub fn clock_was_set(&self, step: TimeDelta) {
        let seconds = step.num_seconds();
        tracing::warn!(
            seconds,
            "the machine's clock was set, or the machine has slept: what is due is looked for anew"
        );
        if step < TimeDelta::zero() {
            self.dispatcher.clock_was_set(step);
            self.set_back.store(true, Ordering::Relaxed);
        }
        self.replan_all.store(true, Ordering::Relaxed);
        self.wake();
    }

    /// Brings forward what waits for a time that a clock set back has put out of reach: all of it when the step was seen, else what
    /// lies further ahead than anything is ever put off.
    pub(super) async fn bring_forward(&self) -> Result<()> {
        let now = self.clock.now();
        let seen = self.set_back.swap(false, Ordering::Relaxed);
        let until = if seen { now } else { now + TimeDelta::hours(PUT_OFF_HOURS_MAX) };
        let done = async {
            let mut tx = self.store.begin_beside().await?;
            let brought = tx.bring_forward(Instant::new(now), Instant::new(until)).await?;
            tx.commit().await?;
            Ok(brought)
        };
        let brought: u64 = done.await.inspect_err(|_: &crate::store::Error| {
            // Not done is not done: the next beat tries again.
            self.set_back.fetch_or(seen, Ordering::Relaxed);
        })?;
        if brought > 0 {
            tracing::warn!(
                brought,
                "the clock was set back: these letters and notices no longer wait for the old time"
            );
            self.wake();
        }
        Ok(())
    }
}
