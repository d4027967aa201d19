//! What a PostgreSQL server must be before it keeps a register: reached over TLS, new enough, a primary, and with a schema of ours.

use std::net::IpAddr;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};

use super::open::ACQUIRE_TIMEOUT_SECONDS;
use super::{Error, Result};

/// The oldest server, as `server_version_num` has it: 13.
const SERVER_VERSION_MIN: i64 = 130_000;
/// Connections of one daemon to a server.
const CONNECTIONS_MAX: u32 = 10;
/// How long a server may take to answer before the next one is asked.
const CONNECT_TIMEOUT_SECONDS: u64 = 10;

/// Connects to a server that can keep a register; `password` goes before any other.
pub(super) async fn connect(url: &str, password: Option<&str>) -> Result<PgPool> {
    let options = options(url, password)?;
    let connecting = PgPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(Duration::from_secs(ACQUIRE_TIMEOUT_SECONDS))
        .connect_with(options);
    let pool = tokio::time::timeout(Duration::from_secs(CONNECT_TIMEOUT_SECONDS), connecting)
        .await
        .map_err(|_| Error::NoAnswer(CONNECT_TIMEOUT_SECONDS))??;
    let version: String = sqlx::query_scalar("select current_setting('server_version_num')").fetch_one(&pool).await?;
    if version.parse::<i64>().is_ok_and(|version| version >= SERVER_VERSION_MIN) {
        return Ok(pool);
    }
    pool.close().await;
    Err(Error::ServerTooOld(version))
}

/// The address as sqlx takes it. To another machine goes nothing without TLS, and by default nothing to a server whose certificate does
/// not bear its name.
fn options(url: &str, password: Option<&str>) -> Result<PgConnectOptions> {
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

/// Whether it is a standby, or set to refuse writes.
pub(super) async fn is_read_only(pool: &PgPool) -> Result<bool> {
    let read_only: String = sqlx::query_scalar("show transaction_read_only").fetch_one(pool).await?;
    Ok(read_only == "on")
}

/// Whether the schema is ours to change: false if nothing is `pending` and nothing could be changed. Refused: a schema in which somebody
/// else's tables have our names, and one that lacks something and in which this user may create nothing.
pub(super) async fn may_migrate(pool: &PgPool, migrations: &Migrator, pending: usize) -> Result<bool> {
    const SCHEMA: &str =
        "select current_schema()::text, coalesce(has_schema_privilege(current_schema()::text, 'create'), false)";
    const FOREIGN: &str = "
        select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = $1 and c.relname = any($2)
           and not exists (select 1 from pg_class m where m.relnamespace = n.oid and m.relname = '_sqlx_migrations')
         order by 1 limit 1";
    let (schema, may_create): (Option<String>, bool) = sqlx::query_as(SCHEMA).fetch_one(pool).await?;
    let Some(schema) = schema else { return Err(Error::NoSchema) };
    let foreign: Option<String> =
        sqlx::query_scalar(FOREIGN).bind(&schema).bind(tables(migrations)).fetch_optional(pool).await?;
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
