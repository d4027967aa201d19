//! The terms that run in a case, each with its dates and how it stands: what one kind must not have cannot be written down.

use chrono::NaiveDate;

use crate::law::names::names;

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
