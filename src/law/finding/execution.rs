//! What is said of the execution of a death sentence: what bars it, what is not known, and never that it may be carried out.

use chrono::NaiveDate;

use crate::law::names::names;

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
