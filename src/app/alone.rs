//! Several daemons on one server: what one does alone it does under a lease, and what a dead one was at is taken up by the living.
//!
//! # How soon
//!
//! | a daemon | its letters in hand | compose | audit | replan, morning |
//! |---|---|---|---|---|
//! | is stopped | finished, leases given back | 1 s | 5 s | a minute (nothing was left half done) |
//! | dies, or stands still | [`LEASE_SECONDS`] + [`LIFE_SECONDS`] = 25 s | lease + 1 s = 21 s | lease + 5 s = 25 s | lease + 5 s = 25 s |
//! | is started again under its own name | at its start | as above | as above | as above |
//!
//! The living have then been living for [`LEASE_SECONDS`] at least: one that has only just been started, or come back after the
//! database was away, waits so long before it counts another as dead.
//!
//! The instants in a lease are those of the daemons' own clocks: these must agree to within a few seconds (NTP). A clock that is ahead by
//! more than [`LEASE_SECONDS`] - [`LIFE_SECONDS`] would take a living daemon for a dead one, and send its letters in hand again.
//!
//! # A daemon that stood still and goes on
//!
//! A process that was stopped, or a machine that slept, may go on when its leases are another's. It can do no harm: [`App::kept`]
//! looks at the clock before every step of the work and ends it when the lease has run out, so that no transaction is committed that was
//! begun later; and one that was begun before was ended by the server (`idle_in_transaction_session_timeout`, shorter than a lease).
//! What it was sending may arrive twice, the same bytes: its receipt stands, and its settling finds that the letter is another's.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use anyhow::{Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use super::App;
use crate::schedule::Beat;
use crate::store::{Instant, Store};

/// How long a lease lasts; a daemon that dies hands over when it has run out.
const LEASE_SECONDS: i64 = 20;

/// How often a daemon gives a sign of life and renews the leases of what takes long, and how often it looks for the dead.
const LIFE_SECONDS: u64 = 5;

/// A longer gap in a daemon's own signs of life, and it asks itself first: was it the database that was away, for all of them? Then
/// every lease has run out and nobody is dead, and it waits until the others had the time to come back. Shorter than [`LEASE_SECONDS`] by
/// more than [`LIFE_SECONDS`]: what was away for less has let no lease run out.
const GAP_SECONDS_MAX: u64 = 10;

/// The leases of what one daemon does alone.
const ALONE: [&str; 4] = ["compose", "replan", "audit", "morning"];

/// What is taken up at once when the one who was at it has died; composing is taken up by the next second's beat.
const TAKEN_UP: [(&str, Beat); 3] = [("replan", Beat::Replan), ("audit", Beat::Audit), ("morning", Beat::Morning)];

/// What one daemon does alone, not done yet.
pub(super) type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// What this daemon has under leases.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Work that was begun, its lease taken or not yet.
    begun: Mutex<BTreeSet<&'static str>>,
    /// Work under way under its lease.
    names: Mutex<BTreeSet<&'static str>>,
    /// Its signs of life: since when without a long gap, and the last.
    life: Mutex<Option<(Duration, Duration)>>,
}

/// The only one in this daemon that is at a piece of work; when it is dropped the next may begin.
struct Begun<'a> {
    held: &'a Held,
    name: &'static str,
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.held.begun.lock().unwrap_or_else(PoisonError::into_inner).remove(self.name);
    }
}

impl Held {
    /// None if somebody in this daemon is at it already.
    fn begin(&self, name: &'static str) -> Option<Begun<'_>> {
        let new = self.begun.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
        // Not `then_some`: what that drops would end the mark of whoever is at it.
        new.then(|| Begun { held: self, name })
    }

    fn names(&self) -> MutexGuard<'_, BTreeSet<&'static str>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the last sign of life was given so recently that the next need not come yet.
    fn was_alive(&self, now: Duration) -> bool {
        let life = self.life.lock().unwrap_or_else(PoisonError::into_inner);
        life.is_some_and(|(_, last)| now.saturating_sub(last) <= Duration::from_secs(LIFE_SECONDS))
    }

    /// Notes a sign of life; yields for how long they have been coming without a gap.
    fn alive(&self, now: Duration) -> Duration {
        let mut life = self.life.lock().unwrap_or_else(PoisonError::into_inner);
        let since = match *life {
            Some((since, last)) if now.saturating_sub(last) <= Duration::from_secs(GAP_SECONDS_MAX) => since,
            _ => now,
        };
        *life = Some((since, now));
        now.saturating_sub(since)
    }
}

/// Until when a lease is held, by both clocks: the steady one stands still while the machine sleeps, the other can be set.
#[derive(Clone, Copy, Debug)]
struct Until {
    steady: Duration,
    wall: DateTime<Utc>,
}

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

    /// [`App::take_over`], unless that was done a moment ago.
    pub(super) async fn take_over_if_nobody_does(&self) -> Result<()> {
        if self.held.was_alive(self.clock.steady()) {
            return Ok(());
        }
        self.take_over().await.map(drop)
    }

    /// A sign of life for the other daemons, and the letters of one that has given none: on SQLite there is no other. A daemon that has
    /// just come, or come back, counts nobody as dead before it has seen a whole lease go by. Yields the work that the dead have left.
    pub(super) async fn take_over(&self) -> Result<Vec<(&'static str, Beat)>> {
        if matches!(self.store, Store::Sqlite { .. }) {
            return Ok(Vec::new());
        }
        self.take_lease(&self.sign_of_life()).await?;
        let living = self.held.alive(self.clock.steady());
        let now = Instant::new(self.clock.now());
        let mut seen = self.store.snapshot().await?;
        let ended = seen.ended_leases(now).await?;
        if living >= Duration::from_secs(LEASE_SECONDS.unsigned_abs()) && seen.the_dead_hold_letters(now).await? {
            drop(seen);
            self.take_over_letters(now).await?;
        }
        Ok(TAKEN_UP.into_iter().filter(|(name, _)| ended.iter().any(|ended| ended == name)).collect())
    }

    async fn take_over_letters(&self, now: Instant) -> Result<()> {
        let mut tx = self.store.begin().await?;
        tx.lock_outbox(&self.dispatcher.owner).await?;
        let letters = tx.recover_letters_of_the_dead(now).await?;
        tx.commit().await?;
        if letters > 0 {
            tracing::warn!(letters, "another daemon ended while sending: its letters go again, byte for byte");
            self.wake();
        }
        Ok(())
    }

    /// Gives signs of life until the daemon stops, and takes up what the dead have left.
    pub(super) async fn show_life(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        if matches!(self.store, Store::Sqlite { .. }) {
            return;
        }
        loop {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(LIFE_SECONDS)) => {}
                _ = stop.changed() => return,
            }
            match self.take_over().await {
                Ok(left) => {
                    for (work, beat) in left {
                        tracing::warn!(work, "the daemon that was at it has died: it is taken up");
                        // It may have looked a moment ago, when the other was at it.
                        *self.audit_quiet_until.lock().unwrap_or_else(PoisonError::into_inner) = Duration::ZERO;
                        let app = Arc::clone(&self);
                        // It may take long, and the next sign of life must not wait for it.
                        tokio::spawn(async move { app.beat(beat).await });
                    }
                }
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::warn!(error, "no sign of life could be given; the next one is tried soon");
                }
            }
        }
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

    /// Takes the lease `name`, or renews it; false while it is another daemon's. One of [`ALONE`] is then [`App::kept`].
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
        if let (true, Some(name)) = (ours, ALONE.into_iter().find(|alone| *alone == name)) {
            self.held.names().insert(name);
        }
        Ok(ours)
    }

    /// Does `work`, which takes the lease `name` before it changes anything: renews the lease as it goes, ends the work when it is lost,
    /// and gives it back at the end, unless the next beat would only take it again. A beat that finds the last one still at it leaves
    /// both to it, the work and the lease.
    pub(super) async fn kept<T: Default>(&self, name: &'static str, work: Work<'_, T>) -> Result<T> {
        if matches!(self.store, Store::Sqlite { .. }) {
            return work.await;
        }
        let Some(_begun) = self.held.begin(name) else { return Ok(T::default()) };
        let done = self.while_held(name, work).await;
        if self.held.names().remove(name) && name != "compose" {
            let mut tx = self.store.begin().await?;
            tx.release_lease(name, &self.dispatcher.owner).await?;
            tx.commit().await?;
        }
        done
    }

    async fn while_held<T>(&self, name: &'static str, mut work: Work<'_, T>) -> Result<T> {
        let until = Mutex::new(self.lease_from_now());
        let mut renewing = pin!(self.renew(name, &until));
        let outcome = poll_fn(|cx| {
            // Asked first each time, and of the clock itself: after a standstill nothing goes on before it is answered.
            let Until { steady, wall } = *until.lock().unwrap_or_else(PoisonError::into_inner);
            let over = self.clock.steady() >= steady || self.clock.now() >= wall;
            if over || renewing.as_mut().poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            work.as_mut().poll(cx).map(Some)
        });
        match outcome.await {
            Some(done) => done,
            None => bail!("this daemon stood still, and {name} is another's by now: what was under way is undone"),
        }
    }

    /// Renews the lease from time to time; comes back only when it is lost.
    async fn renew(&self, name: &'static str, until: &Mutex<Until>) {
        loop {
            tokio::time::sleep(Duration::from_secs(LIFE_SECONDS)).await;
            if !self.held.names().contains(name) {
                continue;
            }
            let renewed = self.lease_from_now();
            let done = async {
                let (now, end) = (Instant::new(self.clock.now()), Instant::new(renewed.wall));
                let mut tx = self.store.begin().await?;
                let ours = tx.renew_lease(name, &self.dispatcher.owner, now, end).await?;
                tx.commit().await.map(|()| ours)
            };
            match done.await {
                Ok(true) => *until.lock().unwrap_or_else(PoisonError::into_inner) = renewed,
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(work = name, %error, "the lease could not be renewed; the next time is soon");
                }
            }
        }
    }

    fn lease_from_now(&self) -> Until {
        let lease = TimeDelta::seconds(LEASE_SECONDS);
        Until { steady: self.clock.steady() + lease.to_std().unwrap_or_default(), wall: self.clock.now() + lease }
    }
}
