//! What became of the letters that were out: receipts, and where the letters stand.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, QueryBuilder, SqliteConnection};

use super::{Instant, Json, ReceiptRow, Result, Settled, Tx};

/// Receipts written by one statement: each has six values, and SQLite takes 32,766 of them.
const RECEIPTS_PER_STATEMENT_MAX: usize = 1_024;

/// Where letters stand that were settled alike: the state, when they may be tried again, and which attempt it was.
type Stand = (&'static str, Option<Instant>, i64);

impl Tx {
    /// [`Tx::settle_all`] for one letter. False if the lease was lost to another daemon meanwhile; the receipt stands all the same.
    pub async fn settle(&mut self, owner: &str, receipt: &ReceiptRow, settled: &Settled) -> Result<bool> {
        Ok(self.settle_all(owner, &[(receipt.clone(), settled.clone())]).await?.len() == 1)
    }

    /// Writes down what became of attempts, and where their letters stand. Yields the numbers of those that were still `owner`'s; the
    /// lease of the others was lost to another daemon meanwhile, and their receipts stand all the same.
    ///
    /// A statement for the receipts, and one for all letters that stand alike: a statement's way to the database and back costs more
    /// than its rows.
    pub async fn settle_all(&mut self, owner: &str, settlements: &[(ReceiptRow, Settled)]) -> Result<HashSet<i64>> {
        let mut alike: BTreeMap<Stand, Vec<i64>> = BTreeMap::new();
        for (receipt, settled) in settlements {
            let stand = (settled.state, settled.next_attempt_at, receipt.attempt);
            alike.entry(stand).or_default().push(receipt.number);
        }
        let mut ours = HashSet::with_capacity(settlements.len());
        for (stand, numbers) in &alike {
            ours.extend(self.stand(owner, *stand, numbers).await?);
        }
        for receipts in settlements.chunks(RECEIPTS_PER_STATEMENT_MAX) {
            let receipts: Vec<&ReceiptRow> = receipts.iter().map(|(receipt, _)| receipt).collect();
            // Differs by necessity: to PostgreSQL a list is one value, an array; thousands of single values cost it as much as the
            // rows. SQLite has no arrays.
            on_backend!(self,
                sqlite db => sqlite_receipts(db, &receipts).await?,
                postgres db => postgres_receipts(db, &receipts).await?,
            );
        }
        Ok(ours)
    }

    /// Yields the numbers of those that were `owner`'s. What is accepted leaves the outbox.
    async fn stand(&mut self, owner: &str, (state, at, attempt): Stand, numbers: &[i64]) -> Result<Vec<i64>> {
        // Differs by necessity: a list is one value to both, an array or a JSON text.
        const ACCEPTED_POSTGRES: &str = "
            delete from outbox where attempts = $1 and lease_owner = $2 and number = any ($3) returning number";
        const ACCEPTED_SQLITE: &str = "
            delete from outbox
             where attempts = $1 and lease_owner = $2 and number in (select value from json_each($3))
            returning number";
        const POSTGRES: &str = "
            update outbox set state = $4, next_attempt_at = $5, lease_owner = null, lease_until = null
             where attempts = $1 and lease_owner = $2 and number = any ($3)
            returning number";
        const SQLITE: &str = "
            update outbox set state = $4, next_attempt_at = $5, lease_owner = null, lease_until = null
             where attempts = $1 and lease_owner = $2 and number in (select value from json_each($3))
            returning number";
        let accepted = state == "accepted";
        Ok(on_backend!(self,
            sqlite db => {
                let query = sqlx::query_scalar(if accepted { ACCEPTED_SQLITE } else { SQLITE });
                let query = query.bind(attempt).bind(owner).bind(Json(numbers));
                let query = if accepted { query } else { query.bind(state).bind(at) };
                query.fetch_all(&mut **db).await?
            },
            postgres db => {
                let query = sqlx::query_scalar(if accepted { ACCEPTED_POSTGRES } else { POSTGRES });
                let query = query.bind(attempt).bind(owner).bind(numbers);
                let query = if accepted { query } else { query.bind(state).bind(at) };
                query.fetch_all(&mut **db).await?
            },
        ))
    }
}

async fn postgres_receipts(db: &mut PgConnection, receipts: &[&ReceiptRow]) -> Result<()> {
    const POSTGRES: &str = "
        insert into receipt (number, attempt, at, verdict, phase, reply)
        select * from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[])
        on conflict do nothing";
    let texts = |of: fn(&ReceiptRow) -> &str| receipts.iter().map(|receipt| of(receipt)).collect::<Vec<&str>>();
    sqlx::query(POSTGRES)
        .bind(receipts.iter().map(|receipt| receipt.number).collect::<Vec<i64>>())
        .bind(receipts.iter().map(|receipt| receipt.attempt).collect::<Vec<i64>>())
        .bind(receipts.iter().map(|receipt| receipt.at.utc()).collect::<Vec<DateTime<Utc>>>())
        .bind(texts(|receipt| &receipt.verdict))
        .bind(texts(|receipt| &receipt.phase))
        .bind(texts(|receipt| &receipt.reply))
        .execute(db)
        .await?;
    Ok(())
}

async fn sqlite_receipts(db: &mut SqliteConnection, receipts: &[&ReceiptRow]) -> Result<()> {
    let mut rows = QueryBuilder::new("insert into receipt (number, attempt, at, verdict, phase, reply) ");
    rows.push_values(padded(receipts), |mut row, receipt| {
        row.push_bind(receipt.number)
            .push_bind(receipt.attempt)
            .push_bind(receipt.at)
            .push_bind(&receipt.verdict)
            .push_bind(&receipt.phase)
            .push_bind(&receipt.reply);
    });
    rows.push(" on conflict do nothing").build().execute(db).await?;
    Ok(())
}

/// The rows, the last one repeated until their number is a power of two: statements of a dozen lengths are prepared once, and
/// a row that is said twice changes nothing.
fn padded<T>(rows: &[T]) -> impl Iterator<Item = &T> {
    let last = rows.last().into_iter().cycle();
    rows.iter().chain(last).take(rows.len().next_power_of_two())
}
