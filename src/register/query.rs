//! Asking the register: a case with its entries, what waits for a second person, and what followed at another time.

use std::cmp::Ordering;
use std::collections::{HashSet, VecDeque};

use chrono::{DateTime, NaiveDate, Utc};

use super::assemble::{Assembled, assemble};
use super::compare;
use super::save::Entries;
use super::{DEFAULT_ZONE, Error, Registrar, Result};
use crate::law::derive;
use crate::law::finding::Findings;
use crate::store::{CaseRow, DeadlineFilter, DeadlineRow, EventRow, Tx};

/// Deadlines of another time listed at most.
pub const DEADLINES_MAX: usize = 100_000;
/// Deadlines of a page.
const DEADLINES_PER_PAGE: i64 = 1_000;
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

    /// The deadlines that `filter` asks for, all in memory: for one case, and for tests. [`Self::list`] yields them page by page.
    pub async fn deadlines(&self, filter: &DeadlineFilter, at: At) -> Result<Vec<DeadlineRow>> {
        let mut listing = self.list(filter, at).await?;
        let mut rows = Vec::new();
        loop {
            let page = listing.next().await?;
            if page.is_empty() {
                return Ok(rows);
            }
            rows.extend(page);
        }
    }

    /// The deadlines that `filter` asks for, page by page: by day and those without a date last where only what runs is asked
    /// for, else case by case.
    ///
    /// Without another time they are read as saved, except in cases in which the passing of time has changed something since:
    /// those, and at another time all, are derived from their events. `known_at` says what the register knew then.
    pub async fn list(&self, filter: &DeadlineFilter, at: At) -> Result<Listing> {
        // What is late was watched by a day that is over: nobody need walk through all that is still to come.
        let over = (filter.overdue && at == At::default()).then(|| self.today(DEFAULT_ZONE));
        let filter = &DeadlineFilter { until: filter.until.or(over), ..filter.clone() };
        let mut tx = self.store.snapshot().await?;
        let mut derived = Vec::new();
        let mut instead = HashSet::new();
        let mut saved = at == At::default();
        if let Some(number) = &filter.case_number {
            let case = tx.case(number).await?.ok_or_else(|| Error::unknown_case(number))?;
            let stale = case.rederive_on.is_some_and(|day| day <= self.today(DEFAULT_ZONE));
            derived = if saved && !stale {
                tx.deadlines_of(number).await?
            } else {
                self.rows_at(&mut tx, number, at).await?
            };
            // All of it is at hand.
            saved = false;
        } else if saved {
            for number in self.stale_cases(&mut tx).await? {
                derived.extend(self.rows_at(&mut tx, &number, at).await?.into_iter().filter(|row| wanted(filter, row)));
                instead.insert(number);
            }
        } else {
            derived = self.all_at(&mut tx, filter, at).await?;
        }
        derived.retain(|row| wanted(filter, row));
        derived.sort_by(|a, b| order(filter, a, b));
        Ok(Listing { tx, filter: filter.clone(), derived: derived.into(), instead, saved, last: None })
    }

    /// The cases in which the passing of time has changed something since they were saved.
    async fn stale_cases(&self, tx: &mut Tx) -> Result<Vec<String>> {
        let (today, mut after, mut found) = (self.today(DEFAULT_ZONE), String::new(), Vec::new());
        loop {
            let numbers = tx.cases_to_rederive(today, &after, CASES_PER_PAGE).await?;
            let Some(last) = numbers.last() else { return Ok(found) };
            after.clone_from(last);
            found.extend(numbers);
        }
    }

    /// Derived from the events of every case; more than [`DEADLINES_MAX`] are refused.
    async fn all_at(&self, tx: &mut Tx, filter: &DeadlineFilter, at: At) -> Result<Vec<DeadlineRow>> {
        let (mut after, mut found) = (String::new(), Vec::new());
        loop {
            let numbers = tx.case_numbers_after(&after, CASES_PER_PAGE).await?;
            let Some(last) = numbers.last() else { return Ok(found) };
            after.clone_from(last);
            for number in &numbers {
                found.extend(self.rows_at(tx, number, at).await?.into_iter().filter(|row| wanted(filter, row)));
            }
            if found.len() > DEADLINES_MAX {
                let sentence = format!(
                    "there are more than {DEADLINES_MAX} deadlines at that time, which are derived and sorted in memory: ask for a \
                     case, an office or a day"
                );
                return Err(Error::refused("too_many", sentence));
            }
        }
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

/// What the store's query asks, asked of a row that is not read by it.
fn wanted(filter: &DeadlineFilter, row: &DeadlineRow) -> bool {
    let office =
        |office: &String| [&row.actor, &row.also_alert].into_iter().any(|actor| actor.as_ref() == Some(office));
    row.status != compare::GONE
        && filter.office.as_ref().is_none_or(office)
        && filter.until.is_none_or(|until| row.watched_by.is_some_and(|day| day <= until))
        && (!filter.overdue || matches!(row.status.as_str(), "overdue" | "control_passed"))
        && (!filter.runs_only || row.runs())
}

/// The order of a list, which is that of the store's pages.
fn order(filter: &DeadlineFilter, a: &DeadlineRow, b: &DeadlineRow) -> Ordering {
    if filter.by_day() || filter.case_number.is_some() {
        let key = |row: &DeadlineRow| (row.watched_by.is_none(), row.watched_by);
        (key(a), &a.case_number, &a.rule, &a.deadline_id).cmp(&(key(b), &b.case_number, &b.rule, &b.deadline_id))
    } else {
        a.natural_key().cmp(&b.natural_key())
    }
}

/// A list of deadlines, page by page, of one state of the register.
#[derive(Debug)]
pub struct Listing {
    tx: Tx,
    filter: DeadlineFilter,
    /// What was derived from the events, in order.
    derived: VecDeque<DeadlineRow>,
    /// The cases whose saved rows are not wanted: theirs are derived.
    instead: HashSet<String>,
    /// Whether there may be more saved rows.
    saved: bool,
    /// The last saved row that was read.
    last: Option<DeadlineRow>,
}

impl Listing {
    /// The next page; an empty one is the end.
    pub async fn next(&mut self) -> Result<Vec<DeadlineRow>> {
        while self.saved {
            let page = self.tx.deadlines_after(&self.filter, self.last.as_ref(), DEADLINES_PER_PAGE).await?;
            self.saved = i64::try_from(page.len()) == Ok(DEADLINES_PER_PAGE);
            let Some(last) = page.last().cloned() else { break };
            let mut rows: Vec<DeadlineRow> =
                page.into_iter().filter(|row| !self.instead.contains(&row.case_number)).collect();
            let before = self.derived.partition_point(|row| order(&self.filter, row, &last).is_le());
            rows.extend(self.derived.drain(..before));
            rows.sort_by(|a, b| order(&self.filter, a, b));
            self.last = Some(last);
            if !rows.is_empty() {
                return Ok(rows);
            }
        }
        Ok(std::mem::take(&mut self.derived).into())
    }
}
