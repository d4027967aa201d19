//! Running the daemon: start, serve, stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::App;
use crate::http;
use crate::schedule::Metronome;

/// How long a stop waits for the letter in hand; systemd's own limit (`TimeoutStopSec`) is a little longer.
const STOP_SECONDS_MAX: u64 = 25;

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
        let _ = (
            app.dispatching.lock().await,
            app.composing.lock().await,
            app.replanning.lock().await,
            app.auditing.lock().await,
        );
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

pub(super) fn tell_systemd(state: &[sd_notify::NotifyState<'_>]) {
    // Without systemd there is nobody to tell.
    let _ = sd_notify::notify(state);
}
