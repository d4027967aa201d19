//! The daemon: what it is made of, and how it beats. [`serve()`] runs it, [`beats`] is what each beat does, [`due`] sleeps until
//! something is due, [`alone`] keeps daemons on one server out of each other's way, [`way_out`] sets up how letters leave, [`steps`]
//! answers a clock that is set.

mod alone;
mod beats;
mod derived;
mod due;
mod serve;
mod steps;
mod way_out;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use tokio::sync::{Mutex as AsyncMutex, Notify};

use alone::Alone;
pub use serve::{listen, serve};
pub use steps::Watch;
pub use way_out::relay;

use crate::auditor::Heartbeat;
use crate::clock::Clock;
use crate::config::{Loaded, Secret};
use crate::law::calendar::Calendar;
use crate::letter::Texts;
use crate::post::ack_link::AckLinks;
use crate::post::dispatch::Dispatcher;
use crate::register::basis::basis;
use crate::schedule::Beat;
use crate::store::{self, Migrations, NextDue, Store};

/// What is configured, with the calendar ready for use. Replaced as a whole by a reload.
#[derive(Debug)]
pub struct Settings {
    /// The files as they were read.
    pub loaded: Loaded,
    /// The working days.
    pub calendar: Calendar,
    /// What derivation rests on: see [`basis`].
    pub(crate) basis: String,
}

impl Settings {
    /// Ready for use.
    pub fn new(loaded: Loaded) -> Self {
        let calendar = loaded.calendar.calendar();
        let basis = basis(&calendar, &loaded.config);
        Self { loaded, calendar, basis }
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
    dispatching: AsyncMutex<()>,
    /// What one daemon does alone, and nobody in it twice at a time.
    held: alone::Held,
    heartbeat: Option<Heartbeat>,
    replanned_on: Mutex<Option<NaiveDate>>,
    /// The clock was set: every open case is to be derived anew, whatever it was last derived on.
    replan_all: AtomicBool,
    /// The basis on which every case is derived, as far as this daemon has seen; empty before.
    derived_on: Mutex<String>,
    /// By the steady clock: until then no comparison is looked for, for none was due a moment ago.
    audit_quiet_until: Mutex<Duration>,
    /// What the last beat saw to be due next, and when, by the steady clock.
    seen: AsyncMutex<Option<(Duration, NextDue)>>,
    /// By the steady clock: when the outbox was last looked at in full although nothing seemed due.
    dispatched_at: Mutex<Option<Duration>>,
    /// The daemon was started, the directory was read, or a day began: somebody may be new behind an office.
    look_at_holders: AtomicBool,
    /// The wall clock was set back, and what waits is still to be brought forward.
    set_back: AtomicBool,
    wake_sender: Notify,
    wake_composer: Notify,
    /// Until when the loop that sends sleeps, as it last saw the outbox; none when nothing waits there.
    asleep_until: Mutex<Option<DateTime<Utc>>>,
}

impl App {
    /// Puts the daemon together: the register with its schema up to date, the texts, the way out.
    ///
    /// An unusable certificate or an unreachable register stops the start, not a letter.
    pub async fn build(loaded: Loaded, clock: Clock) -> Result<Arc<Self>> {
        let urls = &loaded.config.store.urls;
        let password = loaded.config.store.password(&loaded.environment).map_err(|problem| anyhow!("{problem}"))?;
        let store = open(urls, password.as_ref().map(Secret::expose), &clock)
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
            dispatching: AsyncMutex::new(()),
            held: alone::Held::default(),
            heartbeat,
            replanned_on: Mutex::new(None),
            replan_all: AtomicBool::new(false),
            derived_on: Mutex::new(String::new()),
            audit_quiet_until: Mutex::new(Duration::ZERO),
            seen: AsyncMutex::new(None),
            dispatched_at: Mutex::new(None),
            look_at_holders: AtomicBool::new(true),
            set_back: AtomicBool::new(false),
            wake_sender: Notify::new(),
            wake_composer: Notify::new(),
            asleep_until: Mutex::new(None),
            clock,
        };
        app.recover().await?;
        app.take_over().await?;
        app.bring_forward().await?;
        Ok(Arc::new(app))
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
        tracing::info!(new_calendar, "offices and calendar were read again");
        self.wake();
        Ok(())
    }

    /// Something was recorded: letters leave now and not at the next beat.
    pub fn wake(&self) {
        self.wake_composer.notify_one();
        self.wake_sender.notify_one();
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
            Beat::Compose => self.compose_beat().await,
            Beat::Dispatch => self.dispatch_beat().await,
            Beat::Replan => self.kept(Alone::Replan, Box::pin(self.replan())).await,
            Beat::Probe => self.probe().await,
            Beat::Audit => self.kept(Alone::Audit, Box::pin(self.audit())).await,
            Beat::Morning => self.kept(Alone::Morning, Box::pin(self.morning())).await,
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
}

/// How long a start waits for a PostgreSQL server that does not answer, or is no primary yet: the machines may all have just been
/// switched on, or a replica is being promoted. Less than systemd's `TimeoutStartSec`.
const START_SECONDS_MAX: u64 = 30;

/// Opens the register, with some patience for servers and for an import that keeps everybody out.
async fn open(urls: &[String], password: Option<&str>, clock: &Clock) -> Result<Store, store::Error> {
    let end = clock.steady() + Duration::from_secs(START_SECONDS_MAX);
    loop {
        match Store::open_first(urls, password, Migrations::Run).await {
            Err(error) if error.may_pass() && clock.steady() < end => {
                tracing::warn!(%error, "the register cannot be opened yet; it is tried again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            opened => return opened,
        }
    }
}
