//! Running the daemon: start, serve, stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::{App, Watch};
use crate::http;
use crate::schedule::{Beat, Metronome};

/// How long a stop waits for the letter in hand; systemd's own limit (`TimeoutStopSec`) is a little longer.
const STOP_SECONDS_MAX: u64 = 25;

/// How often the wall clock is compared with the steady one.
const CLOCK_LOOK_SECONDS: u64 = 1;

/// Takes the address that HTTP is answered on.
pub async fn listen(address: SocketAddr) -> Result<TcpListener> {
    let busy = || format!("cannot listen on {address}: is another keshirim running? Change [http] listen (or --port)");
    TcpListener::bind(address).await.with_context(busy)
}

/// Runs the daemon until it is told to stop: start, serve, stop.
pub async fn serve(app: Arc<App>, listener: TcpListener) -> Result<()> {
    let listen = listener.local_addr()?;
    // Heard before anybody can see that we are there: an early SIGTERM or SIGHUP would end the process at once.
    let signals = Signals::heard()?;
    let watch = Watch::new(&app.clock);
    let (stop, stopped) = watch::channel(false);
    let mut stop_http = stopped.clone();
    let web = tokio::spawn(
        axum::serve(listener, http::router(Arc::clone(&app)))
            .with_graceful_shutdown(async move {
                let _ = stop_http.changed().await;
            })
            .into_future(),
    );
    // What was written before leaves at once: it needs no text, and an official may be waiting for it.
    let early = Arc::clone(&app);
    tokio::spawn(async move { tokio::join!(early.beat(Beat::Dispatch), early.beat(Beat::Probe)) });
    check_texts(&app).await?;
    let life = tokio::spawn(Arc::clone(&app).show_life(stopped.clone()));
    let composer = tokio::spawn(Arc::clone(&app).compose_loop(stopped.clone()));
    let sender = tokio::spawn(Arc::clone(&app).send_loop(stopped));
    let mut metronome = Metronome::start(&app).await?;
    app.wake();
    tracing::info!(%listen, "ready");
    tell_systemd(&[sd_notify::NotifyState::Ready]);
    wait_for_the_end(&app, signals, &mut metronome, watch).await?;
    tell_systemd(&[sd_notify::NotifyState::Stopping]);
    tracing::info!("stopping: the letter in hand is finished, no other is begun");
    app.dispatcher.stopping.store(true, Ordering::Relaxed);
    let _ = stop.send(true);
    metronome.stop().await;
    let finished = async {
        let _ = (composer.await, sender.await, web.await, life.await);
        let _ = app.dispatching.lock().await;
        app.held.finished().await;
    };
    if tokio::time::timeout(Duration::from_secs(STOP_SECONDS_MAX), finished).await.is_err() {
        tracing::warn!("a letter could not be finished in time; it goes again at the next start, byte for byte");
    }
    if let Err(error) = app.give_back_leases().await {
        tracing::warn!(error = format!("{error:#}"), "the leases of this daemon run out by themselves");
    }
    app.store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Renders every text once: a broken one stops the start, not a letter.
async fn check_texts(app: &Arc<App>) -> Result<()> {
    let app = Arc::clone(app);
    let checked = tokio::task::spawn_blocking(move || app.texts.check());
    checked.await.context("the check of the texts ended abruptly")?.context("a letter cannot be rendered")
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

/// Waits for SIGTERM or SIGINT; SIGHUP reloads; a clock that was set starts the metronome anew.
async fn wait_for_the_end(
    app: &Arc<App>,
    mut signals: Signals,
    metronome: &mut Metronome,
    mut watch: Watch,
) -> Result<()> {
    let mut look = tokio::time::interval(Duration::from_secs(CLOCK_LOOK_SECONDS));
    loop {
        tokio::select! {
            _ = signals.terminate.recv() => return Ok(()),
            _ = signals.interrupt.recv() => return Ok(()),
            _ = signals.hang_up.recv() => {
                if let Err(error) = app.reload() {
                    tracing::error!(error = format!("{error:#}"), "reload refused; the old offices and calendar stay");
                }
            }
            _ = look.tick() => {
                if let Some(step) = watch.step(&app.clock) {
                    app.clock_was_set(step);
                    // Its next beats are wall-clock instants: set back by a day, it would be silent for a day.
                    metronome.start_anew(app).await?;
                }
            }
        }
    }
}

pub(super) fn tell_systemd(state: &[sd_notify::NotifyState<'_>]) {
    // Without systemd there is nobody to tell.
    let _ = sd_notify::notify(state);
}
