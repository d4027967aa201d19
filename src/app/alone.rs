//! Several daemons on one server: what one does alone it does under a lease, and what a dead one was sending goes again.

use anyhow::Result;
use chrono::TimeDelta;

use super::App;
use crate::store::{Instant, Store};

/// How long a singleton's lease lasts; a daemon that dies hands over when it has run out.
const LEASE_SECONDS: i64 = 25;

/// The leases of what one daemon does alone.
const ALONE: [&str; 4] = ["compose", "replan", "audit", "morning"];

impl App {
    /// What this daemon was sending when it last died goes again: the same bytes.
    pub(super) async fn recover(&self) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let letters = tx.recover_letters(&self.dispatcher.owner, Instant::new(self.clock.now())).await?;
        tx.commit().await?;
        if letters > 0 {
            tracing::warn!(letters, "the last run ended while sending: these letters go again, byte for byte");
        }
        Ok(())
    }

    /// A sign of life for the other daemons, and the letters of one that has given none: on SQLite there is no other.
    pub(super) async fn take_over(&self) -> Result<()> {
        if matches!(self.store, Store::Postgres(_)) {
            self.take_lease(&self.sign_of_life()).await?;
            let mut tx = self.store.begin().await?;
            let letters = tx.recover_letters_of_the_dead(Instant::new(self.clock.now())).await?;
            tx.commit().await?;
            if letters > 0 {
                tracing::warn!(letters, "another daemon ended while sending: its letters go again, byte for byte");
                self.wake();
            }
        }
        Ok(())
    }

    /// The lease that says that this daemon lives.
    fn sign_of_life(&self) -> String {
        format!("daemon {}", self.dispatcher.owner)
    }

    /// The other daemons need not wait until what this one had alone runs out.
    pub(super) async fn give_back_leases(&self) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let alive = self.sign_of_life();
        for name in ALONE.into_iter().chain([alive.as_str()]) {
            tx.release_lease(name, &self.dispatcher.owner).await?;
        }
        Ok(tx.commit().await?)
    }

    pub(super) async fn take_lease(&self, name: &str) -> Result<bool> {
        // One file has one daemon: there is nobody to take turns with, and nothing to be written every second.
        if matches!(self.store, Store::Sqlite { .. }) {
            return Ok(true);
        }
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let until = Instant::new(now + TimeDelta::seconds(LEASE_SECONDS));
        let ours = tx.take_lease(name, &self.dispatcher.owner, Instant::new(now), until).await?;
        tx.commit().await?;
        Ok(ours)
    }
}
