//! The rungs of each kind of term: when an office is written to.
//!
//! A type for each kind, so that what a kind must not have (a countdown to the end of a bar) cannot be written down.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::node::Node;
use super::value::{Fault, text};

/// Most rungs before a deadline.
const RUNGS_MAX: usize = 20;
/// Furthest rung before a deadline, in its unit.
const BEFORE_MAX: u16 = 400;
/// Longest pause between repeats, in its unit.
const EVERY_MAX: u16 = 60;

/// A rung so long before a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Before {
    /// Working days of the office's calendar, written `3wd`.
    WorkingDays(u16),
    /// Civil days, written `10d`; a rung that falls on a non-working day is sent on the last working day before it.
    Days(u16),
}

/// How often a repeat is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Every so many working days, written `1wd`.
    WorkingDays(u16),
    /// Every so many weeks, written `1w`.
    Weeks(u16),
}

impl fmt::Display for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WorkingDays(days) => write!(f, "{days}wd"),
            Self::Days(days) => write!(f, "{days}d"),
        }
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WorkingDays(days) => write!(f, "{days}wd"),
            Self::Weeks(weeks) => write!(f, "{weeks}w"),
        }
    }
}

/// All ladders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladders {
    /// Duties whose term is in days.
    pub duty_of_days: DutyLadder,
    /// Duties whose term is in months.
    pub duty_of_months: DutyLadder,
    /// Rights with an end.
    pub right: RightLadder,
    /// Rights that a moratorium leaves without an end.
    pub right_without_end: RightWithoutEndLadder,
    /// Bars on execution.
    pub bar: BarLadder,
    /// Waits before a repeat petition.
    pub wait: WaitLadder,
    /// Steps without a legal term.
    pub step: StepLadder,
    /// What follows when nobody acknowledges.
    pub escalation: Escalation,
}

/// Rungs of a duty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyLadder {
    /// At once when the duty begins.
    pub opened: bool,
    /// Before the last working day on which it is still safe.
    pub before: Vec<Before>,
    /// On that day.
    pub on_alert_workday: bool,
    /// On the last day.
    pub last_day: bool,
    /// While it is overdue.
    pub overdue_every: Every,
}

/// Rungs of a right with an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightLadder {
    /// At once when the right begins.
    pub opened: bool,
    /// Before its last day.
    pub before: Vec<Before>,
    /// On its last day.
    pub last_day: bool,
    /// The day after, if it was not used: the act of paragraph 9, or what the register lacks.
    pub day_after: bool,
}

/// Rungs of a right without an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightWithoutEndLadder {
    /// When it opens.
    pub opened: bool,
}

/// Rungs of a bar: no countdown and no closing line, by design.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarLadder {
    /// When it opens.
    pub opened: bool,
    /// When it lengthens or another bar opens.
    pub lengthened: bool,
}

/// Rungs of a wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitLadder {
    /// When it begins.
    pub opened: bool,
    /// On the first day a repeat petition may go to the Commission.
    pub first_day: bool,
}

/// Rungs of a step: its date is an internal control date, not a legal deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLadder {
    /// Before the control date.
    pub before: Vec<Before>,
    /// On the control date.
    pub on_control_date: bool,
    /// After the control date.
    pub after_control_every: Every,
}

/// What follows when nobody of an office acknowledges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// So long before the last safe working day (of a right: its last day) the superior hears of it; none = never.
    pub unacknowledged_before: Option<Before>,
}

impl Ladders {
    pub(super) fn read(node: &Node<'_>) -> Self {
        let (right, step) = (node.section("right"), node.section("step"));
        let (bar, wait, open_right) = (node.section("bar"), node.section("wait"), node.section("right_without_end"));
        Self {
            duty_of_days: DutyLadder::read(&node.section("duty_of_days")),
            duty_of_months: DutyLadder::read(&node.section("duty_of_months")),
            right: RightLadder {
                opened: right.flag("opened"),
                before: rungs(&right),
                last_day: right.flag("last_day"),
                day_after: right.flag("day_after"),
            },
            right_without_end: RightWithoutEndLadder { opened: open_right.flag("opened") },
            bar: BarLadder { opened: bar.flag("opened"), lengthened: bar.flag("lengthened") },
            wait: WaitLadder { opened: wait.flag("opened"), first_day: wait.flag("first_day") },
            step: StepLadder {
                before: rungs(&step),
                on_control_date: step.flag("on_control_date"),
                after_control_every: every(&step, "after_control_every"),
            },
            escalation: Escalation { unacknowledged_before: escalation_before(&node.section("escalation")) },
        }
    }
}

impl DutyLadder {
    fn read(node: &Node<'_>) -> Self {
        Self {
            opened: node.flag("opened"),
            before: rungs(node),
            on_alert_workday: node.flag("on_alert_workday"),
            last_day: node.flag("last_day"),
            overdue_every: every(node, "overdue_every"),
        }
    }
}

fn rungs(node: &Node<'_>) -> Vec<Before> {
    node.values("before", RUNGS_MAX, |value| rung(text(value)?))
}

/// One rung, or `""` for none.
fn escalation_before(node: &Node<'_>) -> Option<Before> {
    node.must("unacknowledged_before", None, |value| match text(value)? {
        "" => Ok(None),
        word => rung(word).map(Some),
    })
}

fn rung(word: &str) -> Result<Before, Fault> {
    match number_and_unit(word, BEFORE_MAX) {
        Some((days, "wd")) => Ok(Before::WorkingDays(days)),
        Some((days, "d")) => Ok(Before::Days(days)),
        _ => Err(not_a_length(word, "\"3wd\" (working days) or \"10d\" (days)", BEFORE_MAX)),
    }
}

fn every(node: &Node<'_>, key: &str) -> Every {
    node.must(key, Every::WorkingDays(1), |value| {
        let word = text(value)?;
        match number_and_unit(word, EVERY_MAX) {
            Some((days, "wd")) => Ok(Every::WorkingDays(days)),
            Some((weeks, "w")) => Ok(Every::Weeks(weeks)),
            _ => Err(not_a_length(word, "\"1wd\" (working days) or \"1w\" (weeks)", EVERY_MAX)),
        }
    })
}

fn not_a_length(word: &str, form: &str, most: u16) -> Fault {
    (format!("\"{word}\" is no length of time"), format!("Write {form}, from 1 to {most}."))
}

fn number_and_unit(word: &str, most: u16) -> Option<(u16, &str)> {
    let (number, unit) = word.split_at(word.find(|character: char| !character.is_ascii_digit())?);
    let number = number.parse().ok().filter(|number| (1..=most).contains(number))?;
    Some((number, unit))
}
