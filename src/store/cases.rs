//! Chains and cases.

use chrono::NaiveDate;
use sqlx::FromRow;

use super::{Instant, Result, Tx};

/// The head of a chain, as the transaction that locked it found it.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Head {
    /// How many writing transactions the chain has seen, this one included.
    pub revision: i64,
    /// The place of the last entry; 0 while there is none.
    pub head_seq: i64,
    /// The hash of the last entry; empty while there is none.
    pub head_hash: String,
}

/// A register entry; the columns are explained in the PostgreSQL migration.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CaseRow {
    /// The office's own case number.
    pub number: String,
    /// death | imprisonment | other | none.
    pub sentence: String,
    /// other | grave | `especially_grave`.
    pub crime_category: Option<String>,
    /// The institution's office code.
    pub institution: String,
    /// The IANA zone.
    pub zone: String,
    /// When it was opened.
    pub opened_at: Instant,
    /// Who opened it.
    pub opened_by: String,
    /// open | closed.
    pub status: String,
    /// The day of the closing event.
    pub closed_on: Option<NaiveDate>,
    /// The next day on which time alone can change what is derived.
    pub rederive_on: Option<NaiveDate>,
}

impl CaseRow {
    /// Whether nation-wide events hold for it.
    pub fn is_death(&self) -> bool {
        self.sentence == "death"
    }
}

pub(super) const LOCK_SQLITE: &str = "
    update chain set revision = revision + 1 where name = $1
    returning revision, head_seq, head_hash";
// Differs by necessity: on SQLite whoever writes is alone, and there are no locks to ask for.
pub(super) const LOCK_POSTGRES: &str = "
    update chain set revision = revision + 1
     where name = $1 and pg_advisory_xact_lock_shared(2975, 'chain'::regclass::oid::int)::text is not null
    returning revision, head_seq, head_hash";
pub(super) const CASE: &str = "select * from case_file where number = $1";

impl Tx {
    /// Adds an empty chain; false if it exists.
    pub async fn insert_chain(&mut self, name: &str) -> Result<bool> {
        const SQL: &str = "insert into chain (name) values ($1) on conflict do nothing";
        Ok(on_backend!(self, db => sqlx::query(SQL).bind(name).execute(&mut **db).await?.rows_affected()) == 1)
    }

    /// Locks the chain `name` until this transaction ends and yields its head; none if there is no such chain. Whoever wants to be alone
    /// ([`Store::begin_alone`](super::Store::begin_alone)) is kept out, or waited for.
    ///
    /// Nothing is read before it: on PostgreSQL that may be older. A case that is there is locked by
    /// [`Store::begin_in_case`](super::Store::begin_in_case).
    pub async fn lock_chain(&mut self, name: &str) -> Result<Option<Head>> {
        let sql = if matches!(self, Self::Sqlite(_)) { LOCK_SQLITE } else { LOCK_POSTGRES };
        Ok(on_backend!(self, db => sqlx::query_as(sql).bind(name).fetch_optional(&mut **db).await?))
    }

    /// The head of a chain, unlocked: for verification.
    pub async fn head(&mut self, name: &str) -> Result<Option<Head>> {
        const SQL: &str = "select revision, head_seq, head_hash from chain where name = $1";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(name).fetch_optional(&mut **db).await?))
    }

    /// Some names of chains after `after`, in order, up to `limit` of those that have a row of their own, and with them those that
    /// have entries and no such row (any more); none when there is no more.
    pub async fn chains_after(&mut self, after: &str, limit: i64) -> Result<Vec<String>> {
        const OWN: &str = "select name from chain where name > $1 order by name limit $2";
        const ORPHANS: &str = "
            select distinct chain from event
             where chain > $1 and chain <= $2 and not exists (select 1 from chain c where c.name = event.chain)
             order by chain";
        const LAST_ORPHANS: &str = "
            select distinct chain from event
             where chain > $1 and not exists (select 1 from chain c where c.name = event.chain)
             order by chain limit $2";
        let mut names: Vec<String> =
            on_backend!(self, db => sqlx::query_scalar(OWN).bind(after).bind(limit).fetch_all(&mut **db).await?);
        let orphans: Vec<String> = match names.last() {
            Some(last) => {
                on_backend!(self, db => sqlx::query_scalar(ORPHANS).bind(after).bind(last).fetch_all(&mut **db).await?)
            }
            None => {
                on_backend!(self, db => sqlx::query_scalar(LAST_ORPHANS).bind(after).bind(limit).fetch_all(&mut **db).await?)
            }
        };
        names.extend(orphans);
        names.sort_unstable();
        Ok(names)
    }

    /// Adds a case.
    pub async fn insert_case(&mut self, case: &CaseRow) -> Result<()> {
        const SQL: &str = "
            insert into case_file (number, sentence, crime_category, institution, zone, opened_at, opened_by, status,
                                   closed_on, rederive_on)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        on_backend!(self, db => sqlx::query(SQL)
            .bind(&case.number)
            .bind(&case.sentence)
            .bind(&case.crime_category)
            .bind(&case.institution)
            .bind(&case.zone)
            .bind(case.opened_at)
            .bind(&case.opened_by)
            .bind(&case.status)
            .bind(case.closed_on)
            .bind(case.rederive_on)
            .execute(&mut **db)
            .await?
            .rows_affected());
        Ok(())
    }

    /// The case `number`.
    pub async fn case(&mut self, number: &str) -> Result<Option<CaseRow>> {
        Ok(on_backend!(self, db => sqlx::query_as(CASE).bind(number).fetch_optional(&mut **db).await?))
    }

    /// Up to `limit` cases after the number `after`, in order of their numbers.
    pub async fn cases_after(&mut self, after: &str, limit: i64) -> Result<Vec<CaseRow>> {
        const SQL: &str = "select * from case_file where number > $1 order by number limit $2";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(after).bind(limit).fetch_all(&mut **db).await?))
    }

    /// Up to `limit` numbers after `after`, in order, of cases that are open or in which something still is.
    pub async fn running_cases_after(&mut self, after: &str, limit: i64) -> Result<Vec<String>> {
        const SQL: &str = "
            select number from case_file
             where number > $1
               and (status = 'open'
                    or exists (select 1 from deadline d where d.case_number = case_file.number and d.is_open))
             order by number limit $2";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).bind(after).bind(limit).fetch_all(&mut **db).await?))
    }

    /// Up to `limit` numbers of open death cases after `after`, in order.
    pub async fn open_death_cases_after(&mut self, after: &str, limit: i64) -> Result<Vec<String>> {
        const SQL: &str = "
            select number from case_file
             where number > $1 and sentence = 'death' and status = 'open'
             order by number limit $2";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).bind(after).bind(limit).fetch_all(&mut **db).await?))
    }

    /// Up to `limit` numbers of cases after `after` whose `rederive_on` has come by `today`, in order.
    pub async fn cases_to_rederive(&mut self, today: NaiveDate, after: &str, limit: i64) -> Result<Vec<String>> {
        // "|| ''" because SQLite would else walk through the numbers of all cases, in their order.
        const SQL: &str = "
            select number from case_file where rederive_on <= $1 and number || '' > $2 order by number || '' limit $3";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL)
            .bind(today).bind(after).bind(limit).fetch_all(&mut **db).await?))
    }

    /// Marks every open death case so that it is re-derived on `day`.
    pub async fn mark_open_death_cases(&mut self, day: NaiveDate) -> Result<()> {
        const SQL: &str = "update case_file set rederive_on = $1 where sentence = 'death' and status = 'open'";
        on_backend!(self, db => sqlx::query(SQL).bind(day).execute(&mut **db).await?.rows_affected());
        Ok(())
    }
}
