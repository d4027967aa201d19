//! What a recording transaction reads first and writes last, each in as few ways to the database and back as it can be: that is
//! where nearly all the time of an entry goes.

use sqlx::{ColumnIndex, FromRow, QueryBuilder, Row};

use super::bulk::{push_deadlines, push_events};
use super::events::case_and_events;
use super::{CaseRow, CaseState, DeadlineRow, EventRow, Head, Result, Tx, deadlines};

/// Deadlines that are written together with the entry they follow from; more of them follow by themselves.
const TOGETHER_MAX: usize = 16;

/// A case as the transaction that locked its chain found it.
#[derive(Clone, Debug)]
pub struct LockedCase {
    /// The head of its chain.
    pub head: Head,
    /// What it is.
    pub case: CaseRow,
    /// Every entry of its chain, in order.
    pub events: Vec<EventRow>,
    /// Every deadline of it, without what was found ([`Tx::lock_deadlines_of`]).
    pub deadlines: Vec<DeadlineRow>,
}

/// As [`Store::begin_for`](super::Store::begin_for) counts on PostgreSQL.
const COUNT: &str = "update chain set revision = revision + 1 where name = $1";

const CASE: &str = "
    select chain.revision, chain.head_seq, chain.head_hash, case_file.*, event.*
      from chain join case_file on case_file.number = chain.name left join event on event.chain = chain.name
     where chain.name = $1 order by event.seq";

/// The head, the case and the entries in what [`CASE`] yields.
fn headed<'r, R: Row>(rows: &[&'r R]) -> Result<Option<(Head, CaseRow, Vec<EventRow>)>>
where
    Head: FromRow<'r, R>,
    CaseRow: FromRow<'r, R>,
    EventRow: FromRow<'r, R>,
    &'static str: ColumnIndex<R>,
{
    let (Some(first), Some((case, events))) = (rows.first(), case_and_events(rows)?) else { return Ok(None) };
    Ok(Some((Head::from_row(first)?, case, events)))
}

impl Tx {
    /// The case whose chain this transaction has locked ([`Store::begin_for`](super::Store::begin_for)); none if there is no such case.
    pub async fn locked_case(&mut self, number: &str) -> Result<Option<LockedCase>> {
        // Differs by necessity: to SQLite several statements may go together; PostgreSQL prepares one at a time.
        if let Self::Sqlite(db) = self {
            let sql = sqlx::AssertSqlSafe(format!("{COUNT}; {CASE}; {}", deadlines::of_case()));
            let rows = sqlx::query(sql).bind(number).fetch_all(&mut **db).await?;
            let (deadlines, case): (Vec<_>, Vec<_>) =
                rows.iter().partition(|row| row.try_column("deadline_id").is_ok());
            let deadlines: sqlx::Result<_> = deadlines.into_iter().map(DeadlineRow::from_row).collect();
            let deadlines = deadlines?;
            return Ok(headed(&case)?.map(|(head, case, events)| LockedCase { head, case, events, deadlines }));
        }
        let case = on_backend!(self, db => {
            let rows = sqlx::query(CASE).bind(number).fetch_all(&mut **db).await?;
            headed(&rows.iter().collect::<Vec<_>>())?
        });
        let Some((head, case, events)) = case else { return Ok(None) };
        let deadlines = self.lock_deadlines_of(number).await?;
        Ok(Some(LockedCase { head, case, events, deadlines }))
    }

    /// [`Tx::append_event`], [`Tx::put_deadlines`] and [`Tx::set_case_states`] for one case whose chain the caller has locked.
    pub async fn append_with(
        &mut self,
        event: &EventRow,
        deadlines: &[DeadlineRow],
        state: Option<&CaseState>,
    ) -> Result<()> {
        // Differs by necessity: SQLite writes nothing inside `with`, and PostgreSQL prepares one statement at a time.
        let (first, next, last) = match self {
            Self::Sqlite(_) => ("", ["; "; 2], "; "),
            Self::Postgres(_) => ("with entry as (", ["), following as (", "), standing as ("], ") "),
        };
        let (together, more) = deadlines.split_at(deadlines.len().min(TOGETHER_MAX));
        on_backend!(self, db => {
            let mut query = QueryBuilder::new(first);
            push_events!(query, std::iter::once(event));
            if !together.is_empty() {
                query.push(next[0]);
                push_deadlines!(query, together);
            }
            if let Some(state) = state {
                query.push(next[1]);
                query.push("update case_file set status = ").push_bind(state.standing());
                query.push(", closed_on = ").push_bind(state.closed_on);
                query.push(", rederive_on = ").push_bind(state.rederive_on);
                query.push(" where number = ").push_bind(&state.number);
            }
            query.push(last).push("update chain set head_seq = ").push_bind(event.seq);
            query.push(", head_hash = ").push_bind(&event.hash).push(" where name = ").push_bind(&event.chain);
            query.build().execute(&mut **db).await?.rows_affected()
        });
        self.put_deadlines(more).await
    }
}
