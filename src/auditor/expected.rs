//! What must have been said of a deadline by now. PURE, and on purpose a second reading of letters.md "Ladders": nothing here calls
//! [`crate::alert::plan`] or [`crate::alert::due`], because the auditor is to find their mistakes too.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

use crate::alert::{Party, Rung, audience};
use crate::config::{Before, Every, Ladders};
use crate::law::calendar::Calendar;
use crate::law::finding::{BarState, Deadline, DutyState, RightState, StepState, Term, Until, WaitState};
use crate::law::period::Period;
use crate::law::regulation::Kind;
use crate::law::timeline::day_begins;

/// By what a deadline is judged.
#[derive(Clone, Copy, Debug)]
pub struct Measure<'a> {
    /// The case's zone: rungs fall on its mornings.
    pub zone: Tz,
    /// Working days.
    pub calendar: &'a Calendar,
    /// The ladders.
    pub ladders: &'a Ladders,
    /// The time of day at which rungs fall.
    pub morning: NaiveTime,
    /// The office in which the convict is held.
    pub institution: &'a str,
    /// What fell due by this instant must have been said: now, less the grace.
    pub asked: DateTime<Utc>,
    /// Since when calendar, ladders and program are those of today: what they alone would have asked before is not owed.
    pub basis: DateTime<Utc>,
}

/// Since when a deadline has stood as it stands now, by the entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stood {
    /// The instant of the entry that made it what it is.
    pub since: DateTime<Utc>,
    /// It had not been there before that entry, or it had been over.
    pub is_new: bool,
}

/// What must have been said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The rung that was due last.
    pub rung: Rung,
    /// Since when.
    pub since: DateTime<Utc>,
    /// A letter of that instant or later is owed; otherwise it is enough that the last one said the date as it stands.
    pub anew: bool,
    /// Who hears.
    pub to: Vec<Party>,
}

impl Measure<'_> {
    /// The instant of a morning; one that the clock skips is the hour after it.
    pub fn morning_of(&self, day: NaiveDate) -> DateTime<Utc> {
        let local = day.and_time(self.morning);
        let at = |local| self.zone.from_local_datetime(&local).earliest();
        at(local).or_else(|| at(local + TimeDelta::hours(1))).map_or_else(|| local.and_utc(), |at| at.to_utc())
    }

    /// From when the deadline could be judged: recorded, begun, and by the calendar and ladders of today.
    fn judged_from(&self, deadline: &Deadline, stood: &Stood) -> (DateTime<Utc>, DateTime<Utc>) {
        let known = stood.since.max(day_begins(deadline.from, self.zone));
        (known, known.max(self.basis))
    }
}

/// Whether anybody is still to hear of it: open, an unused right whose act follows, a wait until it was told to be over, a bar
/// that stands.
pub fn is_live(deadline: &Deadline) -> bool {
    deadline.closed.is_none()
        && match &deadline.term {
            Term::Duty(duty) => !matches!(duty.state, DutyState::OnTime { .. } | DutyState::Late { .. }),
            Term::Step(step) => !matches!(step.state, StepState::Done { .. }),
            Term::Right(right) => match right.state {
                RightState::Unused | RightState::Open | RightState::OpenIndefinite => true,
                RightState::ExpiredUnused => right.act_follows,
                RightState::Exercised { .. } | RightState::Restored { .. } => false,
            },
            Term::Wait(wait) => match wait.state {
                WaitState::Unasked | WaitState::Running => true,
                WaitState::Over => wait.petition.is_some(),
                WaitState::Lifted { .. } | WaitState::Exempt => false,
            },
            Term::Bar(bar) => !matches!(bar.state, BarState::Ended { .. }),
            Term::NoEdition => false,
        }
}

/// What must have been said of a deadline by [`Measure::asked`]; `None` when nothing was due yet.
pub fn owed(deadline: &Deadline, stood: &Stood, measure: &Measure<'_>) -> Option<Owed> {
    let (known, judged) = measure.judged_from(deadline, stood);
    if !is_live(deadline) || judged > measure.asked {
        return None;
    }
    let owed = |rung, since, anew| Owed { rung, since, anew, to: audience(deadline, rung, measure.institution) };
    let opens = opens(deadline, measure.ladders);
    if deadline.kind() == Kind::Bar {
        return opens.then(|| owed(Rung::Opened, judged, false));
    }
    let over = matches!(&deadline.term, Term::Right(right) if right.state == RightState::ExpiredUnused)
        || matches!(&deadline.term, Term::Wait(wait) if wait.state == WaitState::Over);
    match last_rung(deadline, measure) {
        Some((at, rung)) if at > judged => Some(owed(rung, at, true)),
        // Entered late, it opens with the rung it stands on.
        Some((at, rung)) if at <= known && stood.is_new => Some(owed(rung, judged, false)),
        // What was over before it came to life again is not told from the beginning.
        _ if over && !stood.is_new => None,
        _ if opens => Some(owed(Rung::Opened, judged, false)),
        _ => None,
    }
}

/// From when those who were told of a deadline must know the date it has now.
pub fn date_owed_since(deadline: &Deadline, stood: &Stood, measure: &Measure<'_>) -> Option<DateTime<Utc>> {
    let (_, judged) = measure.judged_from(deadline, stood);
    (is_live(deadline) && judged <= measure.asked).then_some(judged)
}

/// Whether its ladder begins with a letter at once.
fn opens(deadline: &Deadline, ladders: &Ladders) -> bool {
    match &deadline.term {
        Term::Duty(_) if in_days(deadline) => ladders.duty_of_days.opened,
        Term::Duty(_) => ladders.duty_of_months.opened,
        Term::Right(right) if right.until == Until::Open => ladders.right_without_end.opened,
        Term::Right(_) => ladders.right.opened,
        Term::Bar(_) => ladders.bar.opened,
        Term::Wait(_) => ladders.wait.opened,
        Term::Step(_) | Term::NoEdition => false,
    }
}

fn in_days(deadline: &Deadline) -> bool {
    deadline.rule().length.is_some_and(Period::is_in_days)
}

/// The last rung whose morning had come when it is asked, and that morning.
fn last_rung(deadline: &Deadline, measure: &Measure<'_>) -> Option<(DateTime<Utc>, Rung)> {
    let calendar = measure.calendar;
    let today = measure.asked.with_timezone(&measure.zone).date_naive();
    let until = if measure.morning_of(today) <= measure.asked { today } else { today.pred_opt()? };
    let mut days: Vec<(NaiveDate, Rung)> = fixed(deadline, measure);
    days.retain(|(day, _)| *day > deadline.from);
    if let Some((first, every)) = series(deadline, measure)
        && let Some(day) = last_of(first, every, until, calendar)
    {
        let late = matches!(deadline.term, Term::Duty(_));
        days.push((day, if late { Rung::Overdue(day) } else { Rung::AfterControl(day) }));
    }
    // Of two on one day the more urgent, which stands later in the list.
    let last =
        days.into_iter().enumerate().filter(|(_, (day, _))| *day <= until).max_by_key(|(i, (day, _))| (*day, *i));
    last.map(|(_, (day, rung))| (measure.morning_of(day), rung))
}

/// The rungs with a day of their own, from the least to the most urgent.
fn fixed(deadline: &Deadline, measure: &Measure<'_>) -> Vec<(NaiveDate, Rung)> {
    let (calendar, ladders) = (measure.calendar, measure.ladders);
    let before = |list: &[Before], end: NaiveDate| -> Vec<(NaiveDate, Rung)> {
        let day = |before: &Before| match *before {
            Before::WorkingDays(n) => (calendar.working_days_before(end, n), Rung::BeforeWorkingDays(n)),
            Before::Days(n) => (calendar.on_or_before(end - Days::new(n.into())), Rung::BeforeDays(n)),
        };
        list.iter().map(day).collect()
    };
    match &deadline.term {
        Term::Duty(duty) => {
            let ladder = if in_days(deadline) { &ladders.duty_of_days } else { &ladders.duty_of_months };
            let mut days = before(&ladder.before, duty.alert_workday);
            days.extend(ladder.on_alert_workday.then_some((duty.alert_workday, Rung::AlertWorkday)));
            let last = if calendar.is_working(duty.nominal) { duty.nominal } else { duty.rolled };
            days.extend(ladder.last_day.then_some((last, Rung::LastDay)));
            days
        }
        Term::Right(right) => {
            let Until::On(last) = right.until else { return Vec::new() };
            let mut days = before(&ladders.right.before, last);
            days.extend(ladders.right.last_day.then_some((calendar.on_or_before(last), Rung::LastDay)));
            let after = calendar.on_or_after(last + Days::new(1));
            days.extend((ladders.right.day_after && right.act_follows).then_some((after, Rung::DayAfter)));
            days
        }
        Term::Wait(wait) if ladders.wait.first_day => {
            vec![(calendar.on_or_after(wait.eligible_from), Rung::FirstDay)]
        }
        Term::Step(step) => {
            let mut days = before(&ladders.step.before, step.control_alert_workday);
            days.extend(ladders.step.on_control_date.then_some((step.control_alert_workday, Rung::ControlDate)));
            days
        }
        Term::Wait(_) | Term::Bar(_) | Term::NoEdition => Vec::new(),
    }
}

/// What is told again and again until the act is recorded: its first day, and how often.
fn series(deadline: &Deadline, measure: &Measure<'_>) -> Option<(NaiveDate, Every)> {
    let (calendar, ladders) = (measure.calendar, measure.ladders);
    match &deadline.term {
        Term::Duty(duty) => {
            let ladder = if in_days(deadline) { &ladders.duty_of_days } else { &ladders.duty_of_months };
            Some((calendar.on_or_after(duty.late_after() + Days::new(1)), ladder.overdue_every))
        }
        Term::Step(step) => {
            let every = ladders.step.after_control_every;
            let control = step.control.max(step.control_alert_workday);
            let first = match every {
                Every::WorkingDays(n) => calendar.working_days_after(control, n.max(1)),
                Every::Weeks(n) => calendar.on_or_after(control + Days::new(7 * u64::from(n.max(1)))),
            };
            Some((first, every))
        }
        Term::Right(_) | Term::Wait(_) | Term::Bar(_) | Term::NoEdition => None,
    }
}

/// The last day of a series that is not after `until`.
fn last_of(first: NaiveDate, every: Every, until: NaiveDate, calendar: &Calendar) -> Option<NaiveDate> {
    if first > until {
        return None;
    }
    match every {
        Every::WorkingDays(0 | 1) => Some(calendar.on_or_before(until)),
        Every::WorkingDays(n) => {
            let mut day = first;
            loop {
                let next = calendar.working_days_after(day, n);
                if next > until || next <= day {
                    return Some(day);
                }
                day = next;
            }
        }
        Every::Weeks(n) => {
            let period = 7 * u64::from(n.max(1));
            let turns = (until - first).num_days().cast_unsigned() / period;
            let day = |turn: u64| calendar.on_or_after(first + Days::new(turn * period));
            // The last turn may have been rolled past `until`.
            if day(turns) <= until { Some(day(turns)) } else { turns.checked_sub(1).map(day) }
        }
    }
}
