//! What a recording transaction reads first and writes last, each in as few ways to the database and back as it can be: that is
//! where nearly all the time of an entry goes.

use std::sync::LazyLock;

use sqlx::{FromRow as _, QueryBuilder, Row as _};

use super::bulk::runs;
use super::cases::LOCK_SQLITE;
use super::columns::{
    self, INSERT, INTO_DEADLINE, INTO_EVENT, OR_REPLACE_DEADLINE, bind_columns, deadline_values, event_values,
    push_rows,
};
use super::events::{CASE_WITH_EVENTS, case_and_events};
use super::{CaseRow, CaseState, DeadlineRow, EventRow, Head, Result, Tx, deadlines};

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

impl Tx {
    /// [`Tx::lock_chain`], [`Tx::case_with_events`] and [`Tx::lock_deadlines_of`]; none if there is no such case.
    pub async fn lock_case(&mut self, number: &str) -> Result<Option<LockedCase>> {
        // Differs by necessity: to SQLite several statements may go together. PostgreSQL prepares one at a time, and must have the lock
        // before it looks, or it looks at what was before.
        let Self::Sqlite(db) = self else {
            let Some(head) = self.lock_chain(number).await? else { return Ok(None) };
            let Some((case, events)) = self.case_with_events(number).await? else { return Ok(None) };
            let deadlines = self.lock_deadlines_of(number).await?;
            return Ok(Some(LockedCase { head, case, events, deadlines }));
        };
        let sql = sqlx::AssertSqlSafe(format!("{LOCK_SQLITE}; {CASE_WITH_EVENTS}; {}", deadlines::of_case()));
        let rows = sqlx::query(sql).bind(number).fetch_all(&mut **db).await?;
        let (heads, rows): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.try_column("head_seq").is_ok());
        let (deadlines, rows): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| row.try_column("deadline_id").is_ok());
        let (Some(head), Some((case, events))) = (heads.first(), case_and_events(&rows)?) else { return Ok(None) };
        let (head, deadlines) = (Head::from_row(*head)?, deadlines.into_iter().map(DeadlineRow::from_row));
        Ok(Some(LockedCase { head, case, events, deadlines: deadlines.collect::<sqlx::Result<_>>()? }))
    }

    /// [`Tx::append_event`], [`Tx::put_deadlines`] and [`Tx::set_case_states`] for one case whose chain the caller has locked.
    pub async fn append_with(
        &mut self,
        event: &EventRow,
        deadlines: &[DeadlineRow],
        state: Option<&CaseState>,
    ) -> Result<()> {
        let events = std::slice::from_ref(event);
        // Differs by necessity: SQLite writes nothing inside `with`, and PostgreSQL prepares one statement at a time.
        on_backend!(self,
            sqlite db => {
                let mut query = QueryBuilder::new(INSERT);
                query.push(INTO_EVENT);
                event_values!(push_rows, query, events);
                for run in runs(deadlines) {
                    query.push("; ").push(INSERT).push(INTO_DEADLINE);
                    deadline_values!(push_rows, query, run);
                    query.push(OR_REPLACE_DEADLINE);
                }
                if let Some(state) = state {
                    query.push("; update case_file set status = ").push_bind(state.standing());
                    query.push(", closed_on = ").push_bind(state.closed_on);
                    query.push(", rederive_on = ").push_bind(state.rederive_on);
                    query.push(" where number = ").push_bind(&state.number);
                }
                query.push("; update chain set head_seq = ").push_bind(event.seq);
                query.push(", head_hash = ").push_bind(&event.hash).push(" where name = ").push_bind(&event.chain);
                query.build().execute(&mut **db).await?;
            },
            postgres db => {
                let query = event_values!(bind_columns, sqlx::query(POSTGRES_APPEND.as_str()), events);
                deadline_values!(bind_columns, query, deadlines)
                    .bind(state.map(CaseState::standing))
                    .bind(state.and_then(|state| state.closed_on))
                    .bind(state.and_then(|state| state.rederive_on))
                    .bind(state.map(|state| state.number.as_str()))
                    .execute(&mut **db)
                    .await?;
            },
        );
        Ok(())
    }
}

/// [`Tx::append_with`] on PostgreSQL: an entry, any number of deadlines, and a case or none.
static POSTGRES_APPEND: LazyLock<String> = LazyLock::new(|| {
    let count = |types: &str| types.split_whitespace().count();
    let (events, deadlines) = (count(columns::EVENT_TYPES), count(columns::DEADLINE_TYPES));
    let state = events + deadlines;
    // An entry's second value is its chain, the third its place there, the sixteenth its hash.
    format!(
        "with entry as ({INSERT}{INTO_EVENT}{}), following as ({INSERT}{INTO_DEADLINE}{}{OR_REPLACE_DEADLINE}),
              standing as (update case_file set status = ${}, closed_on = ${}, rederive_on = ${} where number = ${})
         update chain set head_seq = ($3::bigint[])[1], head_hash = ($16::text[])[1] where name = ($2::text[])[1]",
        columns::unnest(1, columns::EVENT_TYPES),
        columns::unnest(1 + events, columns::DEADLINE_TYPES),
        state + 1,
        state + 2,
        state + 3,
        state + 4,
    )
});
