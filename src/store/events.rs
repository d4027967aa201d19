//! Entries: append-only.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::{ColumnIndex, FromRow, Row, ValueRef as _};

use super::{CaseRow, Instant, Json, Result, Tx};

/// What an entry says besides its kind and day: names and scalar values, in the order of the names.
pub type Fields = BTreeMap<String, serde_json::Value>;

/// One entry; the columns are explained in the PostgreSQL migration.
#[derive(Clone, Debug, PartialEq, Eq, FromRow, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventRow {
    /// E- and sixteen characters.
    pub event_id: String,
    /// The case's number, or `*`.
    pub chain: String,
    /// Its place in the chain.
    pub seq: i64,
    /// open | record | correct | retract | confirm.
    pub action: String,
    /// The entry it speaks of.
    pub target: Option<String>,
    /// The event type.
    pub kind: Option<String>,
    /// The civil day it happened.
    pub day: Option<NaiveDate>,
    /// HH:MM.
    pub local_time: Option<String>,
    /// Everything else.
    pub fields: Json<Fields>,
    /// A reason code.
    #[sqlx(default)]
    pub reason: Option<String>,
    /// Free words that never leave the register.
    #[sqlx(default)]
    pub note: Option<String>,
    /// When it was entered.
    pub recorded_at: Instant,
    /// Who entered it.
    #[sqlx(default)]
    pub recorded_by: String,
    /// It counts only when a second person has confirmed it.
    pub needs_confirmation: bool,
    /// The hash of the entry before it.
    #[sqlx(default)]
    pub prev_hash: String,
    /// Its own hash.
    #[sqlx(default)]
    pub hash: String,
}

/// The last entry of a chain before some instant.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct LastEntry {
    /// The chain.
    pub chain: String,
    /// Its place; none if nothing was entered by then.
    pub seq: Option<i64>,
    /// Its hash.
    pub hash: Option<String>,
}

const CASE_WITH_EVENTS: &str = "
    select case_file.*, event.* from case_file left join event on event.chain = case_file.number
     where case_file.number = $1 order by event.seq";
/// What the next entry of a chain is judged by: all but the hashes, of which the last one stands at the chain's head.
pub(super) const EVENTS_TO_JUDGE_BY: &str = "
    select event_id, chain, seq, action, target, kind, day, local_time, fields, reason, note, recorded_at, recorded_by,
           needs_confirmation
      from event where chain = $1 order by seq";

/// The case and the entries in what [`CASE_WITH_EVENTS`] yields; none if there is no such case.
fn case_and_events<'r, R: Row>(rows: &'r [R]) -> Result<Option<(CaseRow, Vec<EventRow>)>>
where
    CaseRow: FromRow<'r, R>,
    EventRow: FromRow<'r, R>,
    &'static str: ColumnIndex<R>,
{
    let Some(first) = rows.first() else { return Ok(None) };
    let case = CaseRow::from_row(first)?;
    // A case without an entry is one that somebody has tampered with; it has one row, and in it no event.
    if first.try_get_raw("event_id")?.is_null() {
        return Ok(Some((case, Vec::new())));
    }
    let events = rows.iter().map(|row| EventRow::from_row(row)).collect::<std::result::Result<_, _>>()?;
    Ok(Some((case, events)))
}

impl Tx {
    /// Appends an entry to the chain that the caller has locked, and moves its head: one way there and back.
    pub async fn append_event(&mut self, event: &EventRow) -> Result<()> {
        self.append_with(event, &[], None).await
    }

    /// A case with every entry of its chain, in order: one way there and back. None if there is no such case.
    pub async fn case_with_events(&mut self, number: &str) -> Result<Option<(CaseRow, Vec<EventRow>)>> {
        Ok(on_backend!(self, db => {
            let rows = sqlx::query(CASE_WITH_EVENTS).bind(number).fetch_all(&mut **db).await?;
            case_and_events(&rows)?
        }))
    }

    /// The entry with that id.
    pub async fn event(&mut self, event_id: &str) -> Result<Option<EventRow>> {
        const SQL: &str = "select * from event where event_id = $1";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(event_id).fetch_optional(&mut **db).await?))
    }

    /// Every entry of a chain, in order.
    pub async fn chain_events(&mut self, chain: &str) -> Result<Vec<EventRow>> {
        const SQL: &str = "select * from event where chain = $1 order by seq";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(chain).fetch_all(&mut **db).await?))
    }

    /// Up to `limit` entries after (`chain`, `seq`), chain by chain in order: for exports of any size.
    pub async fn events_after(&mut self, chain: &str, seq: i64, limit: i64) -> Result<Vec<EventRow>> {
        const SQL: &str = "
            select * from event where (chain, seq) > ($1, $2) order by chain, seq limit $3";
        Ok(on_backend!(self, db => sqlx::query_as(SQL)
            .bind(chain).bind(seq).bind(limit).fetch_all(&mut **db).await?))
    }

    /// Up to `limit` entries that wait for a second person, oldest first: not confirmed, and not struck meanwhile.
    pub async fn pending(&mut self, limit: i64) -> Result<Vec<EventRow>> {
        const SQL: &str = "
            select * from event e
             where e.needs_confirmation
               and not exists (select 1 from event c
                                where c.target = e.event_id
                                  and (c.action = 'confirm' or not c.needs_confirmation))
             order by e.recorded_at, e.chain, e.seq limit $1";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(limit).fetch_all(&mut **db).await?))
    }

    /// When the newest entry of the register was made; none in an empty one.
    pub async fn last_recorded_at(&mut self) -> Result<Option<Instant>> {
        const SQL: &str = "select max(recorded_at) from event";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).fetch_one(&mut **db).await?))
    }

    /// The last entry of each chain among those recorded before `before`, in the order of the chains: of up to `limit` chains after
    /// `after`. A chain with no entry by then is in the page with none.
    pub async fn last_entries(&mut self, before: Instant, after: &str, limit: i64) -> Result<Vec<LastEntry>> {
        const SQL: &str = "
            select c.name as chain,
                   (select seq from event e where e.chain = c.name and e.recorded_at < $1 order by seq desc limit 1) as seq,
                   (select hash from event e where e.chain = c.name and e.recorded_at < $1 order by seq desc limit 1) as hash
              from chain c
             where c.name > $2
             order by c.name limit $3";
        Ok(on_backend!(self, db => sqlx::query_as(SQL)
            .bind(before).bind(after).bind(limit).fetch_all(&mut **db).await?))
    }

    /// How many entries there are.
    pub async fn count_events(&mut self) -> Result<i64> {
        const SQL: &str = "select count(*) from event";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).fetch_one(&mut **db).await?))
    }
}
