//! The daemon: what it is made of, how it starts, beats and stops.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Mutex as AsyncMutex, Notify, watch};

use crate::clock::Clock;
use crate::config::{self, Loaded, Transport};
use crate::http;
use crate::law::calendar::Calendar;
use crate::letter::Texts;
use crate::post::compose::{self, Composed, Desk};
use crate::post::dispatch::{Dispatched, Dispatcher, Way};
use crate::post::return_path::ReturnPath;
use crate::post::{self, Breaker, Relay, RelaySettings};
use crate::register::replan::Scope;
use crate::register::{DEFAULT_ZONE, Registrar};
use crate::schedule::{Beat, Metronome};
use crate::store::{Instant, Migrations, Store};

/// How long a stop waits for the letter in hand; systemd's own limit (`TimeoutStopSec`) is a little longer.
const STOP_SECONDS_MAX: u64 = 25;

/// How long the daemon sleeps at most when nothing is due: a second process may have recorded something meanwhile, and the
/// metronome's beat (every second) is the net beneath.
const SLEEP_SECONDS_MAX: u64 = 60;

/// The pause after a round that changed nothing although something is due (the breaker is open, the database is away).
const IDLE_ROUND_SECONDS: u64 = 1;

/// How long a singleton's lease lasts; a daemon that dies hands over when it has run out.
const LEASE_SECONDS: i64 = 25;

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

/// The daemon.
#[derive(Debug)]
pub struct App {
    /// The register.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The texts of letters.
    pub texts: Texts,
    /// The way out.
    pub dispatcher: Arc<Dispatcher>,
    settings: RwLock<Arc<Settings>>,
    /// Milliseconds since 1970 of the last beat of each entry; 0 before the first.
    last_beat: [AtomicI64; 3],
    composing: AsyncMutex<()>,
    dispatching: AsyncMutex<()>,
    replanning: AsyncMutex<()>,
    replanned_on: Mutex<Option<NaiveDate>>,
    /// The daemon was started, or a new calendar was read: every open case is to be derived anew.
    replan_all: AtomicBool,
    wake: Notify,
}

impl App {
    /// Puts the daemon together: the register with its schema up to date, every text rendered once, the way out.
    ///
    /// A broken text, an unusable certificate or an unreachable register stops the start, not a letter.
    pub async fn build(loaded: Loaded, clock: Clock) -> Result<Arc<Self>> {
        let urls = &loaded.config.store.urls;
        let store = Store::open_first(urls, Migrations::Run)
            .await
            .with_context(|| format!("cannot open the register {}", urls.join(", ")))?;
        let texts = Texts::embedded().and_then(|texts| texts.check().map(|()| texts));
        let texts = texts.context("a letter cannot be rendered")?;
        let dispatcher = Arc::new(dispatcher(&loaded, store.clone(), clock.clone())?);
        for warning in loaded.warnings() {
            tracing::warn!("{warning}");
        }
        let app = Self {
            store,
            clock,
            texts,
            dispatcher,
            settings: RwLock::new(Arc::new(Settings::new(loaded))),
            last_beat: [const { AtomicI64::new(0) }; 3],
            composing: AsyncMutex::new(()),
            dispatching: AsyncMutex::new(()),
            replanning: AsyncMutex::new(()),
            replanned_on: Mutex::new(None),
            // The calendar, the ladders or the law itself may be others than those of the last run.
            replan_all: AtomicBool::new(true),
            wake: Notify::new(),
        };
        app.recover().await?;
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

    /// How old the last beat of an entry is; none before the first.
    pub fn beat_age(&self, beat: Beat) -> Option<TimeDelta> {
        let at = self.last_beat[beat as usize].load(Ordering::Relaxed);
        (at > 0).then(|| self.clock.now() - DateTime::from_timestamp_millis(at).unwrap_or_default())
    }

    /// One call of the metronome. A beat that finds the last one still at work leaves it to it.
    pub async fn beat(&self, beat: Beat) {
        let outcome = match beat {
            Beat::Compose => self.compose().await.map(drop),
            Beat::Dispatch => self.dispatch().await.map(drop),
            Beat::Replan => self.replan().await,
        };
        // Only a beat that did its work counts for /health: failing every second looks like silence to an official.
        match outcome {
            Ok(()) => self.last_beat[beat as usize].store(self.clock.now().timestamp_millis(), Ordering::Relaxed),
            Err(error) => {
                tracing::error!(?beat, error = format!("{error:#}"), "the beat failed; the next one tries again");
            }
        }
        // Fed from the work itself: a scheduler that hangs is restarted, a process that merely lives is not enough.
        if beat == Beat::Compose {
            tell_systemd(&[sd_notify::NotifyState::Watchdog]);
        }
    }

    /// Due deadlines become letters: on one daemon at a time.
    pub async fn compose(&self) -> Result<Composed> {
        let Ok(_alone) = self.composing.try_lock() else { return Ok(Composed::default()) };
        if !self.take_lease("compose").await? {
            return Ok(Composed::default());
        }
        let settings = self.settings();
        let desk = Desk {
            store: &self.store,
            directory: &settings.loaded.directory,
            calendar: &settings.calendar,
            config: &settings.loaded.config,
            texts: &self.texts,
            now: self.clock.now(),
        };
        let composed = compose::tick(&desk).await?;
        if composed.letters > 0 {
            tracing::info!(deadlines = composed.deadlines, letters = composed.letters, "letters composed");
        }
        Ok(composed)
    }

    /// Due letters are sent: on every daemon.
    pub async fn dispatch(&self) -> Result<Dispatched> {
        let Ok(_alone) = self.dispatching.try_lock() else { return Ok(Dispatched::default()) };
        Ok(self.dispatcher.tick().await?)
    }

    /// Cases that a new day or a new calendar changed are derived anew; a nation-wide entry that stopped half-way goes on.
    async fn replan(&self) -> Result<()> {
        let Ok(_alone) = self.replanning.try_lock() else { return Ok(()) };
        if !self.take_lease("replan").await? {
            return Ok(());
        }
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

    /// When the next alert or letter is due; none when nothing is.
    async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        let mut tx = self.store.snapshot().await?;
        let (alert, attempt) = (tx.earliest_next_alert().await?, tx.earliest_next_attempt().await?);
        Ok([alert, attempt].into_iter().flatten().min().map(Instant::utc))
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
            if composed.deadlines == 0 && sent.tried == 0 {
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_secs(IDLE_ROUND_SECONDS)) => {}
                    _ = stop.changed() => return,
                }
            }
        }
    }
}

/// The way out, as configured.
fn dispatcher(loaded: &Loaded, store: Store, clock: Clock) -> Result<Dispatcher> {
    let mail = &loaded.config.mail;
    let way = match mail.transport {
        Transport::Maildir => Way::Maildir(mail.maildir.clone()),
        Transport::Smtp => Way::Smtp(Arc::new(relay(loaded)?)),
    };
    // Without a key letters go all the same; only bounces cannot be told from forged ones.
    let key = match mail.return_secret.read("mail.return_secret", &loaded.environment) {
        Ok(key) => Some(key),
        Err(problem) => {
            if mail.transport == Transport::Smtp {
                tracing::warn!(%problem, "bounces cannot be signed");
            }
            None
        }
    };
    Ok(Dispatcher {
        owner: owner(&store),
        store,
        clock,
        way,
        return_path: ReturnPath::new(&mail.return_address, key.as_ref().map(config::Secret::expose)),
        retry: loaded.config.retry.clone(),
        connections_max: mail.connections_max,
        breaker: Mutex::new(Breaker::default()),
        stopping: AtomicBool::new(false),
    })
}

/// Under which name this daemon claims letters. One file has one daemon, so whatever was claimed there was claimed by it.
fn owner(store: &Store) -> String {
    match store {
        Store::Sqlite { .. } => "this machine".to_owned(),
        Store::Postgres(_) => {
            let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
            format!("{} {}", host.trim(), std::process::id())
        }
    }
}

/// The relay, with its secrets read.
pub fn relay(loaded: &Loaded) -> Result<Relay> {
    let mail = &loaded.config.mail;
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let credentials = match &mail.username {
        None => None,
        Some(user) => {
            let password = mail.password.read("mail.password", &loaded.environment).map_err(|p| anyhow!("{p}"))?;
            Some(post::Credentials { user: user.clone(), password: password.expose().to_owned() })
        }
    };
    let client_certificate = match &mail.client_certificate {
        None => None,
        Some(files) => {
            Some(post::ClientCertificate { chain_pem: read(&files.certificate_file)?, key_pem: read(&files.key_file)? })
        }
    };
    let security = match mail.security {
        config::Security::ImplicitTls => post::Security::ImplicitTls,
        config::Security::StartTls => post::Security::StartTlsRequired,
        config::Security::PlainLoopback => post::Security::PlainLoopbackOnly,
    };
    let hostname = || std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned();
    let settings = RelaySettings {
        host: mail.host.clone(),
        port: mail.port,
        security,
        helo_name: mail.helo_name.clone().unwrap_or_else(hostname),
        credentials,
        client_certificate,
        ca_pem: mail.ca_file.as_deref().map(read).transpose()?,
        timeouts: post::StepTimeouts::default(),
    };
    Relay::new(settings).context("the mail relay's settings cannot be used")
}

/// Takes the address that HTTP is answered on.
pub async fn listen(address: SocketAddr) -> Result<TcpListener> {
    let busy = || format!("cannot listen on {address}: is another keshirim running? Change [http] listen (or --port)");
    TcpListener::bind(address).await.with_context(busy)
}

/// Runs the daemon until it is told to stop: start, serve, stop.
pub async fn serve(app: Arc<App>, listener: TcpListener) -> Result<()> {
    let listen = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let mut stop_http = stopped.clone();
    let web = tokio::spawn(
        axum::serve(listener, http::router(Arc::clone(&app)))
            .with_graceful_shutdown(async move {
                let _ = stop_http.changed().await;
            })
            .into_future(),
    );
    let post = tokio::spawn(Arc::clone(&app).post_loop(stopped));
    let metronome = Metronome::start(&app).await?;
    app.wake();
    // Heard before anybody is told that we are ready: an early SIGHUP would end the process.
    let signals = Signals::heard()?;
    tracing::info!(%listen, "ready");
    tell_systemd(&[sd_notify::NotifyState::Ready]);
    wait_for_the_end(&app, signals).await;
    tell_systemd(&[sd_notify::NotifyState::Stopping]);
    tracing::info!("stopping: the letter in hand is finished, no other is begun");
    app.dispatcher.stopping.store(true, Ordering::Relaxed);
    let _ = stop.send(true);
    metronome.stop().await;
    let finished = async {
        let _ = (post.await, web.await);
        // Whoever holds these locks is finishing his work.
        let _ = (app.dispatching.lock().await, app.composing.lock().await, app.replanning.lock().await);
    };
    if tokio::time::timeout(Duration::from_secs(STOP_SECONDS_MAX), finished).await.is_err() {
        tracing::warn!("a letter could not be finished in time; it goes again at the next start, byte for byte");
    }
    app.store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// The signals that the daemon answers.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn heard() -> Result<Self> {
        let [terminate, interrupt, hang_up] =
            [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(signal);
        Ok(Self { terminate: terminate?, interrupt: interrupt?, hang_up: hang_up? })
    }
}

/// Waits for SIGTERM or SIGINT; SIGHUP reloads.
async fn wait_for_the_end(app: &App, mut signals: Signals) {
    loop {
        tokio::select! {
            _ = signals.terminate.recv() => return,
            _ = signals.interrupt.recv() => return,
            _ = signals.hang_up.recv() => {
                if let Err(error) = app.reload() {
                    tracing::error!(error = format!("{error:#}"), "reload refused; the old offices and calendar stay");
                }
            }
        }
    }
}

fn tell_systemd(state: &[sd_notify::NotifyState<'_>]) {
    // Without systemd there is nobody to tell.
    let _ = sd_notify::notify(state);
}
