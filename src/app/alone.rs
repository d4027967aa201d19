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

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use anyhow::{Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Mutex as AsyncMutex, watch};

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

/// What one daemon does alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alone {
    /// Due deadlines become letters.
    Compose,
    /// Cases are derived anew.
    Replan,
    /// What should have been said is compared with what was accepted.
    Audit,
    /// The operators' letter.
    Morning,
}

impl Alone {
    const ALL: [Self; 4] = [Self::Compose, Self::Replan, Self::Audit, Self::Morning];

    /// Its lease.
    fn name(self) -> &'static str {
        match self {
            Self::Compose => "compose",
            Self::Replan => "replan",
            Self::Audit => "audit",
            Self::Morning => "morning",
        }
    }

    /// The beat that takes it up at once when the daemon that was at it has died; composing is taken up by the next second's beat.
    fn taken_up_by(self) -> Option<Beat> {
        match self {
            Self::Compose => None,
            Self::Replan => Some(Beat::Replan),
            Self::Audit => Some(Beat::Audit),
            Self::Morning => Some(Beat::Morning),
        }
    }
}

/// Work that one daemon does alone, not done yet.
pub(super) type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// A piece of work in this daemon.
#[derive(Debug, Default)]
struct Turn {
    /// Whoever in this daemon is at it.
    one: AsyncMutex<()>,
    /// Whether it has taken the lease.
    leased: AtomicBool,
}

/// What this daemon does alone.
#[derive(Debug, Default)]
pub(super) struct Held {
    turns: [Turn; Alone::ALL.len()],
    /// Its signs of life: since when without a long gap, and the last.
    life: Mutex<Option<(Duration, Duration)>>,
}

impl Held {
    fn turn(&self, alone: Alone) -> &Turn {
        &self.turns[alone as usize]
    }

    /// Waits until nobody in this daemon is at any of it.
    pub(super) async fn finished(&self) {
        for turn in &self.turns {
            let _ = turn.one.lock().await;
        }
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
    pub(super) async fn take_over(&self) -> Result<Vec<Alone>> {
        if matches!(self.store, Store::Sqlite { .. }) {
            return Ok(Vec::new());
        }
        self.lease(&self.sign_of_life()).await?;
        let living = self.held.alive(self.clock.steady());
        let now = Instant::new(self.clock.now());
        let mut seen = self.store.begin_singly().await?;
        let ended = seen.ended_leases(now).await?;
        if living >= Duration::from_secs(LEASE_SECONDS.unsigned_abs()) && seen.the_dead_hold_letters(now).await? {
            drop(seen);
            self.take_over_letters(now).await?;
        }
        Ok(Alone::ALL.into_iter().filter(|alone| ended.iter().any(|ended| ended == alone.name())).collect())
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
                    for (work, beat) in left.into_iter().filter_map(|work| Some((work, work.taken_up_by()?))) {
                        tracing::warn!(work = work.name(), "the daemon that was at it has died: it is taken up");
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
        for name in [&*alive].into_iter().chain(Alone::ALL.map(Alone::name)) {
            tx.release_lease(name, &self.dispatcher.owner).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Takes the lease of what is then [`App::kept`]; false while another daemon is at it.
    pub(super) async fn take_lease(&self, alone: Alone) -> Result<bool> {
        // One file has one daemon: there is nobody to take turns with, and nothing to be written every second.
        if matches!(self.store, Store::Sqlite { .. }) {
            return Ok(true);
        }
        let ours = self.lease(alone.name()).await?;
        self.held.turn(alone).leased.store(ours, Ordering::Relaxed);
        Ok(ours)
    }

    /// Takes the lease `name`, or renews it; false while it is another daemon's.
    async fn lease(&self, name: &str) -> Result<bool> {
        let now = self.clock.now();
        let mut tx = self.store.begin_singly().await?;
        let until = Instant::new(now + TimeDelta::seconds(LEASE_SECONDS));
        let ours = tx.take_lease(name, &self.dispatcher.owner, Instant::new(now), until).await?;
        tx.commit().await?;
        Ok(ours)
    }

    /// Does `work`, which [takes the lease](Self::take_lease) before it changes anything: renews the lease as it goes, ends the work when
    /// it is lost, and gives it back at the end, unless the next beat would only take it again. Whoever finds somebody in this daemon at
    /// it leaves both to him, the work and the lease.
    pub(super) async fn kept<T: Default>(&self, alone: Alone, work: Work<'_, T>) -> Result<T> {
        let turn = self.held.turn(alone);
        let Ok(_one) = turn.one.try_lock() else { return Ok(T::default()) };
        if matches!(self.store, Store::Sqlite { .. }) {
            return work.await;
        }
        let done = self.while_held(alone, work).await;
        if turn.leased.swap(false, Ordering::Relaxed) && alone != Alone::Compose {
            let mut tx = self.store.begin_singly().await?;
            tx.release_lease(alone.name(), &self.dispatcher.owner).await?;
            tx.commit().await?;
        }
        done
    }

    async fn while_held<T>(&self, alone: Alone, mut work: Work<'_, T>) -> Result<T> {
        let until = Mutex::new(self.lease_from_now());
        let mut renewing = pin!(self.renew(alone, &until));
        let outcome = poll_fn(|cx| {
            // Asked first each time, and of the clock itself: after a standstill nothing goes on before it is answered.
            let Until { steady, wall } = *until.lock().unwrap_or_else(PoisonError::into_inner);
            let over = self.clock.steady() >= steady || self.clock.now() >= wall;
            if over || renewing.as_mut().poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            work.as_mut().poll(cx).map(Some)
        });
        if let Some(done) = outcome.await {
            return done;
        }
        let name = alone.name();
        bail!("this daemon stood still, and {name} is another's by now: what was under way is undone")
    }

    /// Renews the lease from time to time; comes back only when it is lost.
    async fn renew(&self, alone: Alone, until: &Mutex<Until>) {
        loop {
            tokio::time::sleep(Duration::from_secs(LIFE_SECONDS)).await;
            if !self.held.turn(alone).leased.load(Ordering::Relaxed) {
                continue;
            }
            let renewed = self.lease_from_now();
            let done = async {
                let (now, end) = (Instant::new(self.clock.now()), Instant::new(renewed.wall));
                let mut tx = self.store.begin_singly().await?;
                let ours = tx.renew_lease(alone.name(), &self.dispatcher.owner, now, end).await?;
                tx.commit().await.map(|()| ours)
            };
            match done.await {
                Ok(true) => *until.lock().unwrap_or_else(PoisonError::into_inner) = renewed,
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(work = alone.name(), %error, "the lease could not be renewed; the next time is soon");
                }
            }
        }
    }

    fn lease_from_now(&self) -> Until {
        let lease = TimeDelta::seconds(LEASE_SECONDS);
        Until { steady: self.clock.steady() + lease.to_std().unwrap_or_default(), wall: self.clock.now() + lease }
    }
}
