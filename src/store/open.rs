//! Opening a register: the URL, the pools, the migrations.

use std::time::Duration;

use sqlx::Connection as _;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{Error, Result, Store, server};

/// How long a writer waits for another process that writes to the same SQLite file.
const SQLITE_BUSY_TIMEOUT_SECONDS: u64 = 15;
/// Pages of the register that each connection to a SQLite file keeps in memory.
const SQLITE_CACHE_KIBIBYTES: u32 = 16 * 1024;
/// After how many pages (of 4 KiB) the write-ahead log is folded into the file: the pages that every letter changes are then copied
/// once for hundreds of letters.
const SQLITE_LOG_PAGES: u32 = 4_000;
/// Rows that a connection's thread reads ahead of whoever takes them: with fewer the two wait for each other in turn.
const SQLITE_ROWS_BUFFERED: usize = 1_000;
/// How long anyone waits for a free connection.
pub(super) const ACQUIRE_TIMEOUT_SECONDS: u64 = 30;
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
        .after_release(|connection, _| {
            Box::pin(async move {
                // A dropped transaction is undone in the connection's own queue: the answer to a ping comes after that.
                connection.ping().await?;
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
        Self::connect(url, None).await?.with(migrations).await
    }

    /// Opens the first of `urls` that answers as a writable primary; a single URL is simply opened. `password` is the one for
    /// PostgreSQL; without it the server asks for none, or finds it in the user's .pgpass file.
    pub async fn open_first(urls: &[String], password: Option<&str>, migrations: Migrations) -> Result<Self> {
        let mut last = "no URL is given".to_owned();
        for url in urls {
            let opened = async { Self::connect(url, password).await?.with(migrations).await };
            match opened.await {
                Ok(store) => return Ok(store),
                Err(error) if urls.len() == 1 => return Err(error),
                Err(error) => last = error.to_string(),
            }
        }
        Err(Error::NoPrimary(last))
    }

    async fn connect(url: &str, password: Option<&str>) -> Result<Self> {
        if url.starts_with("sqlite:") {
            Self::open_sqlite(url).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Self::Postgres(server::connect(url, password).await?))
        } else {
            Err(Error::Url(url.to_owned()))
        }
    }

    /// Itself, once it takes writes and its schema is as it should be; closed if it is not.
    async fn with(self, migrations: Migrations) -> Result<Self> {
        let ready = async {
            if let Self::Postgres(pool) = &self
                && server::is_read_only(pool).await?
            {
                return Err(Error::ReadOnly);
            }
            if migrations == Migrations::Run { self.migrate().await } else { Ok(()) }
        };
        match ready.await {
            Ok(()) => Ok(self),
            Err(error) => {
                self.close().await;
                Err(error)
            }
        }
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
            .pragma("wal_autocheckpoint", SQLITE_LOG_PAGES.to_string())
            // What a statement would undo is kept in memory, not in a file.
            .pragma("temp_store", "memory")
            .row_buffer_size(SQLITE_ROWS_BUFFERED)
            .foreign_keys(true);
        let write = sqlite_pool(1).connect_with(options.clone()).await?;
        let read = sqlite_pool(SQLITE_READERS_MAX).connect_lazy_with(options.pragma("query_only", "on"));
        Ok(Self::Sqlite { write, read })
    }

    async fn migrate(&self) -> Result<()> {
        let done = match self {
            Self::Sqlite { write, .. } => SQLITE_MIGRATIONS.run(write).await,
            Self::Postgres(pool) => {
                let pending = self.pending().await?.len();
                if !server::may_migrate(pool, &POSTGRES_MIGRATIONS, pending).await? {
                    return Ok(());
                }
                POSTGRES_MIGRATIONS.run(pool).await
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
        let pending = self.pending().await?;
        if let Self::Postgres(pool) = self {
            server::may_migrate(pool, &POSTGRES_MIGRATIONS, pending.len()).await?;
        }
        Ok(pending)
    }

    async fn pending(&self) -> Result<Vec<String>> {
        const SQL: &str = "select version from _sqlx_migrations where success";
        let (known, applied) = match self {
            Self::Sqlite { read, .. } => (&SQLITE_MIGRATIONS, sqlx::query_scalar::<_, i64>(SQL).fetch_all(read).await),
            Self::Postgres(pool) => (&POSTGRES_MIGRATIONS, sqlx::query_scalar::<_, i64>(SQL).fetch_all(pool).await),
        };
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
}
