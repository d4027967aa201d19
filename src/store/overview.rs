//! What the status page and the metrics ask: counts, and short rows without findings or letters' bytes.

use chrono::NaiveDate;
use sqlx::FromRow;

use super::{Instant, Result, Tx};

/// A deadline in a list.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DueRow {
    /// Its id.
    pub deadline_id: String,
    /// The case.
    pub case_number: String,
    /// The rule.
    pub rule: String,
    /// duty | right | step.
    pub kind: String,
    /// Whose act it is.
    pub actor: Option<String>,
    /// The day that started it.
    pub from_day: NaiveDate,
    /// The date shown; a step has none.
    pub shown_on: Option<NaiveDate>,
    /// The day it is watched by.
    pub watched_by: Option<NaiveDate>,
    /// The last day on which a duty is not late.
    pub late_after: Option<NaiveDate>,
}

/// Which open deadlines a list holds. A bar is in none: nobody counts down to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Duties that are late.
    Overdue,
    /// Duties, rights and steps whose day is today, and duties whose day has passed and that are not late yet.
    Today,
    /// Duties, rights and steps whose day comes, up to and including this one.
    Until(NaiveDate),
    /// Steps whose internal control date has passed.
    PastControl,
}

/// A letter in a list, without its bytes and its address.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct LetterLine {
    /// Its id.
    pub letter_id: String,
    /// The office it is for.
    pub office: String,
    /// kk | ru | en.
    pub language: String,
    /// The subject line.
    pub subject: String,
    /// When it was composed.
    pub composed_at: Instant,
    /// When it is meant to go.
    pub due_at: Instant,
    /// Where it stands.
    pub state: String,
    /// How often it was handed to the transport.
    pub attempts: i64,
}

impl Due {
    /// The condition and its second day. `$1` is today, `$2` the other day; both are used in each, so that one bind fits all.
    fn condition(self, today: NaiveDate) -> (&'static str, NaiveDate) {
        match self {
            Self::Overdue => ("kind = 'duty' and watched_by < $1 and late_after < $2", today),
            Self::Today => ("watched_by <= $1 and (watched_by = $2 or (kind = 'duty' and late_after >= $2))", today),
            Self::Until(last) => ("watched_by > $1 and watched_by <= $2 and kind in ('duty', 'right', 'step')", last),
            Self::PastControl => ("kind = 'step' and watched_by < $1 and watched_by < $2", today),
        }
    }
}

impl Tx {
    /// How many open deadlines `which` holds, and the first `limit` of them by day, case and rule.
    pub async fn due(&mut self, which: Due, today: NaiveDate, limit: i64) -> Result<(i64, Vec<DueRow>)> {
        let (condition, other) = which.condition(today);
        let count = sqlx::AssertSqlSafe(format!("select count(*) from deadline where is_open and {condition}"));
        let list = sqlx::AssertSqlSafe(format!(
            "select deadline_id, case_number, rule, kind, actor, from_day, shown_on, watched_by, late_after
               from deadline where is_open and {condition}
              order by watched_by, case_number, rule, deadline_id limit $3"
        ));
        let count = on_backend!(self, db => sqlx::query_scalar(count)
            .bind(today).bind(other).fetch_one(&mut **db).await?);
        let rows = on_backend!(self, db => sqlx::query_as(list)
            .bind(today).bind(other).bind(limit).fetch_all(&mut **db).await?);
        Ok((count, rows))
    }

    /// Open duties, rights and steps by kind.
    pub async fn open_by_kind(&mut self) -> Result<Vec<(String, i64)>> {
        const SQL: &str = "select kind, count(*) from deadline where is_open group by kind order by kind";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).fetch_all(&mut **db).await?))
    }

    /// How many entries wait for a second person.
    pub async fn count_pending(&mut self) -> Result<i64> {
        const SQL: &str = "
            select count(*) from event e
             where e.needs_confirmation
               and not exists (select 1 from event c
                                where c.target = e.event_id
                                  and (c.action = 'confirm' or not c.needs_confirmation))";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).fetch_one(&mut **db).await?))
    }

    /// Letters by state.
    pub async fn letters_by_state(&mut self) -> Result<Vec<(String, i64)>> {
        const SQL: &str = "select state, count(*) from letter group by state order by state";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).fetch_all(&mut **db).await?))
    }

    /// When a letter was last accepted.
    pub async fn last_accepted(&mut self) -> Result<Option<Instant>> {
        const SQL: &str = "select at from receipt where verdict = 'accepted' order by at desc limit 1";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).fetch_optional(&mut **db).await?))
    }

    /// The first `limit` letters that are still to go, longest due first.
    pub async fn unsent_lines(&mut self, limit: i64) -> Result<Vec<LetterLine>> {
        const SQL: &str = "
            select letter_id, office, language, subject, composed_at, due_at, state, attempts from letter
             where next_attempt_at is not null order by due_at, letter_id limit $1";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(limit).fetch_all(&mut **db).await?))
    }

    /// The newest `limit` letters that were refused, or came back.
    pub async fn refused_lines(&mut self, limit: i64) -> Result<Vec<LetterLine>> {
        const SQL: &str = "
            select letter_id, office, language, subject, composed_at, due_at, state, attempts from letter
             where state in ('refused', 'bounced') order by due_at desc, letter_id limit $1";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(limit).fetch_all(&mut **db).await?))
    }

    /// The newest `limit` letters that speak of a case.
    pub async fn case_letter_lines(&mut self, case_number: &str, limit: i64) -> Result<Vec<LetterLine>> {
        const SQL: &str = "
            select letter_id, office, language, subject, composed_at, due_at, state, attempts from letter
             where letter_id in (select letter_id from alert where case_number = $1
                                 union select letter_id from alert_copy where case_number = $1)
             order by composed_at desc, letter_id limit $2";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(case_number).bind(limit).fetch_all(&mut **db).await?))
    }
}
