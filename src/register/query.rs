//! Asking the register: a case with its entries, what waits for a second person, and what followed at another time.

use chrono::{DateTime, NaiveDate, Utc};

use super::assemble::{Assembled, assemble};
use super::compare;
use super::save::Entries;
use super::{DEFAULT_ZONE, Error, Registrar, Result};
use crate::law::derive;
use crate::law::finding::Findings;
use crate::store::{CaseRow, DeadlineFilter, DeadlineRow, EventRow, Tx};

/// Deadlines listed at most.
pub const DEADLINES_MAX: usize = 100_000;
/// Cases read at a time.
const CASES_PER_PAGE: i64 = 500;

/// A case with everything that was entered, and what follows on the day it is asked.
#[derive(Clone, Debug)]
pub struct CaseView {
    /// The case.
    pub case: CaseRow,
    /// Its own entries, in order, struck ones among them.
    pub entries: Vec<EventRow>,
    /// The nation-wide entries that belong to it; only in death cases.
    pub nationwide: Vec<EventRow>,
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
        let Entries { case, own, nationwide } = entries;
        Ok(CaseView { case, entries: own, nationwide: nationwide.to_vec(), assembled, findings, deadlines })
    }

    /// What follows for the case `number` at another time; none if the register did not know the case then.
    pub async fn derived(&self, number: &str, at: At) -> Result<Option<(Assembled, Findings)>> {
        let mut tx = self.store.snapshot().await?;
        let entries = Entries::read(&mut tx, number).await?.ok_or_else(|| Error::unknown_case(number))?;
        let known = at.known_at.is_none_or(|known_at| entries.case.opened_at.utc() <= known_at);
        Ok(known.then(|| self.at(&entries, at)))
    }

    /// The deadlines that `filter` asks for, up to [`DEADLINES_MAX`], those without a date last.
    ///
    /// Without another time they are read as saved, except in cases in which the passing of time has changed something since:
    /// those, and at another time all, are derived from their events. `known_at` says what the register knew then.
    pub async fn deadlines(&self, filter: &DeadlineFilter, at: At) -> Result<Vec<DeadlineRow>> {
        let mut tx = self.store.snapshot().await?;
        if let Some(number) = &filter.case_number
            && tx.case(number).await?.is_none()
        {
            return Err(Error::unknown_case(number));
        }
        let mut found = Vec::new();
        let mut derived = std::collections::HashSet::new();
        if at == At::default() {
            let today = self.today(DEFAULT_ZONE);
            let mut after = String::new();
            loop {
                let numbers = tx.cases_to_rederive(today, &after, CASES_PER_PAGE).await?;
                let Some(last) = numbers.last() else { break };
                after.clone_from(last);
                for number in numbers.iter().filter(|number| wanted_case(filter, number)) {
                    found.extend(self.rows_at(&mut tx, number, at).await?);
                    derived.insert(number.clone());
                }
            }
            found.retain(|row| wanted(filter, row));
            let saved = tx.deadlines(filter, i64::try_from(DEADLINES_MAX).unwrap_or(i64::MAX)).await?;
            found.extend(saved.into_iter().filter(|row| !derived.contains(&row.case_number)));
        } else {
            let mut after = String::new();
            loop {
                let cases = tx.cases_after(&after, CASES_PER_PAGE).await?;
                let Some(last) = cases.last() else { break };
                after.clone_from(&last.number);
                for case in cases.iter().filter(|case| wanted_case(filter, &case.number)) {
                    let rows = self.rows_at(&mut tx, &case.number, at).await?;
                    found.extend(rows.into_iter().filter(|row| wanted(filter, row)));
                }
            }
        }
        found.sort_by(|a, b| order(a).cmp(&order(b)));
        found.truncate(DEADLINES_MAX);
        Ok(found)
    }

    async fn rows_at(&self, tx: &mut Tx, number: &str, at: At) -> Result<Vec<DeadlineRow>> {
        let Some(entries) = Entries::read(tx, number).await? else { return Ok(Vec::new()) };
        if at.known_at.is_some_and(|known_at| entries.case.opened_at.utc() > known_at) {
            return Ok(Vec::new());
        }
        let (assembled, findings) = self.at(&entries, at);
        let context = self.planning(assembled.timeline.zone);
        let mut rows = compare::rows(number, &assembled, &findings, &context);
        for row in &mut rows {
            // What is derived for another time plans no letter.
            (row.next_alert_at, row.next_rung) = (None, None);
        }
        Ok(rows)
    }

    fn at(&self, entries: &Entries, at: At) -> (Assembled, Findings) {
        let assembled = assemble(&entries.case, &entries.own, &entries.nationwide, at.known_at);
        let zone = assembled.timeline.zone;
        let today = at.known_at.map_or_else(|| self.today(zone), |known_at| known_at.with_timezone(&zone).date_naive());
        let question = self.question(at.as_of.unwrap_or(today));
        let findings = derive(&assembled.timeline, self.calendar, &question);
        (assembled, findings)
    }
}

fn wanted_case(filter: &DeadlineFilter, number: &str) -> bool {
    filter.case_number.as_deref().is_none_or(|wanted| wanted == number)
}

/// What the store's query asks, asked of a row that is not stored.
fn wanted(filter: &DeadlineFilter, row: &DeadlineRow) -> bool {
    let office =
        |office: &String| [&row.actor, &row.also_alert].into_iter().any(|actor| actor.as_ref() == Some(office));
    wanted_case(filter, &row.case_number)
        && filter.office.as_ref().is_none_or(office)
        && filter.until.is_none_or(|until| row.watched_by.is_some_and(|day| day <= until))
        && (!filter.overdue || matches!(row.status.as_str(), "overdue" | "control_passed"))
        && (!filter.open_only || row.is_open)
}

fn order(row: &DeadlineRow) -> impl Ord + '_ {
    (row.watched_by.is_none(), row.watched_by, &row.case_number, &row.rule, &row.start_key, &row.subject)
}
