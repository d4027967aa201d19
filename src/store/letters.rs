//! Letters as they were composed, the alerts they carry, the receipts of their attempts.

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
}
