//! Addresses that do not work, reports of what did not arrive, and letters of which somebody else must hear.

use std::collections::BTreeSet;

use sqlx::FromRow;

use super::{AlertRow, Instant, LetterRow, Result, Tx};

/// A flag on an address; the columns are explained in the PostgreSQL migration.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct FlagRow {
    /// The address, as the letter had it.
    pub address: String,
    /// When it was flagged.
    pub flagged_at: Instant,
    /// refused | bounced.
    pub reason: String,
    /// The relay's code or the report's status.
    pub status: String,
    /// The letter that did not arrive.
    pub letter_id: String,
    /// Since when it counts as good again; none while it is flagged.
    pub lifted_at: Option<Instant>,
    /// By whose word.
    pub lifted_by: Option<String>,
}

/// A mail that came back; the columns are explained in the PostgreSQL migration.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct BounceRow {
    /// The letter.
    pub letter_id: String,
    /// When it was read.
    pub received_at: Instant,
    /// failed | delayed | delivered | relayed | expanded | reply.
    pub action: String,
    /// The enhanced status code, or empty.
    pub status: String,
    /// flagged | failed | passing | noted.
    pub outcome: String,
    /// What makes the same report the same.
    pub report_hash: String,
}

/// A letter of which somebody else must hear.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Followed {
    /// The letter.
    pub letter_id: String,
    /// The office it was for.
    pub office: String,
    /// The address that it did not reach.
    pub address: String,
    /// Since when somebody else must hear.
    pub follow_up_at: Instant,
}

impl Tx {
    /// Flags an address; false if it is flagged already.
    pub async fn flag_address(&mut self, flag: &FlagRow) -> Result<bool> {
        const SQL: &str = "
            insert into address_flag (address, flagged_at, reason, status, letter_id, lifted_at, lifted_by)
            values ($1, $2, $3, $4, $5, $6, $7)
            on conflict do nothing";
        Ok(on_backend!(self, db => sqlx::query(SQL)
            .bind(&flag.address)
            .bind(flag.flagged_at)
            .bind(&flag.reason)
            .bind(&flag.status)
            .bind(&flag.letter_id)
            .bind(flag.lifted_at)
            .bind(&flag.lifted_by)
            .execute(&mut **db)
            .await?
            .rows_affected())
            == 1)
    }

    /// The flags that stand, oldest first.
    pub async fn standing_flags(&mut self) -> Result<Vec<FlagRow>> {
        const SQL: &str = "select * from address_flag where lifted_at is null order by flagged_at, address";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).fetch_all(&mut **db).await?))
    }

    /// The addresses that are flagged: nobody composes a letter to them.
    pub async fn flagged_addresses(&mut self) -> Result<BTreeSet<String>> {
        const SQL: &str = "select address from address_flag where lifted_at is null";
        let addresses: Vec<String> = on_backend!(self, db => sqlx::query_scalar(SQL).fetch_all(&mut **db).await?);
        Ok(addresses.into_iter().collect())
    }

    /// Lifts the flag of an address; false if it has none.
    pub async fn lift_flag(&mut self, address: &str, now: Instant, who: &str) -> Result<bool> {
        const SQL: &str = "
            update address_flag set lifted_at = $2, lifted_by = $3 where address = $1 and lifted_at is null";
        Ok(on_backend!(self, db => sqlx::query(SQL)
            .bind(address).bind(now).bind(who).execute(&mut **db).await?.rows_affected())
            == 1)
    }

    /// A letter did not arrive: it is `state` (refused | bounced), is not sent again by itself, and somebody else must hear.
    pub async fn pass_on_letter(&mut self, letter_id: &str, state: &str, now: Instant) -> Result<bool> {
        const SQL: &str = "
            update outbox set state = $2, next_attempt_at = null, lease_owner = null, lease_until = null
             where number = (select number from mail where letter_id = $1)";
        let there = on_backend!(self, db => sqlx::query(SQL)
            .bind(letter_id).bind(state).execute(&mut **db).await?.rows_affected());
        if there == 0 {
            self.bring_back(letter_id, state, None).await?;
        }
        self.is_to_be_followed_up(letter_id, now).await
    }

    /// Somebody else must hear of a letter; false if there is none with that id.
    async fn is_to_be_followed_up(&mut self, letter_id: &str, now: Instant) -> Result<bool> {
        const SQL: &str = "update letter set follow_up_at = $2 where letter_id = $1";
        Ok(on_backend!(self, db => sqlx::query(SQL)
            .bind(letter_id).bind(now).execute(&mut **db).await?.rows_affected())
            == 1)
    }

    /// What waits to be sent to a flagged address is not tried: somebody else must hear of it. A letter that is being sent at this
    /// moment gets its own verdict. Yields how many.
    pub async fn stop_letters_to(&mut self, address: &str, now: Instant) -> Result<u64> {
        const SQL: &str = "
            update outbox set state = 'refused', next_attempt_at = null
             where address = $1 and next_attempt_at is not null and state <> 'transmitting'
            returning letter_id";
        let stopped: Vec<String> =
            on_backend!(self, db => sqlx::query_scalar(SQL).bind(address).fetch_all(&mut **db).await?);
        for letter_id in &stopped {
            self.is_to_be_followed_up(letter_id, now).await?;
        }
        Ok(stopped.len() as u64)
    }

    /// A letter goes again from `again` on, the same bytes: the relay had taken it and gave it up for a passing fault.
    pub async fn defer_letter(&mut self, letter_id: &str, again: Instant) -> Result<bool> {
        const SQL: &str = "
            update outbox set state = 'deferred', next_attempt_at = $2
             where number = (select number from mail where letter_id = $1) and state = 'unknown'";
        let there = on_backend!(self, db => sqlx::query(SQL)
            .bind(letter_id).bind(again).execute(&mut **db).await?.rows_affected());
        Ok(there == 1 || self.bring_back(letter_id, "deferred", Some(again)).await?)
    }

    /// Keeps a mail that came back; false if the same report was read before.
    pub async fn insert_bounce(&mut self, bounce: &BounceRow) -> Result<bool> {
        const SQL: &str = "
            insert into bounce (letter_id, received_at, action, status, outcome, report_hash)
            values ($1, $2, $3, $4, $5, $6)
            on conflict do nothing";
        Ok(on_backend!(self, db => sqlx::query(SQL)
            .bind(&bounce.letter_id)
            .bind(bounce.received_at)
            .bind(&bounce.action)
            .bind(&bounce.status)
            .bind(&bounce.outcome)
            .bind(&bounce.report_hash)
            .execute(&mut **db)
            .await?
            .rows_affected())
            == 1)
    }

    /// What came back of a letter, oldest first.
    pub async fn bounces_of(&mut self, letter_id: &str) -> Result<Vec<BounceRow>> {
        const SQL: &str = "select * from bounce where letter_id = $1 order by received_at, report_hash";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(letter_id).fetch_all(&mut **db).await?))
    }

    /// Up to `limit` letters of which somebody else must hear, longest waiting first.
    pub async fn due_follow_ups(&mut self, now: Instant, limit: i64) -> Result<Vec<Followed>> {
        const SQL: &str = "
            select letter_id, office, address, follow_up_at from letter
             where follow_up_at <= $1 order by follow_up_at, letter_id limit $2";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(now).bind(limit).fetch_all(&mut **db).await?))
    }

    /// It is passed on; false if it was passed on, or came up anew, since it was read.
    pub async fn followed_up(&mut self, letter: &Followed) -> Result<bool> {
        const SQL: &str = "update letter set follow_up_at = null where letter_id = $1 and follow_up_at = $2";
        Ok(on_backend!(self, db => sqlx::query(SQL)
            .bind(&letter.letter_id).bind(letter.follow_up_at).execute(&mut **db).await?.rows_affected())
            == 1)
    }

    /// The addresses of the letters that said an alert about a deadline at the rung of `alert`, whichever office it was for.
    pub async fn addresses_told(&mut self, alert: &AlertRow) -> Result<Vec<String>> {
        const SQL: &str = "
            select distinct address from letter
             where letter_id in (select letter_id from alert
                                  where case_number = $1 and rule = $2 and start_key = $3 and subject = $4 and rung = $5
                                 union
                                 select letter_id from alert_copy
                                  where case_number = $1 and rule = $2 and start_key = $3 and subject = $4 and rung = $5)
             order by address";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL)
            .bind(&alert.case_number)
            .bind(&alert.rule)
            .bind(&alert.start_key)
            .bind(&alert.subject)
            .bind(&alert.rung)
            .fetch_all(&mut **db)
            .await?))
    }

    /// The newest `limit` letters that were refused, or came back.
    pub async fn failed_letters(&mut self, limit: i64) -> Result<Vec<LetterRow>> {
        let mut letters = self.letters(Some("refused"), None, limit).await?;
        letters.extend(self.letters(Some("bounced"), None, limit).await?);
        letters.sort_by(|a, b| (b.composed_at, &a.letter_id).cmp(&(a.composed_at, &b.letter_id)));
        letters.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(letters)
    }
}
