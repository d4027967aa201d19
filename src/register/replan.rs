//! Re-deriving: nightly where time alone changed something, and everywhere after a new calendar or a new version.

use super::compare::Change;
use super::many::Many;
use super::nationwide::BATCH_CASES_MAX;
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replanned {
    /// Cases re-derived.
    pub cases: i64,
    /// Deadlines that are not what they were.
    pub changes: u64,
}

impl Registrar<'_> {
    /// Re-derives the cases of `scope`, batch by batch; first it finishes what a nation-wide entry left undone. With `dry_run`
    /// nothing is written. Stopped in between, it is simply started again: what is derived twice is the same. `heard` is told each
    /// deadline that is not what it was, case by case.
    pub async fn replan(
        &self,
        scope: Scope,
        dry_run: bool,
        heard: &mut (dyn FnMut(Change) + Send),
    ) -> Result<Replanned> {
        let mut replanned = Replanned::default();
        if !dry_run {
            replanned.cases = self.finish_nationwide().await?;
        }
        let mut many = Many::new(self, "replan");
        let mut counted = |change: Change| {
            replanned.changes += 1;
            heard(change);
        };
        // The day begins first in the easternmost zone; a case whose zone is behind is derived a little early, and again.
        let today = self.today(DEFAULT_ZONE);
        let mut after = String::new();
        loop {
            let (mut tx, mut beside) = self.store.begin_alone_and_beside().await?;
            let numbers = match scope {
                Scope::All => tx.running_cases_after(&after, BATCH_CASES_MAX).await?,
                Scope::Due => tx.cases_to_rederive(today, &after, BATCH_CASES_MAX).await?,
            };
            let Some(last) = numbers.last() else { return Ok(replanned) };
            after.clone_from(last);
            replanned.cases += many.rederive(&mut tx, Some(&mut beside), &numbers, &mut counted).await?;
            if dry_run {
                tx.rollback().await?;
            } else {
                tx.commit().await?;
            }
        }
    }
}
