//! What a case came to is compared with what was written before: which rows are new, which moved, when the next letter of each is due.
//! Pure.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::assemble::Assembled;
use super::chain;
use super::policy::Policies;
use crate::alert::{self, Context, Planned, Previous, Rung};
use crate::law::finding::{Actor, Bar, BarState, Deadline, Findings, Step, StepState, Term, Wait, WaitState};
use crate::law::regulation::Kind;
use crate::store::{DeadlineRow, Instant, JsonText};

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

/// What comparing knows besides the findings.
pub(super) struct Planning<'a> {
    pub(super) context: Context<'a>,
    pub(super) policies: &'a Policies<'a>,
    /// By row, where it was asked: an office that is to hear by now was never told.
    pub(super) unheard: HashSet<String>,
    /// The change code of dates that move.
    pub(super) why: &'a str,
}

pub(super) fn text(actor: Option<&Actor>) -> Option<String> {
    actor.map(ToString::to_string)
}

fn id_of(number: &str, (rule, start_key, subject): &(String, String, String)) -> String {
    chain::short_id_of('D', &[number, rule, start_key, subject].join("\n"))
}

/// The rows to be written, each with what it means.
pub(super) fn compare(
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
        *slot = left.iter().position(|row| chain::is_same_id(&row.deadline_id, &id)).map(|at| left.remove(at));
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
        let mut row = write(deadline, key, number, assembled, old.as_ref(), planning);
        // What was written before is read without its finding: the hash tells whether that is another.
        let finding = std::mem::take(&mut row.finding);
        if old.as_ref() != Some(&row) {
            row.finding = finding;
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
pub(crate) fn keys(findings: &Findings, assembled: &Assembled) -> Vec<(String, String, String)> {
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

/// A finding as it is kept: with the entries, not only the numbers, of the events that started and met it.
#[derive(serde::Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    deadline: &'a Deadline,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_by_event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    met_by_event: Option<&'a str>,
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
    let entry = |index: Option<u32>| Some(assembled.origin(index?)?.event_id.as_str());
    let started_by_event = entry(deadline.started_by);
    let finding = JsonText::of(&Written { deadline, started_by_event, met_by_event: entry(deadline.met_by) });
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
        finding_hash: Some(finding.hash()),
        finding,
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
pub(super) fn next_change(findings: &Findings, today: NaiveDate) -> Option<NaiveDate> {
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
