//! Moratoria on execution: when each barred, when each was lifted.

use chrono::NaiveDate;

use super::story::{Story, Told};
use super::timeline::EventKind;

/// One moratorium.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moratorium {
    /// 1-based index of the declaration.
    pub(super) declared_by: u32,
    /// A28: the bar begins on the earliest day that the declaration names.
    pub(super) begins: NaiveDate,
    /// The lifting, when a second person has confirmed it.
    pub(super) lifted: Option<Lifting>,
}

/// One lifting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lifting {
    /// 1-based index of the event.
    pub(super) event: u32,
    /// A24: the latest of signing, entry into force and publication.
    pub(super) on: NaiveDate,
}

/// All moratoria of a timeline, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Moratoria {
    pub(super) periods: Vec<Moratorium>,
    /// Every lifting, whether its declaration is on record or not.
    pub(super) liftings: Vec<Lifting>,
}

impl Moratoria {
    pub(super) fn of(story: &Story<'_>) -> Self {
        let mut found = Self::default();
        for told in story.all() {
            match told.event.kind {
                EventKind::MoratoriumDeclared => found.declared(told),
                EventKind::MoratoriumLifted => found.lifted(told),
                _ => {}
            }
        }
        found
    }

    fn declared(&mut self, told: Told<'_>) {
        // Declared twice without a lifting between: one moratorium, from the earlier day.
        if self.periods.last().is_some_and(|last| last.lifted.is_none()) {
            return;
        }
        self.periods.push(Moratorium { declared_by: told.index, begins: told.event.earliest_day(), lifted: None });
    }

    fn lifted(&mut self, told: Told<'_>) {
        // An unconfirmed lifting ends no bar: the moratorium stands. Where none stands it can only begin the year after it.
        if told.event.unconfirmed && self.unlifted() {
            return;
        }
        let lifting = Lifting { event: told.index, on: told.event.latest_day() };
        self.liftings.push(lifting);
        // Declared and lifted on one day: which came first is not known, and the longer bar is the safe one.
        match self.periods.last_mut() {
            Some(standing) if standing.lifted.is_none() && standing.begins < told.date() => {
                standing.lifted = Some(lifting);
            }
            Some(_) | None => {}
        }
    }

    /// A27: the last lifting counts; the year after an earlier one is overtaken.
    pub(super) fn last_lifting(&self) -> Option<Lifting> {
        self.last_lifting_by(None)
    }

    /// The last lifting up to `day`, or of all without a day.
    pub(super) fn last_lifting_by(&self, day: Option<NaiveDate>) -> Option<Lifting> {
        self.liftings.iter().copied().filter(|l| day.is_none_or(|day| l.on <= day)).max_by_key(|l| l.on)
    }

    /// Whether a moratorium that began inside `from ..= until` is still in force on `day`.
    pub(super) fn renewed(&self, from: NaiveDate, until: NaiveDate, day: NaiveDate) -> bool {
        let renews = |m: &&Moratorium| from <= m.begins && m.begins <= until && m.begins <= day;
        self.periods.iter().filter(renews).any(|m| m.lifted.is_none_or(|l| day < l.on))
    }

    /// Whether one is in force on `day`, or, without a day, whether one was never lifted.
    pub(super) fn in_force(&self, day: Option<NaiveDate>) -> bool {
        self.periods.iter().any(|m| match (day, m.lifted) {
            (None, lifted) => lifted.is_none(),
            (Some(day), None) => m.begins <= day,
            (Some(day), Some(lifting)) => m.begins <= day && day < lifting.on,
        })
    }

    /// Whether one was declared and never lifted.
    pub(super) fn unlifted(&self) -> bool {
        self.in_force(None)
    }
}
