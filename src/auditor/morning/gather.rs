//! What the letter says, read in one snapshot.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::law::finding::Deadline;
use crate::law::regulation::Kind;
use crate::law::timeline::day_begins;
use crate::letter;
use crate::letter::digest::{Action, AuditCounts, DeadlineCounts, ENTRIES_SHOWN_MAX, Entry, Follow, LetterCounts};
use crate::post::compose::{ComposeError, Desk};
use crate::register::query::At;
use crate::register::verify::seal;
use crate::register::{DEFAULT_ZONE, NATIONWIDE, Registrar};
use crate::store::{Due, EventRow, Instant, OutboxCounts, Tx};

/// Everything that the letter says, owned.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) since: DateTime<Utc>,
    pub(super) letters: LetterCounts,
    pub(super) deadlines: DeadlineCounts,
    pub(super) entries: Vec<Told>,
    pub(super) entries_total: u32,
    pub(super) waiting: Vec<Told>,
    pub(super) waiting_total: u32,
    pub(super) flagged: u32,
    pub(super) flagged_offices: Vec<String>,
    pub(super) audit: Option<AuditCounts>,
    pub(super) seal: String,
    pub(super) sealed_on: NaiveDate,
}

/// An entry with what it was before, where it stands, and what follows.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) row: EventRow,
    pub(super) old: Option<NaiveDate>,
    pub(super) waits: bool,
    pub(super) struck: bool,
    pub(super) follows: Vec<Follow<'static>>,
}

fn number(n: i64) -> u32 {
    u32::try_from(n.max(0)).unwrap_or(u32::MAX)
}

/// Reads everything in one snapshot; what follows from the entries is derived case by case.
pub(super) async fn gather(desk: &Desk<'_>) -> Result<Report, ComposeError> {
    let mut tx = desk.store.snapshot().await?;
    let now = Instant::new(desk.now);
    let today = desk.now.with_timezone(&DEFAULT_ZONE).date_naive();
    let yesterday = today - Days::new(1);
    let first = || Instant::new(day_begins(yesterday, DEFAULT_ZONE));
    let since = tx.last_morning(now).await?.unwrap_or_else(first);
    let limit = i64::try_from(ENTRIES_SHOWN_MAX).unwrap_or(i64::MAX);
    let (entries, waiting) = (tx.entries_between(since, now, limit).await?, tx.pending(limit).await?);
    let flagged: BTreeSet<String> = tx.addresses_flagged().await?.into_iter().collect();
    let offices =
        desk.directory.offices().filter(|office| office.officials.iter().any(|o| flagged.contains(&o.address)));
    let flagged_offices = offices.map(|office| office.code.clone()).collect();
    let audit = tx.last_audit(None).await?.map(|audit| AuditCounts {
        finished: audit.finished_at.utc(),
        cases: number(audit.cases),
        expected: number(audit.expected),
        accepted: number(audit.accepted),
        differences: number(audit.differences),
    });
    let report = Report {
        since: since.utc(),
        letters: letters(&mut tx, since, now).await?,
        deadlines: deadlines(&mut tx, today).await?,
        entries_total: number(tx.entries_counted(since, now).await?),
        waiting_total: number(tx.count_pending().await?.n),
        entries: told(desk, &mut tx, entries).await?,
        waiting: told(desk, &mut tx, waiting).await?,
        flagged: u32::try_from(flagged.len()).unwrap_or(u32::MAX),
        flagged_offices,
        audit,
        seal: seal(&mut tx, yesterday).await?,
        sealed_on: yesterday,
    };
    Ok(report)
}

async fn letters(tx: &mut Tx, since: Instant, now: Instant) -> Result<LetterCounts, ComposeError> {
    let verdicts: BTreeMap<String, i64> = tx.verdicts_between(since, now).await?.into_iter().collect();
    let of = |verdict: &str| number(verdicts.get(verdict).copied().unwrap_or(0));
    let OutboxCounts { unsent, oldest_due_at, .. } = tx.outbox_counts().await?;
    Ok(LetterCounts {
        composed: number(tx.letters_composed(since, now).await?),
        accepted: of("accepted"),
        deferred: of("deferred"),
        refused: of("refused"),
        bounced: number(tx.bounced_between(since, now).await?),
        unknown: of("unknown"),
        unsent: number(unsent),
        oldest: oldest_due_at.map(Instant::utc),
    })
}

async fn deadlines(tx: &mut Tx, today: NaiveDate) -> Result<DeadlineCounts, ComposeError> {
    // Once a day everything that is open is counted to its end.
    let open = tx.open_by_kind(i64::MAX).await?.into_iter().sum();
    Ok(DeadlineCounts {
        open: number(open),
        today: number(tx.due(Due::Today, today, i64::MAX, 0).await?.0),
        overdue: number(tx.due(Due::Overdue, today, i64::MAX, 0).await?.0),
        past_control: number(tx.due(Due::PastControl, today, i64::MAX, 0).await?.0),
    })
}

/// What the letter says of each entry. A case is derived once; one that cannot be derived keeps its entries, without what follows.
async fn told(desk: &Desk<'_>, tx: &mut Tx, rows: Vec<EventRow>) -> Result<Vec<Told>, ComposeError> {
    let Desk { store, calendar, config, now, .. } = *desk;
    let registrar = Registrar { store, calendar, config, who: "keshirim", now };
    let mut derived = BTreeMap::new();
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        if row.chain != NATIONWIDE && !derived.contains_key(&row.chain) {
            let case = registrar.derived(&row.chain, At::default()).await;
            let case = case.inspect_err(|error| tracing::error!(case = row.chain, %error, "a case cannot be derived"));
            derived.insert(row.chain.clone(), case.ok().flatten());
        }
        let target = match &row.target {
            Some(target) => tx.event(target).await?,
            None => None,
        };
        let mut follows = Vec::new();
        let (mut waits, mut struck) = (row.needs_confirmation && is_pending(tx, &row).await?, false);
        if let Some((assembled, findings)) = derived.get(&row.chain).and_then(Option::as_ref) {
            if let Some((event, _)) = assembled.event(&row.event_id) {
                struck = event.retracted_at.is_some();
                waits &= !struck;
            }
            let of = |index: Option<u32>| {
                index.and_then(|i| assembled.origin(i)).is_some_and(|origin| origin.event_id == row.event_id)
            };
            let starts = findings.deadlines.iter().filter(|d| of(d.started_by)).map(|d| follow(d, false));
            let ends = findings.deadlines.iter().filter(|d| of(d.met_by)).map(|d| follow(d, true));
            follows = starts.chain(ends).collect();
        }
        let old = target.as_ref().and_then(|target| target.day);
        // A confirmation and a retraction name what they speak of.
        let row = match target {
            Some(target) if row.action != "correct" => EventRow { kind: target.kind, day: target.day, ..row },
            _ => row,
        };
        found.push(Told { row, old, waits, struck, follows });
    }
    Ok(found)
}

/// Whether an entry still waits for a second person.
async fn is_pending(tx: &mut Tx, row: &EventRow) -> Result<bool, ComposeError> {
    let rows = tx.chain_events(&row.chain).await?;
    Ok(!rows.iter().any(|other| {
        other.target.as_deref() == Some(&row.event_id) && (other.action == "confirm" || !other.needs_confirmation)
    }))
}

fn follow(deadline: &Deadline, ends: bool) -> Follow<'static> {
    let rule = deadline.rule();
    let kind = match rule.kind {
        Kind::Duty => letter::Kind::Duty,
        Kind::Right => letter::Kind::Right,
        Kind::Bar => letter::Kind::Bar,
        Kind::Wait => letter::Kind::Wait,
        Kind::Step | Kind::Condition => letter::Kind::Step,
    };
    Follow { rule_id: deadline.rule.as_str(), paragraph: rule.paragraph, kind, date: deadline.watched_by(), ends }
}

pub(super) fn entry(told: &Told) -> Entry<'_> {
    let row = &told.row;
    let reason = row.reason.as_deref().unwrap_or("other");
    Entry {
        case_number: if row.chain == NATIONWIDE { "" } else { &row.chain },
        action: match row.action.as_str() {
            "open" => Action::Opened,
            "correct" => Action::Corrected { old: told.old, reason },
            "retract" => Action::Retracted { reason },
            "confirm" => Action::Confirmed,
            _ => Action::Recorded,
        },
        event: row.kind.as_deref().unwrap_or_default(),
        on: row.day,
        entered: row.recorded_at.utc(),
        waits: told.waits,
        struck: told.struck,
        follows: told.follows.clone(),
    }
}
