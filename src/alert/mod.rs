//! Alerts: "this office must hear this about this deadline at this rung". PURE: `now` is an argument, nothing is read or sent.
//!
//! A deadline keeps only its **next** alert. [`plan`] says what it is whenever the deadline is derived anew; [`due`] says, when
//! it has come, which rung is to be told (the latest whose time has come: a missed one is dropped for it) and what comes next.
//! [`audience()`] says who hears it, [`acknowledgement_stops`] and [`escalates`] what follows when a reader says that he knows, or does not.

mod acknowledged;
mod audience;
mod ladder;
mod rung;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

pub use acknowledged::{acknowledgement_stops, escalates};
pub use audience::{Party, actor_code, asked_office, audience};
pub use rung::Rung;

use crate::config::Ladders;
use crate::law::calendar::Calendar;
use crate::law::finding::{Bar, BarState, Deadline, Right, RightState, Term, Until, Wait, WaitState};
use crate::law::regulation::Kind;
use ladder::{duty_ladder, latest, next_after};

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
    /// Whether an office that is to hear of it by now was never told: the convict was transferred, another body was named.
    pub unheard: bool,
    /// What was planned.
    pub planned: Option<Planned>,
}

/// What planning knows besides the deadline.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The instant it is.
    pub now: DateTime<Utc>,
    /// The case's zone: rungs fall on its mornings.
    pub zone: Tz,
    /// Working days.
    pub calendar: &'a Calendar,
    /// The ladders.
    pub ladders: &'a Ladders,
    /// The time of day at which rungs fall.
    pub morning: NaiveTime,
    /// How long a notice waits to be grouped with others.
    pub group_notices_seconds: u32,
}

/// The next alert of a deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// When it is due.
    pub at: DateTime<Utc>,
    /// The rung.
    pub rung: Rung,
}

impl Context<'_> {
    /// The instant of a morning.
    fn morning_of(&self, day: NaiveDate) -> DateTime<Utc> {
        let local = day.and_time(self.morning);
        let at = self.zone.from_local_datetime(&local).earliest();
        // A morning that the clock skips: the hour after it.
        at.or_else(|| self.zone.from_local_datetime(&(local + TimeDelta::hours(1))).earliest())
            .map_or_else(|| local.and_utc(), |at| at.to_utc())
    }

    /// The civil day of an instant.
    fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// The first morning of a working day after now.
    pub fn next_morning(&self) -> DateTime<Utc> {
        let today = self.calendar.on_or_after(self.day_of(self.now));
        let morning = self.morning_of(today);
        if morning > self.now { morning } else { self.morning_of(self.calendar.working_days_after(today, 1)) }
    }

    fn notice(&self, rung: Rung) -> Planned {
        Planned { at: self.now + TimeDelta::seconds(self.group_notices_seconds.into()), rung }
    }
}

/// The next alert about a deadline as it now stands; `None` when nobody is to hear of it again.
pub fn plan(new: &Deadline, previous: Option<&Previous>, context: &Context<'_>) -> Option<Planned> {
    if let Term::Bar(bar) = &new.term {
        return plan_bar(new, bar, previous, context);
    }
    if !is_live(new) {
        return previous.and_then(|previous| plan_ended(new, previous, context));
    }
    let Some(previous) = previous else { return begin(new, context) };
    let waiting = previous.planned.clone();
    let rung = waiting.as_ref().map(|planned| planned.rung);
    // A wait is never open; one that was lifted or closed and goes on all the same is told again, too. One that was over runs to
    // another date: whoever was told of it hears that it moved.
    let over = if previous.told { "over" } else { "running" };
    let waits_again = matches!(new.term, Term::Wait(Wait { state: WaitState::Running, .. }))
        && previous.status != "running"
        && previous.status != over;
    let began_anew = previous.status == "gone" || !previous.is_open && (new.is_open() || waits_again);
    // Nobody has heard yet that it was over: then it is no news that it goes on.
    if began_anew && rung != Some(Rung::Closed) {
        return begin(new, context);
    }
    // What counts is the date that people were told, not the one that stood in the register for a while.
    let at_odds = previous.told && previous.told_shown != new.watched_by();
    match (rung, waiting) {
        // A notice that waits to be grouped goes on waiting: it will say the newest.
        (Some(Rung::Opened), waiting) => waiting,
        (Some(Rung::Moved), waiting) if at_odds => waiting,
        _ if at_odds => Some(context.notice(Rung::Moved)),
        _ if previous.unheard => Some(context.notice(Rung::Opened)),
        // A rung that has come and was not told yet is told, as it then stands.
        (Some(rung), Some(planned)) if !rung.is_notice() && planned.at <= context.now => Some(planned),
        _ => next_after(new, context.now, context),
    }
}

/// The closing line of a deadline that was met, lifted or closed; a right that merely ran out has none.
fn plan_ended(new: &Deadline, previous: &Previous, context: &Context<'_>) -> Option<Planned> {
    let first_day = matches!(new.term, Term::Wait(Wait { state: WaitState::Over, .. })) && new.closed.is_none();
    match &previous.planned {
        // A closing notice that waits to be grouped goes on waiting.
        Some(planned) if planned.rung == Rung::Closed => Some(planned.clone()),
        // That a wait is over was promised to be told in the morning.
        Some(planned) if planned.rung == Rung::FirstDay && first_day => Some(planned.clone()),
        _ => {
            let ran_out = first_day
                || new.closed.is_none()
                    && matches!(new.term, Term::Right(Right { state: RightState::ExpiredUnused, .. }));
            (previous.told && stood(previous) && !ran_out).then(|| context.notice(Rung::Closed))
        }
    }
}

/// Whether what was told of a deadline still stood.
fn stood(previous: &Previous) -> bool {
    previous.is_open || matches!(previous.status.as_str(), "running" | "in_force" | "in_force_indefinite")
}

/// The next alert about a deadline that no longer follows from the events.
pub fn plan_gone(previous: &Previous, kind: Kind, context: &Context<'_>) -> Option<Planned> {
    let rung = if kind == Kind::Bar { Rung::BarEnded } else { Rung::Closed };
    (previous.told && stood(previous)).then(|| context.notice(rung))
}

/// Whether anybody is still to be written to about it: open, or a wait that has not been told to be over.
fn is_live(deadline: &Deadline) -> bool {
    deadline.closed.is_none()
        && match deadline.term {
            // An unused right that is over is told once more: the act of para 9 is to be drawn up.
            Term::Right(right) => deadline.is_open() || (right.state == RightState::ExpiredUnused && right.act_follows),
            Term::Wait(wait) => match wait.state {
                WaitState::Unasked | WaitState::Running => true,
                WaitState::Over => wait.petition.is_some(),
                WaitState::Lifted { .. } | WaitState::Exempt => false,
            },
            _ => deadline.is_open(),
        }
}

/// A new deadline: told at once where its ladder says so, or where a rung has come already; else at its first rung.
fn begin(new: &Deadline, context: &Context<'_>) -> Option<Planned> {
    if opens_with_notice(new, context.ladders) || latest(new, context.now, context).is_some() {
        return Some(context.notice(Rung::Opened));
    }
    next_after(new, context.now, context)
}

fn opens_with_notice(deadline: &Deadline, ladders: &Ladders) -> bool {
    match deadline.term {
        Term::Duty(_) => duty_ladder(deadline, ladders).opened,
        Term::Right(Right { until: Until::Open, .. }) => ladders.right_without_end.opened,
        Term::Right(_) => ladders.right.opened,
        Term::Bar(_) => ladders.bar.opened,
        Term::Wait(_) => ladders.wait.opened,
        Term::Step(_) | Term::NoEdition => false,
    }
}

/// Bars: told when they open and when they lengthen; when one ends or shortens only the working body hears. No countdown.
fn plan_bar(new: &Deadline, bar: &Bar, previous: Option<&Previous>, context: &Context<'_>) -> Option<Planned> {
    let standing = new.closed.is_none() && !matches!(bar.state, BarState::Ended { .. });
    let Some(previous) = previous else {
        return (standing && context.ladders.bar.opened).then(|| context.notice(Rung::Opened));
    };
    let stood = previous.status.starts_with("in_force") || previous.status.is_empty();
    if !standing {
        return if stood { previous.told.then(|| context.notice(Rung::BarEnded)) } else { previous.planned.clone() };
    }
    if !stood {
        return Some(context.notice(Rung::Opened));
    }
    if !previous.told {
        return previous.planned.clone();
    }
    // Measured by what people were told: lengthened and shortened within a minute may be longer still.
    match (previous.told_shown, new.effective()) {
        (before, now) if before == now => match &previous.planned {
            _ if previous.unheard => Some(context.notice(Rung::Opened)),
            Some(planned) if planned.rung == Rung::Opened => Some(planned.clone()),
            _ => None,
        },
        (Some(before), Some(now)) if now < before => Some(context.notice(Rung::BarEnded)),
        (None, Some(_)) => Some(context.notice(Rung::BarEnded)),
        _ if context.ladders.bar.lengthened => Some(context.notice(Rung::Lengthened)),
        _ => previous.planned.clone(),
    }
}

/// What is to be told of a deadline whose planned alert has come (nothing, if it ended meanwhile), and what is planned after it.
pub fn due(deadline: &Deadline, planned: &Planned, context: &Context<'_>) -> (Option<Rung>, Option<Planned>) {
    let live = is_live(deadline);
    let next = |after| if live { next_after(deadline, after, context) } else { None };
    match planned.rung {
        // A rung that fell into the minute of waiting is not said in one letter with the move, and not lost: it comes next.
        Rung::Moved => {
            let waited = TimeDelta::seconds(context.group_notices_seconds.into());
            (Some(Rung::Moved), next((planned.at - waited).min(context.now)))
        }
        Rung::Closed | Rung::Lengthened | Rung::BarEnded => (Some(planned.rung), next(context.now)),
        // A deadline entered late opens with the rung it stands on: "overdue" says more than "began".
        Rung::Opened => (Some(latest(deadline, context.now, context).unwrap_or(Rung::Opened)), next(context.now)),
        Rung::FirstDay if !live => {
            let over = matches!(deadline.term, Term::Wait(Wait { state: WaitState::Over, .. }));
            (Some(Rung::FirstDay).filter(|_| over && deadline.closed.is_none()), None)
        }
        _ if !live => (None, None),
        // On the day of escalation the office hears what it has not heard yet, and the superior that nobody answered.
        Rung::Unacknowledged => {
            (latest(deadline, context.now, context).or(Some(Rung::Unacknowledged)), next(context.now))
        }
        _ => (latest(deadline, context.now, context), next(context.now)),
    }
}
