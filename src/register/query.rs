//! Asking the register: a case with its entries, what waits for a second person, and what followed at another time.

use chrono::{DateTime, NaiveDate, Utc};

use super::assemble::{Assembled, assemble};
use super::save::Entries;
use super::{Error, Registrar, Result};
use crate::law::finding::Findings;
use crate::law::{Question, derive};
use crate::store::{CaseRow, DeadlineRow, EventRow};

/// A case with everything that was entered, and what follows on the day it is asked.
#[derive(Clone, Debug)]
pub struct CaseView {
    /// The case.
    pub case: CaseRow,
    /// Its own entries, in order, struck ones among them.
    pub entries: Vec<EventRow>,
    /// The timeline, the nation-wide events among it.
    pub assembled: Assembled,
    /// What follows.
    pub findings: Findings,
    /// Its deadlines as saved.
    pub deadlines: Vec<DeadlineRow>,
}

/// At which time the register is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct At {
    /// The day to judge from; today without it.
    pub as_of: Option<NaiveDate>,
    /// Only what was entered (and confirmed) by then.
    pub known_at: Option<DateTime<Utc>>,
}

impl Registrar<'_> {
    /// The case `number`.
    pub async fn case(&self, number: &str, at: At) -> Result<CaseView> {
        let mut tx = self.store.snapshot().await?;
        let entries = Entries::read(&mut tx, number).await?.ok_or_else(|| Error::unknown_case(number))?;
        let deadlines = tx.deadlines_of(number).await?;
        let (assembled, findings) = self.at(&entries, at);
        Ok(CaseView { case: entries.case, entries: entries.own, assembled, findings, deadlines })
    }

    /// What follows for the case `number` at another time; none if the register did not know the case then.
    pub async fn derived(&self, number: &str, at: At) -> Result<Option<(Assembled, Findings)>> {
        let mut tx = self.store.snapshot().await?;
        let entries = Entries::read(&mut tx, number).await?.ok_or_else(|| Error::unknown_case(number))?;
        let known = at.known_at.is_none_or(|known_at| entries.case.opened_at.utc() <= known_at);
        Ok(known.then(|| self.at(&entries, at)))
    }

    fn at(&self, entries: &Entries, at: At) -> (Assembled, Findings) {
        let assembled = assemble(&entries.case, &entries.own, &entries.nationwide, at.known_at);
        let zone = assembled.timeline.zone;
        let today = at.known_at.map_or_else(|| self.today(zone), |known_at| known_at.with_timezone(&zone).date_naive());
        let question = Question { as_of: Some(at.as_of.unwrap_or(today)), ..Question::default() };
        let findings = derive(&assembled.timeline, self.calendar, &question);
        (assembled, findings)
    }
}
