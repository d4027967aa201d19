//! A register of its own for every test, and one body for every database.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use keshirim::config::{CalendarFile, Config};
use keshirim::law::calendar::Calendar;
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::register::entry::{Draft, NewCase};
use keshirim::register::{NATIONWIDE, Registrar};
use keshirim::store::{Instant, Migrations, Store, Tx};
use sqlx::Connection as _;
use tempfile::TempDir;

/// The database that a test is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

tokio::task_local! {
    static HERE: Backend;
}

impl Backend {
    /// The one that the running test is on. A test that is not written for both is on SQLite: a file needs no server.
    pub(crate) fn here() -> Self {
        HERE.try_with(|backend| *backend).unwrap_or(Self::Sqlite)
    }

    /// Runs something on it. What that spawns is not on it: wrap it in another `run`.
    pub(crate) async fn run<T>(self, body: impl Future<Output = T>) -> T {
        HERE.scope(self, body).await
    }
}

/// The address of an empty register on the database of the running test; SQLite's is in `folder`.
pub(crate) async fn register_url(folder: &Path) -> String {
    match Backend::here() {
        Backend::Sqlite => format!("sqlite://{}", folder.join("register.db").display()),
        Backend::Postgres => postgres_url().await,
    }
}

/// What makes every letter stand there.
pub(crate) fn all_letters_are(state: &str) -> String {
    let accepted = "delete from outbox";
    if state == "accepted" {
        return accepted.to_owned();
    }
    format!(
        "{accepted};
         insert into outbox (number, letter_id, office, address, urgency, due_at, state, attempts)
         select number, letter_id, office, address, urgency, due_at, '{state}', attempts from letter_stand"
    )
}

/// Changes the database behind the register's back, as somebody with the file could; yields how many rows the last statement changed.
pub(crate) async fn tamper(store: &Store, sql: &str) -> u64 {
    match store {
        Store::Sqlite { write, .. } => {
            let mut connection = write.acquire().await.unwrap();
            sqlx::raw_sql("pragma foreign_keys = off").execute(&mut *connection).await.unwrap();
            let sql = sqlx::AssertSqlSafe(sql.to_owned());
            let done = sqlx::raw_sql(sql).execute(&mut *connection).await.unwrap();
            sqlx::raw_sql("pragma foreign_keys = on").execute(&mut *connection).await.unwrap();
            done.rows_affected()
        }
        Store::Postgres(_) => {
            let mut tx = store.begin().await.unwrap();
            let Tx::Postgres(db) = &mut tx else { unreachable!("the store is a server") };
            sqlx::raw_sql("set local session_replication_role = replica").execute(&mut **db).await.unwrap();
            let sql = sqlx::AssertSqlSafe(sql.to_owned());
            let done = sqlx::raw_sql(sql).execute(&mut **db).await.unwrap();
            tx.commit().await.unwrap();
            done.rows_affected()
        }
    }
}

/// Runs one body on each database: a test that takes a house, or functions that stand elsewhere in the module and open their register
/// by [`register_url`] or [`House::here`].
macro_rules! on_each_backend {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            use crate::backend::Backend;

            #[tokio::test]
            async fn sqlite() {
                Backend::Sqlite.run(super::$name()).await;
            }

            #[tokio::test]
            async fn postgres() {
                Backend::Postgres.run(super::$name()).await;
            }
        })+
    };
    ($($(#[$doc:meta])* async fn $name:ident($house:ident: House) $body:block)+) => {
        $($(#[$doc])* mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run(House::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                run(House::postgres().await).await;
            }

            async fn run($house: House) $body
        })+
    };
}
pub(crate) use on_each_backend;

/// The address of an empty schema of one's own in the PostgreSQL that `tests/run` has started.
#[expect(
    clippy::disallowed_methods,
    reason = "the tests' own server is named in their environment, and nowhere in the product"
)]
pub(crate) async fn postgres_url() -> String {
    static SCHEMAS: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var("KESHIRIM_TEST_POSTGRES_URL")
        .expect("this test needs a PostgreSQL: run the tests by `tests/run`, which starts one, or name one in KESHIRIM_TEST_POSTGRES_URL");
    let schema = format!("test_{}_{}", std::process::id(), SCHEMAS.fetch_add(1, Ordering::Relaxed));
    let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
    let sql = sqlx::AssertSqlSafe(format!("create schema {schema}"));
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let joint = if server.contains('?') { '&' } else { '?' };
    format!("{server}{joint}options=-csearch_path%3D{schema}")
}

/// A register with a stopped clock.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) calendar: Calendar,
    pub(crate) config: Config,
    pub(crate) now: DateTime<Utc>,
    /// Deleted with the house.
    pub(crate) folder: TempDir,
}

impl House {
    /// On the database of the running test.
    pub(crate) async fn here() -> Self {
        match Backend::here() {
            Backend::Sqlite => Self::sqlite().await,
            Backend::Postgres => Self::postgres().await,
        }
    }

    pub(crate) async fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}", folder.path().join("register.db").display());
        Self::with(Store::open(&url, Migrations::Run).await.unwrap(), folder)
    }

    pub(crate) async fn postgres() -> Self {
        Self::with(Store::open(&postgres_url().await, Migrations::Run).await.unwrap(), TempDir::new().unwrap())
    }

    fn with(store: Store, folder: TempDir) -> Self {
        // A Sunday noon in Almaty.
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 7, 0, 0).unwrap();
        Self { store, calendar: CalendarFile::shipped().calendar(), config: Config::default(), now, folder }
    }

    pub(crate) fn at(&self, who: &'static str, now: DateTime<Utc>) -> Registrar<'_> {
        Registrar { store: &self.store, calendar: &self.calendar, config: &self.config, who, now }
    }

    pub(crate) fn aigul(&self) -> Registrar<'_> {
        self.at("aigul", self.now)
    }

    pub(crate) fn berik(&self) -> Registrar<'_> {
        self.at("berik", self.now)
    }

    pub(crate) fn instant(&self) -> Instant {
        Instant::new(self.now)
    }

    pub(crate) async fn open(&self, number: &str, sentence: Sentence) {
        self.aigul().open_case(&new_case(number, sentence)).await.unwrap();
    }

    /// Records as aigul, every unlikely date meant; yields the entry's id.
    pub(crate) async fn record(&self, number: &str, kind: EventKind, on: &str) -> String {
        self.aigul().record(number, &Draft::new(kind, day(on)).confirmed()).await.unwrap().entry.event_id
    }

    pub(crate) async fn nationwide(&self, kind: EventKind, on: &str) -> String {
        let draft = Draft::new(kind, day(on)).confirmed().with("act", "Decree 1251").unwrap();
        self.aigul().record(NATIONWIDE, &draft).await.unwrap().entry.event_id
    }

    /// The saved deadlines of a case: rule, date, status.
    pub(crate) async fn deadlines(&self, number: &str) -> Vec<(String, Option<NaiveDate>, String)> {
        let mut tx = self.store.snapshot().await.unwrap();
        let rows = tx.deadlines_of(number).await.unwrap();
        let mut found: Vec<_> = rows
            .into_iter()
            .filter(|row| row.status != "gone")
            .map(|row| (row.rule, row.watched_by, row.status))
            .collect();
        found.sort();
        found
    }

    pub(crate) async fn has(&self, number: &str, rule: &str, status: &str) -> bool {
        self.deadlines(number).await.iter().any(|(r, _, s)| r == rule && s == status)
    }

    pub(crate) async fn tamper(&self, sql: &str) {
        tamper(&self.store, sql).await;
    }
}

pub(crate) fn new_case(number: &str, sentence: Sentence) -> NewCase {
    NewCase {
        number: number.to_owned(),
        sentence,
        crime_category: None,
        institution: "institution:uk-1".to_owned(),
        zone: chrono_tz::Asia::Almaty,
    }
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
