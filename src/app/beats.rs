//! What each beat of the metronome does.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result};

use super::alone::Alone;
use super::{App, Settings};
use crate::auditor::{self, morning};
use crate::post::compose::{self, Composed, Desk};
use crate::post::dispatch::Dispatched;
use crate::register::replan::{Replanned, Scope};
use crate::register::{DEFAULT_ZONE, Registrar};
use crate::store::{Instant, NextDue};

/// Under which name the daemon makes entries of its own.
const WHO: &str = "keshirim";

/// How long a look for a comparison that was not due holds: they are due hourly, and ten minutes after one that found something.
const AUDIT_LOOK_SECONDS: u64 = 60;

/// How long the outbox is only looked at for a due letter: in between the volume brake's hour passes without being counted.
const COUNT_SECONDS: u64 = 60;

/// The beats of one second share what one of them sees to be due next.
const SEEN_MILLISECONDS_MAX: u64 = 250;

impl App {
    /// [`App::compose`], once a second.
    pub(super) async fn compose_beat(&self) -> Result<()> {
        let next = self.see().await?;
        self.compose_seeing(next).await.map(drop)
    }

    /// [`App::dispatch`], once a second.
    pub(super) async fn dispatch_beat(&self) -> Result<()> {
        self.forward_if_set_back().await?;
        let next = self.see().await?;
        self.dispatch_seeing(next).await.map(drop)
    }

    /// What is due next, as one of this second's beats sees it.
    async fn see(&self) -> Result<NextDue> {
        // Held while the database is asked: the other beat waits for the same answer.
        let mut seen = self.seen.lock().await;
        let now = self.clock.steady();
        if let Some((at, next)) = *seen
            && now.saturating_sub(at) < Duration::from_millis(SEEN_MILLISECONDS_MAX)
        {
            return Ok(next);
        }
        let next = self.store.next_due().await?;
        *seen = Some((now, next));
        Ok(next)
    }

    /// Due deadlines become letters: on one daemon at a time.
    pub async fn compose(&self) -> Result<Composed> {
        let next = self.store.next_due().await?;
        self.compose_seeing(next).await
    }

    async fn compose_seeing(&self, next: NextDue) -> Result<Composed> {
        // One statement says that there is nothing to do, every second of a quiet night: no turn is taken for that.
        if !self.look_at_holders.load(Ordering::Relaxed) && !next.composes_at(Instant::new(self.clock.now())) {
            return Ok(Composed::default());
        }
        self.kept(Alone::Compose, Box::pin(self.compose_alone())).await
    }

    async fn compose_alone(&self) -> Result<Composed> {
        if !self.take_lease(Alone::Compose).await? {
            return Ok(Composed::default());
        }
        let settings = self.settings();
        let desk = self.desk(&settings);
        self.hand_over(&desk).await?;
        let composed = compose::tick(&desk).await?;
        if composed.letters > 0 {
            tracing::info!(deadlines = composed.deadlines, letters = composed.letters, "letters composed");
            self.cancel_overtaken().await?;
            self.wake_sender.notify_one();
        }
        Ok(composed)
    }

    fn desk<'a>(&'a self, settings: &'a Settings) -> Desk<'a> {
        Desk {
            store: &self.store,
            directory: &settings.loaded.directory,
            calendar: &settings.calendar,
            config: &settings.loaded.config,
            texts: &self.texts,
            links: &self.links,
            now: self.clock.now(),
        }
    }

    /// What should have been said is compared with what was accepted, if a comparison is due: on one daemon at a time.
    pub(super) async fn audit(&self) -> Result<()> {
        let quiet_until = *self.audit_quiet_until.lock().expect("the lock is held for one read");
        if self.clock.steady() < quiet_until {
            return Ok(());
        }
        let Some(scope) = auditor::due(&self.store, self.clock.now()).await? else {
            let until = self.clock.steady() + Duration::from_secs(AUDIT_LOOK_SECONDS);
            *self.audit_quiet_until.lock().expect("the lock is held for one assignment") = until;
            return Ok(());
        };
        if !self.take_lease(Alone::Audit).await? {
            return Ok(());
        }
        let settings = self.settings();
        let way_is_open = self.dispatcher.breaker_snapshot().state == "closed";
        let desk = self.desk(&settings);
        let audit = auditor::audit(&desk, scope, &self.clock, way_is_open, self.heartbeat.as_ref()).await?;
        tracing::info!(
            scope = audit.scope,
            cases = audit.cases,
            expected = audit.expected,
            accepted = audit.accepted,
            differences = audit.differences,
            heartbeat = audit.heartbeat,
            "audited"
        );
        self.wake();
        Ok(())
    }

    /// The operators' letter, if its morning has come: on one daemon at a time.
    pub(super) async fn morning(&self) -> Result<()> {
        if !self.take_lease(Alone::Morning).await? {
            return Ok(());
        }
        let settings = self.settings();
        let letters = morning::tick(&self.desk(&settings), &self.dispatcher.breaker_snapshot()).await?;
        if letters > 0 {
            tracing::info!(letters, "the operators' letter of this morning is composed");
            self.wake();
        }
        Ok(())
    }

    /// Whoever is new behind an office since the directory was last looked at hears what is open there.
    pub(super) async fn hand_over(&self, desk: &Desk<'_>) -> Result<()> {
        if self.look_at_holders.swap(false, Ordering::Relaxed) {
            let letters = compose::hand_over(desk).await;
            // Not done is not done: the next beat tries again.
            letters.inspect_err(|_| self.look_at_holders.store(true, Ordering::Relaxed))?;
        }
        Ok(())
    }

    /// The new letters may say what older ones that still wait (the relay is away) can no longer say in time.
    pub(super) async fn cancel_overtaken(&self) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let letters = tx.cancel_overtaken(Instant::new(self.clock.now())).await?;
        tx.commit().await?;
        if letters > 0 {
            tracing::info!(letters, "letters that never left were overtaken by later ones and do not go any more");
        }
        Ok(())
    }

    /// Due letters are sent: on every daemon.
    pub async fn dispatch(&self) -> Result<Dispatched> {
        self.forward_if_set_back().await?;
        let next = self.store.next_due().await?;
        self.dispatch_seeing(next).await
    }

    async fn dispatch_seeing(&self, next: NextDue) -> Result<Dispatched> {
        let Ok(_alone) = self.dispatching.try_lock() else { return Ok(Dispatched::default()) };
        if self.is_quiet() && !next.sends_at(Instant::new(self.clock.now())) {
            let next = next.attempt.map(Instant::utc);
            self.next_letter_seen(next);
            return Ok(Dispatched { next, ..Dispatched::default() });
        }
        *self.dispatched_at.lock().expect("the lock is held for one assignment") = Some(self.clock.steady());
        let sent = self.dispatcher.tick().await?;
        self.next_letter_seen(sent.next);
        Ok(sent)
    }

    pub(super) async fn forward_if_set_back(&self) -> Result<()> {
        if self.set_back.load(Ordering::Relaxed) {
            self.bring_forward().await?;
        }
        Ok(())
    }

    /// Whether nothing but a due letter needs the dispatcher: nothing is unsettled, and the brake was counted a moment ago.
    fn is_quiet(&self) -> bool {
        let last = *self.dispatched_at.lock().expect("the lock is held for one read");
        let counted =
            last.is_some_and(|at| self.clock.steady().saturating_sub(at) < Duration::from_secs(COUNT_SECONDS));
        counted && self.dispatcher.is_settled()
    }

    /// Cases that a new day or a new calendar changed are derived anew; a nation-wide entry that stopped half-way goes on.
    pub(super) async fn replan(&self) -> Result<()> {
        if !self.take_lease(Alone::Replan).await? {
            return Ok(());
        }
        self.bring_forward().await?;
        let settings = self.settings();
        let registrar = Registrar {
            store: &self.store,
            calendar: &settings.calendar,
            config: &settings.loaded.config,
            who: WHO,
            now: self.clock.now(),
        };
        registrar.finish_nationwide().await?;
        let today = registrar.today(DEFAULT_ZONE);
        let all = self.replan_all.load(Ordering::Relaxed) || !self.is_derived(&settings, today).await?;
        let again = {
            let mut last = self.replanned_on.lock().expect("the lock is held for one comparison");
            last.replace(today) != Some(today)
        };
        if again {
            self.look_at_holders.store(true, Ordering::Relaxed);
        }
        if all || again {
            let scope = if all { Scope::All } else { Scope::Due };
            let done = self.derive(&registrar, scope, &settings).await;
            let replanned = done.inspect_err(|_| {
                // Not done is not done: the next beat tries again.
                self.replan_all.fetch_or(all, Ordering::Relaxed);
                *self.replanned_on.lock().expect("the lock is held for one assignment") = None;
            })?;
            tracing::info!(cases = replanned.cases, changes = replanned.changes, "cases derived anew");
            self.wake();
        }
        Ok(())
    }

    /// Derives the cases of `scope` anew, and keeps what they were derived on.
    async fn derive(&self, registrar: &Registrar<'_>, scope: Scope, settings: &Settings) -> Result<Replanned> {
        if scope == Scope::All {
            // Should the clock be set meanwhile, it is begun again.
            self.replan_all.store(false, Ordering::Relaxed);
            self.begin_to_derive().await?;
        }
        let replanned = registrar.replan(scope, false, &mut drop).await?;
        self.keep_derived(settings, registrar.today(DEFAULT_ZONE)).await?;
        Ok(replanned)
    }

    /// Shows that the register can be written.
    pub(super) async fn probe(&self) -> Result<()> {
        let probed = self.store.probe(Instant::new(self.clock.now())).await;
        probed.context("the register cannot be written: is the disk full, or read-only?")?;
        self.take_over_if_nobody_does().await
    }
}
