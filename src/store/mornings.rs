//! What the operators' morning letter counts.

use super::{EventRow, Instant, Result, Tx};

impl Tx {
    /// When the last morning letter before `before` was composed; none before the first.
    pub async fn last_morning(&mut self, before: Instant) -> Result<Option<Instant>> {
        const SQL: &str = "
            select max(decided_at) from alert
             where case_number = '' and rule = '' and start_key = 'operators' and rung = 'morning'
               and letter_id is not null and decided_at < $1";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).bind(before).fetch_one(&mut **db).await?))
    }

    /// How many letters were composed from `from` on and before `until`.
    pub async fn letters_composed(&mut self, from: Instant, until: Instant) -> Result<i64> {
        const SQL: &str = "select count(*) from letter where composed_at >= $1 and composed_at < $2";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).bind(from).bind(until).fetch_one(&mut **db).await?))
    }

    /// How many attempts ended how, from `from` on and before `until`.
    pub async fn verdicts_between(&mut self, from: Instant, until: Instant) -> Result<Vec<(String, i64)>> {
        // Every verdict by its name: that is how the index has them.
        const SQL: &str = "
            select verdict, count(*) from receipt
             where verdict in ('accepted', 'deferred', 'refused', 'unknown', 'not_sent') and at >= $1 and at < $2
             group by verdict order by verdict";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(from).bind(until).fetch_all(&mut **db).await?))
    }

    /// How many letters came back for good, from `from` on and before `until`.
    pub async fn bounced_between(&mut self, from: Instant, until: Instant) -> Result<i64> {
        const SQL: &str = "
            select count(distinct letter_id) from bounce
             where action = 'failed' and received_at >= $1 and received_at < $2";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).bind(from).bind(until).fetch_one(&mut **db).await?))
    }

    /// How many entries were made from `from` on and before `until`.
    pub async fn entries_counted(&mut self, from: Instant, until: Instant) -> Result<i64> {
        const SQL: &str = "select count(*) from event where recorded_at >= $1 and recorded_at < $2";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).bind(from).bind(until).fetch_one(&mut **db).await?))
    }

    /// The first `limit` entries made from `from` on and before `until`, in the order in which they were made.
    pub async fn entries_between(&mut self, from: Instant, until: Instant, limit: i64) -> Result<Vec<EventRow>> {
        const SQL: &str = "
            select * from event where recorded_at >= $1 and recorded_at < $2 order by recorded_at, chain, seq limit $3";
        Ok(on_backend!(self, db => sqlx::query_as(SQL)
            .bind(from).bind(until).bind(limit).fetch_all(&mut **db).await?))
    }
}
