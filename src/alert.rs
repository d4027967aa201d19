//! Alerts: "this office must hear this about this deadline at this rung". PURE.
//!
//! (A stand-in with the shape that `register::save` calls; the ladders are another's work.)

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::law::finding::Deadline;

/// What the register had written about the deadline before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    /// The date shown.
    pub shown_on: Option<NaiveDate>,
    /// The day it was watched by.
    pub watched_by: Option<NaiveDate>,
    /// Its status.
    pub status: String,
    /// Whether something was still to be done.
    pub is_open: bool,
    /// Whether anyone has been told of it.
    pub told: bool,
    /// The date last told.
    pub told_shown: Option<NaiveDate>,
    /// What was planned.
    pub planned: Option<Planned>,
}

/// What planning knows besides the deadline.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The instant it is.
    pub now: DateTime<Utc>,
    /// The case's zone.
    pub zone: Tz,
}

/// The next alert of a deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// When it is due.
    pub at: DateTime<Utc>,
    /// The rung.
    pub rung: String,
}

/// How long an opening notice waits to be grouped with others.
const GROUPING_SECONDS: i64 = 60;

/// The next alert about a deadline as it now stands.
pub fn plan(new: &Deadline, previous: Option<&Previous>, context: &Context) -> Option<Planned> {
    match previous {
        Some(previous) if new.is_open() => previous.planned.clone(),
        None if new.is_open() => {
            Some(Planned { at: context.now + TimeDelta::seconds(GROUPING_SECONDS), rung: "opened".to_owned() })
        }
        _ => None,
    }
}

/// The next alert about a deadline that no longer follows from the events.
pub fn plan_gone(_previous: &Previous, _context: &Context) -> Option<Planned> {
    None
}
