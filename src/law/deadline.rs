//! `derive`: from a timeline to everything that follows from it.

use chrono::NaiveDate;

use super::calendar::Calendar;
use super::finding::{CaseStatus, Findings, Warnings};
use super::timeline::{Moment, Timeline};

/// What is asked of a timeline besides its facts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Question {
    /// The day on which it is asked; it hides no event.
    pub as_of: Option<NaiveDate>,
    /// Only what stood in the register then.
    pub known_at: Option<Moment>,
    /// Model history: no rule for events from the repeal on.
    pub honour_repeal: bool,
}

/// Derives every deadline, condition, bar, status, irregularity and warning.
pub fn derive(_timeline: &Timeline, _calendar: &Calendar, _question: &Question) -> Findings {
    Findings {
        deadlines: Vec::new(),
        conditions: Vec::new(),
        execution: None,
        case: CaseStatus { closed: None, open_deadlines: 0 },
        irregularities: Vec::new(),
        warnings: Warnings::default(),
    }
}
