//! Derive, compare with what was written before, plan the next alerts, write: one private function for intake, nation-wide
//! events and re-derivations, so that none of them can do it differently.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::NaiveDate;

use super::assemble::{Assembled, assemble};
use super::compare::{Change, Planning, compare, keys, next_change, text};
use super::policy::Policies;
use super::{Registrar, Result};
use crate::alert::{self, Party, Rung};
use crate::law::derive;
use crate::law::finding::{Deadline, Findings};
use crate::law::timeline::{EventKind, Timeline};
use crate::store::{CaseRow, CaseState, DeadlineRow, EventRow, Instant, ToldRow, Tx};

/// A case as it was derived and saved.
#[derive(Clone, Debug)]
pub struct Saved {
    /// The timeline with its origins.
    pub assembled: Assembled,
    /// What follows.
    pub findings: Findings,
    /// The deadlines that changed.
    pub changes: Vec<Change>,
}

/// Everything that was entered about a case.
pub(crate) struct Entries {
    pub(crate) case: CaseRow,
    pub(crate) own: Vec<EventRow>,
    /// Only in death cases; many cases share them.
    pub(crate) nationwide: Arc<[EventRow]>,
}

impl Entries {
    /// Reads them; none if there is no such case.
    pub(crate) async fn read(tx: &mut Tx, number: &str) -> Result<Option<Self>> {
        let Some((case, own)) = tx.case_with_events(number).await? else { return Ok(None) };
        Ok(Some(Self::of(tx, case, own).await?))
    }

    /// `case` with its `own` entries and those it shares.
    pub(super) async fn of(tx: &mut Tx, case: CaseRow, own: Vec<EventRow>) -> Result<Self> {
        let nationwide = if case.is_death() { tx.chain_events(super::NATIONWIDE).await? } else { Vec::new() };
        Ok(Self { case, own, nationwide: nationwide.into() })
    }

    pub(super) fn assemble(&self) -> Assembled {
        assemble(&self.case, &self.own, &self.nationwide, None)
    }
}

/// A case as it follows from its entries, beside what was written of it before.
pub(super) struct Derived {
    entries: Entries,
    assembled: Assembled,
    findings: Findings,
    before: Vec<DeadlineRow>,
    today: NaiveDate,
}

/// What is to be written of a case.
pub(super) struct Outcome {
    /// The case as it now is.
    pub(super) saved: Saved,
    /// The rows that are not as they were.
    pub(super) rows: Vec<DeadlineRow>,
    /// The case as a whole; none if it stays as it is.
    pub(super) state: Option<CaseState>,
}

/// A told deadline of which it is to be asked whether each of these offices ever heard of it.
pub(super) struct Asked {
    row: DeadlineRow,
    offices: Vec<String>,
}

/// Derives the case anew and writes what follows, together with the new `entry` that it follows from. `before`: its deadlines, as
/// [`Store::begin_in_case`](crate::store::Store::begin_in_case) reads them. `why` is the change code of dates that move.
pub(super) async fn rederive(
    tx: &mut Tx,
    registrar: &Registrar<'_>,
    (entries, before): (Entries, Vec<DeadlineRow>),
    entry: &EventRow,
    why: &str,
) -> Result<Saved> {
    let derived = Derived::new(registrar, entries, before);
    let asked = derived.to_ask();
    let told = match asked.as_slice() {
        [] => Vec::new(),
        _ => tx.told_of_cases(std::slice::from_ref(derived.number())).await?,
    };
    let unheard = unheard(&asked, &told);
    let policies = Policies::read(tx, registrar.ladders(), &derived.before).await?;
    // What another deadline keeps already is there.
    let is_kept = policies.current_serve(&derived.before);
    let outcome = derived.outcome(registrar, unheard, &policies, why);
    if !is_kept && policies.current_serve(&outcome.rows) {
        policies.keep(tx, Instant::new(registrar.now)).await?;
    }
    tx.append_with(entry, &outcome.rows, outcome.state.as_ref()).await?;
    Ok(outcome.saved)
}

/// Writes what follows in many cases.
pub(super) async fn put_many(
    tx: &mut Tx,
    registrar: &Registrar<'_>,
    policies: &Policies<'_>,
    (rows, states): (&[DeadlineRow], &[CaseState]),
) -> Result<()> {
    if policies.current_serve(rows) {
        policies.keep(tx, Instant::new(registrar.now)).await?;
    }
    tx.put_deadlines(rows).await?;
    tx.set_case_states(states).await?;
    Ok(())
}

/// The ids of told deadlines that somebody is to hear of now who never did: of those `asked`, by what their case has `told`. Pure.
pub(super) fn unheard(asked: &[Asked], told: &[ToldRow]) -> HashSet<String> {
    let is_new = |Asked { row, offices }: &&Asked| {
        let of_row =
            |told: &&ToldRow| (&told.rule, &told.start_key, &told.subject) == (&row.rule, &row.start_key, &row.subject);
        offices.iter().any(|office| !told.iter().filter(of_row).any(|told| told.office == *office))
    };
    asked.iter().filter(is_new).map(|asked| asked.row.deadline_id.clone()).collect()
}

impl Derived {
    /// Derives. Pure.
    pub(super) fn new(registrar: &Registrar<'_>, entries: Entries, before: Vec<DeadlineRow>) -> Self {
        let assembled = entries.assemble();
        let today = registrar.today(assembled.timeline.zone);
        let findings = derive(&assembled.timeline, registrar.calendar, &registrar.question(today));
        Self { entries, assembled, findings, before, today }
    }

    /// The case.
    pub(super) fn number(&self) -> &String {
        &self.entries.case.number
    }

    /// The told deadlines that somebody may be new to, after a transfer, or when another body is named: of these the alerts must be asked.
    pub(super) fn to_ask(&self) -> Vec<Asked> {
        if !self.before.iter().any(|row| row.told) {
            return Vec::new();
        }
        let transferred = self.assembled.standing().any(|event| event.kind == EventKind::ConvictTransferred);
        let institution = held_in(&self.assembled.timeline, self.today);
        let keys = keys(&self.findings, &self.assembled);
        let told = |(deadline, key): (&Deadline, (String, String, String))| {
            let of_key = |row: &&DeadlineRow| (&row.rule, &row.start_key, &row.subject) == (&key.0, &key.1, &key.2);
            let row = self.before.iter().find(of_key).filter(|row| row.told)?;
            let other = (text(deadline.actor.as_ref()), text(deadline.also_alert.as_ref()))
                != (row.actor.clone(), row.also_alert.clone());
            let office = |party| match party {
                Party::Office(office) => Some(office),
                _ => None,
            };
            let offices = || alert::audience(deadline, Rung::Opened, &institution).into_iter().filter_map(office);
            (transferred || other).then(|| Asked { row: row.clone(), offices: offices().collect() })
        };
        self.findings.deadlines.iter().zip(keys).filter_map(told).collect()
    }

    /// Compares and plans. `unheard`: see [`rederive`]. Pure.
    pub(super) fn outcome(
        self,
        registrar: &Registrar<'_>,
        unheard: HashSet<String>,
        policies: &Policies<'_>,
        why: &str,
    ) -> Outcome {
        let Self { entries, assembled, findings, before, today } = self;
        let case = &entries.case;
        let planning = Planning { context: registrar.planning(assembled.timeline.zone), policies, unheard, why };
        let (rows, changes): (Vec<_>, Vec<_>) =
            compare(&case.number, &assembled, &findings, before, &planning).into_iter().unzip();
        let closed_on = findings.case.closed.map(|closed| closed.on);
        let rederive_on = next_change(&findings, today);
        let state = ((case.closed_on, case.rederive_on) != (closed_on, rederive_on)).then(|| CaseState {
            number: case.number.clone(),
            closed_on,
            rederive_on,
        });
        Outcome { saved: Saved { assembled, findings, changes: changes.into_iter().flatten().collect() }, rows, state }
    }
}

/// The office in which the convict is held on a day.
pub fn held_in(timeline: &Timeline, today: NaiveDate) -> String {
    let code = timeline.institution_on(today).unwrap_or("institution:*");
    if code.contains(':') { code.to_owned() } else { format!("institution:{code}") }
}
