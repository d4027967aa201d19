//! The daemon: what it is made of, how it beats ([`serve()`] runs it, [`way_out`] sets up how letters leave, [`steps`] answers a clock
//! that is set).

mod serve;
mod steps;
mod way_out;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use tokio::sync::{Mutex as AsyncMutex, Notify, watch};

pub use serve::{listen, serve};
pub use steps::Watch;
pub use way_out::relay;

use crate::auditor::{self, Heartbeat, morning};
use crate::clock::Clock;
use crate::config::{Loaded, Secret};
use crate::law::calendar::Calendar;
use crate::letter::Texts;
use crate::post::ack_link::AckLinks;
use crate::post::compose::{self, Composed, Desk};
use crate::post::dispatch::{Dispatched, Dispatcher};
use crate::register::replan::Scope;
use crate::register::{DEFAULT_ZONE, Registrar};
use crate::schedule::Beat;
use crate::store::{Instant, Migrations, Store};

/// How long the daemon sleeps at most when nothing is due: a second process may have recorded something meanwhile, and the
/// metronome's beat (every second) is the net beneath.
const SLEEP_SECONDS_MAX: u64 = 60;

/// The pause after a round that changed nothing although something is due (the breaker is open, the database is away).
const IDLE_ROUND_SECONDS: u64 = 1;

/// How long a singleton's lease lasts; a daemon that dies hands over when it has run out.
const LEASE_SECONDS: i64 = 25;

/// The leases of what one daemon does alone.
const ALONE: [&str; 4] = ["compose", "replan", "audit", "morning"];

/// Under which name the daemon makes entries of its own.
const WHO: &str = "keshirim";

/// What is configured, with the calendar ready for use. Replaced as a whole by a reload.
#[derive(Debug)]
pub struct Settings {
    /// The files as they were read.
    pub loaded: Loaded,
    /// The working days.
    pub calendar: Calendar,
}

impl Settings {
    /// Ready for use.
    pub fn new(loaded: Loaded) -> Self {
        let calendar = loaded.calendar.calendar();
        Self { loaded, calendar }
    }
}

/// What is known of one entry of the metronome.
#[derive(Clone, Copy, Debug, Default)]
struct Beats {
    /// The steady clock's time when it last did its work.
    last: Option<Duration>,
    /// Whether it failed when it was last called.
    failed: bool,
}

/// The daemon.
#[derive(Debug)]
pub struct App {
    /// The register.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The texts of letters.
    pub texts: Texts,
    /// The links with which letters are acknowledged.
    pub links: AckLinks,
    /// The way out.
    pub dispatcher: Arc<Dispatcher>,
    settings: RwLock<Arc<Settings>>,
    /// When each entry last did its work, and whether it failed since: see [`steps`] for the clock that this is read from.
    beats: [Mutex<Beats>; 6],
    /// The steady clock's time when the daemon was put together.
    started: Duration,
    composing: AsyncMutex<()>,
    dispatching: AsyncMutex<()>,
    replanning: AsyncMutex<()>,
    auditing: AsyncMutex<()>,
    heartbeat: Option<Heartbeat>,
    replanned_on: Mutex<Option<NaiveDate>>,
    /// The daemon was started, or a new calendar was read: every open case is to be derived anew.
    replan_all: AtomicBool,
    /// The daemon was started, the directory was read, or a day began: somebody may be new behind an office.
    look_at_holders: AtomicBool,
    /// The wall clock was set back, and what waits is still to be brought forward.
    set_back: AtomicBool,
    wake: Notify,
}

impl App {
    /// Puts the daemon together: the register with its schema up to date, the texts, the way out.
    ///
    /// An unusable certificate or an unreachable register stops the start, not a letter.
    pub async fn build(loaded: Loaded, clock: Clock) -> Result<Arc<Self>> {
        let urls = &loaded.config.store.urls;
        let password = loaded.config.store.password(&loaded.environment).map_err(|problem| anyhow!("{problem}"))?;
        let store = Store::open_first(urls, password.as_ref().map(Secret::expose), Migrations::Run)
            .await
            .with_context(|| format!("cannot open the register {}", urls.join(", ")))?;
        let texts = Texts::embedded();
        let texts = texts.context("the texts of letters cannot be read")?;
        let dispatcher = Arc::new(way_out::dispatcher(&loaded, store.clone(), clock.clone())?);
        let heartbeat = loaded.config.audit.heartbeat_url.as_deref().map(Heartbeat::new).transpose();
        let heartbeat = heartbeat.map_err(|error| anyhow!("{error}")).context("the heartbeat cannot be set up")?;
        for warning in loaded.warnings() {
            tracing::warn!("{warning}");
        }
        let app = Self {
            store,
            texts,
            links: way_out::links(&loaded),
            dispatcher,
            settings: RwLock::new(Arc::new(Settings::new(loaded))),
            beats: Default::default(),
            started: clock.steady(),
            composing: AsyncMutex::new(()),
            dispatching: AsyncMutex::new(()),
            replanning: AsyncMutex::new(()),
            auditing: AsyncMutex::new(()),
            heartbeat,
            replanned_on: Mutex::new(None),
            // The calendar, the ladders or the law itself may be others than those of the last run.
            replan_all: AtomicBool::new(true),
            look_at_holders: AtomicBool::new(true),
            set_back: AtomicBool::new(false),
            wake: Notify::new(),
            clock,
        };
        app.recover().await?;
        app.take_over().await?;
        app.bring_forward().await?;
        Ok(Arc::new(app))
    }

    /// What this daemon was sending when it last died goes again: the same bytes.
    async fn recover(&self) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let letters = tx.recover_letters(&self.dispatcher.owner, Instant::new(self.clock.now())).await?;
        tx.commit().await?;
        if letters > 0 {
            tracing::warn!(letters, "the last run ended while sending: these letters go again, byte for byte");
        }
        Ok(())
    }

    /// What is configured now.
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().expect("the lock is held for one copy of a pointer"))
    }

    /// Reads offices and calendar again; a bad file is refused as a whole and the old one stays.
    pub fn reload(&self) -> Result<()> {
        let old = self.settings();
        let mut loaded = old.loaded.clone();
        loaded.reload_offices_and_calendar().map_err(|problems| anyhow!("{problems}"))?;
        let new_calendar = loaded.calendar != old.loaded.calendar;
        *self.settings.write().expect("the lock is held for one copy of a pointer") = Arc::new(Settings::new(loaded));
        self.look_at_holders.store(true, Ordering::Relaxed);
        if new_calendar {
            self.replan_all.store(true, Ordering::Relaxed);
        }
        tracing::info!(new_calendar, "offices and calendar were read again");
        self.wake();
        Ok(())
    }

    /// Something was recorded: letters leave now and not at the next beat.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// How long ago an entry last did its work; none before the first time.
    pub fn beat_age(&self, beat: Beat) -> Option<TimeDelta> {
        let last = self.beats(beat).last?;
        Some(TimeDelta::from_std(self.clock.steady().saturating_sub(last)).unwrap_or(TimeDelta::MAX))
    }

    /// How long ago an entry last did its work, or, before the first time, the daemon was put together.
    pub fn beat_silence(&self, beat: Beat) -> TimeDelta {
        let since_start = self.clock.steady().saturating_sub(self.started);
        self.beat_age(beat).unwrap_or_else(|| TimeDelta::from_std(since_start).unwrap_or(TimeDelta::MAX))
    }

    /// Whether an entry failed when it was last called.
    pub fn beat_failed(&self, beat: Beat) -> bool {
        self.beats(beat).failed
    }

    fn beats(&self, beat: Beat) -> std::sync::MutexGuard<'_, Beats> {
        self.beats[beat as usize].lock().expect("the lock is held for one read or write that does not panic")
    }

    /// One call of the metronome. A beat that finds the last one still at work leaves it to it.
    pub async fn beat(&self, beat: Beat) {
        let outcome = match beat {
            Beat::Compose => self.compose().await.map(drop),
            Beat::Dispatch => self.dispatch().await.map(drop),
            Beat::Replan => self.replan().await,
            Beat::Probe => self.probe().await,
            Beat::Audit => self.audit().await,
            Beat::Morning => self.morning().await,
        };
        // Only a beat that did its work counts for /health: failing every second looks like silence to an official.
        match outcome {
            Ok(()) => *self.beats(beat) = Beats { last: Some(self.clock.steady()), failed: false },
            Err(error) => {
                self.beats(beat).failed = true;
                tracing::error!(?beat, error = format!("{error:#}"), "the beat failed; the next one tries again");
            }
        }
        // Fed from the work itself: a scheduler that hangs is restarted, a process that merely lives is not enough.
        if beat == Beat::Compose {
            serve::tell_systemd(&[sd_notify::NotifyState::Watchdog]);
        }
    }

    /// Due deadlines become letters: on one daemon at a time.
    pub async fn compose(&self) -> Result<Composed> {
        let Ok(_alone) = self.composing.try_lock() else { return Ok(Composed::default()) };
        if !self.take_lease("compose").await? {
            return Ok(Composed::default());
        }
        let settings = self.settings();
        let desk = self.desk(&settings);
        self.hand_over(&desk).await?;
        let composed = compose::tick(&desk).await?;
        if composed.letters > 0 {
            tracing::info!(deadlines = composed.deadlines, letters = composed.letters, "letters composed");
            self.cancel_overtaken().await?;
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
    async fn audit(&self) -> Result<()> {
        let Ok(_alone) = self.auditing.try_lock() else { return Ok(()) };
        let Some(scope) = auditor::due(&self.store, self.clock.now()).await? else { return Ok(()) };
        if !self.take_lease("audit").await? {
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
    async fn morning(&self) -> Result<()> {
        if !self.take_lease("morning").await? {
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
    async fn hand_over(&self, desk: &Desk<'_>) -> Result<()> {
        if self.look_at_holders.swap(false, Ordering::Relaxed) {
            let letters = compose::hand_over(desk).await;
            // Not done is not done: the next beat tries again.
            letters.inspect_err(|_| self.look_at_holders.store(true, Ordering::Relaxed))?;
        }
        Ok(())
    }

    /// The new letters may say what older ones that still wait (the relay is away) can no longer say in time.
    async fn cancel_overtaken(&self) -> Result<()> {
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
        if self.set_back.load(Ordering::Relaxed) {
            self.bring_forward().await?;
        }
        let Ok(_alone) = self.dispatching.try_lock() else { return Ok(Dispatched::default()) };
        Ok(self.dispatcher.tick().await?)
    }

    /// Cases that a new day or a new calendar changed are derived anew; a nation-wide entry that stopped half-way goes on.
    async fn replan(&self) -> Result<()> {
        let Ok(_alone) = self.replanning.try_lock() else { return Ok(()) };
        if !self.take_lease("replan").await? {
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
        let all = self.replan_all.swap(false, Ordering::Relaxed);
        let again = {
            let mut last = self.replanned_on.lock().expect("the lock is held for one comparison");
            last.replace(today) != Some(today)
        };
        if again {
            self.look_at_holders.store(true, Ordering::Relaxed);
        }
        if all || again {
            let scope = if all { Scope::All } else { Scope::Due };
            let replanned = registrar.replan(scope, false).await.inspect_err(|_| {
                // Not done is not done: the next beat tries again.
                self.replan_all.store(all, Ordering::Relaxed);
                *self.replanned_on.lock().expect("the lock is held for one assignment") = None;
            })?;
            tracing::info!(cases = replanned.cases, changes = replanned.changes.len(), "cases derived anew");
            self.wake();
        }
        Ok(())
    }

    /// Shows that the register can be written.
    async fn probe(&self) -> Result<()> {
        let probed = self.store.probe(Instant::new(self.clock.now())).await;
        probed.context("the register cannot be written: is the disk full, or read-only?")?;
        self.take_over().await
    }

    /// A sign of life for the other daemons, and the letters of one that has given none: on SQLite there is no other.
    async fn take_over(&self) -> Result<()> {
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
    async fn give_back_leases(&self) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let alive = self.sign_of_life();
        for name in ALONE.into_iter().chain([alive.as_str()]) {
            tx.release_lease(name, &self.dispatcher.owner).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn take_lease(&self, name: &str) -> Result<bool> {
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

    /// When the next alert or letter is due, or something is to be passed on; none when nothing is.
    async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        let mut tx = self.store.snapshot().await?;
        let (alert, attempt) = (tx.earliest_next_alert().await?, tx.earliest_next_attempt().await?);
        let passed_on = tx.earliest_follow_up().await?;
        Ok([alert, attempt, passed_on].into_iter().flatten().min().map(Instant::utc))
    }

    /// Sleeps until the next row is due or somebody calls, so that letters leave on time; the metronome is the net beneath.
    async fn post_loop(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        loop {
            let now = self.clock.now();
            let next = self.next_due().await.ok().flatten();
            let pause =
                next.map_or(Duration::from_secs(SLEEP_SECONDS_MAX), |at| (at - now).to_std().unwrap_or_default());
            tokio::select! {
                () = self.wake.notified() => {}
                () = tokio::time::sleep(pause.min(Duration::from_secs(SLEEP_SECONDS_MAX))) => {}
                _ = stop.changed() => return,
            }
            let composed = self.compose().await.unwrap_or_default();
            let sent = self.dispatch().await.unwrap_or_default();
            if composed.deadlines == 0 && composed.letters == 0 && sent.tried == 0 {
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_secs(IDLE_ROUND_SECONDS)) => {}
                    _ = stop.changed() => return,
                }
            }
        }
    }
}
