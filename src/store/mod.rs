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
//! - A statement that must differ carries a comment that begins "Differs by necessity:"; there are five (two ways to begin, and
//!   three locks). With many more of them the schema would be wrong.
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
//! 1. *Lock a chain by counting* ([`Tx::lock_chain`]): the first statement of every recording transaction is the lock (a row
//!    lock, or SQLite's single writer), the proof that the chain exists, and its head.
//! 2. *Claim by updating* ([`Tx::claim_letters`], [`Tx::take_lease`]): by a conditional update whose outer `where` repeats the
//!    condition: PostgreSQL checks it again after waiting for a row, so the loser of a race skips it. Whoever touches several
//!    rows in one transaction takes his turn first ([`Tx::lock_outbox`]): row locks in no promised order would lock each other out.

/// Expands `body` once for each database; type inference picks the driver. A server that does not answer in time is an error: it, or the
/// network, may have fallen silent without a word. The one place where that is seen to for every statement.
macro_rules! on_backend {
    ($this:expr, $db:ident => $body:expr) => {
        match $this {
            $crate::store::Tx::Sqlite($db) => $body,
            $crate::store::Tx::Postgres($db) => {
                let limit = $db.attend();
                let asked: $crate::store::servers::Asked<'_, _> =
                    Box::pin(async { Ok::<_, $crate::store::Error>($body) });
                let answer = $crate::store::servers::in_time(limit, asked).await;
                $db.heard(answer)?
            }
        }
    };
}

mod addresses;
mod audits;
mod bulk;
mod cases;
mod deadlines;
mod due;
mod events;
mod heard;
mod instant;
mod json_text;
mod leases;
mod letters;
mod mornings;
mod open;
mod overtaken;
mod overview;
mod put_off;
mod server;
mod servers;
mod tokens;

use std::sync::Arc;

use sqlx::{Sqlite, SqlitePool, Transaction};

pub use addresses::{BounceRow, FlagRow, Followed};
pub use audits::{AcknowledgedRow, AuditRow, SaidRow};
pub use bulk::CaseState;
pub use cases::{CaseRow, Head};
pub use deadlines::{DeadlineFilter, DeadlineRow};
pub use due::NextDue;
pub use events::{EventRow, Fields, LastEntry};
pub use heard::{AcknowledgementRow, HolderRow};
pub use instant::Instant;
pub use json_text::JsonText;
pub use leases::ProgressRow;
pub use letters::{AlertRow, LetterRow, OutboxCounts, ReceiptRow, Settled};
pub use open::Migrations;
pub use overview::{COUNT_MAX, Count, Due, DueRow, LETTER_STATES, LetterLine, OPEN_KINDS};
pub use servers::{Lent, Servers};
pub use sqlx::types::Json;
pub use tokens::TokenRow;

/// What can go wrong in the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database refused or did not answer.
    #[error("the register's database: {0}")]
    Database(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the register's schema could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The URL names no database that this program knows.
    #[error("store URL \"{0}\" is neither sqlite://PATH nor postgres://…; correct [store] url in the configuration")]
    Url(String),
    /// A server does not answer.
    #[error("the PostgreSQL server does not answer within {0} s: is it running, is it reached, is [store] url right?")]
    NoAnswer(u64),
    /// The server is not the one that was meant, or cannot show it.
    #[error(
        "no TLS with the PostgreSQL server: {0}. Its certificate must bear the name in [store] url and be signed by an authority that this \
         machine knows, or that sslrootcert=FILE in the URL names"
    )]
    Tls(#[source] sqlx::Error),
    /// Nobody can say whether a transaction was committed.
    #[error(
        "the PostgreSQL server fell silent while this was being written ({0}): it is not known whether it is written; look before you \
         enter it again"
    )]
    NotKnown(String),
    /// A statement of the transaction had failed before it was to be committed.
    #[error("nothing was written: a statement before had failed")]
    Undone,
    /// Another transaction is in the way.
    #[error("somebody else is at work in the register and was waited for in vain (an import?); try again: {0}")]
    Busy(sqlx::Error),
    /// A primary that another has replaced.
    #[error(
        "a PostgreSQL server in [store] url takes writes, but it is an old primary that another has replaced, or is no replica of the one \
         that this daemon wrote to; nothing is written to it. Stop it, and make it a standby of the new primary"
    )]
    OldPrimary,
    /// A server that lacks what the register uses.
    #[error("the PostgreSQL server is too old (server_version_num {0}); use version 13 or later")]
    ServerTooOld(String),
    /// An address on another machine that would be spoken to without TLS.
    #[error(
        "the PostgreSQL server {0} is on another machine and its address does without TLS; take sslmode out of [store] url \
         (verify-full then), or write sslmode=verify-full, verify-ca or require"
    )]
    PlainText(String),
    /// A server that takes no writes.
    #[error("the PostgreSQL server is a standby or read-only; name its primary in [store] url as well")]
    ReadOnly,
    /// No schema of the search path exists.
    #[error(
        "no schema of this user's search_path exists; run: create schema keshirim authorization USER; as the database's owner"
    )]
    NoSchema,
    /// The user may not create tables.
    #[error(
        "this user may not create tables in the schema \"{0}\"; run: grant create, usage on schema \"{0}\" to USER; \
         as its owner, or give the register a schema of its own"
    )]
    NoRight(String),
    /// Somebody else's tables are in the way.
    #[error(
        "the schema \"{schema}\" has a table \"{table}\" that is not keshirim's; give the register a database or a schema of its own \
         (options=-csearch_path%3DSCHEMA in [store] url)"
    )]
    ForeignTable {
        /// The schema.
        schema: String,
        /// The first table that has a name of ours.
        table: String,
    },
    /// The schema is newer than this program.
    #[error(
        "the register was brought to migration {0}, which this keshirim does not know: it belongs to a newer one (install that), \
         or to another program (give the register a database of its own)"
    )]
    Newer(i64),
    /// None of the PostgreSQL servers named is a writable primary.
    #[error("none of the PostgreSQL servers in [store] url answers as a writable primary; the last one: {0}")]
    NoPrimary(String),
    /// The schema is older than this program.
    #[error("the register's schema lacks {0} migration(s); run `keshirim serve` once, or any command that writes")]
    Behind(usize),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let of_tls = match &error {
            sqlx::Error::Tls(_) => true,
            // A certificate that does not suit is met in the handshake, by whoever reads from the socket.
            sqlx::Error::Io(io) => matches!(io.get_ref(), Some(inner) if inner.is::<tokio_rustls::rustls::Error>()),
            _ => false,
        };
        match error {
            error if of_tls => Self::Tls(error),
            // lock_not_available
            error if code(&error).as_deref() == Some("55P03") => Self::Busy(error),
            error => Self::Database(error),
        }
    }
}

/// What PostgreSQL calls it, five characters; with SQLite a number.
fn code(error: &sqlx::Error) -> Option<std::borrow::Cow<'_, str>> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code)
}

impl Error {
    /// Whether a PostgreSQL connection is of no use any more: what was under way on it may or may not have been done.
    fn is_of_the_connection(&self) -> bool {
        match self {
            Self::NoAnswer(_) | Self::Tls(_) => true,
            // Connection exceptions, the server's shutting down, and a session that it has ended.
            Self::Database(error @ sqlx::Error::Database(_)) => code(error).is_some_and(|code| {
                code.starts_with("08") || code.starts_with("57P") || ["25P03", "25P04"].contains(&&*code)
            }),
            Self::Database(error) => {
                matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolClosed)
            }
            _ => false,
        }
    }

    /// Whether the server itself may be gone, or be no primary any more.
    fn is_of_the_server(&self) -> bool {
        match self {
            Self::ReadOnly => true,
            // read_only_sql_transaction; and sessions that were ended for their own idleness.
            Self::Database(error) if code(error).as_deref() == Some("25006") => true,
            Self::Database(error) if ["25P03", "25P04"].map(Some).contains(&code(error).as_deref()) => false,
            error => error.is_of_the_connection(),
        }
    }

    /// Whether it is the violation of a unique key.
    pub fn is_unique_violation(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::Database(error)) => error.is_unique_violation(),
            _ => false,
        }
    }
}

/// The answer of every store method.
pub type Result<T> = std::result::Result<T, Error>;

/// An open register.
#[derive(Clone, Debug)]
pub enum Store {
    /// One file, one writer.
    Sqlite {
        /// One connection: SQLite has one writer, and waiting here is fair, waiting for its lock is not.
        write: SqlitePool,
        /// Readers: they see the last committed state and never wait for the writer (WAL).
        read: SqlitePool,
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

impl Store {
    /// Begins a writing transaction.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            // Differs by necessity: a deferred transaction that writes after reading can fail with "database is locked" on
            // SQLite; `immediate` takes the one write lock at once.
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("begin immediate").await?),
            Self::Postgres(servers) => Tx::Postgres(servers.connection().await?.begin("begin").await?),
        })
    }

    /// Begins the transaction in which somebody records in the chain `name`: in cases side by side, nation-wide alone
    /// ([`Store::begin_alone`]).
    pub async fn begin_for(&self, name: &str) -> Result<Tx> {
        if name == cases::NATIONWIDE { self.begin_alone().await } else { self.begin_beside().await }
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

    /// The locks are in memory and end with the transaction; the second number is the table's own, so that two registers in one database
    /// do not meet.
    async fn begin_in_turn(&self, postgres: &'static str) -> Result<Tx> {
        match self {
            // Differs by necessity: a writing transaction on SQLite is alone already, and SQLite has no locks to ask for.
            Self::Sqlite { .. } => self.begin().await,
            Self::Postgres(servers) => Ok(Tx::Postgres(servers.connection().await?.begin(postgres).await?)),
        }
    }

    /// Begins a reading transaction: every statement in it sees the same state.
    pub async fn snapshot(&self) -> Result<Tx> {
        Ok(match self {
            // Differs by necessity: SQLite's deferred transaction is a snapshot by itself; PostgreSQL must be asked.
            Self::Sqlite { read, .. } => Tx::Sqlite(read.begin().await?),
            Self::Postgres(servers) => Tx::Postgres(
                servers.connection().await?.begin("begin isolation level repeatable read read only").await?,
            ),
        })
    }

    /// Writes one row and commits it: a disk that is full, or a file that belongs to another user, says so here.
    ///
    /// On SQLite a connection for which it failed is closed: should it be the connection that is ill, the next one is not.
    pub async fn probe(&self, now: Instant) -> Result<()> {
        let write = async {
            let mut tx = self.begin().await?;
            tx.put_meta("last_probe", &now.to_string()).await?;
            tx.commit().await
        };
        let written = write.await;
        if let (Err(_), Self::Sqlite { write, .. }) = (&written, self)
            // It is on its way back to the pool, of which it is the only one.
            && let Ok(connection) = write.acquire().await
        {
            connection.close().await?;
        }
        written
    }

    /// Closes every connection; with SQLite the write-ahead log is folded into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, read } => {
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
            // A file has no limit: its only user is this program.
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(db) => db.be_patient().await,
        }
    }
}
