//! Letters leave on time: the daemon sleeps until the next row is due. The metronome is the net beneath.
//!
//! Two loops, so that what is due to leave never waits for what is being composed: [`App::send_loop`] sleeps until the next letter may
//! go, [`App::compose_loop`] until the next alert is due or something is to be passed on. Either wakes when somebody calls
//! ([`App::wake`]), and the first also when the metronome's beat has seen a letter that is due earlier than it sleeps: another process
//! put it there.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Utc};
use tokio::sync::{Notify, watch};

use super::App;
use crate::post::dispatch::Dispatched;
use crate::store::Instant;

/// How long a loop sleeps at most: the wall clock may be set meanwhile, and the metronome's beat (every second) is the net beneath.
const SLEEP_MAX: Duration = Duration::from_mins(1);

/// The pause after a round that changed nothing although something is due (the breaker is open, the database is away).
const IDLE_ROUND: Duration = Duration::from_secs(1);

impl App {
    /// Sends what is due, and sleeps until the next letter may go.
    pub async fn send_loop(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        loop {
            let sent = self.send_due().await;
            let pause = match sent {
                Ok(sent) => self.until_next(sent).await,
                // The beat tells of it; here it is only waited for.
                Err(_) => IDLE_ROUND,
            };
            if !sleep(pause, &self.wake_sender, &mut stop).await {
                return;
            }
        }
    }

    /// What [`App::dispatch`] does, after whoever is at it.
    async fn send_due(&self) -> Result<Dispatched> {
        self.forward_if_set_back().await?;
        let _alone = self.dispatching.lock().await;
        let asleep = *self.asleep_until.lock().expect("the lock is held for one read or write");
        let is_due = asleep.is_some_and(|until| until <= self.clock.now());
        let sent = self.dispatcher.tick_knowing(is_due).await?;
        self.sleeps_until(sent.next);
        Ok(sent)
    }

    /// How long nothing is to be sent.
    async fn until_next(&self, sent: Dispatched) -> Duration {
        let now = self.clock.now();
        match sent.next {
            None => SLEEP_MAX,
            Some(next) if next > now => self.clock.until(next).min(SLEEP_MAX),
            Some(_) if sent.tried > 0 => Duration::ZERO,
            // What is due cannot go now. What falls due shortly may: it is urgent, or the other is another daemon's.
            Some(_) => match self.dispatcher.next_after(now).await {
                Ok(Some(next)) if self.dispatcher.breaker_snapshot().state == "closed" => {
                    self.clock.until(next).clamp(Duration::from_millis(1), IDLE_ROUND)
                }
                _ => IDLE_ROUND,
            },
        }
    }

    /// The metronome's beat has seen when the next letter is due: should the loop sleep longer than that, it is woken.
    pub(super) fn next_letter_seen(&self, next: Option<DateTime<Utc>>) {
        let asleep = *self.asleep_until.lock().expect("the lock is held for one read or write");
        if next.is_some_and(|next| asleep.is_none_or(|asleep| next < asleep)) {
            self.wake_sender.notify_one();
        }
    }

    fn sleeps_until(&self, next: Option<DateTime<Utc>>) {
        *self.asleep_until.lock().expect("the lock is held for one read or write") = next;
    }

    /// Composes what is due, and sleeps until the next alert is.
    pub async fn compose_loop(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        loop {
            let changed = match self.compose().await {
                Ok(composed) => composed.deadlines + composed.letters > 0,
                Err(_) => false,
            };
            let pause = match self.next_alert().await {
                _ if changed => Duration::ZERO,
                Ok(None) => SLEEP_MAX,
                Ok(Some(next)) if next > self.clock.now() => self.clock.until(next).min(SLEEP_MAX),
                Ok(Some(_)) | Err(_) => IDLE_ROUND,
            };
            if !sleep(pause, &self.wake_composer, &mut stop).await {
                return;
            }
        }
    }

    /// When the next alert is due, or something is to be passed on; none when nothing is.
    async fn next_alert(&self) -> Result<Option<DateTime<Utc>>> {
        let next = self.store.next_due().await?;
        Ok([next.alert, next.follow_up].into_iter().flatten().min().map(Instant::utc))
    }
}

/// Sleeps until it is time or somebody calls; false when the daemon is to stop.
async fn sleep(pause: Duration, wake: &Notify, stop: &mut watch::Receiver<bool>) -> bool {
    if *stop.borrow() {
        return false;
    }
    tokio::select! {
        () = wake.notified() => true,
        () = tokio::time::sleep(pause) => true,
        _ = stop.changed() => false,
    }
}
