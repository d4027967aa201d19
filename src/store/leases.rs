//! Leases, the progress of long work, small facts, and answers already given.

use sqlx::FromRow;

use super::{Instant, Json, Result, Tx};

/// How far a re-derivation has come; the columns are explained in the PostgreSQL migration.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ProgressRow {
    /// What it is.
    pub name: String,
    /// The last case that was done.
    pub done_up_to: String,
    /// How many cases were done.
    pub cases: i64,
    /// When it was started.
    pub started_at: Instant,
    /// When it was finished.
    pub finished_at: Option<Instant>,
}

impl Tx {
    /// Takes or renews the lease `name` until `until`. False while another owner's has not ended.
    pub async fn take_lease(&mut self, name: &str, owner: &str, now: Instant, until: Instant) -> Result<bool> {
        const SQL: &str = "
            insert into lease (name, owner, expires_at) values ($1, $2, $4)
            on conflict (name) do update set owner = excluded.owner, expires_at = excluded.expires_at
             where lease.owner = excluded.owner or lease.expires_at <= $3";
        Ok(on_backend!(self, db => sqlx::query(SQL)
            .bind(name).bind(owner).bind(now).bind(until).execute(&mut **db).await?.rows_affected())
            == 1)
    }

    /// Renews a lease that is `owner`'s until `until`. False if it has ended, or is another's: whatever was done under it is to stop.
    pub async fn renew_lease(&mut self, name: &str, owner: &str, now: Instant, until: Instant) -> Result<bool> {
        const SQL: &str = "update lease set expires_at = $4 where name = $1 and owner = $2 and expires_at > $3";
        Ok(on_backend!(self, db => sqlx::query(SQL)
            .bind(name).bind(owner).bind(now).bind(until).execute(&mut **db).await?.rows_affected())
            == 1)
    }

    /// The leases that have ended and were not given back: their owners may have died.
    pub async fn ended_leases(&mut self, now: Instant) -> Result<Vec<String>> {
        const SQL: &str = "select name from lease where expires_at <= $1 order by name";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).bind(now).fetch_all(&mut **db).await?))
    }

    /// Whether daemons hold letters that have given no sign of life: [`Tx::recover_letters_of_the_dead`] has something to do.
    pub async fn the_dead_hold_letters(&mut self, now: Instant) -> Result<bool> {
        const SQL: &str = "
            select 1 from outbox
             where next_attempt_at is not null and state = 'transmitting'
               and not exists (select 1 from lease
                                where lease.name = 'daemon ' || outbox.lease_owner and lease.expires_at > $1)
             limit 1";
        let found: Option<i32> =
            on_backend!(self, db => sqlx::query_scalar(SQL).bind(now).fetch_optional(&mut **db).await?);
        Ok(found.is_some())
    }

    /// Gives a lease back, so that another need not wait for its end.
    pub async fn release_lease(&mut self, name: &str, owner: &str) -> Result<()> {
        const SQL: &str = "delete from lease where name = $1 and owner = $2";
        on_backend!(self, db => sqlx::query(SQL).bind(name).bind(owner).execute(&mut **db).await?.rows_affected());
        Ok(())
    }

    /// How far the work `name` has come.
    pub async fn progress(&mut self, name: &str) -> Result<Option<ProgressRow>> {
        const SQL: &str = "select * from progress where name = $1";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(name).fetch_optional(&mut **db).await?))
    }

    /// All work that was started and not finished, oldest first.
    pub async fn unfinished(&mut self) -> Result<Vec<ProgressRow>> {
        const SQL: &str = "select * from progress where finished_at is null order by started_at, name";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).fetch_all(&mut **db).await?))
    }

    /// Writes how far work has come.
    pub async fn put_progress(&mut self, row: &ProgressRow) -> Result<()> {
        const SQL: &str = "
            insert into progress (name, done_up_to, cases, started_at, finished_at) values ($1, $2, $3, $4, $5)
            on conflict (name) do update
               set done_up_to = excluded.done_up_to, cases = excluded.cases, finished_at = excluded.finished_at";
        on_backend!(self, db => sqlx::query(SQL)
            .bind(&row.name)
            .bind(&row.done_up_to)
            .bind(row.cases)
            .bind(row.started_at)
            .bind(row.finished_at)
            .execute(&mut **db)
            .await?
            .rows_affected());
        Ok(())
    }

    /// A small fact of the installation.
    pub async fn meta(&mut self, name: &str) -> Result<Option<String>> {
        const SQL: &str = "select value from meta where name = $1";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).bind(name).fetch_optional(&mut **db).await?))
    }

    /// Writes a small fact of the installation.
    pub async fn put_meta(&mut self, name: &str, value: &str) -> Result<()> {
        const SQL: &str = "
            insert into meta (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value";
        on_backend!(self, db => sqlx::query(SQL).bind(name).bind(value).execute(&mut **db).await?.rows_affected());
        Ok(())
    }

    /// The answer already given under `key`: to which request, and what.
    pub async fn answer(&mut self, key: &str) -> Result<Option<(String, serde_json::Value)>> {
        const SQL: &str = "select route, response from idempotency where key = $1";
        let row: Option<(String, Json<serde_json::Value>)> =
            on_backend!(self, db => sqlx::query_as(SQL).bind(key).fetch_optional(&mut **db).await?);
        Ok(row.map(|(route, response)| (route, response.0)))
    }

    /// Keeps the answer given under `key`; false if one is kept already.
    pub async fn keep_answer(
        &mut self,
        key: &str,
        route: &str,
        response: serde_json::Value,
        now: Instant,
    ) -> Result<bool> {
        const SQL: &str = "
            insert into idempotency (key, route, response, answered_at) values ($1, $2, $3, $4) on conflict do nothing";
        Ok(on_backend!(self, db => sqlx::query(SQL)
            .bind(key).bind(route).bind(Json(&response)).bind(now).execute(&mut **db).await?.rows_affected())
            == 1)
    }

    /// Forgets the answers given before `before`.
    pub async fn sweep_answers(&mut self, before: Instant) -> Result<u64> {
        const SQL: &str = "delete from idempotency where answered_at < $1";
        Ok(on_backend!(self, db => sqlx::query(SQL).bind(before).execute(&mut **db).await?.rows_affected()))
    }
}
