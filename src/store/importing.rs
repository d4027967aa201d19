//! The one transaction of an import: a whole register may come with it, and on SQLite what serves single entries well would cost it several
//! times the time.

use sqlx::{AssertSqlSafe, SqliteConnection, SqlitePool};

use super::{Error, Result, Store, Tx};

/// Memory for the pages that are changed most, where whole tables are written in their own order.
const IN_ORDER_KIBIBYTES: u32 = 32 * 1024;
/// … and where every new row has its place somewhere in the indexes of a large register: with little memory each has another page read,
/// changed and written out again (65 GB for a million cases).
const ALL_OVER_KIBIBYTES: u32 = 512 * 1024;
/// … and where an index is made: what is sorted takes as much again.
const SORTING_KIBIBYTES: u32 = 16 * 1024;

/// What waits for the end of an import.
#[derive(Debug)]
#[must_use = "without its indexes a register cannot be used"]
pub struct Aside {
    /// Nothing was there before: all of it is this import's.
    is_whole: bool,
    /// The indexes that were put aside, as the statements that make them.
    indexes: Vec<String>,
}

impl Store {
    /// Begins an import: alone, and with the time that changes all over the register need. [`Tx::complete_import`] goes before its commit,
    /// and [`Store::end_import`] follows, whichever way it ends.
    pub async fn begin_import(&self) -> Result<(Tx, Aside)> {
        let begun = self.begin_in_whole().await;
        if begun.is_err() {
            // What is wrong is told, and not what comes of it.
            self.end_import().await.ok();
        }
        begun
    }

    async fn begin_in_whole(&self) -> Result<(Tx, Aside)> {
        const EMPTY: &str = "select not exists (select 1 from case_file)";
        // Should somebody open a case between this and the next, the import only takes longer.
        let mut look = self.begin_singly().await?;
        let is_whole = on_backend!(&mut look, db => sqlx::query_scalar(EMPTY).fetch_one(&mut **db).await?);
        look.commit().await?;
        if let Self::Sqlite { write, .. } = self {
            ready_for_import(write, is_whole).await?;
        }
        let mut tx = self.begin_alone().await?;
        tx.be_patient().await?;
        let indexes = if is_whole { tx.put_indexes_aside().await? } else { Vec::new() };
        Ok((tx, Aside { is_whole, indexes }))
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

/// Differs by necessity: PostgreSQL's memory and its log are its own.
async fn ready_for_import(write: &SqlitePool, is_empty: bool) -> Result<()> {
    // What is to be undone is kept, in an empty register next to nothing, and no log of what is done: all would be written twice, and what
    // changes again before the end thrice. Should it end in its middle, whoever opens the register next undoes it.
    const NO_LOG: &str = "pragma journal_mode = delete";
    let mut db = write.acquire().await?;
    ready_for_whole_tables(&mut db).await?;
    if !is_empty {
        use_memory(&mut db, ALL_OVER_KIBIBYTES).await?;
    } else if let Err(error) = sqlx::query(NO_LOG).execute(&mut *db).await {
        tracing::debug!(%error, "somebody has the register open: it is imported through the write-ahead log");
    }
    Ok(())
}

/// What a connection to a SQLite file needs that writes most of it in one transaction, and is closed after that.
pub(super) async fn ready_for_whole_tables(db: &mut SqliteConnection) -> sqlx::Result<()> {
    // What is sorted would else stand in memory as a whole.
    const SORT_IN_A_FILE: &str = "pragma temp_store = file";
    // Of all rows it is asked at the end, in their order. Row by row each statement also keeps every page as it was before it, and a table
    // that is dropped is emptied first, each of its rows looked for among all that may refer to it.
    const REFERENCES_LATER: &str = "pragma foreign_keys = off";
    sqlx::query(SORT_IN_A_FILE).execute(&mut *db).await?;
    sqlx::query(REFERENCES_LATER).execute(&mut *db).await?;
    use_memory(db, IN_ORDER_KIBIBYTES).await
}

async fn use_memory(db: &mut SqliteConnection, kibibytes: u32) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(format!("pragma cache_size = -{kibibytes}"))).execute(db).await.map(drop)
}

impl Tx {
    /// Drops the indexes of the two largest tables that no import goes by: made at the end, each is sorted once. See migration 0011.
    async fn put_indexes_aside(&mut self) -> Result<Vec<String>> {
        const INDEXES_SQLITE: &str = "
            select name, sql from sqlite_schema where type = 'index' and tbl_name in ('event', 'deadline') and sql is not null";
        // Differs by necessity: PostgreSQL keeps the pages of its indexes in its own memory.
        let Self::Sqlite(db) = self else { return Ok(Vec::new()) };
        let indexes: Vec<(String, String)> = sqlx::query_as(INDEXES_SQLITE).fetch_all(&mut **db).await?;
        let mut made_by = Vec::with_capacity(indexes.len());
        for (name, sql) in indexes {
            sqlx::raw_sql(AssertSqlSafe(format!("drop index \"{name}\""))).execute(&mut **db).await?;
            made_by.push(sql);
        }
        Ok(made_by)
    }

    /// Makes the indexes that were put aside, and refuses what refers to rows that do not exist, or has an id that another row has. On
    /// PostgreSQL it is asked only of a register that is this import's as a whole: of a large one it would keep everybody waiting
    /// for the sake of a few lines, and `verify` asks it, too.
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
        let Aside { is_whole, indexes } = aside;
        let broken: Option<(String, String)> = on_backend!(self,
            sqlite db => {
                if is_whole {
                    use_memory(db, SORTING_KIBIBYTES).await?;
                }
                for sql in indexes {
                    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **db).await?;
                }
                sqlx::query_as(BROKEN_SQLITE).fetch_optional(&mut **db).await?
            },
            postgres db => {
                if is_whole { sqlx::query_as(BROKEN_POSTGRES).fetch_optional(&mut **db).await? } else { None }
            },
        );
        broken.map_or(Ok(()), |(table, parent)| Err(Error::BrokenReference { table, parent }))
    }
}
