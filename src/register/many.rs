//! Many cases at once: read together, derived on another core while others are read and written, written together. What is derived and
//! compared is the same as for one ([`super::save`]).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::task::{JoinHandle, spawn_blocking};

use super::compare::Change;
use super::policy::{Kept, Policies};
use super::save::{self, Asked, Derived, Entries, Outcome};
use super::{NATIONWIDE, Registrar, Result};
use crate::config::Config;
use crate::law::calendar::Calendar;
use crate::store::{DeadlineRow, EventRow, Store, Tx};

/// Cases that are read, derived and written together: enough that a statement has many rows, few enough that both cores have work.
const CASES_TOGETHER: usize = 128;

/// A [`Registrar`] that owns what it needs, for work on another thread.
#[derive(Debug)]
pub(super) struct OwnRegistrar {
    store: Store,
    calendar: Calendar,
    config: Config,
    who: String,
    now: DateTime<Utc>,
}

impl OwnRegistrar {
    pub(super) fn of(registrar: &Registrar<'_>) -> Arc<Self> {
        Arc::new(Self {
            store: registrar.store.clone(),
            calendar: registrar.calendar.clone(),
            config: registrar.config.clone(),
            who: registrar.who.to_owned(),
            now: registrar.now,
        })
    }

    pub(super) fn registrar(&self) -> Registrar<'_> {
        let Self { store, calendar, config, who, now } = self;
        Registrar { store, calendar, config, who, now: *now }
    }
}

/// Re-derives many cases; keeps between transactions what all of them need.
pub(super) struct Many {
    registrar: Arc<OwnRegistrar>,
    /// The change code of dates that move.
    why: &'static str,
    /// The ladders that running deadlines keep.
    kept: Kept,
}

/// What became of one case.
enum Done {
    /// It is to be written.
    Outcome(Box<Outcome>),
    /// First the alerts must be asked who was told.
    Ask(Box<Derived>, Vec<Asked>),
}

/// Cases as they were read, each with its deadlines.
type Read = Vec<(Entries, Vec<DeadlineRow>)>;

impl Many {
    pub(super) fn new(registrar: &Registrar<'_>, why: &'static str) -> Self {
        Self { registrar: OwnRegistrar::of(registrar), why, kept: Kept::default() }
    }

    /// Re-derives the cases `numbers` within `tx`, which keeps everybody else out; `heard` is told what changed. `beside` is a snapshot
    /// ([`Store::begin_alone_and_beside`]) in which they are read while others are written; without it they are read in `tx`, which may
    /// have written of them. Yields how many there were: a number that is no case is none.
    pub(super) async fn rederive(
        &mut self,
        tx: &mut Tx,
        mut beside: Option<&mut Tx>,
        numbers: &[String],
        heard: &mut (dyn FnMut(Change) + Send),
    ) -> Result<i64> {
        let nationwide: Arc<[EventRow]> = tx.chain_events(NATIONWIDE).await?.into();
        // Three at a time: some are read and some written while those between are derived.
        let (mut derived, mut deriving) = (None, None);
        let mut cases = 0;
        for together in numbers.chunks(CASES_TOGETHER) {
            let read = if let Some(beside) = beside.as_deref_mut() {
                let written = self.write_derived(tx, derived.take(), heard);
                let (read, written) = tokio::join!(read(beside, together, &nationwide), written);
                written?;
                read?
            } else {
                self.write_derived(tx, derived.take(), heard).await?;
                read(tx, together, &nationwide).await?
            };
            cases += i64::try_from(read.len()).unwrap_or(i64::MAX);
            self.keep_policies(tx, &read).await?;
            derived = deriving.replace(self.derive(read));
        }
        self.write_derived(tx, derived, heard).await?;
        self.write_derived(tx, deriving, heard).await?;
        Ok(cases)
    }

    async fn keep_policies(&mut self, tx: &mut Tx, read: &Read) -> Result<()> {
        let rows = read.iter().flat_map(|(_, rows)| rows);
        let policies: HashSet<&str> = rows.filter_map(|row| row.policy.as_deref()).collect();
        let registrar = self.registrar.registrar();
        let current = Policies::only(registrar.ladders());
        self.kept = Policies::kept(tx, current.current_id(), policies, &self.kept).await?;
        Ok(())
    }

    async fn write_derived(
        &self,
        tx: &mut Tx,
        derived: Option<JoinHandle<Vec<Done>>>,
        heard: &mut (dyn FnMut(Change) + Send),
    ) -> Result<()> {
        let Some(derived) = derived else { return Ok(()) };
        self.write(tx, ended(derived).await, heard).await
    }

    fn derive(&self, read: Read) -> JoinHandle<Vec<Done>> {
        let (own, kept, why) = (Arc::clone(&self.registrar), self.kept.clone(), self.why);
        spawn_blocking(move || {
            let registrar = own.registrar();
            let policies = Policies::new(registrar.ladders(), kept);
            let case = |(entries, before): (Entries, Vec<DeadlineRow>)| {
                let derived = Derived::new(&registrar, entries, before);
                let asked = derived.to_ask();
                if !asked.is_empty() {
                    return Done::Ask(Box::new(derived), asked);
                }
                Done::Outcome(Box::new(derived.outcome(&registrar, HashSet::new(), &policies, why)))
            };
            read.into_iter().map(case).collect()
        })
    }

    async fn write(&self, tx: &mut Tx, done: Vec<Done>, heard: &mut (dyn FnMut(Change) + Send)) -> Result<()> {
        let registrar = self.registrar.registrar();
        let policies = Policies::new(registrar.ladders(), self.kept.clone());
        let ask = |done: &Done| match done {
            Done::Outcome(_) => None,
            Done::Ask(derived, _) => Some(derived.number().clone()),
        };
        let to_ask: Vec<String> = done.iter().filter_map(ask).collect();
        let mut told = by_chain(tx.told_of_cases(&to_ask).await?, |told| &told.case_number);
        let (mut rows, mut states) = (Vec::new(), Vec::new());
        for done in done {
            let outcome = match done {
                Done::Outcome(outcome) => *outcome,
                Done::Ask(derived, asked) => {
                    let told = told.remove(derived.number()).unwrap_or_default();
                    derived.outcome(&registrar, save::unheard(&asked, &told), &policies, self.why)
                }
            };
            rows.extend(outcome.rows);
            states.extend(outcome.state);
            outcome.saved.changes.into_iter().for_each(&mut *heard);
        }
        save::put_many(tx, &registrar, &policies, (&rows, &states)).await
    }
}

async fn read(tx: &mut Tx, numbers: &[String], nationwide: &Arc<[EventRow]>) -> Result<Read> {
    let own = tx.events_for_deriving(numbers).await?;
    let cases = cases(tx, numbers, own, nationwide).await?;
    let mut before = by_chain(tx.deadlines_of_cases(numbers).await?, |row| &row.case_number);
    let with_rows = |entries: Entries| {
        let rows = before.remove(&entries.case.number).unwrap_or_default();
        (entries, rows)
    };
    Ok(cases.into_iter().map(with_rows).collect())
}

/// Those of `numbers` that are cases with their entries `own`, in the order of the numbers.
pub(super) async fn cases(
    tx: &mut Tx,
    numbers: &[String],
    own: Vec<EventRow>,
    nationwide: &Arc<[EventRow]>,
) -> Result<Vec<Entries>> {
    let mut own = by_chain(own, |event| &event.chain);
    let mut cases: HashMap<String, _> =
        tx.cases_of(numbers).await?.into_iter().map(|case| (case.number.clone(), case)).collect();
    let entries = |number: &String| {
        let case = cases.remove(number)?;
        let nationwide = if case.is_death() { Arc::clone(nationwide) } else { Arc::default() };
        Some(Entries { own: own.remove(number).unwrap_or_default(), case, nationwide })
    };
    Ok(numbers.iter().filter_map(entries).collect())
}

/// Rows by the chain that they belong to; each chain's keep their order.
fn by_chain<T>(rows: Vec<T>, chain: impl Fn(&T) -> &String) -> HashMap<String, Vec<T>> {
    let mut found: HashMap<String, Vec<T>> = HashMap::new();
    for row in rows {
        match found.get_mut(chain(&row)) {
            Some(rows) => rows.push(row),
            None => drop(found.insert(chain(&row).clone(), vec![row])),
        }
    }
    found
}

/// What a thread came to. It ends abruptly only when it panics, and then so do we.
pub(super) async fn ended<T>(thread: JoinHandle<T>) -> T {
    match thread.await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
