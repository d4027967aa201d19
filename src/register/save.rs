//! Derive, compare with what was written before, plan the next alerts, write: one private function for intake, nation-wide
//! events and re-derivations, so that none of them can do it differently.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::assemble::{Assembled, assemble};
use super::policy::Policies;
use super::{Registrar, Result, chain};
use crate::alert::{self, Context, Party, Planned, Previous, Rung};
use crate::law::derive;
use crate::law::finding::{Actor, Bar, BarState, Deadline, Findings, Step, StepState, Term, Wait, WaitState};
use crate::law::regulation::Kind;
use crate::law::timeline::{EventKind, Timeline};
use crate::store::{CaseRow, DeadlineRow, EventRow, Instant, Json, Tx};

/// The status of a row whose deadline no longer follows from the events.
pub const GONE: &str = "gone";

/// What became of a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was not there before.
    New,
    /// Its date moved.
    Moved,
    /// Its status changed.
    Status,
    /// It no longer follows from the events.
    Gone,
}

impl ChangeKind {
    /// The name in JSON and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Moved => "moved",
            Self::Status => "status",
            Self::Gone => "gone",
        }
    }
}

/// A deadline that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What became of it.
    pub kind: ChangeKind,
    /// As it was written before.
    pub before: Option<DeadlineRow>,
    /// As it is written now.
    pub after: DeadlineRow,
}

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
pub(super) struct Entries {
    pub(super) case: CaseRow,
    pub(super) own: Vec<EventRow>,
    /// Only in death cases.
    pub(super) nationwide: Vec<EventRow>,
}

impl Entries {
    /// Reads them; none if there is no such case. The caller has locked the chain if it is going to write.
    pub(super) async fn read(tx: &mut Tx, number: &str) -> Result<Option<Self>> {
        let Some(case) = tx.case(number).await? else { return Ok(None) };
        let own = tx.chain_events(number).await?;
        let nationwide = if case.sentence == "death" { tx.chain_events(super::NATIONWIDE).await? } else { Vec::new() };
        Ok(Some(Self { case, own, nationwide }))
    }

    pub(super) fn assemble(&self) -> Assembled {
        assemble(&self.case, &self.own, &self.nationwide, None)
    }
}

/// Derives the case anew and writes what follows. `why` is the change code of dates that move.
pub(super) async fn rederive(tx: &mut Tx, registrar: &Registrar<'_>, entries: &Entries, why: &str) -> Result<Saved> {
    let assembled = entries.assemble();
    let zone = assembled.timeline.zone;
    let today = registrar.today(zone);
    let question = registrar.question(today);
    let findings = derive(&assembled.timeline, registrar.calendar, &question);
    let context = registrar.planning(zone);
    let before = tx.lock_deadlines_of(&entries.case.number).await?;
    let unheard = unheard(tx, &assembled, &findings, &before, today).await?;
    let policies = Policies::read(tx, context.ladders, &before).await?;
    let planning = Planning { context, policies: &policies, unheard, why };
    let changes = compare(&entries.case.number, &assembled, &findings, before, &planning);
    let mut told = Vec::new();
    if changes.iter().any(|(row, _)| row.policy.as_deref() == Some(policies.current_id())) {
        policies.keep(tx, Instant::new(registrar.now)).await?;
    }
    for (row, change) in changes {
        tx.put_deadline(&row).await?;
        told.extend(change);
    }
    let closed_on = findings.case.closed.map(|closed| closed.on);
    tx.set_case_state(&entries.case.number, closed_on, next_change(&findings, today)).await?;
    Ok(Saved { assembled, findings, changes: told })
}

/// What comparing knows besides the findings.
struct Planning<'a> {
    context: Context<'a>,
    policies: &'a Policies<'a>,
    /// By row, where it was asked: an office that is to hear by now was never told.
    unheard: HashSet<String>,
    /// The change code of dates that move.
    why: &'a str,
}

/// The ids of told deadlines that somebody is to hear of now who never did: a transfer, or another body named.
async fn unheard(
    tx: &mut Tx,
    assembled: &Assembled,
    findings: &Findings,
    before: &[DeadlineRow],
    today: NaiveDate,
) -> Result<HashSet<String>> {
    let mut found = HashSet::new();
    let transferred = assembled.standing().any(|event| event.kind == EventKind::ConvictTransferred);
    let institution = held_in(&assembled.timeline, today);
    for (deadline, key) in findings.deadlines.iter().zip(keys(findings, assembled)) {
        let of_key = |row: &&DeadlineRow| (&row.rule, &row.start_key, &row.subject) == (&key.0, &key.1, &key.2);
        let Some(row) = before.iter().find(of_key).filter(|row| row.told) else { continue };
        let other = (text(deadline.actor.as_ref()), text(deadline.also_alert.as_ref()))
            != (row.actor.clone(), row.also_alert.clone());
        if !transferred && !other {
            continue;
        }
        let told = tx.offices_told(&row.case_number, &row.rule, &row.start_key, &row.subject).await?;
        let audience = alert::audience(deadline, Rung::Opened, &institution);
        let is_new = |party: &Party| matches!(party, Party::Office(office) if !told.contains(office));
        if audience.iter().any(is_new) {
            found.insert(row.deadline_id.clone());
        }
    }
    Ok(found)
}

/// The office in which the convict is held on a day.
pub fn held_in(timeline: &Timeline, today: NaiveDate) -> String {
    let code = timeline.institution_on(today).unwrap_or("institution:*");
    if code.contains(':') { code.to_owned() } else { format!("institution:{code}") }
}

fn text(actor: Option<&Actor>) -> Option<String> {
    actor.map(ToString::to_string)
}

fn id_of(number: &str, (rule, start_key, subject): &(String, String, String)) -> String {
    chain::short_id_of('D', &[number, rule, start_key, subject].join("\n"))
}

/// The rows to be written, each with what it means.
fn compare(
    number: &str,
    assembled: &Assembled,
    findings: &Findings,
    before: Vec<DeadlineRow>,
    planning: &Planning<'_>,
) -> Vec<(DeadlineRow, Option<Change>)> {
    let keys = keys(findings, assembled);
    let mut old: HashMap<(String, String, String), DeadlineRow> =
        before.into_iter().map(|row| ((row.rule.clone(), row.start_key.clone(), row.subject.clone()), row)).collect();
    let mut matched: Vec<Option<DeadlineRow>> = keys.iter().map(|key| old.remove(key)).collect();
    // A later hand-over or a second rejection starts the same term anew, and a retraction can leave a term to another event of
    // the same day: whoever was told of it must hear how it goes on, so the row, with its identity, goes with the term.
    let mut left: Vec<DeadlineRow> = old.into_values().collect();
    left.sort_by(|a, b| (a.from_day, &a.deadline_id).cmp(&(b.from_day, &b.deadline_id)));
    // And it comes back with its id when that event is struck again: one id never stands for two rows.
    for (slot, key) in matched.iter_mut().zip(&keys).filter(|(slot, _)| slot.is_none()) {
        let id = id_of(number, key);
        *slot = left.iter().position(|row| row.deadline_id == id).map(|at| left.remove(at));
    }
    for (i, deadline) in findings.deadlines.iter().enumerate() {
        if matched[i].is_none() {
            let goes_on = |row: &DeadlineRow| {
                let same_term = row.rule == keys[i].0 && row.subject == keys[i].2 && row.status != GONE;
                same_term && (!deadline.superseded.is_empty() || row.from_day == deadline.from)
            };
            matched[i] = left.iter().position(goes_on).map(|at| left.remove(at));
        }
    }
    let mut rows = Vec::new();
    for ((deadline, key), old) in findings.deadlines.iter().zip(keys).zip(matched) {
        let row = write(deadline, key, number, assembled, old.as_ref(), planning);
        if old.as_ref() != Some(&row) {
            let change = change(old, &row);
            rows.push((row, change));
        }
    }
    for old in left.into_iter().filter(|row| row.status != GONE) {
        let kind = old.kind.parse().unwrap_or(Kind::Step);
        let planned = alert::plan_gone(&previous(&old, false), kind, &planning.context);
        let change = Some(planning.why.to_owned());
        let mut row = DeadlineRow { status: GONE.to_owned(), is_open: false, change, ..old.clone() };
        row.sequence += 1;
        (row.next_alert_at, row.next_rung) = split(planned);
        rows.push((row.clone(), Some(Change { kind: ChangeKind::Gone, before: Some(old), after: row })));
    }
    rows
}

/// The natural key of each deadline within its case: rule, start, subject.
fn keys(findings: &Findings, assembled: &Assembled) -> Vec<(String, String, String)> {
    let mut taken = HashSet::new();
    findings
        .deadlines
        .iter()
        .map(|deadline| {
            let origin = deadline.started_by.and_then(|index| assembled.origin(index));
            let start = origin.map_or_else(|| deadline.from.to_string(), |origin| origin.root_id.clone());
            let subject = deadline.subject.map_or("", |subject| subject.as_str());
            let mut key = (deadline.rule.as_str().to_owned(), start, subject.to_owned());
            for copy in 2.. {
                if taken.insert(key.clone()) {
                    break;
                }
                key.2 = format!("{subject}#{copy}");
            }
            key
        })
        .collect()
}

/// Which of `findings` the row keeps; none when it no longer follows from the events.
///
/// A row that went with its term to a later event keeps its first `start_key`, and is known by the day it now runs from.
pub fn position(row: &DeadlineRow, assembled: &Assembled, findings: &Findings) -> Option<usize> {
    if row.status == GONE {
        return None;
    }
    let keys = keys(findings, assembled);
    let same_term = |key: &(String, String, String)| key.0 == row.rule && key.2 == row.subject;
    let runs_from = |i: &usize| same_term(&keys[*i]) && findings.deadlines[*i].from == row.from_day;
    keys.iter().position(|key| same_term(key) && key.1 == row.start_key).or_else(|| (0..keys.len()).find(runs_from))
}

fn write(
    deadline: &Deadline,
    key: (String, String, String),
    number: &str,
    assembled: &Assembled,
    old: Option<&DeadlineRow>,
    planning: &Planning<'_>,
) -> DeadlineRow {
    let status = deadline.status().unwrap_or(if deadline.closed.is_some() { "closed" } else { "none" }).to_owned();
    let late_after = match deadline.term {
        Term::Duty(duty) => Some(duty.late_after()),
        _ => None,
    };
    let mut finding = serde_json::to_value(deadline).unwrap_or_default();
    for (name, index) in [("started_by_event", deadline.started_by), ("met_by_event", deadline.met_by)] {
        if let (Some(origin), Some(map)) = (index.and_then(|i| assembled.origin(i)), finding.as_object_mut()) {
            map.insert(name.to_owned(), origin.event_id.as_str().into());
        }
    }
    let deadline_id = old.map_or_else(|| id_of(number, &key), |old| old.deadline_id.clone());
    let (rule, start_key, subject) = key;
    let mut row = DeadlineRow {
        deadline_id,
        case_number: number.to_owned(),
        rule,
        // What was told under this key stays found under it: alerts, and the entry in calendars.
        start_key: old.map_or(start_key, |old| old.start_key.clone()),
        subject,
        kind: deadline.kind().as_str().to_owned(),
        actor: text(deadline.actor.as_ref()),
        also_alert: text(deadline.also_alert.as_ref()),
        from_day: deadline.from,
        shown_on: deadline.effective(),
        watched_by: deadline.watched_by(),
        late_after,
        status,
        is_open: deadline.is_open(),
        finding: Json(finding),
        sequence: old.map_or(0, |old| old.sequence),
        told: old.is_some_and(|old| old.told),
        told_shown: old.and_then(|old| old.told_shown),
        change: old.and_then(|old| old.change.clone()),
        next_alert_at: None,
        next_rung: None,
        policy: old.and_then(|old| old.policy.clone()),
    };
    let anew = old.is_none_or(|old| began_anew(old, &row));
    if anew {
        row.policy = Some(planning.policies.current_id().to_owned());
    }
    let previous = old.map(|old| previous(old, planning.unheard.contains(&old.deadline_id)));
    let context = Context { ladders: planning.policies.ladders(row.policy.as_deref()), ..planning.context };
    (row.next_alert_at, row.next_rung) = split(alert::plan(deadline, previous.as_ref(), &context));
    if let Some(old) = old
        && (moved(old, &row) || anew)
    {
        row.sequence += 1;
        row.change = Some(planning.why.to_owned());
    }
    row
}

/// Whether what was over goes on: what is then told is another alert than the one of the first time.
fn began_anew(old: &DeadlineRow, new: &DeadlineRow) -> bool {
    let stands = |row: &DeadlineRow| {
        row.is_open || matches!(row.status.as_str(), "running" | "in_force" | "in_force_indefinite")
    };
    old.status == GONE || !stands(old) && stands(new)
}

fn moved(old: &DeadlineRow, new: &DeadlineRow) -> bool {
    (old.shown_on, old.watched_by, old.late_after) != (new.shown_on, new.watched_by, new.late_after)
}

fn change(old: Option<DeadlineRow>, row: &DeadlineRow) -> Option<Change> {
    let kind = match &old {
        None => ChangeKind::New,
        Some(old) if old.status == GONE => ChangeKind::New,
        Some(old) if moved(old, row) => ChangeKind::Moved,
        Some(old) if old.status != row.status => ChangeKind::Status,
        Some(_) => return None,
    };
    Some(Change { kind, before: old, after: row.clone() })
}

fn previous(row: &DeadlineRow, unheard: bool) -> Previous {
    Previous {
        shown_on: row.shown_on,
        watched_by: row.watched_by,
        status: row.status.clone(),
        is_open: row.is_open,
        told: row.told,
        told_shown: row.told_shown,
        unheard,
        planned: row
            .next_alert_at
            .zip(row.next_rung.clone())
            .and_then(|(at, rung)| Some(Planned { at: at.utc(), rung: Rung::from_key(&rung)? })),
    }
}

fn split(planned: Option<Planned>) -> (Option<Instant>, Option<String>) {
    planned.map(|planned| (Instant::new(planned.at), planned.rung.key())).unzip()
}

/// The next day on which the passing of time alone can change what is derived: the day after the last day of something
/// that runs.
fn next_change(findings: &Findings, today: NaiveDate) -> Option<NaiveDate> {
    findings
        .deadlines
        .iter()
        .filter(|deadline| deadline.is_open() || runs(deadline))
        .flat_map(|deadline| {
            let late_after = match deadline.term {
                Term::Duty(duty) => Some(duty.late_after()),
                _ => None,
            };
            [deadline.watched_by(), late_after]
        })
        .flatten()
        .filter_map(|day| day.succ_opt())
        .filter(|day| *day > today)
        .min()
}

/// What is no open act, and changes with time all the same: dated bars, waits, steps not yet at their control date.
fn runs(deadline: &Deadline) -> bool {
    matches!(
        deadline.term,
        Term::Bar(Bar { state: BarState::InForce | BarState::Standing, .. })
            | Term::Wait(Wait { state: WaitState::Running, .. })
            | Term::Step(Step { state: StepState::Open, .. })
    )
}

/// The rows of findings that are not saved: of another day, or of what was known at another time.
pub(super) fn rows(
    number: &str,
    assembled: &Assembled,
    findings: &Findings,
    context: &Context<'_>,
) -> Vec<DeadlineRow> {
    let policies = Policies::only(context.ladders);
    let planning = Planning { context: *context, policies: &policies, unheard: HashSet::new(), why: "event" };
    compare(number, assembled, findings, Vec::new(), &planning).into_iter().map(|(row, _)| row).collect()
}
