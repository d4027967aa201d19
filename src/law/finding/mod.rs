//! What `derive` finds: deadlines with their dates or with "no date" as an answer of the type, conditions, bars on execution,
//! irregularities, warnings.

mod actor;
mod execution;
mod state;
mod warning;

use chrono::NaiveDate;

pub use actor::Actor;
pub use execution::{Execution, ExecutionFinding, OpenBar, UnknownFact};
pub use state::{
    Bar, BarState, Duty, DutyState, Extent, PetitionStatus, Right, RightState, Step, StepState, Term, Until, Wait,
    WaitState,
};
pub use warning::{Warning, Warnings};

use super::regulation::{EditionId, Kind, Rule, RuleId};
use super::timeline::{EventKind, Subject};

/// What a human must supply before the deadline is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeedsHuman {
    /// A10, A51: a petition by another road: who accepted it?
    NameTheAcceptingBody,
}

impl NeedsHuman {
    /// The code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NameTheAcceptingBody => "name_the_accepting_body",
        }
    }
}

/// A deadline ended by the closing of its case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The day of the closing event.
    pub on: NaiveDate,
    /// The closing event.
    pub by: EventKind,
}

/// A term running in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The rule, with its paragraph.
    pub rule: RuleId,
    /// The day that started it.
    pub from: NaiveDate,
    /// 1-based index of the event that started it; `None` where a day and no event did.
    pub started_by: Option<u32>,
    /// 1-based index of the event that met or used it.
    pub met_by: Option<u32>,
    /// Which of the two papers, for para 11.
    pub subject: Option<Subject>,
    /// Whose act it is.
    pub actor: Option<Actor>,
    /// What a human must supply.
    pub needs_human: Option<NeedsHuman>,
    /// Who else must hear (A53).
    pub also_alert: Option<Actor>,
    /// The edition of the starting day (A45).
    pub edition: Option<EditionId>,
    /// Whether the wording of that edition is established.
    pub edition_verified: bool,
    /// What makes it less certain.
    pub warnings: Warnings,
    /// The earlier dates shown, overtaken by a later event of the same kind.
    pub superseded: Vec<NaiveDate>,
    /// The closing of the case that ended it.
    pub closed: Option<Closed>,
    /// Its dates, or "open, no end", or "no legal term".
    pub term: Term,
}

impl Deadline {
    /// The rule.
    pub fn rule(&self) -> &'static Rule {
        self.rule.rule()
    }

    /// The kind of term.
    pub fn kind(&self) -> Kind {
        self.rule().kind
    }

    /// The date to show: none for "open, no end" and for steps (they have an internal control date instead).
    pub fn effective(&self) -> Option<NaiveDate> {
        match self.term {
            Term::Duty(duty) => Some(duty.nominal),
            Term::Right(Right { until: Until::On(day), .. })
            | Term::Bar(Bar { extent: Extent::Dated { rolled: day, .. }, .. }) => Some(day),
            Term::Wait(wait) => Some(wait.nominal),
            Term::Right(Right { until: Until::Open, .. })
            | Term::Bar(Bar { extent: Extent::Open, .. })
            | Term::Step(_)
            | Term::NoEdition => None,
        }
    }

    /// The day it is watched by: the date shown, or a step's internal control date.
    pub fn watched_by(&self) -> Option<NaiveDate> {
        match self.term {
            Term::Step(step) => Some(step.control),
            _ => self.effective(),
        }
    }

    /// Whether it counts in `open_deadlines`: a duty, step or right that is open, overdue or past control.
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
            && match self.term {
                Term::Duty(duty) => {
                    matches!(duty.state, DutyState::Unmet | DutyState::Open | DutyState::Overdue { .. })
                }
                Term::Right(right) => {
                    matches!(right.state, RightState::Unused | RightState::Open | RightState::OpenIndefinite)
                }
                Term::Step(step) => {
                    matches!(step.state, StepState::Undone | StepState::Open | StepState::ControlPassed)
                }
                Term::Bar(_) | Term::Wait(_) | Term::NoEdition => false,
            }
    }

    /// The status in the words of contract.md; none where it needs a "today" that was not given.
    pub fn status(&self) -> Option<&'static str> {
        if self.closed.is_some() {
            return match self.term {
                Term::Bar(_) => Some("ended"),
                _ => None,
            };
        }
        match self.term {
            Term::Duty(duty) => match duty.state {
                DutyState::Unmet => None,
                DutyState::Open => Some("open"),
                DutyState::Overdue { .. } => Some("overdue"),
                DutyState::OnTime { .. } => Some("satisfied_on_time"),
                DutyState::Late { .. } => Some("satisfied_late"),
            },
            Term::Right(right) => match right.state {
                RightState::Unused => None,
                RightState::Open => Some("open"),
                RightState::OpenIndefinite => Some("open_indefinite"),
                RightState::Exercised { .. } => Some("exercised_in_time"),
                RightState::ExpiredUnused => Some("expired_unused"),
                RightState::Restored { .. } => Some("restored"),
            },
            Term::Bar(bar) => match bar.state {
                BarState::Standing => None,
                BarState::InForce => Some("in_force"),
                BarState::InForceIndefinite => Some("in_force_indefinite"),
                BarState::Ended { .. } => Some("ended"),
            },
            Term::Wait(wait) => match wait.state {
                WaitState::Unasked | WaitState::Exempt => None,
                WaitState::Running => Some("running"),
                WaitState::Over => Some("over"),
                WaitState::Lifted { .. } => Some("lifted"),
            },
            Term::Step(step) => match step.state {
                StepState::Undone => None,
                StepState::Open => Some("open"),
                StepState::ControlPassed => Some("control_passed"),
                StepState::Done { .. } => Some("done"),
            },
            Term::NoEdition => None,
        }
    }
}

/// A condition: met or not, never a permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The rule.
    pub rule: RuleId,
    /// Whether it is met.
    pub met: bool,
    /// What is missing.
    pub missing: Vec<RuleId>,
    /// What it blocks in law; an unmet condition suppresses no step.
    pub blocks: &'static [RuleId],
}

/// Where the case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseStatus {
    /// The closing event, if the case is closed.
    pub closed: Option<Closed>,
    /// Duties, steps and rights that are open, overdue or past control.
    pub open_deadlines: usize,
}

/// Something unlawful that was recorded: a fact is never refused for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Irregularity {
    /// The paragraph that was not kept.
    pub paragraph: &'static str,
    /// What happened.
    pub code: super::irregularity::Code,
    /// 1-based index of the event.
    pub event: u32,
}

/// Everything that follows from a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// The deadlines, in the decree's order.
    pub deadlines: Vec<Deadline>,
    /// The conditions.
    pub conditions: Vec<Condition>,
    /// The bars on execution; death cases only.
    pub execution: Option<Execution>,
    /// Where the case stands.
    pub case: CaseStatus,
    /// What was recorded against the decree.
    pub irregularities: Vec<Irregularity>,
    /// All warnings of all deadlines, and of the case.
    pub warnings: Warnings,
}
