//! What a PostgreSQL server must be before it keeps a register: reached over TLS, new enough, a primary, and with a schema of ours.

use std::net::IpAddr;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{ConnectOptions as _, Executor as _};
use tokio::time::timeout;

use super::{Error, Result};

/// The oldest server, as `server_version_num` has it: 13.
const SERVER_VERSION_MIN: i64 = 130_000;
/// How long a server may take to be reached and to say what it is.
const CONNECT_TIMEOUT_SECONDS: u64 = 5;

/// How long a statement may take before this side gives up: longer than the server's own limits below, so that a server that is well says
/// itself what it waited for, and the connection can be used again. No statement of the daemon reads more than a batch.
pub(super) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(15);
/// The server's limits on a session: one statement; waiting for a lock; and a transaction whose client has fallen silent, which must
/// free its locks before its leases run out. And how it plans: a plan is made for the tables as they are when a connection is young (a
/// register that is just being imported is still empty), so an index is taken wherever there is one; there is nothing to compile, and no
/// helper to be started for milliseconds. Before all of it, that in a literal nothing but a quotation mark has a meaning.
const USUAL: &str = "
    set standard_conforming_strings = on;
    set statement_timeout = '12s'; set lock_timeout = '10s'; set idle_in_transaction_session_timeout = '15s';
    set enable_seqscan = off; set jit = off; set max_parallel_workers_per_gather = 0";

/// The same for work in bulk (import, export, verification): statements over every case, and between them time to derive thousands.
pub(super) const PATIENT_STATEMENT_TIMEOUT: Duration = Duration::from_mins(10);
/// What the server is told then, for the running transaction.
pub(super) const PATIENT: &str = "
    set local statement_timeout = '590s'; set local lock_timeout = '60s'; set local idle_in_transaction_session_timeout = '300s'";

/// A migration may take as long as it takes: half of it is worth nothing.
const NONE: &str = "set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0";

/// Which limits a session has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limits {
    /// Those of the daemon's work.
    Usual,
    /// None: migrations.
    None,
}

/// Where a server's data comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lineage {
    /// The family: a server and its replicas by streaming have the same.
    pub(super) system: String,
    /// Counted up with each promotion within it.
    pub(super) timeline: i64,
}

/// A server that can keep a register and takes writes.
#[derive(Debug)]
pub(super) struct Looked {
    /// The connection by which it was looked at.
    pub(super) connection: PgConnection,
    /// None if it does not tell.
    pub(super) lineage: Option<Lineage>,
}

/// Connects to a server; an error unless it answers in time, is new enough, and takes writes.
pub(super) async fn look(options: &PgConnectOptions, limits: Limits) -> Result<Looked> {
    let looked = timeout(Duration::from_secs(CONNECT_TIMEOUT_SECONDS), look_at(options, limits));
    looked.await.unwrap_or(Err(Error::NoAnswer(CONNECT_TIMEOUT_SECONDS)))
}

async fn look_at(options: &PgConnectOptions, limits: Limits) -> Result<Looked> {
    const WHAT: &str = "
        select current_setting('server_version_num'),
               pg_is_in_recovery() or current_setting('transaction_read_only', false) = 'on'";
    let mut connection = options.connect().await?;
    let (version, read_only): (String, bool) = sqlx::query_as(WHAT).fetch_one(&mut connection).await?;
    if version.parse::<i64>().is_ok_and(|version| version < SERVER_VERSION_MIN) {
        return Err(Error::ServerTooOld(version));
    }
    if read_only {
        return Err(Error::ReadOnly);
    }
    let limits = match limits {
        Limits::Usual => USUAL,
        Limits::None => NONE,
    };
    connection.execute(sqlx::raw_sql(limits)).await?;
    let lineage = lineage(&mut connection).await?;
    Ok(Looked { connection, lineage })
}

/// Where the data of a primary comes from.
async fn lineage(connection: &mut PgConnection) -> Result<Option<Lineage>> {
    // The name of a file of the log begins with its timeline, eight hexadecimal digits.
    const SQL: &str = "
        select system_identifier::text, left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) from pg_control_system()";
    match sqlx::query_as::<_, (String, String)>(SQL).fetch_one(connection).await {
        Ok((system, timeline)) => {
            Ok(i64::from_str_radix(&timeline, 16).ok().map(|timeline| Lineage { system, timeline }))
        }
        // Some servers for hire have no such functions, or not for everybody.
        Err(sqlx::Error::Database(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A server's name for the journal.
pub(super) fn name(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(folder) => format!("{}:{}", folder.display(), options.get_port()),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

/// The address as sqlx takes it. To another machine goes nothing without TLS, and by default nothing to a server whose certificate does
/// not bear its name.
pub(super) fn options(url: &str, password: Option<&str>) -> Result<PgConnectOptions> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let named = query.split('&').any(|pair| pair.starts_with("sslmode=") || pair.starts_with("ssl-mode="));
    let mut options: PgConnectOptions = url.parse()?;
    let here = options.get_socket().is_some() || is_this_machine(options.get_host());
    if !named {
        // Said here, so that nobody's PGSSLMODE says it.
        options = options.ssl_mode(if here { PgSslMode::Prefer } else { PgSslMode::VerifyFull });
    }
    let weak = matches!(options.get_ssl_mode(), PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer);
    if weak && !here {
        return Err(Error::PlainText(options.get_host().to_owned()));
    }
    Ok(match password {
        Some(password) => options.password(password),
        None => options,
    })
}

/// A socket's folder, or a loopback address.
fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.starts_with('/') || host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether the schema is ours to change: false if nothing is `pending` and nothing could be changed. Refused: a schema in which somebody
/// else's tables have our names, and one that lacks something and in which this user may create nothing.
pub(super) async fn may_migrate(db: &mut PgConnection, migrations: &Migrator, pending: usize) -> Result<bool> {
    const SCHEMA: &str =
        "select current_schema()::text, coalesce(has_schema_privilege(current_schema()::text, 'create'), false)";
    const FOREIGN: &str = "
        select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = $1 and c.relname = any($2)
           and not exists (select 1 from pg_class m where m.relnamespace = n.oid and m.relname = '_sqlx_migrations')
         order by 1 limit 1";
    let (schema, may_create): (Option<String>, bool) = sqlx::query_as(SCHEMA).fetch_one(&mut *db).await?;
    let Some(schema) = schema else { return Err(Error::NoSchema) };
    let foreign: Option<String> =
        sqlx::query_scalar(FOREIGN).bind(&schema).bind(tables(migrations)).fetch_optional(&mut *db).await?;
    match (foreign, may_create, pending) {
        (Some(table), ..) => Err(Error::ForeignTable { schema, table }),
        (None, false, 1..) => Err(Error::NoRight(schema)),
        (None, may_create, _) => Ok(may_create),
    }
}

/// The names of the tables that the migrations make.
fn tables(migrations: &Migrator) -> Vec<&str> {
    let lines = migrations.iter().flat_map(|migration| migration.sql.as_str().lines());
    lines.filter_map(|line| line.strip_prefix("create table ")?.split_whitespace().next()).collect()
}
