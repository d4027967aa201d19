//! Letters leave on time: the daemon sleeps until the next row is due. The metronome is the net beneath.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::App;
use crate::store::Instant;

/// How long the daemon sleeps at most when nothing is due: a second process may have recorded something meanwhile, and the
/// metronome's beat (every second) is the net beneath.
const SLEEP_SECONDS_MAX: u64 = 60;

/// The pause after a round that changed nothing although something is due (the breaker is open, the database is away).
const IDLE_ROUND_SECONDS: u64 = 1;

impl App {
    /// When the next alert or letter is due, or something is to be passed on; none when nothing is.
    async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        let mut tx = self.store.snapshot().await?;
        let (alert, attempt) = (tx.earliest_next_alert().await?, tx.earliest_next_attempt().await?);
        let passed_on = tx.earliest_follow_up().await?;
        Ok([alert, attempt, passed_on].into_iter().flatten().min().map(Instant::utc))
    }

    /// Sleeps until the next row is due or somebody calls, so that letters leave on time; the metronome is the net beneath.
    pub(super) async fn post_loop(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
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
