//! What the auditor reads and writes.

use sqlx::FromRow;

use super::{Instant, Json, Result, Tx};

/// One run of the auditor; the columns are explained in the PostgreSQL migration.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AuditRow {
    /// A- and sixteen characters.
    pub audit_id: String,
    /// hourly | nightly.
    pub scope: String,
    /// When it began.
    pub started_at: Instant,
    /// When it ended.
    pub finished_at: Instant,
    /// Cases derived anew.
    pub cases: i64,
    /// What should have been said.
    pub expected: i64,
    /// What of it was accepted.
    pub accepted: i64,
    /// How many differences.
    pub differences: i64,
    /// The differences, at most 1,000.
    pub found: Json<serde_json::Value>,
    /// pinged | withheld | failed | none.
    pub heartbeat: String,
}

/// An alert with the fate of its letter.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SaidRow {
    /// The rule.
    pub rule: String,
    /// What started the deadline.
    pub start_key: String,
    /// Which paper, or empty.
    pub subject: String,
    /// The date the alert speaks of, or empty.
    pub about: String,
    /// The rung, with the deadline's sequence after an `@`.
    pub rung: String,
    /// Who was to hear.
    pub office: String,
    /// The letter that says it.
    pub letter_id: String,
    /// When it was decided.
    pub decided_at: Instant,
    /// The letter's state; none when there is no such letter.
    pub state: Option<String>,
    /// How many receipts say that it was accepted.
    pub accepted: i64,
}

/// An acknowledgement of one deadline.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AcknowledgedRow {
    /// The rule.
    pub rule: String,
    /// What started the deadline.
    pub start_key: String,
    /// Which paper, or empty.
    pub subject: String,
    /// The deadline's sequence then.
    pub sequence: i64,
    /// Who acknowledged.
    pub address: String,
    /// The office the letter was for.
    pub office: String,
    /// When.
    pub acknowledged_at: Instant,
}

impl Tx {
    /// The numbers of up to `limit` cases after `after`, in order, each with whether it has an open deadline or an entry since `since`.
    pub async fn cases_to_audit(&mut self, after: &str, since: Instant, limit: i64) -> Result<Vec<(String, bool)>> {
        const SQL: &str = "
            select number,
                   exists (select 1 from deadline d where d.case_number = case_file.number and d.is_open)
                   or exists (select 1 from event e where e.chain = case_file.number and e.recorded_at >= $2) as runs
              from case_file
             where number > $1
             order by number limit $3";
        Ok(on_backend!(self, db => sqlx::query_as(SQL)
            .bind(after).bind(since).bind(limit).fetch_all(&mut **db).await?))
    }

    /// Up to `limit` numbers of all cases after `after`, in order.
    pub async fn case_numbers_after(&mut self, after: &str, limit: i64) -> Result<Vec<String>> {
        const SQL: &str = "select number from case_file where number > $1 order by number limit $2";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).bind(after).bind(limit).fetch_all(&mut **db).await?))
    }

    /// What was said in a case, in the order in which it was decided, each letter of an office's officials by itself. What reached
    /// nobody (no letter) is not among it.
    pub async fn said_in(&mut self, case_number: &str) -> Result<Vec<SaidRow>> {
        const SQL: &str = "
            select a.rule, a.start_key, a.subject, a.about, a.rung, a.office, a.letter_id, a.decided_at,
                   (select l.state from letter_stand l where l.letter_id = a.letter_id) as state,
                   (select count(*) from mail m join receipt r on r.number = m.number
                     where m.letter_id = a.letter_id and r.verdict = 'accepted') as accepted
              from (select * from alert where case_number = $1 and letter_id is not null
                    union all
                    select * from alert_copy where case_number = $1) a
             order by a.decided_at, a.rung, a.office, a.letter_id";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(case_number).fetch_all(&mut **db).await?))
    }

    /// What was acknowledged in a case.
    pub async fn acknowledged_in(&mut self, case_number: &str) -> Result<Vec<AcknowledgedRow>> {
        const SQL: &str = "
            select rule, start_key, subject, sequence, address, office, acknowledged_at from acknowledgement
             where case_number = $1 order by acknowledged_at, address";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(case_number).fetch_all(&mut **db).await?))
    }

    /// The addresses to which nothing more is sent.
    pub async fn addresses_flagged(&mut self) -> Result<Vec<String>> {
        const SQL: &str = "select address from address_flag where lifted_at is null order by address";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).fetch_all(&mut **db).await?))
    }

    /// Writes down a run of the auditor.
    pub async fn insert_audit(&mut self, row: &AuditRow) -> Result<()> {
        const SQL: &str = "
            insert into audit (audit_id, scope, started_at, finished_at, cases, expected, accepted, differences, found,
                               heartbeat)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing";
        on_backend!(self, db => sqlx::query(SQL)
            .bind(&row.audit_id)
            .bind(&row.scope)
            .bind(row.started_at)
            .bind(row.finished_at)
            .bind(row.cases)
            .bind(row.expected)
            .bind(row.accepted)
            .bind(row.differences)
            .bind(&row.found)
            .bind(&row.heartbeat)
            .execute(&mut **db)
            .await?
            .rows_affected());
        Ok(())
    }

    /// The run of the auditor that ended last, of `scope` where one is asked for.
    pub async fn last_audit(&mut self, scope: Option<&str>) -> Result<Option<AuditRow>> {
        const SQL: &str = "
            select * from audit where (scope = $1 or $1 is null) order by finished_at desc, audit_id limit 1";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(scope).fetch_optional(&mut **db).await?))
    }

    /// Forgets the runs that ended before `before`.
    pub async fn sweep_audits(&mut self, before: Instant) -> Result<u64> {
        const SQL: &str = "delete from audit where finished_at < $1";
        Ok(on_backend!(self, db => sqlx::query(SQL).bind(before).execute(&mut **db).await?.rows_affected()))
    }
}
