//! Proof by outcome: what should have been said is derived from the events, compared with what was accepted, and only if nothing is
//! missing a watchman outside is told that all is well. Its silence is the alarm; a process that merely lives proves nothing.
//!
//! Reading order: [`expected`] (pure: what was owed), [`compare`] (pure: owed beside said), `said` (what became of each letter), `history` (since when a deadline stands
//! as it does), `case` (one case), [`audit`] (all of them), [`heartbeat`], and [`morning`] (the operators' letter).

mod case;
pub mod compare;
mod escalation;
pub mod expected;
pub mod heartbeat;
mod history;
pub mod morning;
mod said;

use std::collections::BTreeSet;

use chrono::{DateTime, Days, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::law::timeline::day_begins;
use crate::offices::Directory;
use crate::post::compose::{self, ComposeError, Desk};
use crate::register::chain::{hex, short_id_of};
use crate::register::verify::check_chain;
use crate::register::{self, DEFAULT_ZONE, NATIONWIDE, Registrar};
use crate::store::{AuditRow, Instant, Json, Store, Tx};
use case::{Bench, Evidence};
pub use compare::{Code, Difference};
pub use heartbeat::Heartbeat;

/// A letter may be on its way so long before it is missed; the minute in which notices are grouped comes on top.
pub const GRACE_SECONDS: i64 = 3_600;
/// Differences that are kept of one run; the others are counted.
pub const FOUND_MAX: usize = 1_000;
/// Cases compared in one snapshot.
const CASES_PER_BATCH_MAX: i64 = 50;
/// Cases that an hourly run looks at, and those of them that it compares, at most: in a large register it goes on where the last one
/// stopped, and the nightly run compares all.
const HOURLY_LOOKED_MAX: usize = 20_000;
const HOURLY_COMPARED_MAX: usize = 2_000;
/// Under which name the register keeps where the last hourly run stopped; empty when it came to the end.
const HOURLY_STOPPED_AT: &str = "audit_stopped_at";
/// Hourly looks at cases with an entry of so many hours, too.
const ENTRIES_HOURS: i64 = 24;
/// How long after a run the next one is due.
const EVERY_MINUTES: i64 = 60;
/// … and after one that found something, or whose heartbeat did not arrive.
const AGAIN_MINUTES: i64 = 10;
/// From when in [`DEFAULT_ZONE`] every case is compared: the office is asleep, and the day's new states are written.
const NIGHTLY_HOUR: i64 = 3;
/// How long runs are kept.
const RUNS_KEPT_DAYS: i64 = 400;
/// Under which name the register is read.
const WHO: &str = "keshirim";

/// Which cases are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those with an open deadline, or an entry of the last day; of a large register a share.
    Hourly,
    /// Every case.
    Nightly,
}

impl Scope {
    /// The name in the audit's row.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hourly => "hourly",
            Self::Nightly => "nightly",
        }
    }
}

/// Since when what the register is judged by is what it is today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Basis {
    /// Calendar, ladders, mornings, the program.
    law: DateTime<Utc>,
    /// Which offices there are, with their superiors.
    directory: DateTime<Utc>,
}

/// What comparing came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// Cases compared.
    pub cases: i64,
    /// What should have been said.
    pub expected: i64,
    /// What of it was accepted.
    pub accepted: i64,
    /// What differs; of a whole run the first [`FOUND_MAX`].
    pub differences: Vec<Difference>,
    /// How many differences there are in all.
    pub count: i64,
}

impl Judged {
    fn take(&mut self, other: Self) {
        self.cases += other.cases;
        self.expected += other.expected;
        self.accepted += other.accepted;
        self.count += i64::try_from(other.differences.len()).unwrap_or(i64::MAX);
        let room = FOUND_MAX.saturating_sub(self.differences.len());
        self.differences.extend(other.differences.into_iter().take(room));
    }
}

/// Which run is due: "due and not done", by the runs that were written down. A daemon that was down catches up with one.
pub async fn due(store: &Store, now: DateTime<Utc>) -> Result<Option<Scope>, ComposeError> {
    let mut tx = store.snapshot().await?;
    let today = now.with_timezone(&DEFAULT_ZONE).date_naive();
    let hour = TimeDelta::hours(NIGHTLY_HOUR);
    let night = Some(day_begins(today, DEFAULT_ZONE) + hour).filter(|night| *night <= now);
    let night = night.unwrap_or_else(|| day_begins(today - Days::new(1), DEFAULT_ZONE) + hour);
    let nightly = tx.last_audit(Some(Scope::Nightly.as_str())).await?;
    if nightly.is_none_or(|row| row.started_at.utc() < night) {
        return Ok(Some(Scope::Nightly));
    }
    let due = tx.last_audit(None).await?.is_none_or(|row| {
        let well = row.differences == 0 && matches!(row.heartbeat.as_str(), "pinged" | "none");
        let age = now - row.finished_at.utc();
        // A clock that was set back must not silence the auditor.
        age >= TimeDelta::minutes(if well { EVERY_MINUTES } else { AGAIN_MINUTES }) || age < TimeDelta::zero()
    });
    Ok(due.then_some(Scope::Hourly))
}

/// Compares the cases of `scope`, tells the operators what differs, and pings the heartbeat if nothing does and the way out is
/// open. The run is written down, and yielded.
pub async fn audit(
    desk: &Desk<'_>,
    scope: Scope,
    clock: &Clock,
    way_is_open: bool,
    heartbeat: Option<&Heartbeat>,
) -> Result<AuditRow, ComposeError> {
    let judged = compare_all(desk, scope, clock).await?;
    let last = desk.store.snapshot().await?.last_audit(None).await?;
    tell(desk, &judged.differences, last.as_ref()).await?;
    let sent = match heartbeat {
        None => "none",
        Some(_) if judged.count > 0 || !way_is_open => "withheld",
        Some(heartbeat) => match heartbeat.ping().await {
            Ok(()) => "pinged",
            Err(error) => {
                tracing::error!(error, "the heartbeat did not arrive; it is tried again in {AGAIN_MINUTES} minutes");
                "failed"
            }
        },
    };
    let row = AuditRow {
        audit_id: short_id_of('A', &format!("{}\n{}", scope.as_str(), desk.now.to_rfc3339())),
        scope: scope.as_str().to_owned(),
        started_at: Instant::new(desk.now),
        finished_at: Instant::new(clock.now()),
        cases: judged.cases,
        expected: judged.expected,
        accepted: judged.accepted,
        differences: judged.count,
        found: Json(serde_json::to_value(&judged.differences).unwrap_or_default()),
        heartbeat: sent.to_owned(),
    };
    let mut tx = desk.store.begin().await?;
    tx.insert_audit(&row).await?;
    tx.sweep_audits(Instant::new(desk.now - TimeDelta::days(RUNS_KEPT_DAYS))).await?;
    tx.commit().await?;
    Ok(row)
}

/// Compares batch by batch, each in a snapshot of its own and at its own instant: a long run holds nobody up.
pub async fn compare_all(desk: &Desk<'_>, scope: Scope, clock: &Clock) -> Result<Judged, ComposeError> {
    let basis = basis(desk).await?;
    let since = Instant::new(desk.now - TimeDelta::hours(ENTRIES_HOURS));
    let waits = TimeDelta::seconds(desk.config.letters.group_notices_seconds.into());
    let grace = TimeDelta::seconds(GRACE_SECONDS) + waits;
    let mut judged = Judged::default();
    let mut after = String::new();
    let mut round = Round::default();
    if scope == Scope::Hourly {
        let mut tx = desk.store.snapshot().await?;
        judged.take(nationwide(&mut tx).await?);
        round = Round::go_on(tx.meta(HOURLY_STOPPED_AT).await?.unwrap_or_default());
    }
    loop {
        let mut tx = desk.store.snapshot().await?;
        // Read before the clock: whatever the snapshot holds was entered by then.
        let names = match scope {
            Scope::Hourly => {
                let Some(names) = round.next(&mut tx, since).await? else {
                    drop(tx);
                    round.keep(desk.store).await?;
                    return Ok(judged);
                };
                names
            }
            // By the chains: a case whose row was removed is not passed over.
            Scope::Nightly => {
                let names = tx.chains_after(&after, CASES_PER_BATCH_MAX).await?;
                let Some(last) = names.last() else { return Ok(judged) };
                after.clone_from(last);
                names
            }
        };
        let flagged: BTreeSet<String> = tx.addresses_flagged().await?.into_iter().collect();
        let Desk { store, calendar, config, directory, .. } = *desk;
        let registrar = Registrar { store, calendar, config, who: WHO, now: clock.now() };
        let bench = Bench { registrar: &registrar, directory, flagged: &flagged, basis, grace };
        for name in &names {
            judged.take(match Evidence::read(&mut tx, name, &config.ladder).await? {
                Some(evidence) => case::judge(&evidence, &bench),
                None if name == NATIONWIDE => nationwide(&mut tx).await?,
                None => broken(name),
            });
        }
    }
}

/// The cases of an hourly run: round the register from where the last run stopped, and no further than its share.
#[derive(Debug, Default)]
struct Round {
    /// Where the last run stopped, and this one ends at the latest.
    began_at: String,
    at: String,
    /// Whether it has gone past the end and on from the beginning.
    wrapped: bool,
    looked: usize,
    compared: usize,
    done: bool,
}

impl Round {
    fn go_on(stopped_at: String) -> Self {
        Self { at: stopped_at.clone(), began_at: stopped_at, ..Self::default() }
    }

    /// The next cases to compare, perhaps none of those looked at; none at all when the run is over.
    async fn next(&mut self, tx: &mut Tx, since: Instant) -> Result<Option<Vec<String>>, ComposeError> {
        if self.done || self.looked >= HOURLY_LOOKED_MAX || self.compared >= HOURLY_COMPARED_MAX {
            return Ok(None);
        }
        let mut page = tx.cases_to_audit(&self.at, since, CASES_PER_BATCH_MAX).await?;
        if self.wrapped {
            page.retain(|(number, _)| *number <= self.began_at);
        }
        match page.last() {
            Some((last, _)) => self.at.clone_from(last),
            None if self.wrapped || self.began_at.is_empty() => {
                (self.done, self.at) = (true, String::new());
                return Ok(None);
            }
            None => (self.wrapped, self.at) = (true, String::new()),
        }
        self.looked += page.len();
        let names: Vec<String> = page.into_iter().filter_map(|(number, runs)| runs.then_some(number)).collect();
        self.compared += names.len();
        Ok(Some(names))
    }

    /// Keeps where it stopped, for the next run.
    async fn keep(&self, store: &Store) -> Result<(), ComposeError> {
        if self.at != self.began_at {
            let mut tx = store.begin().await?;
            tx.put_meta(HOURLY_STOPPED_AT, &self.at).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// The chain of the nation-wide events.
async fn nationwide(tx: &mut Tx) -> Result<Judged, ComposeError> {
    let (rows, head) = (tx.chain_events(NATIONWIDE).await?, tx.head(NATIONWIDE).await?);
    let whole = check_chain(NATIONWIDE, &rows, head.as_ref()).is_empty();
    Ok(if whole { Judged::default() } else { broken(NATIONWIDE) })
}

fn broken(chain: &str) -> Judged {
    let difference = Difference {
        case: chain.to_owned(),
        rule: String::new(),
        code: Code::Chain,
        office: String::new(),
        rung: String::new(),
        date: String::new(),
        since: None,
    };
    Judged { differences: vec![difference], ..Judged::default() }
}

/// Each new difference goes to the journal, each once a day to the operators.
async fn tell(desk: &Desk<'_>, found: &[Difference], last: Option<&AuditRow>) -> Result<(), ComposeError> {
    let known: BTreeSet<Difference> =
        last.and_then(|row| serde_json::from_value(row.found.0.clone()).ok()).unwrap_or_default();
    let mut notices = BTreeSet::new();
    for difference in found {
        let Difference { case, rule, code, office, rung, .. } = difference;
        if !known.contains(difference) {
            tracing::error!(case, rule, code = code.as_str(), office, rung, "the auditor found a difference");
        }
        let detail: Vec<&str> =
            [case, rule, code.as_str(), office].into_iter().filter(|part| !part.is_empty()).collect();
        notices.insert(("audit_difference", detail.join(" ")));
    }
    if !notices.is_empty() {
        compose::notify(desk, &notices).await?;
    }
    Ok(())
}

/// Since when calendar, ladders, program and offices are those of today: what differs from the last run's is of this instant.
async fn basis(desk: &Desk<'_>) -> Result<Basis, ComposeError> {
    let law = register::basis::basis(desk.calendar, desk.config);
    let fingerprints = [("audit_basis_law", law), ("audit_basis_directory", shape(desk.directory))];
    let mut found = [DateTime::UNIX_EPOCH; 2];
    for (place, (name, text)) in found.iter_mut().zip(fingerprints) {
        let hash = hex(&Sha256::digest(text));
        let mut tx = desk.store.begin().await?;
        let before = tx.meta(name).await?;
        let kept = before.as_deref().and_then(|kept| kept.split_once(' '));
        if let Some(at) = kept.and_then(|(of, at)| (of == hash).then(|| at.parse::<Instant>().ok()).flatten()) {
            *place = at.utc();
            continue;
        }
        // The first run knows of no change: the register is judged whole.
        let at = Instant::new(if before.is_some() { desk.now } else { DateTime::UNIX_EPOCH });
        tx.put_meta(name, &format!("{hash} {at}")).await?;
        tx.commit().await?;
        *place = at.utc();
    }
    let [law, directory] = found;
    Ok(Basis { law, directory })
}

/// Which offices there are, whose superior is who, and whether they have an address at all.
fn shape(directory: &Directory) -> String {
    let of = |office: &crate::offices::Office| {
        let reached = office.officials.iter().any(|official| !official.address.is_empty());
        format!("{} {} {reached}\n", office.code, office.superior.as_deref().unwrap_or_default())
    };
    directory.offices().map(of).collect()
}
