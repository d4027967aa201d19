//! One daemon without its threads: the clock moves to whatever is due next, and the same calls are made as by the metronome.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Asia::Almaty;
use keshirim::clock::Clock;
use keshirim::config::{CalendarFile, Config, parse_offices};
use keshirim::law::calendar::Calendar;
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::letter::Texts;
use keshirim::offices::Directory;
use keshirim::post::ack_link::AckLinks;
use keshirim::post::compose::{self, Composed, Desk};
use keshirim::post::dispatch::{Dispatcher, Unsettled, Way};
use keshirim::post::return_path::ReturnPath;
use keshirim::post::{Brake, Breaker};
use keshirim::register::entry::{Draft, NewCase};
use keshirim::register::reason::Reason;
use keshirim::register::replan::Scope;
use keshirim::register::{NATIONWIDE, Registrar};
use keshirim::store::{DeadlineRow, Instant, Migrations, NextDue, Store};
use tempfile::TempDir;

use super::mail::Mail;

/// Every kind of office; three institutions, one for each language.
pub(super) const OFFICES: &str = r#"
[[office]]
code = "working_body"
name = { kk = "Жұмыс органы", ru = "Рабочий орган", en = "Working body" }
[[office.official]]
post = "Сектор меңгерушісі"
address = "wb@test.example"

[[office]]
code = "supreme_court"
name = { kk = "Жоғарғы Сот", ru = "Верховный Суд", en = "Supreme Court" }
language = "ru"
superior = "working_body"
[[office.official]]
post = "Канцелярия"
address = "sc@test.example"

[[office]]
code = "prosecutor_general"
name = { kk = "Бас прокуратура", ru = "Генеральная прокуратура", en = "Prosecutor General's Office" }
language = "ru"
superior = "working_body"
[[office.official]]
post = "Начальник департамента"
address = "pg@test.example"

[[office]]
code = "commission"
name = { kk = "Комиссия", ru = "Комиссия", en = "Commission" }
[[office.official]]
post = "Хатшы"
address = "commission@test.example"

[[office]]
code = "operators"
name = { kk = "Операторлар", ru = "Операторы", en = "Operators" }
language = "en"
[[office.official]]
post = "Operator on duty"
address = "ops@test.example"

[[office]]
code = "institution:uk-1"
name = { kk = "№ 1 мекеме", ru = "Учреждение № 1", en = "Institution No. 1" }
superior = "institution:*"
[[office.official]]
post = "Арнайы бөлім бастығы"
address = "uk1@test.example"
deputy = "uk1-deputy@test.example"
absences = [{ from = "2026-03-02", until = "2026-03-06" }]

[[office]]
code = "institution:uk-2"
name = { kk = "№ 2 мекеме", ru = "Учреждение № 2", en = "Institution No. 2" }
language = "ru"
superior = "institution:*"
[[office.official]]
post = "Начальник спецотдела"
address = "uk2@test.example"

[[office]]
code = "institution:uk-3"
name = { kk = "№ 3 мекеме", ru = "Учреждение № 3", en = "Institution No. 3" }
language = "en"
superior = "institution:*"
[[office.official]]
post = "Head of records"
address = "uk3@test.example"
absences = [{ from = "2026-04-01", until = "2026-04-30" }]

[[office]]
code = "institution:*"
name = { kk = "Комитет", ru = "Комитет", en = "Committee" }
language = "ru"
[[office.official]]
post = "Дежурный"
address = "committee@test.example"

[[office]]
code = "executing_body:*"
name = { kk = "Орындаушы орган", ru = "Исполняющий орган", en = "Executing body" }
language = "ru"
[[office.official]]
post = "Дежурный"
address = "exec@test.example"

[[office]]
code = "court:*"
name = { kk = "Сот", ru = "Суд", en = "Court" }
language = "ru"
[[office.official]]
post = "Канцелярия"
address = "court@test.example"

[[office]]
code = "verifying_body:*"
name = { kk = "Тексеруші орган", ru = "Проверяющий орган", en = "Verifying body" }
language = "en"
[[office.official]]
post = "Duty officer"
address = "verify@test.example"
"#;

/// A register, its daemon, its mailbox.
pub(super) struct World {
    pub(super) store: Store,
    pub(super) calendar: Calendar,
    pub(super) config: Config,
    pub(super) directory: Directory,
    pub(super) clock: Clock,
    pub(super) dispatcher: Arc<Dispatcher>,
    texts: Texts,
    pub(super) links: AckLinks,
    mailbox: PathBuf,
    seen: BTreeSet<String>,
    replanned_on: Option<NaiveDate>,
    /// Deleted with the world.
    _folder: TempDir,
}

impl World {
    /// A world whose clock stands at a local time in Almaty, such as `2025-01-06 10:00`.
    pub(super) async fn at(now: &str) -> Self {
        Self::with(now, OFFICES, None).await
    }

    pub(super) async fn with(now: &str, offices: &str, way: Option<Way>) -> Self {
        let folder = TempDir::new().unwrap();
        let url = crate::backend::register_url(folder.path()).await;
        let store = Store::open(&url, Migrations::Run).await.unwrap();
        let clock = Clock::manual(local(now));
        let mailbox = folder.path().join("mail");
        let way = way.unwrap_or_else(|| Way::Maildir(mailbox.clone()));
        let dispatcher = dispatcher(&store, &clock, way);
        Self {
            store,
            calendar: CalendarFile::shipped().calendar(),
            config: Config::default(),
            directory: parse_offices("offices.toml", offices).unwrap(),
            clock,
            dispatcher,
            texts: Texts::embedded().unwrap(),
            links: AckLinks::new("https://keshirim.example", Some("key")),
            mailbox,
            seen: BTreeSet::new(),
            replanned_on: None,
            _folder: folder,
        }
    }

    pub(super) fn registrar(&self, who: &'static str) -> Registrar<'_> {
        let (store, calendar, config) = (&self.store, &self.calendar, &self.config);
        Registrar { store, calendar, config, who, now: self.clock.now() }
    }

    pub(super) async fn open(&self, number: &str, sentence: Sentence, institution: &str) {
        let case = NewCase {
            number: number.to_owned(),
            sentence,
            crime_category: None,
            institution: institution.to_owned(),
            zone: Almaty,
        };
        self.registrar("aigul").open_case(&case).await.unwrap();
    }

    /// Records one event; the fields as `name=value`. Yields the entry's id.
    pub(super) async fn record(&self, number: &str, kind: EventKind, on: &str, fields: &[&str]) -> String {
        let mut draft = Draft::new(kind, on.parse().unwrap()).confirmed();
        for field in fields {
            let (name, value) = field.split_once('=').unwrap();
            draft = draft.with(name, value).unwrap();
        }
        self.registrar("aigul").record(number, &draft).await.unwrap().entry.event_id
    }

    /// Records, and a second person confirms.
    pub(super) async fn record_by_two(&self, number: &str, kind: EventKind, on: &str, fields: &[&str]) -> String {
        let id = self.record(number, kind, on, fields).await;
        self.registrar("berik").confirm(&id).await.unwrap();
        id
    }

    pub(super) async fn nationwide(&self, kind: EventKind, on: &str) -> String {
        self.record(NATIONWIDE, kind, on, &["act=Decree 1251"]).await
    }

    pub(super) async fn correct(&self, id: &str, on: &str) -> String {
        let corrected = self.registrar("aigul").correct(id, on.parse().unwrap(), Reason::Typo, None, true).await;
        corrected.unwrap().entry.event_id
    }

    pub(super) async fn retract(&self, id: &str) -> String {
        self.registrar("aigul").retract(id, Reason::WrongCase, None).await.unwrap().entry.event_id
    }

    pub(super) async fn confirm(&self, id: &str) {
        self.registrar("berik").confirm(id).await.unwrap();
    }

    pub(super) async fn row(&self, number: &str, rule: &str) -> DeadlineRow {
        let mut tx = self.store.snapshot().await.unwrap();
        let rows = tx.deadlines_of(number).await.unwrap();
        rows.into_iter().find(|row| row.rule == rule && row.status != "gone").unwrap()
    }

    pub(super) fn desk(&self) -> Desk<'_> {
        Desk {
            store: &self.store,
            directory: &self.directory,
            calendar: &self.calendar,
            config: &self.config,
            texts: &self.texts,
            links: &self.links,
            now: self.clock.now(),
        }
    }

    pub(super) async fn compose(&self) -> Composed {
        compose::tick(&self.desk()).await.unwrap()
    }

    /// What the daemon does at its start, after a reload and when a day begins.
    pub(super) async fn hand_over(&self) -> usize {
        compose::hand_over(&self.desk()).await.unwrap()
    }

    /// What the metronome does at the instant it is.
    pub(super) async fn beat(&mut self) -> Vec<Mail> {
        let registrar = self.registrar("keshirim");
        registrar.finish_nationwide().await.unwrap();
        let today = self.clock.today(Almaty);
        if self.replanned_on.replace(today) != Some(today) {
            self.registrar("keshirim").replan(Scope::Due, false, &mut drop).await.unwrap();
        }
        while self.compose().await.deadlines > 0 {}
        self.dispatcher.tick().await.unwrap();
        self.delivered()
    }

    /// Lives until a local time, beat by beat as something is due or a day begins; yields what was delivered.
    pub(super) async fn until(&mut self, end: &str) -> Vec<Mail> {
        let end = local(end);
        let mut mails = self.beat().await;
        loop {
            let now = self.clock.now();
            let NextDue { alert, attempt, .. } = self.store.next_due().await.unwrap();
            let tomorrow = now.with_timezone(&Almaty).date_naive().succ_opt().unwrap().and_hms_opt(0, 0, 15).unwrap();
            let midnight = Almaty.from_local_datetime(&tomorrow).earliest().unwrap().to_utc();
            let due = [alert, attempt].into_iter().flatten().map(Instant::utc).chain([midnight]);
            let next = due.filter(|at| *at > now).min().unwrap();
            if next > end {
                self.set(end);
                return mails;
            }
            self.set(next);
            mails.extend(self.beat().await);
        }
    }

    /// The machine was off until a local time: nothing beats in between.
    pub(super) fn sleep_until(&self, end: &str) {
        self.set(local(end));
    }

    fn set(&self, to: DateTime<Utc>) {
        self.clock.advance(to - self.clock.now());
    }

    /// The letters that came into the mailbox since this was last asked.
    pub(super) fn delivered(&mut self) -> Vec<Mail> {
        let at = self.clock.now().with_timezone(&Almaty).format("%Y-%m-%d %H:%M").to_string();
        let Ok(entries) = std::fs::read_dir(self.mailbox.join("new")) else { return Vec::new() };
        let mut mails: Vec<Mail> = entries
            .map(|entry| entry.unwrap())
            .filter(|entry| !self.seen.contains(entry.file_name().to_str().unwrap()))
            .map(|entry| {
                let id = entry.file_name().to_str().unwrap().to_owned();
                Mail::read(id, at.clone(), std::fs::read(entry.path()).unwrap())
            })
            .collect();
        mails.sort_by(|a, b| (&a.to, &a.subject).cmp(&(&b.to, &b.subject)));
        self.seen.extend(mails.iter().map(|mail| mail.id.clone()));
        mails
    }
}

/// A dispatcher as the daemon makes it.
pub(super) fn dispatcher(store: &Store, clock: &Clock, way: Way) -> Arc<Dispatcher> {
    Arc::new(Dispatcher {
        store: store.clone(),
        clock: clock.clone(),
        way,
        return_path: ReturnPath::new("bounces@test.example", Some("key")),
        retry: Config::default().retry,
        connections_max: 2,
        owner: "this machine".to_owned(),
        breaker: Mutex::new(Breaker::default()),
        brake: Mutex::new(Brake::new(Config::default().mail.letters_per_hour_max)),
        unsettled: Unsettled::default(),
        stopping: AtomicBool::new(false),
    })
}

pub(super) fn local(text: &str) -> DateTime<Utc> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    Almaty.from_local_datetime(&local).earliest().unwrap().to_utc()
}

/// Where and when letters went: `uk1 2025-01-06 08:30`, in order.
pub(super) fn calls(mails: &[Mail]) -> Vec<String> {
    mails.iter().map(|mail| format!("{} {}", mail.at, mail.to.split('@').next().unwrap())).collect()
}

/// The letters of one addressee.
pub(super) fn to<'m>(mails: &'m [Mail], whom: &str) -> Vec<&'m Mail> {
    mails.iter().filter(|mail| mail.to.split('@').next() == Some(whom)).collect()
}

/// How many letters each addressee had.
pub(super) fn counts(mails: &[Mail]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for mail in mails {
        *counts.entry(mail.to.split('@').next().unwrap()).or_default() += 1;
    }
    counts
}

/// What every letter says, for a test that failed.
pub(super) fn texts(mails: &[Mail]) -> String {
    mails.iter().map(|mail| [mail.to.as_str(), &mail.text].join(" ")).collect::<Vec<_>>().join("\n")
}
