//! What became of the letters that were out: receipts, and where the letters stand.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, QueryBuilder, SqliteConnection};

use super::{Instant, ReceiptRow, Result, Settled, Tx};

/// Letters settled by one statement: a receipt has six values, and SQLite takes 32,766 of them.
const SETTLED_PER_STATEMENT_MAX: usize = 1_024;

/// Where letters stand that were settled alike: the state, when they may be tried again, and which attempt it was.
type Stand = (&'static str, Option<Instant>, i64);

impl Tx {
    /// [`Tx::settle_all`] for one letter. False if the lease was lost to another daemon meanwhile; the receipt stands all the same.
    pub async fn settle(&mut self, owner: &str, receipt: &ReceiptRow, settled: &Settled) -> Result<bool> {
        Ok(self.settle_all(owner, &[(receipt.clone(), settled.clone())]).await?.len() == 1)
    }

    /// Writes down what became of attempts, and where their letters stand. Yields the ids of those that were still `owner`'s; the
    /// lease of the others was lost to another daemon meanwhile, and their receipts stand all the same.
    ///
    /// A statement for the receipts, and one for all letters that stand alike: a statement's way to the database and back costs more
    /// than its rows.
    pub async fn settle_all(&mut self, owner: &str, settlements: &[(ReceiptRow, Settled)]) -> Result<HashSet<String>> {
        let mut alike: BTreeMap<Stand, Vec<&str>> = BTreeMap::new();
        for (receipt, settled) in settlements {
            let stand = (settled.state, settled.next_attempt_at, receipt.attempt);
            alike.entry(stand).or_default().push(&receipt.letter_id);
        }
        let mut ours = HashSet::with_capacity(settlements.len());
        for (stand, ids) in &alike {
            for ids in ids.chunks(SETTLED_PER_STATEMENT_MAX) {
                // Differs by necessity: to PostgreSQL a list is one value, an array; thousands of single values cost it as much as the
                // rows. SQLite has no arrays.
                ours.extend(on_backend!(self,
                    sqlite db => sqlite_stand(db, owner, *stand, ids).await?,
                    postgres db => postgres_stand(db, owner, *stand, ids).await?,
                ));
            }
        }
        for receipts in settlements.chunks(SETTLED_PER_STATEMENT_MAX) {
            let receipts: Vec<&ReceiptRow> = receipts.iter().map(|(receipt, _)| receipt).collect();
            // Differs by necessity: as above.
            on_backend!(self,
                sqlite db => sqlite_receipts(db, &receipts).await?,
                postgres db => postgres_receipts(db, &receipts).await?,
            );
        }
        Ok(ours)
    }
}

async fn postgres_stand(
    db: &mut PgConnection,
    owner: &str,
    (state, next_attempt_at, attempt): Stand,
    ids: &[&str],
) -> Result<Vec<String>> {
    const POSTGRES: &str = "
        update letter set state = $1, next_attempt_at = $2, lease_owner = null, lease_until = null
         where attempts = $3 and lease_owner = $4 and letter_id = any ($5)
         returning letter_id";
    let query = sqlx::query_scalar(POSTGRES).bind(state).bind(next_attempt_at).bind(attempt).bind(owner).bind(ids);
    Ok(query.fetch_all(db).await?)
}

async fn sqlite_stand(
    db: &mut SqliteConnection,
    owner: &str,
    (state, next_attempt_at, attempt): Stand,
    ids: &[&str],
) -> Result<Vec<String>> {
    let mut letters = QueryBuilder::new("update letter set lease_owner = null, lease_until = null, state = ");
    letters.push_bind(state).push(", next_attempt_at = ").push_bind(next_attempt_at);
    letters.push(" where attempts = ").push_bind(attempt).push(" and lease_owner = ").push_bind(owner);
    letters.push(" and letter_id in (");
    let mut list = letters.separated(", ");
    for id in padded(ids) {
        list.push_bind(*id);
    }
    letters.push(") returning letter_id");
    Ok(letters.build_query_scalar().fetch_all(db).await?)
}

async fn postgres_receipts(db: &mut PgConnection, receipts: &[&ReceiptRow]) -> Result<()> {
    const POSTGRES: &str = "
        insert into receipt (letter_id, attempt, at, verdict, phase, reply)
        select * from unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[])
        on conflict do nothing";
    let texts = |of: fn(&ReceiptRow) -> &str| receipts.iter().map(|receipt| of(receipt)).collect::<Vec<&str>>();
    sqlx::query(POSTGRES)
        .bind(texts(|receipt| &receipt.letter_id))
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
    let mut rows = QueryBuilder::new("insert into receipt (letter_id, attempt, at, verdict, phase, reply) ");
    rows.push_values(padded(receipts), |mut row, receipt| {
        row.push_bind(&receipt.letter_id)
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
