//! The store: the only place that names sqlx. Two databases, one SQL.
//!
//! [`Store`] is a pair of pools or the servers, [`Tx`] one of two transactions, and `on_backend!` expands one body in each arm,
//! so the SQL and the Rust around it are written once. Everything goes through a [`Tx`]: [`Store::begin`] writes,
//! [`Store::snapshot`] reads one consistent state. A dropped `Tx` leaves nothing behind.
//!
//! # The common subset
//!
//! - `$1` placeholders; `insert … on conflict … do nothing | do update set x = excluded.x`; `returning`;
//!   `update … where id = (select … limit 1)`; `coalesce`, `count(*)`; `select *` read by column name.
//! - `now` is always bound, never asked of the database. Ids are made in Rust.
//! - Not in it: `for update`, writing inside `with`, arrays, `= any($1)`, `ilike`, operators on JSON (stored and read whole),
//!   date arithmetic, `serial`.
//! - A statement that must differ carries a comment that begins "Differs by necessity:"; there are a few (two ways to begin, the locks,
//!   what goes together in one message: [`recording`], what claims and settles many letters at once, what writes many rows: [`columns`],
//!   and an import's settings: [`importing`]). With many more of them the schema would be wrong.
//!
//! | meaning | Rust | PostgreSQL | SQLite (`strict`) |
//! |---|---|---|---|
//! | civil day | `NaiveDate` | `date` | `text` of 10 |
//! | instant, whole milliseconds | [`Instant`] | `timestamptz` | `text` of 24 |
//! | count | `i64` | `bigint` | `integer` |
//! | yes/no | `bool` | `boolean` | `integer` |
//! | payload | [`Json`] | `jsonb` | `text` |
//!
//! # Two patterns replace all locking
//!
//! 1. *Lock a chain by counting* ([`Store::begin_in_case`], [`Tx::lock_chain`]): the first statement of every recording transaction is
//!    the lock (a row lock, or SQLite's single writer), the proof that the chain exists, and its head. Only the next one reads: what was
//!    committed while it waited is in it.
//! 2. *Claim by updating* ([`Tx::claim_letters`], [`Tx::take_lease`]): by a conditional update. Where several daemons claim side by
//!    side each passes over what another is claiming (`skip locked`), and waits for nobody. Whoever changes several rows that may be
//!    another's takes his turn first ([`Tx::lock_outbox`]): row locks in no promised order would lock each other out.
//!
//! What holds on replicas, on partitions and on other engines that speak PostgreSQL's protocol: `beyond`.

/// Expands `body` once for each database; type inference picks the driver. A server that does not answer in time is an error: it, or the
/// network, may have fallen silent without a word. The one place where that is seen to for every statement;
/// for those by which a transaction begins and ends, `Lent` sees to it.
macro_rules! on_backend {
    ($this:expr, $db:ident => $body:expr) => {
        on_backend!($this, sqlite $db => $body, postgres $db => $body)
    };
    // For what differs by necessity.
    ($this:expr, sqlite $sqlite:ident => $on_sqlite:expr, postgres $postgres:ident => $on_postgres:expr $(,)?) => {
        match $this {
            $crate::store::Tx::Sqlite($sqlite) => $on_sqlite,
            $crate::store::Tx::Postgres($postgres) => {
                let limit = $postgres.attend();
                let asked: $crate::store::lent::Asked<'_, _> =
                    Box::pin(async { Ok::<_, $crate::store::Error>($on_postgres) });
                let answer = $crate::store::lent::in_time(limit, asked).await;
                $postgres.heard(answer)?
            }
        }
    };
}

mod addresses;
mod audits;
mod beyond;
mod bulk;
mod cases;
mod columns;
mod deadlines;
mod due;
mod error;
mod events;
mod fold;
mod heard;
mod importing;
mod instant;
mod json_text;
mod leases;
mod lent;
mod letters;
mod mornings;
mod open;
mod outbox;
mod overtaken;
mod overview;
mod put_off;
mod recording;
mod server;
mod servers;
mod settle;
mod tokens;

use std::sync::Arc;

use sha2::{Digest, Sha256};
use sqlx::{SqlSafeStr, Sqlite, SqlitePool, Transaction};

pub use addresses::{BounceRow, FlagRow, Followed};
pub use audits::{AcknowledgedRow, AuditRow, SaidRow};
pub use bulk::{CaseState, ToldRow};
pub use cases::{CaseRow, Head};
pub use deadlines::{DeadlineFilter, DeadlineRow};
pub use due::NextDue;
pub use error::{Error, Result};
pub use events::{EventRow, Fields, LastEntry};
pub use fold::Folding;
pub use heard::{AcknowledgementRow, HolderRow};
pub use importing::Aside;
pub use instant::Instant;
pub use json_text::JsonText;
pub use leases::ProgressRow;
pub use lent::Lent;
pub use letters::{AlertRow, LetterRow, ReceiptRow, Settled};
pub use open::Migrations;
pub use outbox::{ClaimedRow, OutboxCounts};
pub use overview::{COUNT_MAX, Count, Due, DueRow, LETTER_STATES, LetterLine, OPEN_KINDS};
pub use recording::LockedCase;
pub use servers::Servers;
pub use sqlx::types::Json;
pub use tokens::TokenRow;

/// An open register.
#[derive(Clone, Debug)]
pub enum Store {
    /// One file, one writer.
    Sqlite {
        /// One connection: SQLite has one writer, and waiting here is fair, waiting for its lock is not.
        write: SqlitePool,
        /// Readers: they see the last committed state and never wait for the writer (WAL).
        read: SqlitePool,
        /// When the log is folded into the file.
        folding: Arc<Folding>,
    },
    /// A server; several daemons share it.
    Postgres(Arc<Servers>),
}

/// A transaction: what is not committed has not happened.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Lent),
}

/// How a reading transaction begins on PostgreSQL.
const SNAPSHOT: &str = "begin isolation level repeatable read read only";

impl Store {
    /// Begins a writing transaction.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            // Differs by necessity: a deferred transaction that writes after reading can fail with "database is locked" on
            // SQLite; `immediate` takes the one write lock at once.
            Self::Sqlite { write, read, folding } => {
                folding.count(read);
                Tx::Sqlite(write.begin_with("begin immediate").await?)
            }
            Self::Postgres(servers) => Tx::Postgres(servers.begin("begin").await?),
        })
    }

    /// Begins what needs to be no transaction: a single statement, or looks that need not agree. On PostgreSQL each statement is then one
    /// by itself, and goes there and back alone; on SQLite, where it costs nothing, they are one, which is to be committed.
    pub async fn begin_singly(&self) -> Result<Tx> {
        match self {
            Self::Sqlite { .. } => self.begin().await,
            Self::Postgres(servers) => Ok(Tx::Postgres(servers.connection().await?)),
        }
    }

    /// Begins a writing transaction that keeps out whoever wants to be alone: for whatever changes what is written of cases.
    pub async fn begin_beside(&self) -> Result<Tx> {
        self.begin_in_turn("begin; select pg_advisory_xact_lock_shared(2975, 'chain'::regclass::oid::int)").await
    }

    /// Begins a writing transaction once nobody records in any case, and keeps everybody out until it ends: for whatever records
    /// nation-wide, or touches many cases in an order of its own.
    ///
    /// Without it a case that is just being opened anew would not see a moratorium that is just being recorded, nor would those who carry
    /// it into the open cases see that case.
    pub async fn begin_alone(&self) -> Result<Tx> {
        self.begin_in_turn("begin; select pg_advisory_xact_lock(2975, 'chain'::regclass::oid::int)").await
    }

    /// [`Store::begin_alone`], and a snapshot beside it, which sees what was committed before.
    pub async fn begin_alone_and_beside(&self) -> Result<(Tx, Tx)> {
        match self {
            Self::Sqlite { .. } => {
                let alone = self.begin_alone().await?;
                Ok((alone, self.snapshot().await?))
            }
            Self::Postgres(servers) => {
                // Taken first: else the last connections could be in the hands of those who wait until this one's lock is free.
                let beside = servers.connection().await?;
                let alone = self.begin_alone().await?;
                Ok((alone, Tx::Postgres(beside.begin(SNAPSHOT).await?)))
            }
        }
    }

    /// Begins the transaction in which the daemon `owner` claims letters, after its last one: of which, when the server fell silent, nobody
    /// may know whether it was committed.
    pub async fn begin_for_claims(&self, owner: &str) -> Result<Tx> {
        let digest = Sha256::digest(owner);
        let turn = i32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
        self.begin_in_turn(sqlx::AssertSqlSafe(format!("begin; select pg_advisory_xact_lock(2976, {turn})"))).await
    }

    /// The locks are in memory and end with the transaction; the second number is the table's own, so that two registers in one database
    /// do not meet.
    async fn begin_in_turn(&self, postgres: impl SqlSafeStr) -> Result<Tx> {
        match self {
            // Differs by necessity: a writing transaction on SQLite is alone already, and SQLite has no locks to ask for.
            Self::Sqlite { .. } => self.begin().await,
            Self::Postgres(servers) => Ok(Tx::Postgres(servers.begin(postgres).await?)),
        }
    }

    /// Begins a reading transaction: every statement in it sees the same state.
    pub async fn snapshot(&self) -> Result<Tx> {
        Ok(match self {
            // Differs by necessity: SQLite's deferred transaction is a snapshot by itself; PostgreSQL must be asked.
            Self::Sqlite { read, .. } => Tx::Sqlite(read.begin().await?),
            Self::Postgres(servers) => Tx::Postgres(servers.begin(SNAPSHOT).await?),
        })
    }

    /// Writes one row and commits it: a disk that is full, or a file that belongs to another user, says so here. On SQLite it also gives
    /// back the memory in which pages of the file were kept.
    ///
    /// On SQLite a connection for which it failed is closed: should it be the connection that is ill, the next one is not.
    pub async fn probe(&self, now: Instant) -> Result<()> {
        // What a busy hour needed is not kept for the night.
        const GIVE_BACK: &str = "pragma shrink_memory";
        let write = async {
            let mut tx = self.begin_singly().await?;
            tx.put_meta("last_probe", &now.to_string()).await?;
            tx.commit().await
        };
        let written = write.await;
        let Self::Sqlite { write, .. } = self else { return written };
        if written.is_ok() {
            sqlx::query(GIVE_BACK).execute(write).await?;
        } else if let Ok(connection) = write.acquire().await {
            // It was on its way back to the pool, of which it is the only one.
            connection.close().await?;
        }
        written
    }

    /// Closes every connection; with SQLite the write-ahead log is folded into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, read, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(servers) => servers.close().await,
        }
    }
}

impl Tx {
    /// Makes it so.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(db) => Ok(db.commit().await?),
            Self::Postgres(db) => db.commit().await,
        }
    }

    /// Undoes it, and waits until it is undone (dropping undoes it too, a moment later).
    pub async fn rollback(self) -> Result<()> {
        match self {
            Self::Sqlite(db) => Ok(db.rollback().await?),
            Self::Postgres(db) => db.rollback().await,
        }
    }

    /// Gives what follows in this transaction the time that work over the whole register needs (import, export, verification).
    pub async fn be_patient(&mut self) -> Result<()> {
        match self {
            // A file has no limit of time: its only user is this program.
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(db) => db.be_patient().await,
        }
    }
}
