//! ONE WAY OUT: from the outbox to the relay or the mailbox, one exact verdict for each letter.
//!
//! [`Dispatcher::tick`]: claim (committed as `transmitting`) → send (no transaction is open) → settle (receipt and state in one
//! transaction), by up to `connections_max` workers, until nothing is due or the breaker is open.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};

use super::bounce;
use super::breaker::{Breaker, BreakerSnapshot};
use super::relay::Relay;
use super::return_path::ReturnPath;
use super::smtp::{self, Connection};
use super::{Outgoing, Phase, Verdict, maildir};
use crate::clock::Clock;
use crate::config::Retry;
use crate::store::{self, Instant, LetterRow, ReceiptRow, Settled, Store};

/// How long nobody else may take a claimed letter: longer than all steps of one conversation together (RFC 5321 4.5.3.2).
const LEASE_MINUTES: i64 = 45;

/// Letters of one worker in one tick; the next tick goes on.
const LETTERS_PER_WORKER_MAX: usize = 10_000;

/// The pause between two tries to write a verdict down.
const SETTLE_AGAIN: std::time::Duration = std::time::Duration::from_secs(1);

/// Where letters go.
#[derive(Clone, Debug)]
pub enum Way {
    /// Into a folder: the demo, and offices without a relay yet.
    Maildir(PathBuf),
    /// Through a relay.
    Smtp(Arc<Relay>),
}

/// Everything that sending needs.
#[derive(Debug)]
pub struct Dispatcher {
    /// The register.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Where letters go.
    pub way: Way,
    /// Where bounces go.
    pub return_path: ReturnPath,
    /// When a letter is tried again.
    pub retry: Retry,
    /// Most connections at once.
    pub connections_max: u16,
    /// Under which name letters are claimed.
    pub owner: String,
    /// The breaker.
    pub breaker: Mutex<Breaker>,
    /// Set when the daemon is stopping: the letter in hand is finished, no other is claimed.
    pub stopping: AtomicBool,
}

/// What a tick came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dispatched {
    /// Letters handed to the transport.
    pub tried: usize,
    /// Of them, accepted.
    pub accepted: usize,
}

impl Dispatcher {
    /// Sends every letter that is due.
    pub async fn tick(self: &Arc<Self>) -> store::Result<Dispatched> {
        let workers = match self.way {
            Way::Maildir(_) => 1,
            Way::Smtp(_) => self.connections_max.max(1),
        };
        let mut set = tokio::task::JoinSet::new();
        for _ in 0..workers {
            if !self.is_due().await? {
                break;
            }
            let this = Arc::clone(self);
            set.spawn(async move { this.work().await });
        }
        let mut total = Dispatched::default();
        let mut failed = None;
        while let Some(done) = set.join_next().await {
            match done {
                Ok(Ok(part)) => {
                    total.tried += part.tried;
                    total.accepted += part.accepted;
                }
                Ok(Err(error)) => failed = Some(error),
                // A worker that panicked leaves its letter `transmitting`: it comes back when its lease ends.
                Err(panic) => tracing::error!(%panic, "a dispatch worker ended abruptly"),
            }
        }
        failed.map_or(Ok(total), Err)
    }

    async fn is_due(&self) -> store::Result<bool> {
        let mut tx = self.store.snapshot().await?;
        let next = tx.earliest_next_attempt().await?;
        Ok(next.is_some_and(|at| at.utc() <= self.clock.now()))
    }

    async fn work(&self) -> store::Result<Dispatched> {
        let mut kept = None;
        let mut done = Dispatched::default();
        while done.tried < LETTERS_PER_WORKER_MAX && !self.stopping.load(Ordering::Relaxed) {
            let now = self.clock.now();
            let Some(letter) = self.claim(now).await? else { break };
            if !self.breaker().admit(now) {
                self.put_back(&letter).await?;
                break;
            }
            let (verdict, connection) = self.send(&letter, kept.take()).await;
            kept = connection;
            self.breaker().settle(self.clock.now(), &verdict);
            self.settle_surely(&letter, &verdict).await?;
            done.tried += 1;
            done.accepted += usize::from(matches!(verdict, Verdict::Accepted { .. }));
        }
        if let Some(connection) = kept {
            connection.quit().await;
        }
        Ok(done)
    }

    async fn claim(&self, now: DateTime<Utc>) -> store::Result<Option<LetterRow>> {
        let mut tx = self.store.begin().await?;
        let until = Instant::new(now + TimeDelta::minutes(LEASE_MINUTES));
        let letter = tx.claim_letter(&self.owner, Instant::new(now), until).await?;
        tx.commit().await?;
        Ok(letter)
    }

    /// The breaker is open: nothing was tried, nothing is counted.
    async fn put_back(&self, letter: &LetterRow) -> store::Result<()> {
        let again = self.breaker().open_until().unwrap_or_else(|| self.clock.now());
        let mut tx = self.store.begin().await?;
        tx.release_letter(&letter.letter_id, &self.owner, Instant::new(again)).await?;
        tx.commit().await
    }

    async fn send(&self, letter: &LetterRow, kept: Option<Connection>) -> (Verdict, Option<Connection>) {
        match &self.way {
            Way::Maildir(folder) => (maildir::deliver(folder, &letter.letter_id, &letter.bytes).await, None),
            Way::Smtp(relay) => {
                let envelope_from = self.return_path.of(&letter.letter_id);
                let outgoing =
                    Outgoing { envelope_from: &envelope_from, envelope_to: &letter.address, bytes: &letter.bytes };
                smtp::send(relay, kept, &outgoing).await
            }
        }
    }

    /// What the relay said is kept until it can be written down: forgotten, an accepted letter would go again when its lease ends.
    async fn settle_surely(&self, letter: &LetterRow, verdict: &Verdict) -> store::Result<()> {
        loop {
            match self.settle(letter, verdict).await {
                Err(error) if !self.stopping.load(Ordering::Relaxed) => {
                    tracing::error!(%error, letter_id = letter.letter_id, "a verdict cannot be written down yet");
                    tokio::time::sleep(SETTLE_AGAIN).await;
                }
                done => return done,
            }
        }
    }

    async fn settle(&self, letter: &LetterRow, verdict: &Verdict) -> store::Result<()> {
        let now = self.clock.now();
        let settled = self.outcome(letter, verdict, now);
        let (phase, reply) = words(verdict);
        let receipt = ReceiptRow {
            letter_id: letter.letter_id.clone(),
            attempt: letter.attempts,
            at: Instant::new(now),
            verdict: verdict.word().to_owned(),
            phase,
            reply,
        };
        let mut tx = self.store.begin().await?;
        let ours = tx.settle(&self.owner, &receipt, &settled).await?;
        if let (true, Verdict::Refused { phase, code, reply }) = (ours, verdict) {
            bounce::refused(&mut tx, letter, *phase == Phase::Rcpt, *code, reply, now).await?;
        }
        tx.commit().await?;
        let (letter_id, office, attempt) = (&letter.letter_id, &letter.office, letter.attempts);
        let verdict = verdict.word();
        match verdict {
            "accepted" => tracing::info!(letter_id, office, attempt, verdict, "letter sent"),
            "refused" => tracing::error!(letter_id, office, attempt, verdict, "letter refused by the relay"),
            _ => tracing::warn!(letter_id, office, attempt, verdict, "letter not sent yet"),
        }
        if !ours {
            tracing::warn!(letter_id, "the letter was taken over meanwhile; its receipt stands");
        }
        Ok(())
    }

    /// Where a letter stands after a verdict (letters.md "How it leaves").
    fn outcome(&self, letter: &LetterRow, verdict: &Verdict, now: DateTime<Utc>) -> Settled {
        let at = |after: TimeDelta| Some(Instant::new(now + after));
        match verdict {
            Verdict::Accepted { .. } => Settled { state: "accepted", next_attempt_at: None },
            Verdict::Refused { .. } => Settled { state: "refused", next_attempt_at: None },
            Verdict::Deferred { .. } => {
                Settled { state: "deferred", next_attempt_at: at(self.retry.pause(letter.attempts, &letter.letter_id)) }
            }
            // The same bytes again within the hour: whoever has them already can see that it is the same letter.
            Verdict::Unknown { .. } => {
                let minutes = TimeDelta::minutes(self.retry.unknown_within_minutes.into());
                Settled { state: "unknown", next_attempt_at: at(minutes) }
            }
            Verdict::NotSent { .. } => {
                let until = self.breaker().open_until().map_or(now, |until| until.max(now));
                Settled { state: "queued", next_attempt_at: Some(Instant::new(until)) }
            }
        }
    }

    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.breaker.lock().expect("the breaker's lock is held for one step of a state machine that does not panic")
    }

    /// The wall clock was set by `step`: the breaker's pause ends when it would have ended.
    pub fn clock_was_set(&self, step: TimeDelta) {
        self.breaker().clock_was_set(step);
    }

    /// The breaker's state for `/health`.
    pub fn breaker_snapshot(&self) -> BreakerSnapshot {
        self.breaker().snapshot()
    }
}

fn words(verdict: &Verdict) -> (String, String) {
    match verdict {
        Verdict::Accepted { reply } => ("dot".to_owned(), reply.clone()),
        Verdict::Deferred { phase, code, reply } | Verdict::Refused { phase, code, reply } => {
            (phase.to_string(), format!("{code} {reply}"))
        }
        Verdict::Unknown { detail } => ("dot".to_owned(), detail.clone()),
        Verdict::NotSent { phase, detail } => (phase.to_string(), detail.clone()),
    }
}
