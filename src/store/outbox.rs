//! The outbox: what is still to go, apart from what was composed.
//!
//! A letter that was accepted is in it no more; its receipt says so, and the auditor asks for that receipt. What claiming and settling write
//! to is no larger than what is open, and lies in the order of composing (`mail.number`), be there a million accepted letters beside it.

use sqlx::FromRow;

use super::{Instant, Result, Tx};

/// A letter that has been claimed: what sending it and settling it need.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ClaimedRow {
    /// Its number in `mail`: what is written of it lies in the order of these.
    pub number: i64,
    /// L- and sixteen characters.
    pub letter_id: String,
    /// The office it is for.
    pub office: String,
    /// The one address.
    pub address: String,
    /// The mail as it goes over the wire.
    pub bytes: Vec<u8>,
    /// 0 ordinary, 1 urgent.
    pub urgency: i64,
    /// When it is meant to go.
    pub due_at: Instant,
    /// How often it was handed to the transport, this time included.
    pub attempts: i64,
}

/// What `/health` asks of the outbox.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OutboxCounts {
    /// Letters that are still to go.
    pub unsent: i64,
    /// Since when the oldest of them has been due.
    pub oldest_due_at: Option<Instant>,
    /// Letters that were refused, or came back.
    pub refused: i64,
}

impl Tx {
    /// Waits for this transaction's turn at the outbox: first statement of every transaction that changes letters which are not its
    /// own, beside those it settles.
    ///
    /// It holds several row locks in no promised order; one after the other such transactions cannot lock each other out.
    pub async fn lock_outbox(&mut self, owner: &str) -> Result<()> {
        match self {
            // Differs by necessity: a writing transaction on SQLite is alone already; one more written page would only cost.
            Tx::Sqlite(_) => Ok(()),
            Tx::Postgres(_) => self.put_meta("outbox_turn", owner).await,
        }
    }

    /// Claims up to `limit` letters of at least that urgency, the most urgent first and then those that have been due longest:
    /// `transmitting`, hidden until `lease_until`. Several daemons claim side by side: each passes over what another is claiming.
    ///
    /// Commit before sending: a daemon that dies while it sends leaves rows that come back by themselves when the lease ends.
    pub async fn claim_letters(
        &mut self,
        owner: &str,
        now: Instant,
        lease_until: Instant,
        urgency_min: i64,
        limit: usize,
    ) -> Result<Vec<ClaimedRow>> {
        // Differs by necessity: PostgreSQL has several writers, and `skip locked` lets none of them wait for another, or take what
        // another has; the rows are found again where they lie (`ctid`), whatever the planner believes of their number.
        const POSTGRES: &str = "
            update outbox
               set state = 'transmitting', attempts = attempts + 1, next_attempt_at = $3, lease_owner = $2, lease_until = $3
             where next_attempt_at <= $1
               and ctid = any (array(select ctid from outbox where next_attempt_at <= $1 and urgency >= $4
                                      order by urgency desc, next_attempt_at limit $5
                                      for no key update skip locked))
            returning number, letter_id, office, address, urgency, due_at, attempts,
                      (select bytes from mail where mail.number = outbox.number) as bytes";
        // "+ 0" because SQLite plans for the number behind a bare "limit $5", and then anew each time it is bound.
        const SQLITE: &str = "
            update outbox
               set state = 'transmitting', attempts = attempts + 1, next_attempt_at = $3, lease_owner = $2, lease_until = $3
             where next_attempt_at <= $1
               and number in (select number from outbox where next_attempt_at <= $1 and urgency >= $4
                              order by urgency desc, next_attempt_at limit $5 + 0)
            returning number, letter_id, office, address, urgency, due_at, attempts,
                      (select bytes from mail where mail.number = outbox.number) as bytes";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = if matches!(self, Tx::Sqlite(_)) { SQLITE } else { POSTGRES };
        let mut letters: Vec<ClaimedRow> = on_backend!(self, db => sqlx::query_as(sql)
            .bind(now)
            .bind(owner)
            .bind(lease_until)
            .bind(urgency_min)
            .bind(limit)
            .fetch_all(&mut **db)
            .await?);
        // `returning` promises no order.
        letters.sort_by(|a, b| (-a.urgency, a.due_at, &a.letter_id).cmp(&(-b.urgency, b.due_at, &b.letter_id)));
        Ok(letters)
    }

    /// What `owner` was transmitting when it died goes again at once, before what is queued: the same bytes. Yields how many.
    pub async fn recover_letters(&mut self, owner: &str, now: Instant) -> Result<u64> {
        // It was its turn, so it keeps its place; but a letter that ended the process twice lets the others pass.
        const SQL: &str = "
            update outbox
               set state = 'unknown', next_attempt_at = case when due_at < $2 and attempts < 3 then due_at else $2 end,
                   lease_owner = null, lease_until = null
             where next_attempt_at is not null and state = 'transmitting' and lease_owner = $1";
        Ok(on_backend!(self, db => sqlx::query(SQL)
            .bind(owner).bind(now).execute(&mut **db).await?.rows_affected()))
    }

    /// What daemons were transmitting that have given no sign of life (the lease `daemon OWNER`) goes again: the same bytes. Yields
    /// how many.
    pub async fn recover_letters_of_the_dead(&mut self, now: Instant) -> Result<u64> {
        // Differs by necessity: on PostgreSQL one that is settling after all, late, is not waited for, and its letters are its own.
        const SQLITE: &str = "
            update outbox
               set state = 'unknown', next_attempt_at = $1, lease_owner = null, lease_until = null
             where next_attempt_at is not null and state = 'transmitting'
               and not exists (select 1 from lease
                                where lease.name = 'daemon ' || outbox.lease_owner and lease.expires_at > $1)";
        const POSTGRES: &str = "
            update outbox
               set state = 'unknown', next_attempt_at = $1, lease_owner = null, lease_until = null
             where number in (
                   select number from outbox
                    where next_attempt_at is not null and state = 'transmitting'
                      and not exists (select 1 from lease
                                       where lease.name = 'daemon ' || outbox.lease_owner and lease.expires_at > $1)
                      for no key update skip locked)";
        let sql = if matches!(self, Tx::Sqlite(_)) { SQLITE } else { POSTGRES };
        Ok(on_backend!(self, db => sqlx::query(sql).bind(now).execute(&mut **db).await?.rows_affected()))
    }

    /// Puts a letter back into the queue, whatever became of it; the same bytes go again. False if there is none.
    pub async fn requeue_letter(&mut self, letter_id: &str, now: Instant) -> Result<bool> {
        const SQL: &str = "
            update outbox set state = 'queued', next_attempt_at = $2, lease_owner = null, lease_until = null
             where number = (select number from mail where letter_id = $1) and state <> 'transmitting'";
        let there = on_backend!(self, db => sqlx::query(SQL)
            .bind(letter_id).bind(now).execute(&mut **db).await?.rows_affected());
        Ok(there == 1 || self.bring_back(letter_id, "queued", Some(now)).await?)
    }

    /// Puts a letter that had been accepted back into the outbox; false if there is none, or it is there.
    ///
    /// A statement of its own, after one that has looked for it there: by then the receipt of an attempt that was just being settled is
    /// seen, and counted.
    pub(super) async fn bring_back(&mut self, letter_id: &str, state: &str, again: Option<Instant>) -> Result<bool> {
        const SQL: &str = "
            insert into outbox (number, letter_id, office, address, urgency, due_at, state, attempts, next_attempt_at)
            select number, letter_id, office, address, urgency, due_at, $2, attempts, $3
              from letter_stand where letter_id = $1 and state = 'accepted'
            on conflict do nothing";
        Ok(on_backend!(self, db => sqlx::query(SQL)
            .bind(letter_id).bind(state).bind(again).execute(&mut **db).await?.rows_affected())
            == 1)
    }

    /// The instant at which the next letter may be claimed: until then there is nothing to send.
    pub async fn earliest_next_attempt(&mut self) -> Result<Option<Instant>> {
        // Each urgency's first in the order in which they are claimed: no index of its own has to be kept for this.
        const SQL: &str = "
            select min(at) from (
                select min(next_attempt_at) as at from outbox where urgency = 0 and next_attempt_at is not null
                union all
                select min(next_attempt_at) as at from outbox where urgency = 1 and next_attempt_at is not null) as firsts";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).fetch_one(&mut **db).await?))
    }

    /// The same, of the letters that may be claimed only after `now`.
    pub async fn earliest_next_attempt_after(&mut self, now: Instant) -> Result<Option<Instant>> {
        const SQL: &str = "
            select min(at) from (
                select min(next_attempt_at) as at from outbox where urgency = 0 and next_attempt_at > $1
                union all
                select min(next_attempt_at) as at from outbox where urgency = 1 and next_attempt_at > $1) as firsts";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).bind(now).fetch_one(&mut **db).await?))
    }

    /// What `/health` asks of the outbox.
    pub async fn outbox_counts(&mut self) -> Result<OutboxCounts> {
        const SQL: &str = "
            select (select count(*) from outbox where next_attempt_at is not null) as unsent,
                   (select min(due_at) from outbox where next_attempt_at is not null) as oldest_due_at,
                   (select count(*) from outbox
                     where next_attempt_at is null and state in ('refused', 'bounced')) as refused";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).fetch_one(&mut **db).await?))
    }
}
