//! The one transaction of an import: a whole register may come with it, and on SQLite what serves single entries well would cost it twice
//! the time.

use sqlx::SqlitePool;

use super::{Error, Result, Store, Tx};

impl Store {
    /// Begins an import: alone, and with the time and the memory that changes all over the register need. [`Tx::check_references`] goes
    /// before its commit, and [`Store::end_import`] follows, whichever way it ends.
    pub async fn begin_import(&self) -> Result<Tx> {
        if let Self::Sqlite { write, .. } = self {
            ready_for_many(write).await?;
        }
        let mut tx = self.begin_alone().await?;
        tx.be_patient().await?;
        Ok(tx)
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

/// Differs by necessity: PostgreSQL's memory and its log are its own, and it asks for each row that is referred to.
async fn ready_for_many(write: &SqlitePool) -> Result<()> {
    // Ids lie scattered: with a small cache each new entry has another page of their index read, changed and written out again (65 GB
    // for a million cases). It grows to this only with the register.
    const MEMORY: &str = "pragma cache_size = -524288";
    // Asked of all rows at the end, in their order. Row by row each statement also keeps every page as it was before it.
    const REFERENCES_LATER: &str = "pragma foreign_keys = off";
    const EMPTY: &str = "select not exists (select 1 from case_file)";
    // What is to be undone is kept, in an empty register next to nothing, and no log of what is done: all would be written twice, and what
    // changes again before the end thrice. Should it end in its middle, whoever opens the register next undoes it.
    const NO_LOG: &str = "pragma journal_mode = delete";
    sqlx::query(MEMORY).execute(write).await?;
    sqlx::query(REFERENCES_LATER).execute(write).await?;
    if sqlx::query_scalar(EMPTY).fetch_one(write).await?
        && let Err(error) = sqlx::query(NO_LOG).execute(write).await
    {
        tracing::debug!(%error, "somebody has the register open: it is imported through the write-ahead log");
    }
    Ok(())
}

impl Tx {
    /// Refuses what refers to rows that do not exist.
    pub async fn check_references(&mut self) -> Result<()> {
        // The table, the row, the table that it refers to, and by which reference.
        const BROKEN: &str = "pragma foreign_key_check";
        // Differs by necessity: PostgreSQL has refused each such row at once.
        let Self::Sqlite(db) = self else { return Ok(()) };
        let broken: Option<(String, Option<i64>, String, i64)> =
            sqlx::query_as(BROKEN).fetch_optional(&mut **db).await?;
        broken.map_or(Ok(()), |(table, _, parent, _)| Err(Error::BrokenReference { table, parent }))
    }
}
