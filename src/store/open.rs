//! Opening a register: the URL, the pools, the migrations.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::importing::ready_for_whole_tables;
use super::{Error, Result, Servers, Store, server};

/// How long a writer waits for another process that writes to the same SQLite file.
const SQLITE_BUSY_TIMEOUT_SECONDS: u64 = 15;
/// Pages of the register that each connection to a SQLite file keeps in memory. Few: the system's own cache of the file holds the rest,
/// and what SQLite once had in memory its allocator does not give back.
const SQLITE_CACHE_KIBIBYTES: u32 = 4 * 1024;
/// … and each of those that only read: there are several, and what they share is the system's own cache of the file.
const SQLITE_READER_CACHE_KIBIBYTES: u32 = 1024;
/// A reader unused for so long is closed: what a busy hour needed is not kept for the night.
const SQLITE_READER_IDLE_SECONDS: u64 = 60;
/// Rows that SQLite's own thread reads ahead of whoever asked for them: each time it waits, both threads are woken and put to sleep.
const SQLITE_ROWS_AHEAD: usize = 1_000;
/// After how many pages (of 4 KiB) of the write-ahead log whoever writes folds it into the file. Mostly that was done beside the
/// writers long before ([`Folding`](super::Folding)).
const SQLITE_LOG_PAGES_MAX: u32 = 16_000;
/// How long anyone waits for a free connection to a SQLite file.
const ACQUIRE_TIMEOUT_SECONDS: u64 = 30;
/// Readers of a SQLite file at a time.
const SQLITE_READERS_MAX: u32 = 4;

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// A pool that never hands out a connection with a transaction that is over and yet counted.
///
/// When the disk is full or fails, SQLite ends the transaction by itself (`SQLITE_FULL`, `SQLITE_IOERR`); sqlx's own rollback then has
/// nothing to undo, fails, and goes on counting one open transaction: every later `begin` on that connection would be refused, long
/// after the disk was freed. Such a connection is closed on its way back, and the next caller gets a new one.
fn sqlite_pool(connections_max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(Duration::from_secs(ACQUIRE_TIMEOUT_SECONDS))
        // A file does not hang up; and each question is a way to another thread and back.
        .test_before_acquire(false)
        .after_release(|connection, _| {
            Box::pin(async move {
                if connection.is_in_transaction() {
                    // A dropped transaction is undone in the connection's own queue: the answer to a ping comes after that.
                    connection.ping().await?;
                }
                Ok(!connection.is_in_transaction())
            })
        })
}

/// Whether opening may change the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrations {
    /// Bring the schema up to date.
    Run,
    /// Leave it as it is: `keshirim check` reports what is pending.
    Leave,
}

impl Store {
    /// Opens `sqlite://PATH` (created if it is missing) or `postgres://…`.
    pub async fn open(url: &str, migrations: Migrations) -> Result<Self> {
        Self::open_first(&[url.to_owned()], None, migrations).await
    }

    /// Opens the register: a SQLite file, or that PostgreSQL server of `urls` that is the writable primary. When another becomes
    /// the primary, the store moves to it by itself. `password` is the one for PostgreSQL; without it the server asks for none, or
    /// finds it in the user's .pgpass file.
    pub async fn open_first(urls: &[String], password: Option<&str>, migrations: Migrations) -> Result<Self> {
        let store = match urls {
            [url] if url.starts_with("sqlite:") => Self::open_sqlite(url).await?,
            _ => {
                let servers: Result<Vec<_>> = urls.iter().map(|url| postgres(url, password)).collect();
                let servers = Servers::new(servers?);
                // Says what is wrong with a server before anything is asked of it.
                drop(servers.connection().await?);
                Self::Postgres(servers)
            }
        };
        store.with(migrations).await
    }

    /// Itself, once its schema is as it should be; closed if it is not.
    async fn with(self, migrations: Migrations) -> Result<Self> {
        if migrations == Migrations::Run
            && let Err(error) = self.migrate().await
        {
            self.close().await;
            return Err(error);
        }
        Ok(self)
    }

    async fn open_sqlite(url: &str) -> Result<Self> {
        let options = url
            .parse::<SqliteConnectOptions>()?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // FULL: a committed entry survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(SQLITE_BUSY_TIMEOUT_SECONDS))
            .pragma("cache_size", format!("-{SQLITE_CACHE_KIBIBYTES}"))
            .pragma("wal_autocheckpoint", SQLITE_LOG_PAGES_MAX.to_string())
            // What undoes half a statement of many rows is kept in memory, and not in a file of its own.
            .pragma("temp_store", "memory")
            .row_buffer_size(SQLITE_ROWS_AHEAD)
            .foreign_keys(true);
        let write = sqlite_pool(1).connect_with(options.clone()).await?;
        let options =
            options.pragma("query_only", "on").pragma("cache_size", format!("-{SQLITE_READER_CACHE_KIBIBYTES}"));
        let read = sqlite_pool(SQLITE_READERS_MAX)
            .idle_timeout(Duration::from_secs(SQLITE_READER_IDLE_SECONDS))
            .connect_lazy_with(options);
        Ok(Self::Sqlite { write, read, folding: Arc::default() })
    }

    async fn migrate(&self) -> Result<()> {
        let done = match self {
            Self::Sqlite { write, .. } => {
                let mut db = write.acquire().await?;
                let applied = sqlx::query_scalar(APPLIED).fetch_all(&mut *db).await;
                let is_behind = !pending(&SQLITE_MIGRATIONS, applied)?.is_empty();
                if is_behind {
                    // Some write whole tables anew.
                    ready_for_whole_tables(&mut db).await?;
                }
                // Not `run`: the compiler cannot see that it may go to another thread.
                let done = SQLITE_MIGRATIONS.run_direct(None, &mut *db, false).await;
                if is_behind {
                    // The next connection begins as each does.
                    db.close().await?;
                }
                done
            }
            Self::Postgres(servers) => {
                let mut db = servers.unlimited().await?;
                let pending = pending(&POSTGRES_MIGRATIONS, postgres_versions(&mut db).await)?.len();
                let may = server::may_migrate(&mut db, &POSTGRES_MIGRATIONS, pending).await?;
                let done = if may { POSTGRES_MIGRATIONS.run_direct(None, &mut db, false).await } else { Ok(()) };
                db.close().await?;
                done
            }
        };
        done.map_err(|error| match error {
            MigrateError::VersionMissing(version) => Error::Newer(version),
            error => error.into(),
        })
    }

    /// The migrations that the schema still lacks, by name; none are run. A schema that has had others, or in which they could not be
    /// run, is an error.
    pub async fn pending_migrations(&self) -> Result<Vec<String>> {
        match self {
            Self::Sqlite { read, .. } => pending(&SQLITE_MIGRATIONS, sqlx::query_scalar(APPLIED).fetch_all(read).await),
            Self::Postgres(servers) => {
                let mut db = servers.unlimited().await?;
                let pending = pending(&POSTGRES_MIGRATIONS, postgres_versions(&mut db).await)?;
                server::may_migrate(&mut db, &POSTGRES_MIGRATIONS, pending.len()).await?;
                db.close().await?;
                Ok(pending)
            }
        }
    }
}

/// The migrations that were run.
const APPLIED: &str = "select version from _sqlx_migrations where success";

async fn postgres_versions(db: &mut PgConnection) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar(APPLIED).fetch_all(db).await
}

/// Those of `known` that are not among the `applied`, by name.
fn pending(known: &Migrator, applied: sqlx::Result<Vec<i64>>) -> Result<Vec<String>> {
    let applied = match applied {
        Ok(applied) => applied,
        // No such table: a database that was never migrated.
        Err(sqlx::Error::Database(_)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    if let Some(newer) = applied.iter().find(|version| !known.version_exists(**version)) {
        return Err(Error::Newer(*newer));
    }
    Ok(known
        .iter()
        .filter(|migration| !applied.contains(&migration.version))
        .map(|migration| format!("{:04}_{}", migration.version, migration.description.replace(' ', "_")))
        .collect())
}

/// The address of a server.
fn postgres(url: &str, password: Option<&str>) -> Result<PgConnectOptions> {
    if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        server::options(url, password)
    } else {
        Err(Error::Url(url.to_owned()))
    }
}
