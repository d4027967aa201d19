//! The one transaction of an import: a whole register may come with it, and on SQLite what serves single entries well would cost it several
//! times the time.

use sqlx::{AssertSqlSafe, SqlitePool};

use super::{Error, Result, Store, Tx};

/// Indexes that were put aside while an import is under way, as the statements that make them.
#[derive(Debug)]
#[must_use = "without its indexes a register cannot be used"]
pub struct Aside(Vec<String>);

impl Store {
    /// Begins an import: alone, and with the time that changes all over the register need. [`Tx::complete_import`] goes before its commit,
    /// and [`Store::end_import`] follows, whichever way it ends.
    pub async fn begin_import(&self) -> Result<(Tx, Aside)> {
        let is_empty = match self {
            Self::Sqlite { write, .. } => ready_for_many(write).await?,
            Self::Postgres(_) => false,
        };
        let mut tx = self.begin_alone().await?;
        tx.be_patient().await?;
        let aside = if is_empty { tx.put_indexes_aside().await? } else { Vec::new() };
        Ok((tx, Aside(aside)))
    }

    /// The import has ended, whichever way: whoever writes next finds the register as it always is.
    pub async fn end_import(&self) -> Result<()> {
        if let Self::Sqlite { write, .. } = self {
            // What was set for the import goes with its connection; the next one begins as each does.
            write.acquire().await?.close().await?;
            drop(write.acquire().await?);
        }
        Ok(())
    }
}

/// Yields whether nothing is there yet.
///
/// Differs by necessity: PostgreSQL's memory and its log are its own, and it asks for each row that is referred to.
async fn ready_for_many(write: &SqlitePool) -> Result<bool> {
    // For what is still changed all over: the heads of chains, and the indexes by chain and by case, when a file goes to and fro.
    const MEMORY: &str = "pragma cache_size = -32768";
    // What is sorted would else stand in memory as a whole.
    const SORT_IN_A_FILE: &str = "pragma temp_store = file";
    // Asked of all rows at the end, in their order. Row by row each statement also keeps every page as it was before it.
    const REFERENCES_LATER: &str = "pragma foreign_keys = off";
    const EMPTY: &str = "select not exists (select 1 from case_file)";
    // What is to be undone is kept, in an empty register next to nothing, and no log of what is done: all would be written twice, and what
    // changes again before the end thrice. Should it end in its middle, whoever opens the register next undoes it.
    const NO_LOG: &str = "pragma journal_mode = delete";
    sqlx::query(MEMORY).execute(write).await?;
    sqlx::query(SORT_IN_A_FILE).execute(write).await?;
    sqlx::query(REFERENCES_LATER).execute(write).await?;
    let is_empty = sqlx::query_scalar(EMPTY).fetch_one(write).await?;
    if is_empty && let Err(error) = sqlx::query(NO_LOG).execute(write).await {
        tracing::debug!(%error, "somebody has the register open: it is imported through the write-ahead log");
    }
    Ok(is_empty)
}

impl Tx {
    /// Drops the indexes of the two largest tables that no import goes by. Entry by entry each would have another page read, changed and
    /// written out again (65 GB for a million cases), or all of itself in memory; made at the end, it is sorted once. See migration 0011.
    async fn put_indexes_aside(&mut self) -> Result<Vec<String>> {
        const INDEXES_SQLITE: &str = "
            select name, sql from sqlite_schema where type = 'index' and tbl_name in ('event', 'deadline') and sql is not null";
        let Self::Sqlite(db) = self else { return Ok(Vec::new()) };
        let indexes: Vec<(String, String)> = sqlx::query_as(INDEXES_SQLITE).fetch_all(&mut **db).await?;
        let mut made_by = Vec::with_capacity(indexes.len());
        for (name, sql) in indexes {
            sqlx::raw_sql(AssertSqlSafe(format!("drop index {name}"))).execute(&mut **db).await?;
            made_by.push(sql);
        }
        Ok(made_by)
    }

    /// Makes the indexes that were put aside, and refuses what refers to rows that do not exist, or has an id that another row has.
    pub async fn complete_import(&mut self, aside: Aside) -> Result<()> {
        // Differs by necessity: SQLite keeps a list of what refers to what, and was told not to look (row by row, that is);
        // PostgreSQL looks at the other references row by row, and at these never (migration 0011).
        const BROKEN_SQLITE: &str = "select [table], parent from pragma_foreign_key_check limit 1";
        const BROKEN_POSTGRES: &str = "
            select 'event', 'chain'
             where exists (select 1 from event where not exists (select 1 from chain where name = event.chain))
            union all
            select 'deadline', 'case_file'
             where exists (select 1 from deadline where not exists (select 1 from case_file where number = case_number))
            union all
            select 'deadline', 'policy'
             where exists (select 1 from deadline
                            where policy is not null
                              and not exists (select 1 from policy kept where kept.policy_id = deadline.policy))";
        // What is sorted takes as much memory again as there are pages in it.
        const LESS_MEMORY: &str = "pragma cache_size = -16384";
        let broken: Option<(String, String)> = on_backend!(self,
            sqlite db => {
                sqlx::query(LESS_MEMORY).execute(&mut **db).await?;
                for sql in aside.0 {
                    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **db).await?;
                }
                sqlx::query_as(BROKEN_SQLITE).fetch_optional(&mut **db).await?
            },
            postgres db => sqlx::query_as(BROKEN_POSTGRES).fetch_optional(&mut **db).await?,
        );
        broken.map_or(Ok(()), |(table, parent)| Err(Error::BrokenReference { table, parent }))
    }
}
