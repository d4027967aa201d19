//! What can go wrong in the store, each with what to do about it.

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
    /// The disk is full, or fails.
    #[error(
        "the register's disk is full, or fails (or, for an import into SQLite, that of /var/tmp, or of SQLITE_TMPDIR or TMPDIR): \
         make room or look at it, and do again what was under way, which is undone: {0}"
    )]
    Disk(#[source] sqlx::Error),
    /// What was to be written refers to a row that does not exist: a fault of this program.
    #[error(
        "nothing was written: a row of {table} refers to a row of {parent} that does not exist; this is a fault of keshirim, report it"
    )]
    BrokenReference {
        /// The table.
        table: String,
        /// The table that it refers to.
        parent: String,
    },
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
            error => match code(&error).as_deref() {
                // lock_not_available; SQLITE_BUSY
                Some("55P03" | "5") => Self::Busy(error),
                Some(code) if is_of_the_disk(code) => Self::Disk(error),
                _ => Self::Database(error),
            },
        }
    }
}

/// Whether PostgreSQL calls it `disk_full`, or SQLite `SQLITE_FULL` or `SQLITE_IOERR`, of which it tells many kinds in the higher octets.
fn is_of_the_disk(code: &str) -> bool {
    match code.len() {
        5 => code == "53100",
        _ => code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 10 | 13)),
    }
}

/// What PostgreSQL calls it, five characters; with SQLite a number.
fn code(error: &sqlx::Error) -> Option<std::borrow::Cow<'_, str>> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code)
}

impl Error {
    /// Whether a PostgreSQL connection is of no use any more: what was under way on it may or may not have been done.
    pub(super) fn is_of_the_connection(&self) -> bool {
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
    pub(super) fn is_of_the_server(&self) -> bool {
        match self {
            Self::ReadOnly => true,
            // read_only_sql_transaction; and sessions that were ended for their own idleness.
            Self::Database(error) if code(error).as_deref() == Some("25006") => true,
            Self::Database(error) if ["25P03", "25P04"].map(Some).contains(&code(error).as_deref()) => false,
            error => error.is_of_the_connection(),
        }
    }

    /// Whether it may pass by itself: a server that does not answer, or is no primary yet; an import that keeps everybody out.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::NoPrimary(_) | Self::Busy(_)) || self.is_of_the_server() && !matches!(self, Self::Tls(_))
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
