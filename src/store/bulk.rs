//! Many rows in one statement: a statement's way to the database and back costs more than its rows.
//!
//! Rows go in runs of 64, 32, 16, …: so that a statement has few lengths and each is prepared once. 64 rows of the widest table have
//! 1,500 values, where SQLite takes 32,766 and PostgreSQL 65,535. To PostgreSQL many rows of the two widest
//! go as arrays ([`super::columns`]).

use chrono::NaiveDate;
use sqlx::{Database, QueryBuilder};

use super::columns::{self, bind_columns, deadline_values, event_values, push_rows};
use super::{CaseRow, DeadlineRow, EventRow, Head, Result, Tx};

/// Rows of one statement.
const ROWS_MAX: usize = 64;
/// Rows of a statement whose text is the same for any number: about a megabyte.
const ROWS_MAX_POSTGRES: usize = 512;

/// An office was told of a deadline.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ToldRow {
    /// The case.
    pub case_number: String,
    /// The rule.
    pub rule: String,
    /// What started the deadline.
    pub start_key: String,
    /// Its subject.
    pub subject: String,
    /// The office.
    pub office: String,
}

/// What is derived about a case as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseState {
    /// The case.
    pub number: String,
    /// The day of the closing event.
    pub closed_on: Option<NaiveDate>,
    /// The next day on which time alone can change what is derived.
    pub rederive_on: Option<NaiveDate>,
}

impl CaseState {
    /// closed | open.
    pub(super) fn standing(&self) -> &'static str {
        if self.closed_on.is_some() { "closed" } else { "open" }
    }
}

/// `rows` in runs whose lengths are powers of two.
pub(super) fn runs<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let length = ROWS_MAX.min(1 << rows.len().checked_ilog2()?);
        let (run, rest) = rows.split_at(length);
        rows = rest;
        Some(run)
    })
}

/// ` in ($1, $2, …)`.
fn push_names<'q, DB: Database>(query: &mut QueryBuilder<DB>, names: &'q [String])
where
    &'q str: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
{
    query.push(" in (");
    let mut list = query.separated(", ");
    for name in names {
        list.push_bind(name.as_str());
    }
    query.push(")");
}

/// Sends a statement for each run of rows; while one is at work the next is put together.
macro_rules! one_by_one {
    ($db:ident, $runs:expr, $run:ident => $statement:expr, $made:pat => $query:expr) => {{
        let mut runs = $runs;
        let mut next = runs.next().map(|$run| $statement);
        while let Some($made) = next {
            let following = async { runs.next().map(|$run| $statement) };
            let (done, following) = tokio::join!(biased; $query.execute(&mut **$db), following);
            done?;
            next = following;
        }
    }};
}

impl Tx {
    /// The heads of those of `names` that exist.
    pub async fn heads_of(&mut self, names: &[String]) -> Result<Vec<(String, Head)>> {
        let mut found = Vec::new();
        for run in runs(names) {
            let rows: Vec<(String, i64, i64, String)> = on_backend!(self, db => {
                let mut query = QueryBuilder::new("select name, revision, head_seq, head_hash from chain where name");
                push_names(&mut query, run);
                query.build_query_as().fetch_all(&mut **db).await?
            });
            let head = |(name, revision, head_seq, head_hash)| (name, Head { revision, head_seq, head_hash });
            found.extend(rows.into_iter().map(head));
        }
        Ok(found)
    }

    /// Those of `numbers` that are cases.
    pub async fn cases_of(&mut self, numbers: &[String]) -> Result<Vec<CaseRow>> {
        let mut found = Vec::new();
        for run in runs(numbers) {
            let rows: Vec<CaseRow> = on_backend!(self, db => {
                let mut query = QueryBuilder::new("select * from case_file where number");
                push_names(&mut query, run);
                query.build_query_as().fetch_all(&mut **db).await?
            });
            found.extend(rows);
        }
        Ok(found)
    }

    /// Every entry of these chains; those of one chain stand together and in order.
    pub async fn events_of(&mut self, chains: &[String]) -> Result<Vec<EventRow>> {
        self.events("select * from event where chain", chains).await
    }

    /// The same without what no term depends on: reasons, notes, authors, hashes.
    pub async fn events_for_deriving(&mut self, chains: &[String]) -> Result<Vec<EventRow>> {
        const SQL: &str = "
            select event_id, chain, seq, action, target, kind, day, local_time, fields, recorded_at, needs_confirmation
              from event where chain";
        self.events(SQL, chains).await
    }

    async fn events(&mut self, select: &'static str, chains: &[String]) -> Result<Vec<EventRow>> {
        let mut found = Vec::new();
        for run in runs(chains) {
            let rows: Vec<EventRow> = on_backend!(self, db => {
                let mut query = QueryBuilder::new(select);
                push_names(&mut query, run);
                query.push(" order by chain, seq").build_query_as().fetch_all(&mut **db).await?
            });
            found.extend(rows);
        }
        Ok(found)
    }

    /// Every deadline of these cases, without what was found; those of one case stand together.
    pub async fn deadlines_of_cases(&mut self, numbers: &[String]) -> Result<Vec<DeadlineRow>> {
        let mut found = Vec::new();
        for run in runs(numbers) {
            let rows: Vec<DeadlineRow> = on_backend!(self, db => {
                let mut query = QueryBuilder::new("select ");
                query.push(super::deadlines::WITHOUT_FINDING).push(" from deadline where case_number");
                push_names(&mut query, run);
                query.push(" order by case_number, from_day, rule, start_key, subject");
                query.build_query_as().fetch_all(&mut **db).await?
            });
            found.extend(rows);
        }
        Ok(found)
    }

    /// The offices that were told of any deadline of these cases, at any rung.
    pub async fn told_of_cases(&mut self, numbers: &[String]) -> Result<Vec<ToldRow>> {
        let mut found = Vec::new();
        for run in runs(numbers) {
            let rows: Vec<ToldRow> = on_backend!(self, db => {
                let mut query = QueryBuilder::new("
                    select distinct case_number, rule, start_key, subject, office from alert
                     where letter_id is not null and case_number");
                push_names(&mut query, run);
                query.build_query_as().fetch_all(&mut **db).await?
            });
            found.extend(rows);
        }
        Ok(found)
    }

    /// Adds chains that are known not to exist, with their heads.
    pub async fn insert_chains(&mut self, chains: &[(String, Head)]) -> Result<()> {
        for run in runs(chains) {
            on_backend!(self, db => {
                let mut query = QueryBuilder::new("insert into chain (name, revision, head_seq, head_hash) ");
                query.push_values(run, |mut row, (name, head)| {
                    row.push_bind(name).push_bind(head.revision).push_bind(head.head_seq).push_bind(&head.head_hash);
                });
                query.build().execute(&mut **db).await?.rows_affected()
            });
        }
        Ok(())
    }

    /// Moves the heads of chains.
    pub async fn set_heads(&mut self, heads: &[(String, Head)]) -> Result<()> {
        for run in runs(heads) {
            on_backend!(self, db => {
                let mut query = QueryBuilder::new("with moved (chain_name, seq, hash) as (");
                query.push_values(run, |mut row, (name, head)| {
                    row.push_bind(name).push_bind(head.head_seq).push_bind(&head.head_hash);
                });
                query.push(") update chain set head_seq = moved.seq, head_hash = moved.hash from moved where name = moved.chain_name");
                query.build().execute(&mut **db).await?.rows_affected()
            });
        }
        Ok(())
    }

    /// Adds cases.
    pub async fn insert_cases(&mut self, cases: &[CaseRow]) -> Result<()> {
        const INTO: &str = "
            insert into case_file (number, sentence, crime_category, institution, zone, opened_at, opened_by, status,
                                   closed_on, rederive_on) ";
        for run in runs(cases) {
            on_backend!(self, db => {
                let mut query = QueryBuilder::new(INTO);
                query.push_values(run, |mut row, case| {
                    row.push_bind(&case.number)
                        .push_bind(&case.sentence)
                        .push_bind(&case.crime_category)
                        .push_bind(&case.institution)
                        .push_bind(&case.zone)
                        .push_bind(case.opened_at)
                        .push_bind(&case.opened_by)
                        .push_bind(&case.status)
                        .push_bind(case.closed_on)
                        .push_bind(case.rederive_on);
                });
                query.build().execute(&mut **db).await?.rows_affected()
            });
        }
        Ok(())
    }

    /// Appends entries. The caller has locked their chains and moves the heads.
    pub async fn insert_events(&mut self, events: &[EventRow]) -> Result<()> {
        on_backend!(self,
            sqlite db => one_by_one!(db, runs(events), run => {
                let mut query = QueryBuilder::new(columns::INSERT_OR_FAIL);
                query.push(columns::INTO_EVENT);
                event_values!(push_rows, query, run);
                query
            }, mut query => query.build()),
            postgres db => one_by_one!(db, events.chunks(ROWS_MAX_POSTGRES), run => {
                event_values!(bind_columns, sqlx::query(columns::POSTGRES_EVENTS.as_str()), run)
            }, query => query),
        );
        Ok(())
    }

    /// Writes deadlines: new rows, or all of the rows with the same natural keys but their ids. Of a row that was read without its finding
    /// that stays.
    pub async fn put_deadlines(&mut self, rows: &[DeadlineRow]) -> Result<()> {
        on_backend!(self,
            sqlite db => one_by_one!(db, runs(rows), run => {
                let mut query = QueryBuilder::new(columns::INSERT_OR_FAIL);
                query.push(columns::INTO_DEADLINE);
                deadline_values!(push_rows, query, run);
                query.push(columns::OR_REPLACE_DEADLINE);
                query
            }, mut query => query.build()),
            postgres db => one_by_one!(db, rows.chunks(ROWS_MAX_POSTGRES), run => {
                deadline_values!(bind_columns, sqlx::query(columns::POSTGRES_DEADLINES.as_str()), run)
            }, query => query),
        );
        Ok(())
    }

    /// Writes what was derived about cases as a whole.
    pub async fn set_case_states(&mut self, states: &[CaseState]) -> Result<()> {
        for run in runs(states) {
            on_backend!(self, db => {
                let mut query = QueryBuilder::new("with derived (case_number, standing, closed, again) as (");
                query.push_values(run, |mut row, state| {
                    row.push_bind(&state.number)
                        .push_bind(state.standing())
                        .push_bind(state.closed_on)
                        .push_bind(state.rederive_on);
                });
                query.push(
                    ") update case_file
                          set status = derived.standing, closed_on = derived.closed, rederive_on = derived.again
                         from derived where number = derived.case_number",
                );
                query.build().execute(&mut **db).await?.rows_affected()
            });
        }
        Ok(())
    }

    /// Marks cases so that they are re-derived on `day`.
    pub async fn mark_cases(&mut self, numbers: &[String], day: NaiveDate) -> Result<()> {
        for run in runs(numbers) {
            on_backend!(self, db => {
                let mut query = QueryBuilder::new("update case_file set rederive_on = ");
                query.push_bind(day).push(" where number");
                push_names(&mut query, run);
                query.build().execute(&mut **db).await?.rows_affected()
            });
        }
        Ok(())
    }
}
