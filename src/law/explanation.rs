//! How a deadline was found, step by step: event, term, counting, calendar, readings. English, for `keshirim explain`;
//! letters say the same in the reader's language from their own texts.

use chrono::{Datelike, NaiveDate};

use super::calendar::Calendar;
use super::deadline::Question;
use super::finding::{
    Bar, Deadline, Duty, DutyState, Extent, Right, RightState, StepState, Term, Until, WaitState, Warning,
};
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
    let mut told = Telling { steps: Vec::new(), calendar };
    told.say("event", event(deadline, timeline));
    told.term(deadline);
    told.say("state", state(deadline, question));
    for day in &deadline.superseded {
        let day = long(*day);
        told.say("superseded", format!("An earlier event had given {day}; a later one of the same kind overtook it."));
    }
    for warning in deadline.warnings.iter() {
        told.say("warning", caution(warning, calendar));
    }
    told.steps
}

/// An explanation being told.
struct Telling<'a> {
    steps: Vec<Step>,
    calendar: &'a Calendar,
}

impl Telling<'_> {
    fn say(&mut self, about: &'static str, text: impl Into<String>) {
        self.steps.push(Step { about, text: text.into() });
    }

    /// The length, how it was counted, and the date shown.
    fn term(&mut self, deadline: &Deadline) {
        match &deadline.term {
            Term::Duty(duty) => self.duty(deadline, duty),
            Term::Right(right) => self.right(deadline, right),
            Term::Bar(bar) => self.bar(deadline, bar),
            Term::Wait(wait) => {
                let (last, free) = (long(wait.nominal), long(wait.eligible_from));
                self.say(
                    "counting",
                    format!("The wait ends on {last}; it is never rolled, that would hurt the convict (A03)."),
                );
                self.say(
                    "shown",
                    format!("A repeat petition may go to the Commission from {free} (A31), as a rule (A32)."),
                );
            }
            Term::Step(step) => {
                self.say("term", "The decree gives no number: there is no legal term.");
                self.say("counting", counting(INTERNAL_CONTROL, deadline.from, step.control));
                let (day, reminder) = (long(step.control), long(step.control_alert_workday));
                self.say(
                    "shown",
                    format!("Internal control date, not a legal deadline: {day} (A38); reminder by {reminder}."),
                );
            }
            Term::NoEdition => {
                self.say("term", "No edition of the decree was in force on that day: nothing is computed (A46).");
            }
        }
    }

    fn duty(&mut self, deadline: &Deadline, duty: &Duty) {
        let length = deadline.rule().length.unwrap_or(INTERNAL_CONTROL);
        self.say("term", format!("{} to act.", words(length)));
        self.counted(length, deadline.from, duty.nominal, duty.rolled);
        if duty.safe != duty.nominal {
            let day = long(duty.safe);
            self.say("safe", format!("Were the day of the event counted (A01), the last day would be {day}."));
        }
        let warn = long(duty.alert_workday);
        self.say("safe", format!("The warning goes at the latest on {warn}, the last working day on or before that."));
        self.say("shown", format!("Shown: {}. Late only after {}.", long(duty.nominal), long(duty.late_after())));
        if let Some(day) = duty.from_receipt {
            let day = long(day);
            self.say("shown", format!("Counted from the receipt: {day}, used only for calling the body late (A14)."));
        }
    }

    fn right(&mut self, deadline: &Deadline, right: &Right) {
        self.say("term", "One year.");
        self.counted(Period::Years(1), deadline.from, right.nominal, right.rolled);
        match right.until {
            Until::On(day) => self.say("shown", format!("Shown: {} (the convict gets the longer reading).", long(day))),
            Until::Open => self.say("shown", "No end can be shown while a moratorium is in force (A25)."),
        }
        if let Some(day) = right.from_entry_into_force {
            let day = long(day);
            self.say("warning", format!("Counted from the entry into force it would be {day} (A15, CEC 166(1))."));
        }
    }

    fn bar(&mut self, deadline: &Deadline, bar: &Bar) {
        match bar.extent {
            Extent::Dated { nominal, rolled } => {
                self.say("term", "One year.");
                self.counted(Period::Years(1), deadline.from, nominal, rolled);
                let last = long(rolled);
                self.say(
                    "shown",
                    format!("It stands up to and including {last}: a year has not passed until it is over (A17)."),
                );
            }
            Extent::Open => self.say("term", "No end of its own: it stands until an event ends it."),
        }
    }

    fn counted(&mut self, length: Period, from: NaiveDate, nominal: NaiveDate, last: NaiveDate) {
        self.say("counting", counting(length, from, nominal));
        if last != nominal {
            self.say("calendar", rolled(nominal, last, self.calendar));
        }
    }
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
