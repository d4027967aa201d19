//! What `derive` finds: deadlines with their dates or with "no date" as an answer of the type, conditions, bars on execution,
//! irregularities, warnings.

use std::fmt;

use chrono::NaiveDate;

use super::regulation::{EditionId, Kind, Owner, Rule, RuleId};
use super::timeline::{EventKind, Subject, names};

/// An office that owes an act or must hear of it (contract.md "Offices").
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// The administration of the institution, with its code where it is known.
    Institution(Option<Box<str>>),
    /// The working body of the Commission.
    WorkingBody,
    /// The Supreme Court.
    SupremeCourt,
    /// The Prosecutor General's Office.
    ProsecutorGeneral,
    /// The Commission.
    Commission,
    /// The body in charge of execution.
    ExecutingBody(Option<Box<str>>),
    /// A court.
    Court(Option<Box<str>>),
    /// A verifying body (para 12).
    VerifyingBody(Option<Box<str>>),
}

impl Actor {
    /// The office that owns acts of `owner`, with the code a case gives it; a bar is nobody's.
    pub fn of(owner: Owner, code: Option<&str>) -> Option<Self> {
        let code = code.map(Box::from);
        Some(match owner {
            Owner::Institution => Self::Institution(code),
            Owner::WorkingBody => Self::WorkingBody,
            Owner::SupremeCourt => Self::SupremeCourt,
            Owner::ProsecutorGeneral => Self::ProsecutorGeneral,
            Owner::ExecutingBody => Self::ExecutingBody(code),
            Owner::Court => Self::Court(code),
            Owner::VerifyingBody => Self::VerifyingBody(code),
            Owner::Nobody => return None,
        })
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, code) = match self {
            Self::Institution(code) => ("institution", code.as_deref()),
            Self::ExecutingBody(code) => ("executing_body", code.as_deref()),
            Self::Court(code) => ("court", code.as_deref()),
            Self::VerifyingBody(code) => ("verifying_body", code.as_deref()),
            Self::WorkingBody => ("working_body", None),
            Self::SupremeCourt => ("supreme_court", None),
            Self::ProsecutorGeneral => ("prosecutor_general", None),
            Self::Commission => ("commission", None),
        };
        // A code that already names its office ("institution:UK-161/3") is not prefixed twice.
        match code {
            Some(code) if code.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')) => f.write_str(code),
            Some(code) => write!(f, "{name}:{code}"),
            None => f.write_str(name),
        }
    }
}

names! {
    /// What makes a finding less certain than its dates look.
    Warning, "warning" {
        /// A day between the verified and the known horizon of the calendar was used.
        CalendarProvisional = "calendar_provisional",
        /// A day outside the known calendar was used: only weekends are known there.
        CalendarUnknown = "calendar_unknown",
        /// The wording of this edition was not found: computed with the known text.
        EditionTextNotEstablished = "edition_text_not_established",
        /// The decree was repealed before the term ended.
        RuleRepealedBeforeExpiry = "rule_repealed_before_expiry",
        /// No edition was in force on the day that would start the term.
        NoEditionInForce = "no_edition_in_force",
        /// Para 16 asks for the gravity of the crime and the register does not know it: read as "other".
        CrimeCategoryMissing = "crime_category_missing",
    }
}

/// A set of warnings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Warnings(u8);

impl Warnings {
    /// Adds one.
    pub fn add(&mut self, warning: Warning) {
        self.0 |= 1 << warning as u8;
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether it is in.
    pub fn has(self, warning: Warning) -> bool {
        self.0 & (1 << warning as u8) != 0
    }

    /// Those that are in, in order.
    pub fn iter(self) -> impl Iterator<Item = Warning> {
        Warning::ALL.iter().copied().filter(move |w| self.has(*w))
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// How a duty stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DutyState {
    /// Not met; without a "today" nothing more can be said.
    Unmet,
    /// Not met, and not late.
    Open,
    /// Not met, and late.
    Overdue {
        /// Calendar days after the day it was late from.
        by_days: i64,
    },
    /// Met in time.
    OnTime {
        /// The day it was met.
        on: NaiveDate,
    },
    /// Met late.
    Late {
        /// The day it was met.
        on: NaiveDate,
        /// Calendar days after the last day that is not late.
        by_days: i64,
    },
}

/// A duty with its three dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duty {
    /// The last day by the length alone: the date shown.
    pub nominal: NaiveDate,
    /// The next working day; late only after it (A12).
    pub rolled: NaiveDate,
    /// The earliest reading (A01).
    pub safe: NaiveDate,
    /// The last working day on or before `safe`.
    pub alert_workday: NaiveDate,
    /// Para 11's month counted from the receipt (A14), rolled: used only for calling the body late.
    pub from_receipt: Option<NaiveDate>,
    /// Sent in time, received that day (A11).
    pub in_transit_until: Option<NaiveDate>,
    /// How it stands.
    pub state: DutyState,
}

impl Duty {
    /// The last day on which the duty is not late.
    pub fn late_after(&self) -> NaiveDate {
        self.from_receipt.map_or(self.rolled, |alternative| alternative.max(self.rolled))
    }
}

/// Until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Up to and including that day.
    On(NaiveDate),
    /// Open, no end.
    Open,
}

/// How a right stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RightState {
    /// Not used; without a "today" nothing more can be said.
    Unused,
    /// Running.
    Open,
    /// Running without an end: a moratorium is in force.
    OpenIndefinite,
    /// Used in time.
    Exercised {
        /// The day it was used.
        on: NaiveDate,
    },
    /// Over, not used.
    ExpiredUnused,
    /// Missed, and restored by a decision (A52).
    Restored {
        /// The day it had closed.
        closed_on: NaiveDate,
        /// The day of the decision.
        by: NaiveDate,
    },
}

/// A right of the convict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// The last day by the length alone.
    pub nominal: NaiveDate,
    /// The next working day.
    pub rolled: NaiveDate,
    /// Until when it is open.
    pub until: Until,
    /// A15: the same year from the entry into force, where that is later still (CEC 166(1)): shown as a warning.
    pub from_entry_into_force: Option<NaiveDate>,
    /// Whether the act of para 9 is due on the day after, should it go unused: not while the other year runs, nor while a
    /// moratorium is in force.
    pub act_follows: bool,
    /// How it stands.
    pub state: RightState,
}

/// How far a bar reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// To a day.
    Dated {
        /// The last day by the length alone.
        nominal: NaiveDate,
        /// The last day of the bar.
        rolled: NaiveDate,
    },
    /// Without an end of its own.
    Open,
}

/// How a bar stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarState {
    /// A dated bar; without a "today" it cannot be said to be over.
    Standing,
    /// In force to its day.
    InForce,
    /// In force without an end.
    InForceIndefinite,
    /// Over.
    Ended {
        /// The last day it stood.
        on: NaiveDate,
    },
}

/// A bar on execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// How far it reaches.
    pub extent: Extent,
    /// How it stands.
    pub state: BarState,
}

/// How a wait stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitState {
    /// Without a "today" nothing can be said.
    Unasked,
    /// Running.
    Running,
    /// Over.
    Over,
    /// Lifted by a recorded human decision (A32).
    Lifted {
        /// The day of the decision.
        on: NaiveDate,
    },
    /// It does not hold: para 9 is special after a moratorium (A26), or the last petition was granted (A49).
    Exempt,
}

names! {
    /// What became of a repeat petition that came before the wait was over.
    PetitionStatus, "petition status" {
        /// Attached to the materials at hand.
        Attached = "attached",
        /// A33: a death case inside para 9: attached, and a human decides.
        AttachedNeedsHumanDecision = "attached_needs_human_decision",
        /// A35: the wait is over; it ripened by itself.
        Ripened = "ripened",
    }
}

/// The wait of para 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The last day of the wait; never rolled.
    pub nominal: NaiveDate,
    /// A31: the first day a repeat petition may go to the Commission.
    pub eligible_from: NaiveDate,
    /// How it stands.
    pub state: WaitState,
    /// The repeat petition that came early, if any.
    pub petition: Option<PetitionStatus>,
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Not done; without a "today" nothing more can be said.
    Undone,
    /// Not done, the internal control date has not passed.
    Open,
    /// Not done, the internal control date has passed.
    ControlPassed,
    /// Done.
    Done {
        /// The day it was done.
        on: NaiveDate,
    },
}

/// A step: an act without a legal term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The internal control date, not a legal deadline.
    pub control: NaiveDate,
    /// The last working day on or before it.
    pub control_alert_workday: NaiveDate,
    /// How it stands.
    pub state: StepState,
}

/// A term running in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// An office owes an act.
    Duty(Duty),
    /// The convict may act.
    Right(Right),
    /// Something must not be done.
    Bar(Bar),
    /// A soft wait.
    Wait(Wait),
    /// An act without a legal term.
    Step(Step),
    /// The rule was asked for and has no edition in force: computed nothing, and says so.
    NoEdition,
}

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

names! {
    /// A bar on execution as `execution.open` names it.
    OpenBar, "bar" {
        /// The year from entry into force.
        Year = "P9.BAR_YEAR",
        /// The year after the lifting.
        AfterLift = "P9.BAR_AFTER_LIFT",
        /// A petition or refusal materials not considered.
        Pending = "P9.BAR_PENDING",
        /// A moratorium in force.
        Moratorium = "P9.BAR_MORATORIUM",
        /// A22: a petition window that is open.
        PetitionWindow = "P9.PETITION_WINDOW_OPEN",
        /// Pardoned: for good.
        Pardoned = "PARDONED",
        /// The verdict was quashed or changed: for good.
        VerdictChanged = "VERDICT_CHANGED",
    }
}

names! {
    /// A fact that the register does not know; unknown means barred.
    UnknownFact, "unknown fact" {
        /// When the verdict entered into force.
        VerdictInForce = "verdict_in_force",
        /// When the copy of the verdict was handed over.
        VerdictCopyHanded = "verdict_copy_handed",
    }
}

names! {
    /// A23: what the register says of execution. It never says that a sentence may be carried out.
    ExecutionFinding, "execution finding" {
        /// Something bars it, or something is unknown.
        Barred = "barred",
        /// Nothing in this register bars it. Other law sets further conditions (CEC 165(4), CC 49).
        NoBarKnown = "no_bar_known_to_this_register",
    }
}

/// The bars on the execution of a death sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// The finding.
    pub finding: ExecutionFinding,
    /// Every bar that is not over, each named once.
    pub open: Vec<OpenBar>,
    /// What the register does not know.
    pub unknown: Vec<UnknownFact>,
    /// The first day after the last dated bar and petition window; says nothing of open-ended ones.
    pub dated_not_before: Option<NaiveDate>,
}

impl Execution {
    /// Adds the bars and the unknown facts of another finding about the same case: what stands in either stands.
    pub fn stand_with(&mut self, other: Self) {
        for bar in other.open {
            if !self.open.contains(&bar) {
                self.open.push(bar);
            }
        }
        for fact in other.unknown {
            if !self.unknown.contains(&fact) {
                self.unknown.push(fact);
            }
        }
        self.unknown.sort_unstable();
        if other.finding == ExecutionFinding::Barred {
            self.finding = ExecutionFinding::Barred;
        }
        self.dated_not_before = self.dated_not_before.max(other.dated_not_before);
    }
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
