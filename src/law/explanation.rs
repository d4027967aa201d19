//! How a deadline was found, step by step: event, term, counting, calendar, readings. English, for `keshirim explain`;
//! letters say the same in the reader's language from their own texts.

use chrono::{Datelike, NaiveDate};

use super::calendar::Calendar;
use super::deadline::Question;
use super::finding::{Deadline, DutyState, Extent, RightState, StepState, Term, Until, WaitState, Warning};
use super::period::{MissingDay, Period};
use super::regulation::Kind;
use super::term::INTERNAL_CONTROL;
use super::timeline::Timeline;

/// One step of an explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is about: `event`, `term`, `counting`, `calendar`, `shown`, `state`, `superseded`, `warning`.
    pub about: &'static str,
    /// What is said.
    pub text: String,
}

/// The steps that led to `deadline`.
pub fn steps(deadline: &Deadline, timeline: &Timeline, calendar: &Calendar, question: &Question) -> Vec<Step> {
    let mut steps = vec![Step { about: "event", text: event(deadline, timeline) }];
    let mut say = |about: &'static str, text: String| steps.push(Step { about, text });
    match &deadline.term {
        Term::Duty(duty) => {
            let length = deadline.rule().length.unwrap_or(INTERNAL_CONTROL);
            say("term", format!("{} to act.", words(length)));
            say("counting", counting(length, deadline.from, duty.nominal));
            if duty.rolled != duty.nominal {
                say("calendar", rolled(duty.nominal, duty.rolled, calendar));
            }
            if duty.safe != duty.nominal {
                say(
                    "safe",
                    format!("Were the day of the event counted (A01), the last day would be {}.", long(duty.safe)),
                );
            }
            say(
                "safe",
                format!(
                    "The warning goes at the latest on {}, the last working day on or before that.",
                    long(duty.alert_workday)
                ),
            );
            say("shown", format!("Shown: {}. Late only after {}.", long(duty.nominal), long(duty.late_after())));
            if let Some(day) = duty.from_receipt {
                say(
                    "shown",
                    format!(
                        "Counted from the receipt it would be {}: used only for calling the body late (A14).",
                        long(day)
                    ),
                );
            }
        }
        Term::Right(right) => {
            say("term", "One year.".to_owned());
            say("counting", counting(Period::Years(1), deadline.from, right.nominal));
            if right.rolled != right.nominal {
                say("calendar", rolled(right.nominal, right.rolled, calendar));
            }
            say(
                "shown",
                match right.until {
                    Until::On(day) => format!("Shown: {} (the convict gets the longer reading).", long(day)),
                    Until::Open => "No end can be shown while a moratorium is in force (A25).".to_owned(),
                },
            );
            if let Some(day) = right.from_entry_into_force {
                say(
                    "warning",
                    format!("Counted from the entry into force it would be {} (A15, CEC 166(1)).", long(day)),
                );
            }
        }
        Term::Bar(bar) => match bar.extent {
            Extent::Dated { nominal, rolled: last } => {
                say("term", "One year.".to_owned());
                say("counting", counting(Period::Years(1), deadline.from, nominal));
                if last != nominal {
                    say("calendar", rolled(nominal, last, calendar));
                }
                say(
                    "shown",
                    format!(
                        "It stands up to and including {}: a year has not passed until it is over (A17).",
                        long(last)
                    ),
                );
            }
            Extent::Open => say("term", "No end of its own: it stands until an event ends it.".to_owned()),
        },
        Term::Wait(wait) => {
            say(
                "counting",
                format!(
                    "The wait ends on {}; it is never rolled, because that would hurt the convict (A03).",
                    long(wait.nominal)
                ),
            );
            say(
                "shown",
                format!(
                    "A repeat petition may go to the Commission from {} (A31), as a rule (A32).",
                    long(wait.eligible_from)
                ),
            );
        }
        Term::Step(step) => {
            say("term", "The decree gives no number: there is no legal term.".to_owned());
            say("counting", counting(INTERNAL_CONTROL, deadline.from, step.control));
            say(
                "shown",
                format!(
                    "Internal control date, not a legal deadline: {} (A38); reminder by {}.",
                    long(step.control),
                    long(step.control_alert_workday)
                ),
            );
        }
        Term::NoEdition => {
            say("term", "No edition of the decree was in force on that day: nothing is computed (A46).".to_owned())
        }
    }
    say("state", state(deadline, question));
    for day in &deadline.superseded {
        say(
            "superseded",
            format!("An earlier event had given {}; a later one of the same kind overtook it.", long(*day)),
        );
    }
    for warning in deadline.warnings.iter() {
        say("warning", caution(warning, calendar));
    }
    steps
}

fn event(deadline: &Deadline, timeline: &Timeline) -> String {
    let event = deadline.started_by.and_then(|i| timeline.events.get(i as usize - 1));
    match event {
        Some(event) => {
            let index = deadline.started_by.unwrap_or_default();
            let told = format!("Event {index}: {} on {}.", event.kind, long(event.date));
            if event.date == deadline.from { told } else { format!("{told} It counts from {}.", long(deadline.from)) }
        }
        None => {
            format!("No event of its own: it begins on {}, the day after a window closed unused.", long(deadline.from))
        }
    }
}

fn words(length: Period) -> String {
    let plural = |n: u16, one: &str| if n == 1 { format!("One {one}") } else { format!("{n} {one}s") };
    match length {
        Period::Days(n) => plural(n, "day"),
        Period::Weeks(n) => plural(n, "week"),
        Period::Months(n) => plural(n, "month"),
        Period::Years(n) => plural(n, "year"),
    }
}

fn counting(length: Period, from: NaiveDate, last: NaiveDate) -> String {
    let how = match length {
        Period::Days(_) => "the day of the event is not counted (CC 173, CPC 54(2); A01); calendar days (A05)",
        Period::Weeks(_) => "to the corresponding weekday (CC 174(4))",
        Period::Months(_) | Period::Years(_) => "to the corresponding date (CC 174, CPC 54(4); A07)",
    };
    let clamped = if length.after(from, MissingDay::FirstOfNext) == last {
        String::new()
    } else {
        "; that month has no such day, so its last day (CC 174(3), CPC 54(4); A02)".to_owned()
    };
    format!("{} from {}: {how}{clamped}: {}.", words(length), long(from), long(last))
}

fn rolled(nominal: NaiveDate, rolled: NaiveDate, calendar: &Calendar) -> String {
    let mut off = Vec::new();
    let mut day = nominal;
    while day < rolled {
        off.push(format!("{} ({})", day, calendar.name(day).unwrap_or("weekend")));
        let Some(next) = day.succ_opt() else { break };
        day = next;
    }
    format!("Not worked: {}; the next working day is {} (CC 175, CPC 54(4); A03, A04).", off.join(", "), long(rolled))
}

fn state(deadline: &Deadline, question: &Question) -> String {
    if let Some(closed) = deadline.closed {
        return format!("Ended with the case on {}: {}.", long(closed.on), closed.by);
    }
    let as_of = question.as_of.map_or_else(String::new, |day| format!(" on {day}"));
    match &deadline.term {
        Term::Duty(duty) => match duty.state {
            DutyState::OnTime { on } => format!("Met in time on {}.", long(on)),
            DutyState::Late { on, by_days } => format!("Met on {}, late by {by_days} day(s).", long(on)),
            DutyState::Overdue { by_days } => format!("Overdue by {by_days} day(s){as_of}."),
            DutyState::Open | DutyState::Unmet => format!("Not met{as_of}."),
        },
        Term::Right(right) => match right.state {
            RightState::Exercised { on } => format!("Used on {}.", long(on)),
            RightState::Restored { closed_on, by } => format!("It had closed on {}; a decision of {} restored it (A52).", long(closed_on), long(by)),
            RightState::ExpiredUnused => "It went unused.".to_owned(),
            RightState::Open | RightState::OpenIndefinite | RightState::Unused => format!("Open{as_of}."),
        },
        Term::Wait(wait) => match wait.state {
            WaitState::Lifted { on } => format!("Lifted on {} by a recorded decision on new circumstances (A32).", long(on)),
            WaitState::Exempt => "It does not hold here: para 9 is special after a moratorium (A26), or the last petition was granted (A49).".to_owned(),
            WaitState::Over => format!("Over{as_of}."),
            WaitState::Running | WaitState::Unasked => format!("Running{as_of}."),
        },
        Term::Step(step) => match step.state {
            StepState::Done { on } => format!("Done on {}.", long(on)),
            StepState::ControlPassed => format!("Not done; the internal control date has passed{as_of}."),
            StepState::Open | StepState::Undone => format!("Not done{as_of}."),
        },
        Term::Bar(_) if deadline.kind() == Kind::Bar => {
            format!("{}{as_of}. The register never says that a sentence may be carried out (A23).", deadline.status().map_or("Standing".to_owned(), |s| s.replace('_', " ")))
        }
        Term::Bar(_) | Term::NoEdition => "Nothing is said.".to_owned(),
    }
}

fn caution(warning: Warning, calendar: &Calendar) -> String {
    match warning {
        Warning::CalendarProvisional => {
            format!("A day after {} was used: the calendar is provisional there.", calendar.verified_until())
        }
        Warning::CalendarUnknown => format!(
            "A day outside the known calendar (to {}) was used: only weekends are known there.",
            calendar.known_until()
        ),
        Warning::EditionTextNotEstablished => {
            "The wording in force on that day was not found; computed with the known text (A45).".to_owned()
        }
        Warning::RuleRepealedBeforeExpiry => {
            "The decree was repealed on 5 July 2006, before the term ended (A46).".to_owned()
        }
        Warning::NoEditionInForce => "No edition of the decree was in force on that day.".to_owned(),
        Warning::CrimeCategoryMissing => "The gravity of the crime is not recorded; read as \"other\".".to_owned(),
    }
}

/// `Monday 13 June 2005`.
pub fn long(day: NaiveDate) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let weekday = DAYS[day.weekday().num_days_from_monday() as usize];
    format!("{weekday} {} {} {}", day.day(), MONTHS[day.month0() as usize], day.year())
}
