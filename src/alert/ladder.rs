//! On which mornings a deadline is told: the rungs of its ladder, and the series that goes on until it is met.

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::acknowledged::{day_before, escalation_day};
use super::{Context, Planned, Rung};
use crate::config::{Before, DutyLadder, Every, Ladders, StepLadder};
use crate::law::calendar::Calendar;
use crate::law::finding::{Deadline, Duty, Right, Step, StepState, Term, Until, Wait};

/// The latest rung whose morning has come and that tells the office itself something.
pub(super) fn latest(deadline: &Deadline, now: DateTime<Utc>, context: &Context<'_>) -> Option<Rung> {
    let come = |(day, _): &(NaiveDate, Rung)| context.morning_of(*day) <= now;
    let repeated = repeat(deadline, context).and_then(|(from, every)| {
        let today = context.day_of(now);
        // The last morning that has come: today's, or the one before.
        let until = if context.morning_of(today) <= now { today } else { today.pred_opt()? };
        last_repeat(from, every, until, context.calendar).map(|day| (day, repeated_rung(deadline, day)))
    });
    let told = |found: &(NaiveDate, Rung)| found.1 != Rung::Unacknowledged && come(found);
    repeated.or_else(|| rungs(deadline, context).into_iter().rfind(told)).map(|(_, rung)| rung)
}

/// The first rung whose morning comes after `after`.
pub(super) fn next_after(deadline: &Deadline, after: DateTime<Utc>, context: &Context<'_>) -> Option<Planned> {
    let mut ahead = rungs(deadline, context).into_iter().map(|(day, rung)| (context.morning_of(day), rung));
    if let Some((at, rung)) = ahead.find(|(at, _)| *at > after) {
        return Some(Planned { at, rung });
    }
    let (from, every) = repeat(deadline, context)?;
    let mut day = next_repeat(from, every, context.day_of(after), context.calendar);
    if context.morning_of(day) <= after {
        day = next_repeat(from, every, day.succ_opt()?, context.calendar);
    }
    Some(Planned { at: context.morning_of(day), rung: repeated_rung(deadline, day) })
}

/// The rungs with a day of their own, in the order of their days; of two on one day the more urgent one.
fn rungs(deadline: &Deadline, context: &Context<'_>) -> Vec<(NaiveDate, Rung)> {
    let (calendar, ladders) = (context.calendar, context.ladders);
    let mut found = match &deadline.term {
        Term::Duty(duty) => duty_rungs(duty, duty_ladder(deadline, ladders), calendar),
        Term::Right(right) => right_rungs(right, ladders, calendar),
        Term::Wait(wait) => wait_rungs(wait, ladders, calendar),
        Term::Step(step) => step_rungs(step, &ladders.step, calendar),
        Term::Bar(_) | Term::NoEdition => Vec::new(),
    };
    // The least urgent of its day: where another rung falls on it, that one asks who has acknowledged.
    found.splice(0..0, escalation_day(deadline, context).map(|day| (day, Rung::Unacknowledged)));
    // Nothing is counted down before the term began.
    found.retain(|(day, _)| *day > deadline.from);
    found.sort_by_key(|(day, _)| *day);
    // Rungs were pushed from the least to the most urgent and the sort is stable: the last of a day stays.
    found.reverse();
    found.dedup_by_key(|(day, _)| *day);
    found.reverse();
    found
}

pub(super) fn duty_ladder<'a>(deadline: &Deadline, ladders: &'a Ladders) -> &'a DutyLadder {
    match deadline.rule().length {
        Some(length) if length.is_in_days() => &ladders.duty_of_days,
        _ => &ladders.duty_of_months,
    }
}

fn before(days: &[Before], end: NaiveDate, calendar: &Calendar) -> impl Iterator<Item = (NaiveDate, Rung)> {
    days.iter().map(move |before| {
        let rung = match *before {
            Before::WorkingDays(n) => Rung::BeforeWorkingDays(n),
            Before::Days(n) => Rung::BeforeDays(n),
        };
        (day_before(*before, end, calendar), rung)
    })
}

fn duty_rungs(duty: &Duty, ladder: &DutyLadder, calendar: &Calendar) -> Vec<(NaiveDate, Rung)> {
    let mut found: Vec<_> = before(&ladder.before, duty.alert_workday, calendar).collect();
    if ladder.on_alert_workday {
        found.push((duty.alert_workday, Rung::AlertWorkday));
    }
    if ladder.last_day {
        // On a day off nobody works: the last day is then the one it rolled to.
        found.push((if calendar.is_working(duty.nominal) { duty.nominal } else { duty.rolled }, Rung::LastDay));
    }
    found
}

fn right_rungs(right: &Right, ladders: &Ladders, calendar: &Calendar) -> Vec<(NaiveDate, Rung)> {
    let Until::On(last_day) = right.until else { return Vec::new() };
    let mut found: Vec<_> = before(&ladders.right.before, last_day, calendar).collect();
    if ladders.right.last_day {
        found.push((calendar.on_or_before(last_day), Rung::LastDay));
    }
    if let Some(next) = last_day.succ_opt().filter(|_| ladders.right.day_after && right.act_follows) {
        found.push((calendar.on_or_after(next), Rung::DayAfter));
    }
    found
}

fn wait_rungs(wait: &Wait, ladders: &Ladders, calendar: &Calendar) -> Vec<(NaiveDate, Rung)> {
    if ladders.wait.first_day { vec![(calendar.on_or_after(wait.eligible_from), Rung::FirstDay)] } else { Vec::new() }
}

fn step_rungs(step: &Step, ladder: &StepLadder, calendar: &Calendar) -> Vec<(NaiveDate, Rung)> {
    let mut found: Vec<_> = before(&ladder.before, step.control_alert_workday, calendar).collect();
    if ladder.on_control_date {
        found.push((step.control_alert_workday, Rung::ControlDate));
    }
    found
}

/// The series that goes on until the deadline is met: its first day, and how often.
fn repeat(deadline: &Deadline, context: &Context<'_>) -> Option<(NaiveDate, Every)> {
    let (after, every) = match &deadline.term {
        Term::Duty(duty) => (duty.late_after(), duty_ladder(deadline, context.ladders).overdue_every),
        Term::Step(step) if !matches!(step.state, StepState::Done { .. }) => {
            let every = context.ladders.step.after_control_every;
            return Some((self::step(step.control_alert_workday.max(step.control), every, context.calendar), every));
        }
        _ => return None,
    };
    Some((context.calendar.on_or_after(after.succ_opt()?), every))
}

fn repeated_rung(deadline: &Deadline, day: NaiveDate) -> Rung {
    match deadline.term {
        Term::Duty(_) => Rung::Overdue(day),
        _ => Rung::AfterControl(day),
    }
}

/// The day of a series after `day`.
fn step(day: NaiveDate, every: Every, calendar: &Calendar) -> NaiveDate {
    match every {
        Every::WorkingDays(n) => calendar.working_days_after(day, n.max(1)),
        Every::Weeks(n) => {
            calendar.on_or_after(day.checked_add_days(Days::new(u64::from(n.max(1)) * 7)).unwrap_or(NaiveDate::MAX))
        }
    }
}

/// The last day of the series from `from` (a working day) that is not after `until`. Each day follows from the first alone, so
/// that the series is the same from wherever it is looked at.
fn last_repeat(from: NaiveDate, every: Every, until: NaiveDate, calendar: &Calendar) -> Option<NaiveDate> {
    if until < from {
        return None;
    }
    match every {
        Every::WorkingDays(n) => {
            let until = calendar.on_or_before(until);
            let beyond = match n {
                0 | 1 => 0,
                n => calendar.working_days_between(from, until) % i64::from(n),
            };
            Some(calendar.working_days_before(until, u16::try_from(beyond).ok()?)).filter(|day| *day >= from)
        }
        Every::Weeks(n) => {
            let period = u64::from(n.max(1)) * 7;
            let turns = (until - from).num_days().cast_unsigned() / period;
            // The last turn may have been rolled past `until`.
            let day = |turn: u64| Some(calendar.on_or_after(from.checked_add_days(Days::new(turn * period))?));
            day(turns).filter(|day| *day <= until).or_else(|| day(turns.checked_sub(1)?).filter(|day| *day <= until))
        }
    }
}

/// The first day of the series from `from` that is not before `day`.
fn next_repeat(from: NaiveDate, every: Every, day: NaiveDate, calendar: &Calendar) -> NaiveDate {
    if day <= from {
        return from;
    }
    match every {
        Every::WorkingDays(n) => {
            let day = calendar.on_or_after(day);
            let beyond = match n {
                0 | 1 => 0,
                n => calendar.working_days_between(from, day) % i64::from(n),
            };
            let ahead = if beyond == 0 { 0 } else { i64::from(n) - beyond };
            calendar.working_days_after(day, u16::try_from(ahead).unwrap_or(0))
        }
        Every::Weeks(n) => {
            let period = u64::from(n.max(1)) * 7;
            let turns = (day - from).num_days().cast_unsigned() / period;
            (turns..)
                .map_while(|turn| from.checked_add_days(Days::new(turn * period)))
                .map(|nominal| calendar.on_or_after(nominal))
                .find(|rolled| *rolled >= day)
                .unwrap_or(NaiveDate::MAX)
        }
    }
}
