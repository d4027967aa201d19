//! ONE WAY OUT: from the outbox to the relay or the mailbox, one exact verdict for each letter.
//!
//! [`Dispatcher::tick`] goes in turns, and every turn is one commit:
//!
//! 1. what has come back from the transport is settled (receipt and state);
//! 2. as many due letters are claimed (`transmitting`) as connections are free, the breaker admits and the brake leaves room for;
//! 3. after the commit the claimed letters are handed out (`round`); no transaction is open while mail is sent;
//! 4. the next turn begins as soon as one letter is back, and takes along whatever else is back by then.
//!
//! So a lone letter waits for nobody, and under load many share one write to the disk. A letter whose verdict is not committed yet
//! keeps its connection's place: a crash leaves at most `connections_max` letters of which nobody knows whether they were sent.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::bounce;
use super::brake::{self, Brake, BrakeSnapshot, Change};
use super::breaker::{Breaker, BreakerSnapshot};
use super::nowhere::Nowhere;
use super::relay::Relay;
use super::return_path::ReturnPath;
use super::round::{Back, Round};
use super::smtp::{self, Connection};
use super::{Outgoing, Phase, Verdict, maildir};
use crate::clock::Clock;
use crate::config::Retry;
use crate::store::{self, ClaimedRow, Instant, ReceiptRow, Settled, Store, Tx};

/// How long nobody else may take a claimed letter: longer than all steps of one conversation together (RFC 5321 4.5.3.2).
const LEASE_MINUTES: i64 = 45;

/// A claim older than this when it is to be acted upon is given up: much less than what it takes until a daemon counts as dead.
const CLAIM_SECONDS_MAX: u64 = 8;

/// How often due letters are looked for while others are out with a slow relay and connections are free: somebody else may have put
/// some into the outbox.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Letters of one tick; the next tick goes on.
const LETTERS_PER_TICK_MAX: usize = 10_000;

/// Where letters go.
#[derive(Clone, Debug)]
pub enum Way {
    /// Into a folder: the demo, and offices without a relay yet.
    Maildir(PathBuf),
    /// Through a relay.
    Smtp(Arc<Relay>),
    /// Nowhere: measurements and tests only, no configuration leads here.
    Nowhere(Arc<Nowhere>),
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
    /// The volume brake.
    pub brake: Mutex<Brake>,
    /// Verdicts that are not committed yet. They outlive a tick that failed: while the register cannot be written, nothing is
    /// claimed, and the first turn that succeeds settles them.
    pub unsettled: Unsettled,
    /// Set when the daemon is stopping: the letters in hand are finished, no other is begun.
    pub stopping: AtomicBool,
}

/// What the register is still to be told, or to be asked.
#[derive(Debug, Default)]
pub struct Unsettled {
    /// Letters that came back and are not settled yet.
    back: Mutex<Vec<Arc<Back>>>,
    /// Letters may be claimed that nobody has in hand: the server fell silent while a claim was being committed, or this process stood
    /// still for so long after one that another daemon may have taken them over.
    unsure: AtomicBool,
}

/// What a tick came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dispatched {
    /// Letters handed to the transport.
    pub tried: usize,
    /// Of them, accepted.
    pub accepted: usize,
    /// When the next letter may go. What is due when the tick has ended waits for the breaker, the brake, another daemon, or its turn.
    pub next: Option<DateTime<Utc>>,
}

/// What a turn found.
struct Turn {
    /// The letters that were claimed.
    claimed: Vec<ClaimedRow>,
    /// When the next letter may go; now, if not all that are due were taken.
    next: Option<DateTime<Utc>>,
}

impl Dispatcher {
    /// Sends every letter that is due. One tick at a time.
    pub async fn tick(self: &Arc<Self>) -> store::Result<Dispatched> {
        self.tick_knowing(false).await
    }

    /// The same, without asking first whether a letter is due where that is known.
    pub async fn tick_knowing(self: &Arc<Self>, is_due: bool) -> store::Result<Dispatched> {
        if self.unsettled.unsure.load(Ordering::Relaxed) {
            self.make_sure().await?;
        }
        let mut round = Round::new(Arc::clone(self));
        let ended = self.turns(&mut round, is_due).await;
        // After a fault of the register: what is out still comes to its end, and its verdicts wait for the next tick.
        while round.out() > 0 {
            self.take_back(round.come_back(None).await);
        }
        let done = round.quit().await;
        ended.map(|next| Dispatched { next, ..done })
    }

    /// When the first letter that is not due yet may go; none when there is none.
    pub async fn next_after(&self, now: DateTime<Utc>) -> store::Result<Option<DateTime<Utc>>> {
        let mut tx = self.store.snapshot().await?;
        Ok(tx.earliest_next_attempt_after(Instant::new(now)).await?.map(Instant::utc))
    }

    /// Settle and claim, hand out, wait; until nothing is due and nothing is out. Yields when the next letter may go.
    async fn turns(&self, round: &mut Round, mut is_due: bool) -> store::Result<Option<DateTime<Utc>>> {
        let connections = match self.way {
            Way::Maildir(_) => 1,
            Way::Smtp(_) | Way::Nowhere(_) => usize::from(self.connections_max.max(1)),
        };
        loop {
            let left = LETTERS_PER_TICK_MAX.saturating_sub(round.done.tried + round.out());
            let free = (connections - round.out()).min(left);
            let Turn { claimed, next } = self.turn(free, round.out(), std::mem::take(&mut is_due)).await?;
            for letter in claimed {
                round.hand_out(letter);
            }
            if round.out() == 0 {
                return Ok(next);
            }
            let look_again = (round.out() < connections).then(|| self.look_again(next));
            self.take_back(round.come_back(look_again).await);
        }
    }

    /// Whatever this daemon has claimed is in nobody's hand now: it goes again, after what came back is settled.
    async fn make_sure(&self) -> store::Result<()> {
        self.turn(0, 0, false).await?;
        // A claim of which nobody knows holds this daemon's turn until it is committed or undone.
        let mut tx = self.store.begin_for_claims(&self.owner).await?;
        let letters = tx.recover_letters(&self.owner, Instant::new(self.clock.now())).await?;
        tx.commit().await?;
        self.unsettled.unsure.store(false, Ordering::Relaxed);
        if letters > 0 {
            tracing::warn!(
                letters,
                "these letters were claimed and not sent: the register did not answer in time; they go now"
            );
        }
        Ok(())
    }

    /// How long to wait for what is out before the next one is due.
    fn look_again(&self, next: Option<DateTime<Utc>>) -> Duration {
        match next {
            Some(at) if at > self.clock.now() => self.clock.until(at).min(LOOK_AGAIN),
            _ => LOOK_AGAIN,
        }
    }

    /// One turn at the outbox, one commit: what came back is settled, and up to `free` letters are claimed.
    async fn turn(&self, free: usize, out: usize, is_due: bool) -> store::Result<Turn> {
        let (now, begun) = (self.clock.now(), self.clock.steady());
        self.count_if_stale(now).await?;
        let back = self.unsettled().clone();
        let wanted = if self.is_stopping() { 0 } else { self.breaker().room(now, free) };
        if back.is_empty() && (wanted == 0 || !is_due) {
            let next = self.next().await?;
            if wanted == 0 || next.is_none_or(|at| at > now) {
                return Ok(Turn { claimed: Vec::new(), next });
            }
        }
        // What came back accepted is not in the brake's count before it is settled.
        let room = self.brake().room(wanted, out + accepted(&back));
        if back.is_empty() && room.letters == 0 {
            return Ok(Turn { claimed: Vec::new(), next: Some(now) });
        }
        let mut tx = self.store.begin_for_claims(&self.owner).await?;
        if back.iter().any(|back| matches!(back.verdict, Verdict::Refused { .. })) {
            // What waits for a refused address is stopped, whoever composed it.
            tx.lock_outbox(&self.owner).await?;
        }
        let settle = |back: &Arc<Back>| (receipt(back), self.outcome(&back.letter, &back.verdict, now));
        let settlements: Vec<_> = back.iter().map(settle).collect();
        let ours = tx.settle_all(&self.owner, &settlements).await?;
        pass_on_refusals(&mut tx, &back, &ours, now).await?;
        let mut claimed = Vec::new();
        if room.letters > 0 {
            let until = Instant::new(now + TimeDelta::minutes(LEASE_MINUTES));
            claimed = tx.claim_letters(&self.owner, Instant::new(now), until, room.urgency_min, room.letters).await?;
        }
        // While there is more to take, nobody asks what comes later.
        let all = room.letters == 0 || claimed.len() < room.letters;
        let next = if all { tx.earliest_next_attempt().await?.map(Instant::utc) } else { Some(now) };
        // Should it not be known whether this was committed, what was settled is settled again, and what was claimed is looked for.
        tx.commit().await.inspect_err(|_| self.unsettled.unsure.store(true, Ordering::Relaxed))?;
        self.settled(&back, &ours, now);
        if self.clock.steady().saturating_sub(begun) > Duration::from_secs(CLAIM_SECONDS_MAX) {
            self.unsettled.unsure.store(true, Ordering::Relaxed);
            return Ok(Turn { claimed: Vec::new(), next: Some(now) });
        }
        if !claimed.is_empty() {
            // After its pause the breaker lets one letter go, and `room` asked for no more: this notes that it is out.
            self.breaker().admit(now);
        }
        Ok(Turn { claimed, next })
    }

    /// What came back is remembered until it is committed; the breaker hears at once.
    fn take_back(&self, back: Vec<Back>) {
        for back in &back {
            self.breaker().settle(back.at, &back.verdict);
        }
        self.unsettled().extend(back.into_iter().map(Arc::new));
    }

    /// The receipts are committed: forget, count, tell the journal.
    fn settled(&self, back: &[Arc<Back>], ours: &HashSet<i64>, now: DateTime<Utc>) {
        self.unsettled().drain(..back.len());
        let change = self.brake().add(now, accepted(back) as u64);
        self.tell_brake(change);
        for back in back {
            tell(back, ours.contains(&back.letter.number));
        }
    }

    async fn next(&self) -> store::Result<Option<DateTime<Utc>>> {
        let mut tx = self.store.snapshot().await?;
        Ok(tx.earliest_next_attempt().await?.map(Instant::utc))
    }

    /// Counts for the brake what all daemons handed over within the last hour.
    async fn count_if_stale(&self, now: DateTime<Utc>) -> store::Result<()> {
        if !self.brake().is_stale(now) {
            return Ok(());
        }
        let cool = self.brake().released_at();
        let mut tx = self.store.snapshot().await?;
        let handed = tx.accepted_between(Instant::new(now - brake::WINDOW), Instant::new(now)).await?;
        let last_too_many = tx.accepted_before(Instant::new(now), cool).await?;
        let change = self.brake().count(now, handed, last_too_many.map(|at| at.utc() + brake::WINDOW));
        self.tell_brake(change);
        Ok(())
    }

    fn tell_brake(&self, change: Option<Change>) {
        let BrakeSnapshot { handed_last_hour, letters_per_hour_max, .. } = self.brake_snapshot();
        match change {
            Some(Change::Engaged) => tracing::error!(
                handed_last_hour,
                letters_per_hour_max,
                "the volume brake: ordinary letters wait, urgent ones go on; nothing is dropped. Is this a runaway?"
            ),
            Some(Change::Released) => {
                tracing::warn!(handed_last_hour, "the volume brake lets ordinary letters go again");
            }
            None => {}
        }
    }

    /// Hands one letter to the transport; the connection comes back from a clean end.
    pub(super) async fn send(&self, letter: &ClaimedRow, kept: Option<Connection>) -> (Verdict, Option<Connection>) {
        match &self.way {
            Way::Maildir(folder) => (maildir::deliver(folder, &letter.letter_id, &letter.bytes).await, None),
            Way::Nowhere(nowhere) => (nowhere.take(&letter.letter_id, self.clock.steady()), None),
            Way::Smtp(relay) => {
                let envelope_from = self.return_path.of(&letter.letter_id);
                let outgoing =
                    Outgoing { envelope_from: &envelope_from, envelope_to: &letter.address, bytes: &letter.bytes };
                // On the heap: the task that is made for each letter is moved, and need not be as large as this conversation.
                Box::pin(smtp::send(relay, kept, &outgoing)).await
            }
        }
    }

    /// Where a letter stands after a verdict (letters.md "How it leaves").
    fn outcome(&self, letter: &ClaimedRow, verdict: &Verdict, now: DateTime<Utc>) -> Settled {
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

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().expect("the breaker's lock is held for one step of a state machine that does not panic")
    }

    /// The wall clock was set by `step`: the breaker's pause ends when it would have ended.
    pub fn clock_was_set(&self, step: TimeDelta) {
        self.breaker().clock_was_set(step);
    }

    fn brake(&self) -> MutexGuard<'_, Brake> {
        self.brake.lock().expect("the brake's lock is held for one step of a state machine that does not panic")
    }

    /// Whether everything that came back is written down.
    pub fn is_settled(&self) -> bool {
        self.unsettled().is_empty() && !self.unsettled.unsure.load(Ordering::Relaxed)
    }

    fn unsettled(&self) -> MutexGuard<'_, Vec<Arc<Back>>> {
        self.unsettled.back.lock().expect("the lock is held for one change of a list")
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// The breaker's state for `/health`.
    pub fn breaker_snapshot(&self) -> BreakerSnapshot {
        self.breaker().snapshot()
    }

    /// The volume brake's state for `/health` and the operators' notice.
    pub fn brake_snapshot(&self) -> BrakeSnapshot {
        self.brake().snapshot()
    }
}

/// How many of them the relay owns now.
fn accepted(back: &[Arc<Back>]) -> usize {
    back.iter().filter(|back| matches!(back.verdict, Verdict::Accepted { .. })).count()
}

/// What is written down of an attempt.
fn receipt(back: &Back) -> ReceiptRow {
    let (phase, reply) = words(&back.verdict);
    ReceiptRow {
        letter_id: back.letter.letter_id.clone(),
        number: back.letter.number,
        attempt: back.letter.attempts,
        at: Instant::new(back.at),
        verdict: back.verdict.word().to_owned(),
        phase,
        reply,
    }
}

/// One line in the journal for each attempt: no address, no text.
fn tell(back: &Back, ours: bool) {
    let ClaimedRow { letter_id, office, attempts: attempt, .. } = &back.letter;
    let verdict = back.verdict.word();
    match verdict {
        "accepted" => tracing::info!(letter_id, office, attempt, verdict, "letter sent"),
        "refused" => tracing::error!(letter_id, office, attempt, verdict, "letter refused by the relay"),
        _ => tracing::warn!(letter_id, office, attempt, verdict, "letter not sent yet"),
    }
    if !ours {
        tracing::warn!(letter_id, "the letter was settled before, or taken over meanwhile; its receipt stands");
    }
}

/// A refused letter: its address is flagged if that was refused, and somebody else is to hear.
async fn pass_on_refusals(
    tx: &mut Tx,
    back: &[Arc<Back>],
    ours: &HashSet<i64>,
    now: DateTime<Utc>,
) -> store::Result<()> {
    for Back { letter, verdict, .. } in back.iter().map(Arc::as_ref) {
        if let Verdict::Refused { phase, code, reply } = verdict
            && ours.contains(&letter.number)
        {
            bounce::refused(tx, letter, *phase == Phase::Rcpt, *code, reply, now).await?;
        }
    }
    Ok(())
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
