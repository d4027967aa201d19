//! Re-deriving: nightly where time alone changed something, and everywhere after a new calendar or a new version.

use super::nationwide::{BATCH_CASES_MAX, rederive_case};
use super::save::Change;
use super::{DEFAULT_ZONE, Registrar, Result};

/// Which cases are re-derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every open case, and every closed one in which something that began with its closing still runs: a report of paragraph 18, a
    /// court's notice of paragraph 19.
    All,
    /// Those in which the passing of time alone can have changed something.
    Due,
}

/// What a re-derivation came to.
#[derive(Clone, Debug, Default)]
pub struct Replanned {
    /// Cases re-derived.
    pub cases: i64,
    /// Deadlines that are not what they were, case by case.
    pub changes: Vec<Change>,
}

impl Registrar<'_> {
    /// Re-derives the cases of `scope`, batch by batch; first it finishes what a nation-wide entry left undone. With `dry_run`
    /// nothing is written. Stopped in between, it is simply started again: what is derived twice is the same.
    pub async fn replan(&self, scope: Scope, dry_run: bool) -> Result<Replanned> {
        let mut replanned = Replanned::default();
        if !dry_run {
            replanned.cases = self.finish_nationwide().await?;
        }
        // The day begins first in the easternmost zone; a case whose zone is behind is derived a little early, and again.
        let today = self.today(DEFAULT_ZONE);
        let mut after = String::new();
        loop {
            let mut tx = self.store.begin().await?;
            let numbers = match scope {
                Scope::All => tx.running_cases_after(&after, BATCH_CASES_MAX).await?,
                Scope::Due => tx.cases_to_rederive(today, &after, BATCH_CASES_MAX).await?,
            };
            let Some(last) = numbers.last() else { return Ok(replanned) };
            after.clone_from(last);
            for number in &numbers {
                if let Some(saved) = rederive_case(&mut tx, self, number, "replan").await? {
                    replanned.cases += 1;
                    replanned.changes.extend(saved.changes);
                }
            }
            if dry_run {
                tx.rollback().await?;
            } else {
                tx.commit().await?;
            }
        }
    }
}
