//! Whether every case was derived on what derivation rests on now. If so, a start derives nothing anew but what a new day has changed.
//!
//! The register keeps the basis ([`crate::register::basis`]) of the last full derivation that came to its end, and the day up to
//! which time alone was followed. A daemon asks once for each basis of its own: two daemons of different builds on one server do
//! not derive in turns.

use anyhow::Result;
use chrono::{NaiveDate, TimeDelta};

use super::{App, Settings};

/// Under which name the register keeps it: basis and day.
const DERIVED_ON: &str = "derived_on";

/// How far the clocks of two machines on one server may differ before one of them is taken for wrong.
const CLOCKS_APART_SECONDS_MAX: i64 = 60;

impl App {
    /// Whether every case was derived on this basis, and by no clock that was ahead of today's.
    pub(super) async fn is_derived(&self, settings: &Settings, today: NaiveDate) -> Result<bool> {
        if *self.derived_on.lock().expect("the lock is held for one comparison") == settings.basis {
            return Ok(true);
        }
        let mut tx = self.store.snapshot().await?;
        let kept = tx.meta(DERIVED_ON).await?;
        let of_basis = kept.as_deref().and_then(|kept| kept.strip_prefix(settings.basis.as_str())?.strip_prefix(' '));
        let day = of_basis.and_then(|day| day.parse::<NaiveDate>().ok());
        // What a clock that was ahead has derived is called overdue, and is looked at again only when it would be.
        let ahead = self.clock.now() + TimeDelta::seconds(CLOCKS_APART_SECONDS_MAX);
        let derived =
            day.is_some_and(|day| day <= today) && tx.last_recorded_at().await?.is_none_or(|last| last.utc() <= ahead);
        if derived {
            self.note_derived_on(&settings.basis);
        }
        Ok(derived)
    }

    /// Before everything is derived anew: should it be interrupted, it is begun again at the next start.
    pub(super) async fn begin_to_derive(&self) -> Result<()> {
        self.note_derived_on("");
        let mut tx = self.store.begin().await?;
        tx.put_meta(DERIVED_ON, "").await?;
        Ok(tx.commit().await?)
    }

    /// Everything is derived on the basis of `settings`, and `today` is followed.
    pub(super) async fn keep_derived(&self, settings: &Settings, today: NaiveDate) -> Result<()> {
        let mut tx = self.store.begin().await?;
        tx.put_meta(DERIVED_ON, &format!("{} {today}", settings.basis)).await?;
        tx.commit().await?;
        self.note_derived_on(&settings.basis);
        Ok(())
    }

    fn note_derived_on(&self, basis: &str) {
        basis.clone_into(&mut self.derived_on.lock().expect("the lock is held for one assignment"));
    }
}
