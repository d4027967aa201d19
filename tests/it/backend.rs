//! A register of its own for every test, and one body for every database.

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use keshirim::config::{CalendarFile, Config};
use keshirim::law::calendar::Calendar;
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::register::entry::{Draft, NewCase};
use keshirim::register::{NATIONWIDE, Registrar};
use keshirim::store::{Instant, Migrations, Store};
use tempfile::TempDir;

/// Runs one body on each database. (PostgreSQL joins here.)
macro_rules! on_each_backend {
    ($($(#[$doc:meta])* async fn $name:ident($house:ident: House) $body:block)+) => {
        $($(#[$doc])* mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run(House::sqlite().await).await;
            }

            async fn run($house: House) $body
        })+
    };
}
pub(crate) use on_each_backend;

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
    pub(crate) async fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}", folder.path().join("register.db").display());
        let store = Store::open(&url, Migrations::Run).await.unwrap();
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

    /// Changes the database behind the register's back, as somebody with the file could.
    pub(crate) async fn tamper(&self, sql: &str) {
        let Store::Sqlite { write, .. } = &self.store else { panic!("tampering is shown on SQLite") };
        let sql = format!("pragma foreign_keys = off; {sql}; pragma foreign_keys = on");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(write).await.unwrap();
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
