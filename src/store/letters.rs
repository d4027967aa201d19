//! The outbox: letters, the alerts they carry, the receipts of their attempts.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

use super::{Instant, Result, Tx};

/// No letter is composed later.
const LAST_INSTANT: DateTime<Utc> = NaiveDate::from_ymd_opt(9999, 12, 31)
    .expect("it is a day")
    .and_hms_opt(0, 0, 0)
    .expect("it is a time of day")
    .and_utc();

/// A letter; the columns are explained in the PostgreSQL migration.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct LetterRow {
    /// L- and sixteen characters.
    pub letter_id: String,
    /// The office it is for.
    pub office: String,
    /// The one address.
    pub address: String,
    /// The official's post.
    pub post: String,
    /// kk | ru | en.
    pub language: String,
    /// The subject line.
    pub subject: String,
    /// The Message-ID.
    pub message_id: String,
    /// The mail as it goes over the wire (kept in `mail`).
    pub bytes: Vec<u8>,
    /// 0 ordinary, 1 urgent.
    pub urgency: i64,
    /// When it was composed.
    pub composed_at: Instant,
    /// When it is meant to go.
    pub due_at: Instant,
    /// queued | transmitting | accepted | deferred | refused | bounced | unknown | cancelled.
    pub state: String,
    /// How often it was handed to the transport.
    pub attempts: i64,
    /// When it may next be claimed.
    pub next_attempt_at: Option<Instant>,
    /// Which daemon is transmitting it.
    pub lease_owner: Option<String>,
    /// Until when.
    pub lease_until: Option<Instant>,
}

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

/// What was decided to be said, to whom; the columns are explained in the PostgreSQL migration.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AlertRow {
    /// The case.
    pub case_number: String,
    /// The rule.
    pub rule: String,
    /// What started the deadline.
    pub start_key: String,
    /// Which paper, or empty.
    pub subject: String,
    /// The date the alert speaks of, or empty.
    pub about: String,
    /// The rung.
    pub rung: String,
    /// Who must hear.
    pub office: String,
    /// The letter that says it.
    pub letter_id: Option<String>,
    /// When it was decided.
    pub decided_at: Instant,
}

/// What happened to one attempt.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ReceiptRow {
    /// The letter.
    pub letter_id: String,
    /// Its number in `mail`, under which the receipt is kept.
    pub number: i64,
    /// From 1.
    pub attempt: i64,
    /// When it was known.
    pub at: Instant,
    /// accepted | deferred | refused | unknown | `not_sent`.
    pub verdict: String,
    /// How far the conversation had come.
    pub phase: String,
    /// The server's words.
    pub reply: String,
}

/// Where a letter stands after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// queued | accepted | deferred | refused | unknown | cancelled.
    pub state: &'static str,
    /// When it may be tried again; none when it is done with.
    pub next_attempt_at: Option<Instant>,
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
    /// Adds a letter, and puts it into the outbox unless it was accepted; false if one with its id or Message-ID exists.
    pub async fn insert_letter(&mut self, letter: &LetterRow) -> Result<bool> {
        const LETTER: &str = "
            insert into letter (letter_id, office, address, post, language, subject, message_id, urgency, composed_at,
                                due_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            on conflict do nothing";
        const MAIL: &str = "insert into mail (letter_id, bytes) values ($1, $2) returning number";
        const OUTBOX: &str = "
            insert into outbox (number, letter_id, office, address, urgency, due_at, state, attempts, next_attempt_at,
                                lease_owner, lease_until)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let inserted = on_backend!(self, db => sqlx::query(LETTER)
            .bind(&letter.letter_id)
            .bind(&letter.office)
            .bind(&letter.address)
            .bind(&letter.post)
            .bind(&letter.language)
            .bind(&letter.subject)
            .bind(&letter.message_id)
            .bind(letter.urgency)
            .bind(letter.composed_at)
            .bind(letter.due_at)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if inserted != 1 {
            return Ok(false);
        }
        let number: i64 = on_backend!(self, db => sqlx::query_scalar(MAIL)
            .bind(&letter.letter_id).bind(&letter.bytes).fetch_one(&mut **db).await?);
        if letter.state != "accepted" {
            on_backend!(self, db => sqlx::query(OUTBOX)
                .bind(number)
                .bind(&letter.letter_id)
                .bind(&letter.office)
                .bind(&letter.address)
                .bind(letter.urgency)
                .bind(letter.due_at)
                .bind(&letter.state)
                .bind(letter.attempts)
                .bind(letter.next_attempt_at)
                .bind(&letter.lease_owner)
                .bind(letter.lease_until)
                .execute(&mut **db)
                .await?
                .rows_affected());
        }
        Ok(true)
    }

    /// Adds an alert; false if it had been decided before, and then nobody is to be told again. That a further letter carries it
    /// (to the office's second official) is kept, too.
    pub async fn insert_alert(&mut self, alert: &AlertRow) -> Result<bool> {
        const ALERT: &str = "
            insert into alert (case_number, rule, start_key, subject, about, rung, office, letter_id, decided_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict do nothing";
        const COPY: &str = "
            insert into alert_copy (case_number, rule, start_key, subject, about, rung, office, letter_id, decided_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict do nothing";
        let new = self.insert_alert_row(ALERT, alert).await?;
        if !new && alert.letter_id.is_some() {
            self.insert_alert_row(COPY, alert).await?;
        }
        Ok(new)
    }

    async fn insert_alert_row(&mut self, sql: &'static str, alert: &AlertRow) -> Result<bool> {
        Ok(on_backend!(self, db => sqlx::query(sql)
            .bind(&alert.case_number)
            .bind(&alert.rule)
            .bind(&alert.start_key)
            .bind(&alert.subject)
            .bind(&alert.about)
            .bind(&alert.rung)
            .bind(&alert.office)
            .bind(&alert.letter_id)
            .bind(alert.decided_at)
            .execute(&mut **db)
            .await?
            .rows_affected())
            == 1)
    }

    /// Whether an alert was decided before: then nobody is to be told again.
    pub async fn is_decided(&mut self, alert: &AlertRow) -> Result<bool> {
        const SQL: &str = "
            select count(*) from alert
             where case_number = $1 and rule = $2 and start_key = $3 and subject = $4 and about = $5 and rung = $6
               and office = $7";
        let count: i64 = on_backend!(self, db => sqlx::query_scalar(SQL)
            .bind(&alert.case_number)
            .bind(&alert.rule)
            .bind(&alert.start_key)
            .bind(&alert.subject)
            .bind(&alert.about)
            .bind(&alert.rung)
            .bind(&alert.office)
            .fetch_one(&mut **db)
            .await?);
        Ok(count > 0)
    }

    /// How many urgent letters were composed to an address since an instant: they travel alone only up to a number a day.
    pub async fn urgent_letters_since(&mut self, address: &str, since: Instant) -> Result<i64> {
        const SQL: &str = "select count(*) from letter where address = $1 and urgency = 1 and composed_at >= $2";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).bind(address).bind(since).fetch_one(&mut **db).await?))
    }

    /// The offices that were told of a deadline at any rung: who must hear that it moved, or ended. An empty `start_key` asks for
    /// every start: a later hand-over takes the deadline along, and those told of the earlier one hear too.
    pub async fn offices_told(
        &mut self,
        case_number: &str,
        rule: &str,
        start_key: &str,
        subject: &str,
    ) -> Result<Vec<String>> {
        const SQL: &str = "
            select distinct office from alert
             where case_number = $1 and rule = $2 and ($3 = '' or start_key = $3) and subject = $4 and letter_id is not null
             order by office";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL)
            .bind(case_number).bind(rule).bind(start_key).bind(subject).fetch_all(&mut **db).await?))
    }

    /// The alerts that a letter carries.
    pub async fn alerts_of_letter(&mut self, letter_id: &str) -> Result<Vec<AlertRow>> {
        const SQL: &str = "
            select * from (select * from alert where letter_id = $1
                           union
                           select * from alert_copy where letter_id = $1) as said
             order by case_number, rule, start_key, subject, about, rung, office";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(letter_id).fetch_all(&mut **db).await?))
    }

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

    /// How many letters were accepted after `since` and up to `now`: what the volume brake counts.
    pub async fn accepted_between(&mut self, since: Instant, now: Instant) -> Result<u64> {
        const SQL: &str = "select count(*) from receipt where verdict = 'accepted' and at > $1 and at <= $2";
        let count: i64 =
            on_backend!(self, db => sqlx::query_scalar(SQL).bind(since).bind(now).fetch_one(&mut **db).await?);
        Ok(count.unsigned_abs())
    }

    /// When the letter was accepted before which, up to `now`, `later` others were: the newest has none.
    pub async fn accepted_before(&mut self, now: Instant, later: u64) -> Result<Option<Instant>> {
        const SQL: &str = "
            select at from receipt where verdict = 'accepted' and at <= $1 order by at desc limit 1 offset $2";
        let later = i64::try_from(later).unwrap_or(i64::MAX);
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).bind(now).bind(later).fetch_optional(&mut **db).await?))
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

    /// The letter with that id.
    pub async fn letter(&mut self, letter_id: &str) -> Result<Option<LetterRow>> {
        const SQL: &str = "
            select letter_stand.*, mail.bytes from letter_stand join mail on mail.number = letter_stand.number
             where letter_stand.letter_id = $1";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(letter_id).fetch_optional(&mut **db).await?))
    }

    /// Up to `limit` letters, newest first, composed before `before` (for paging) and in `state` where one is asked for.
    pub async fn letters(
        &mut self,
        state: Option<&str>,
        before: Option<Instant>,
        limit: i64,
    ) -> Result<Vec<LetterRow>> {
        const ALL: &str = "
            select letter_stand.*, mail.bytes from letter_stand join mail on mail.number = letter_stand.number
             where composed_at < $1 order by composed_at desc, letter_stand.letter_id limit $2";
        // Nearly all are: the others on the way are passed over, each by itself.
        const ACCEPTED: &str = "
            select letter_stand.*, mail.bytes from letter_stand join mail on mail.number = letter_stand.number
             where letter_stand.letter_id in (
                   select letter_id from letter
                    where composed_at < $1
                      and (select stand.state from letter_stand stand where stand.letter_id = letter.letter_id) = $3
                    order by composed_at desc, letter_id limit $2)
             order by composed_at desc, letter_stand.letter_id";
        const IN_OUTBOX: &str = "
            select letter_stand.*, mail.bytes from letter_stand join mail on mail.number = letter_stand.number
             where letter_stand.letter_id in (
                   select letter.letter_id
                     from (select letter_id from outbox where state = $3 and next_attempt_at is null
                           union all
                           select letter_id from outbox where state = $3 and next_attempt_at is not null) as found
                     join letter on letter.letter_id = found.letter_id
                    where composed_at < $1
                    order by composed_at desc, letter.letter_id limit $2)
             order by composed_at desc, letter_stand.letter_id";
        let before = before.unwrap_or(Instant::new(LAST_INSTANT));
        Ok(on_backend!(self, db => match state {
            None => sqlx::query_as(ALL).bind(before).bind(limit).fetch_all(&mut **db).await?,
            Some(state) => {
                let sql = if state == "accepted" { ACCEPTED } else { IN_OUTBOX };
                sqlx::query_as(sql).bind(before).bind(limit).bind(state).fetch_all(&mut **db).await?
            }
        }))
    }

    /// The receipts of a letter, in order.
    pub async fn receipts(&mut self, letter_id: &str) -> Result<Vec<ReceiptRow>> {
        const SQL: &str = "
            select mail.letter_id, receipt.* from mail join receipt on receipt.number = mail.number
             where mail.letter_id = $1 order by attempt";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(letter_id).fetch_all(&mut **db).await?))
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
