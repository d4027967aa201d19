//! Who has taken up what, who holds each post, and by which ladders a deadline is told.

use serde_json::Value;
use sqlx::FromRow;

use super::{AlertRow, DeadlineRow, Instant, Json, Result, Tx};

/// An official has said: I know of it; the columns are explained in the PostgreSQL migration.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AcknowledgementRow {
    /// The case.
    pub case_number: String,
    /// The rule.
    pub rule: String,
    /// What started the deadline.
    pub start_key: String,
    /// Which paper, or empty.
    pub subject: String,
    /// The deadline's sequence then: with another one the acknowledgement is dead.
    pub sequence: i64,
    /// Who acknowledged.
    pub address: String,
    /// The office the alert was for.
    pub office: String,
    /// The letter whose link was used.
    pub letter_id: String,
    /// When.
    pub acknowledged_at: Instant,
}

/// Somebody behind an office; the columns are explained in the PostgreSQL migration.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct HolderRow {
    /// The office.
    pub office: String,
    /// The address.
    pub address: String,
    /// The post.
    pub post: String,
    /// Since when the daemon knows the pair.
    pub since: Instant,
}

impl Tx {
    /// Keeps an acknowledgement; false if it was given before.
    pub async fn insert_acknowledgement(&mut self, row: &AcknowledgementRow) -> Result<bool> {
        const SQL: &str = "
            insert into acknowledgement (case_number, rule, start_key, subject, sequence, address, office, letter_id,
                                         acknowledged_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict do nothing";
        Ok(on_backend!(self, db => sqlx::query(SQL)
            .bind(&row.case_number)
            .bind(&row.rule)
            .bind(&row.start_key)
            .bind(&row.subject)
            .bind(row.sequence)
            .bind(&row.address)
            .bind(&row.office)
            .bind(&row.letter_id)
            .bind(row.acknowledged_at)
            .execute(&mut **db)
            .await?
            .rows_affected())
            == 1)
    }

    /// The acknowledgements of a deadline that live: those of its date as it stands.
    pub async fn acknowledgements(&mut self, deadline: &DeadlineRow) -> Result<Vec<AcknowledgementRow>> {
        const SQL: &str = "
            select * from acknowledgement
             where case_number = $1 and rule = $2 and start_key = $3 and subject = $4 and sequence = $5
             order by acknowledged_at, address, office";
        Ok(on_backend!(self, db => sqlx::query_as(SQL)
            .bind(&deadline.case_number)
            .bind(&deadline.rule)
            .bind(&deadline.start_key)
            .bind(&deadline.subject)
            .bind(deadline.sequence)
            .fetch_all(&mut **db)
            .await?))
    }

    /// What was acknowledged by a letter's link.
    pub async fn acknowledgements_by_letter(&mut self, letter_id: &str) -> Result<Vec<AcknowledgementRow>> {
        const SQL: &str = "
            select * from acknowledgement where letter_id = $1 order by case_number, rule, start_key, subject, office";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(letter_id).fetch_all(&mut **db).await?))
    }

    /// The deadline that an alert is about; none if it was never written.
    pub async fn deadline_of_alert(&mut self, alert: &AlertRow) -> Result<Option<DeadlineRow>> {
        const SQL: &str = "
            select * from deadline where case_number = $1 and rule = $2 and start_key = $3 and subject = $4";
        Ok(on_backend!(self, db => sqlx::query_as(SQL)
            .bind(&alert.case_number)
            .bind(&alert.rule)
            .bind(&alert.start_key)
            .bind(&alert.subject)
            .fetch_optional(&mut **db)
            .await?))
    }

    /// Whether an office was told of a deadline at its present date by a letter that was decided before an instant and accepted.
    pub async fn was_told(&mut self, deadline: &DeadlineRow, office: &str, before: Instant) -> Result<bool> {
        // Each letter's state by itself: SQLite would else walk through every accepted letter.
        const SQL: &str = "
            select count(*) from (
                   select letter_id from alert
                    where case_number = $1 and rule = $2 and start_key = $3 and subject = $4 and office = $5
                      and decided_at < $6 and rung like $7
                   union all
                   select letter_id from alert_copy
                    where case_number = $1 and rule = $2 and start_key = $3 and subject = $4 and office = $5
                      and decided_at < $6 and rung like $7) as told
             where (select state from letter_stand where letter_stand.letter_id = told.letter_id) = 'accepted'";
        let count: i64 = on_backend!(self, db => sqlx::query_scalar(SQL)
            .bind(&deadline.case_number)
            .bind(&deadline.rule)
            .bind(&deadline.start_key)
            .bind(&deadline.subject)
            .bind(office)
            .bind(before)
            .bind(format!("%@{}", deadline.sequence))
            .fetch_one(&mut **db)
            .await?);
        Ok(count > 0)
    }

    /// Keeps the ladders of a policy; nothing happens if they are kept already.
    pub async fn put_policy(&mut self, policy_id: &str, ladders: &Value, now: Instant) -> Result<()> {
        const SQL: &str = "
            insert into policy (policy_id, ladders, first_used_at) values ($1, $2, $3) on conflict do nothing";
        on_backend!(self, db => sqlx::query(SQL)
            .bind(policy_id).bind(Json(ladders)).bind(now).execute(&mut **db).await?.rows_affected());
        Ok(())
    }

    /// The ladders of a policy.
    pub async fn policy(&mut self, policy_id: &str) -> Result<Option<Value>> {
        const SQL: &str = "select ladders from policy where policy_id = $1";
        let found: Option<Json<Value>> =
            on_backend!(self, db => sqlx::query_scalar(SQL).bind(policy_id).fetch_optional(&mut **db).await?);
        Ok(found.map(|json| json.0))
    }

    /// Who stands behind each office, as last seen.
    pub async fn holders(&mut self) -> Result<Vec<HolderRow>> {
        const SQL: &str = "
            select office, address, post, since from post_holder where until is null order by office, address";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).fetch_all(&mut **db).await?))
    }

    /// Somebody stands behind an office from now on; false if that was known.
    pub async fn insert_holder(&mut self, holder: &HolderRow) -> Result<bool> {
        const SQL: &str = "
            insert into post_holder (office, address, post, since) values ($1, $2, $3, $4) on conflict do nothing";
        Ok(on_backend!(self, db => sqlx::query(SQL)
            .bind(&holder.office)
            .bind(&holder.address)
            .bind(&holder.post)
            .bind(holder.since)
            .execute(&mut **db)
            .await?
            .rows_affected())
            == 1)
    }

    /// Somebody no longer stands behind an office.
    pub async fn end_holder(&mut self, office: &str, address: &str, now: Instant) -> Result<()> {
        const SQL: &str = "update post_holder set until = $3 where office = $1 and address = $2 and until is null";
        on_backend!(self, db => sqlx::query(SQL)
            .bind(office).bind(address).bind(now).execute(&mut **db).await?.rows_affected());
        Ok(())
    }

    /// The offices whose code begins with `prefix` that were told of anything that is open.
    pub async fn offices_of_kind(&mut self, prefix: &str) -> Result<Vec<String>> {
        const SQL: &str = "
            select distinct a.office
              from deadline d cross join alert a
             where d.is_open and a.case_number = d.case_number and a.rule = d.rule and a.start_key = d.start_key
               and a.subject = d.subject and substr(a.office, 1, length($1)) = $1
             order by a.office";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).bind(prefix).fetch_all(&mut **db).await?))
    }

    /// Up to `limit` deadlines that are open and that an office was told of, or owes by name, in the order of their days.
    pub async fn open_deadlines_of_office(&mut self, office: &str, limit: i64) -> Result<Vec<DeadlineRow>> {
        const SQL: &str = "
            select d.* from deadline d
             where d.is_open
               and (d.actor = $1
                    or d.actor = 'institution'
                       and exists (select 1 from case_file c where c.number = d.case_number and c.institution = $1)
                    or exists (select 1 from alert a
                                where a.case_number = d.case_number and a.rule = d.rule and a.start_key = d.start_key
                                  and a.subject = d.subject and a.office = $1 and a.letter_id is not null))
             order by d.watched_by is null, d.watched_by, d.case_number, d.rule, d.start_key, d.subject
             limit $2";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(office).bind(limit).fetch_all(&mut **db).await?))
    }
}
