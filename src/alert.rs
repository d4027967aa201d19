//! Alerts: "this office must hear this about this deadline at this rung". PURE: `now` is an argument, nothing is read or sent.
//!
//! A deadline keeps only its **next** alert. [`plan`] says what it is whenever the deadline is derived anew; [`due`] says, when
//! it has come, which rung is to be told (the latest whose time has come: a missed one is dropped for it) and what comes next.
//! [`audience`] says who hears it.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::config::{Before, DutyLadder, Every, Ladders, StepLadder};
use crate::law::calendar::Calendar;
use crate::law::finding::{
    Bar, BarState, Deadline, Duty, Right, RightState, Step, StepState, Term, Until, Wait, WaitState,
};
use crate::law::regulation::Kind;

/// A rung of a ladder: why a letter speaks of a deadline now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// It began.
    Opened,
    /// So many civil days before its day.
    BeforeDays(u16),
    /// So many working days before its day.
    BeforeWorkingDays(u16),
    /// The last working day on which it is safe.
    AlertWorkday,
    /// The last day.
    LastDay,
    /// Overdue; told anew on each of these days.
    Overdue(NaiveDate),
    /// A right went unused: the day after.
    DayAfter,
    /// The first day after a wait.
    FirstDay,
    /// A step's internal control date.
    ControlDate,
    /// A step past its internal control date; told anew on each of these days.
    AfterControl(NaiveDate),
    /// Its date moved.
    Moved,
    /// It was met, lifted, closed, or no longer follows.
    Closed,
    /// A bar lengthened.
    Lengthened,
    /// A bar ended or shortened: only the working body hears.
    BarEnded,
}

impl Rung {
    /// The rung as the register keeps it: `opened`, `before:10d`, `overdue:2026-11-23`, …
    pub fn key(self) -> String {
        match self {
            Self::Opened => "opened".to_owned(),
            Self::BeforeDays(n) => format!("before:{n}d"),
            Self::BeforeWorkingDays(n) => format!("before:{n}wd"),
            Self::AlertWorkday => "alert_workday".to_owned(),
            Self::LastDay => "last_day".to_owned(),
            Self::Overdue(day) => format!("overdue:{day}"),
            Self::DayAfter => "day_after".to_owned(),
            Self::FirstDay => "first_day".to_owned(),
            Self::ControlDate => "control_date".to_owned(),
            Self::AfterControl(day) => format!("after_control:{day}"),
            Self::Moved => "moved".to_owned(),
            Self::Closed => "closed".to_owned(),
            Self::Lengthened => "lengthened".to_owned(),
            Self::BarEnded => "bar_ended".to_owned(),
        }
    }

    /// The rung of that key; `None` for a key that no version of this program wrote.
    pub fn from_key(key: &str) -> Option<Self> {
        let day = |text: &str| text.parse().ok();
        match key.split_once(':') {
            Some(("before", text)) => match text.strip_suffix("wd") {
                Some(n) => n.parse().ok().map(Self::BeforeWorkingDays),
                None => text.strip_suffix('d')?.parse().ok().map(Self::BeforeDays),
            },
            Some(("overdue", text)) => day(text).map(Self::Overdue),
            Some(("after_control", text)) => day(text).map(Self::AfterControl),
            Some(_) => None,
            None => [
                Self::Opened,
                Self::AlertWorkday,
                Self::LastDay,
                Self::DayAfter,
                Self::FirstDay,
                Self::ControlDate,
                Self::Moved,
                Self::Closed,
                Self::Lengthened,
                Self::BarEnded,
            ]
            .into_iter()
            .find(|rung| rung.key() == key),
        }
    }

    /// Last-day and overdue letters travel alone, with importance high.
    pub fn is_urgent(self) -> bool {
        matches!(self, Self::LastDay | Self::Overdue(_))
    }

    /// A notice follows from an entry and waits only to be grouped; the others fall on their mornings.
    pub fn is_notice(self) -> bool {
        matches!(self, Self::Opened | Self::Moved | Self::Closed | Self::Lengthened | Self::BarEnded)
    }
}

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
    let began_anew = previous.status == "gone" || !previous.is_open && new.is_open();
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
        _ => (latest(deadline, context.now, context), next(context.now)),
    }
}

/// The latest rung whose morning has come.
fn latest(deadline: &Deadline, now: DateTime<Utc>, context: &Context<'_>) -> Option<Rung> {
    let come = |(day, _): &(NaiveDate, Rung)| context.morning_of(*day) <= now;
    let repeated = repeat(deadline, context).and_then(|(from, every)| {
        let today = context.day_of(now);
        // The last morning that has come: today's, or the one before.
        let until = if context.morning_of(today) <= now { today } else { today.pred_opt()? };
        last_repeat(from, every, until, context.calendar).map(|day| (day, repeated_rung(deadline, day)))
    });
    repeated.or_else(|| rungs(deadline, context).into_iter().rfind(come)).map(|(_, rung)| rung)
}

/// The first rung whose morning comes after `after`.
fn next_after(deadline: &Deadline, after: DateTime<Utc>, context: &Context<'_>) -> Option<Planned> {
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
    // Nothing is counted down before the term began.
    found.retain(|(day, _)| *day > deadline.from);
    found.sort_by_key(|(day, _)| *day);
    // Rungs were pushed from the least to the most urgent and the sort is stable: the last of a day stays.
    found.reverse();
    found.dedup_by_key(|(day, _)| *day);
    found.reverse();
    found
}

fn duty_ladder<'a>(deadline: &Deadline, ladders: &'a Ladders) -> &'a DutyLadder {
    match deadline.rule().length {
        Some(length) if length.is_in_days() => &ladders.duty_of_days,
        _ => &ladders.duty_of_months,
    }
}

fn before(days: &[Before], end: NaiveDate, calendar: &Calendar) -> impl Iterator<Item = (NaiveDate, Rung)> {
    days.iter().map(move |before| match *before {
        Before::WorkingDays(n) => (calendar.working_days_before(end, n), Rung::BeforeWorkingDays(n)),
        Before::Days(n) => {
            let day = end.checked_sub_days(Days::new(n.into())).unwrap_or(end);
            (calendar.on_or_before(day), Rung::BeforeDays(n))
        }
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

/// Who is to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    /// An office, by its code.
    Office(String),
    /// The superior of an office.
    SuperiorOf(String),
    /// Everyone who was told of the deadline before.
    AllTold,
}

/// Who hears of a deadline at a rung (letters.md "Who").
///
/// `institution` is the office in which the convict is held.
pub fn audience(deadline: &Deadline, rung: Rung, institution: &str) -> Vec<Party> {
    let office = |code: &str| Party::Office(code.to_owned());
    let working_body = || office("working_body");
    if rung == Rung::Closed {
        return vec![Party::AllTold];
    }
    // Whoever is to hear of the new date may be somebody else than those who heard of the old one.
    let mut parties = if rung == Rung::Moved { vec![Party::AllTold] } else { Vec::new() };
    match deadline.kind() {
        Kind::Bar if rung == Rung::BarEnded => parties.push(working_body()),
        Kind::Bar => {
            parties.extend([
                office("prosecutor_general"),
                office("supreme_court"),
                office(institution),
                working_body(),
            ]);
        }
        Kind::Right => parties.extend([office(institution), working_body()]),
        Kind::Duty | Kind::Wait | Kind::Step | Kind::Condition => match &deadline.actor {
            Some(actor) => parties.push(office(&actor_code(actor, institution))),
            // A10: nobody is named yet; the working body asks.
            None => parties.push(working_body()),
        },
    }
    if let Some(also) = &deadline.also_alert {
        parties.push(office(&also.to_string()));
    }
    if matches!(rung, Rung::Overdue(_) | Rung::AfterControl(_)) {
        if let Some(actor) = &deadline.actor {
            parties.push(Party::SuperiorOf(actor_code(actor, institution)));
        }
        parties.push(working_body());
    }
    let mut seen = Vec::new();
    parties.retain(|party| {
        let new = !seen.contains(party);
        seen.push(party.clone());
        new
    });
    parties
}

/// The office of an actor; an institution without a code of its own is the case's, another body is the generic one of its kind.
pub fn actor_code(actor: &crate::law::finding::Actor, institution: &str) -> String {
    use crate::law::finding::Actor;
    match actor {
        Actor::Institution(None) => institution.to_owned(),
        Actor::ExecutingBody(None) | Actor::Court(None) | Actor::VerifyingBody(None) => format!("{actor}:*"),
        other => other.to_string(),
    }
}
