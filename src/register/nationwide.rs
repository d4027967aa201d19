//! Nation-wide events: stored once in a chain of their own, merged into every death case, and carried into the open ones in
//! batches that can be taken up again where they stopped.

use std::sync::Arc;

use super::entry::Draft;
use super::many::Many;
use super::save::Entries;
use super::{DEFAULT_ZONE, Error, NATIONWIDE, Registrar, Result};
use crate::store::{CaseRow, EventRow, Instant, ProgressRow, Tx};

/// Cases per transaction: short enough that nobody waits long for the writer, long enough to be quick.
pub const BATCH_CASES_MAX: i64 = 1_024;

/// The name of the work that follows a nation-wide entry.
fn work(entry: &EventRow) -> String {
    format!("nationwide:{}", entry.event_id)
}

fn is_nationwide(row: &ProgressRow) -> bool {
    row.name.starts_with("nationwide:")
}

/// The nation-wide chain in the shape of a case, so that it is judged like one.
pub(super) async fn entries(tx: &mut Tx) -> Result<Entries> {
    let case = CaseRow {
        number: NATIONWIDE.to_owned(),
        sentence: "none".to_owned(),
        crime_category: None,
        institution: String::new(),
        zone: DEFAULT_ZONE.name().to_owned(),
        opened_at: Instant::new(chrono::DateTime::UNIX_EPOCH),
        opened_by: String::new(),
        status: "open".to_owned(),
        closed_on: None,
        rederive_on: None,
    };
    Ok(Entries { case, own: tx.chain_events(NATIONWIDE).await?, nationwide: Arc::default() })
}

/// Refuses a nation-wide event in a case, a case's event nation-wide, and a moratorium without its act.
pub(super) fn check_place(draft: &Draft, number: &str) -> Result<()> {
    let nationwide = number == NATIONWIDE;
    if draft.kind.is_nationwide() && !nationwide {
        let sentence =
            format!("{0} holds for the whole country: record it with `keshirim record --nationwide {0}`", draft.kind);
        return Err(Error::refused("nationwide_event", sentence));
    }
    if !draft.kind.is_nationwide() && nationwide {
        let sentence = format!(
            "{} belongs to a case: name its number; nation-wide are only moratorium_declared and moratorium_lifted",
            draft.kind
        );
        return Err(Error::refused("not_nationwide", sentence));
    }
    if nationwide && !draft.fields.contains_key("act") {
        return Err(Error::refused("act_missing", format!("{} must name its act: --act TEXT", draft.kind)));
    }
    Ok(())
}

/// Whether the entry `target` counts already, so that striking it is for two; one that still waits may be struck by one.
pub(super) fn counts(own: &[EventRow], target: Option<&str>) -> bool {
    own.iter().any(|row| {
        Some(row.event_id.as_str()) == target
            && (!row.needs_confirmation
                || own.iter().any(|other| other.action == "confirm" && other.target.as_deref() == target))
    })
}

/// Notes, in the entry's own transaction, that the open death cases are to be re-derived.
pub(super) async fn start(tx: &mut Tx, registrar: &Registrar<'_>, entry: &EventRow) -> Result<()> {
    tx.put_progress(&ProgressRow {
        name: work(entry),
        done_up_to: String::new(),
        cases: 0,
        started_at: Instant::new(registrar.now),
        finished_at: None,
    })
    .await?;
    Ok(())
}

impl Registrar<'_> {
    /// Carries every nation-wide entry that has not reached all open death cases yet into the rest of them; yields how many
    /// cases were re-derived. Whoever was interrupted left a row that says how far it came.
    pub async fn finish_nationwide(&self) -> Result<i64> {
        // Mostly there is nothing, once a minute: nobody is kept out to see that.
        if !self.store.snapshot().await?.unfinished().await?.iter().any(is_nationwide) {
            return Ok(0);
        }
        let mut cases = 0;
        while let Some(done) = self.nationwide_batch(BATCH_CASES_MAX).await? {
            cases += done;
        }
        Ok(cases)
    }

    /// One batch of at most `cases_max` cases, in one transaction; none when nothing is left to do.
    pub async fn nationwide_batch(&self, cases_max: i64) -> Result<Option<i64>> {
        let (mut tx, mut beside) = self.store.begin_alone_and_beside().await?;
        let unfinished = tx.unfinished().await?;
        let Some(mut work) = unfinished.into_iter().find(is_nationwide) else {
            return Ok(None);
        };
        let numbers = tx.open_death_cases_after(&work.done_up_to, cases_max).await?;
        Many::new(self, "nationwide").rederive(&mut tx, Some(&mut beside), &numbers, &mut drop).await?;
        let done = i64::try_from(numbers.len()).unwrap_or(i64::MAX);
        work.cases += done;
        if done < cases_max {
            work.finished_at = Some(Instant::new(self.now));
        }
        if let Some(last) = numbers.last() {
            work.done_up_to.clone_from(last);
        }
        tx.put_progress(&work).await?;
        tx.commit().await?;
        Ok(Some(done))
    }
}
