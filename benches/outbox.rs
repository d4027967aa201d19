//! The outbox alone, before a sender that does nothing: how many letters a second, and how late. `tests/drain` calls it with one of these:
//!
//! ```text
//! mail                                 the sample letter as it is rendered
//! fill URL LETTERS BYTES FINISHED      puts letters that are due into an empty register
//! drain URL CONNECTIONS DAEMONS        letters a second, from the first claim to the last receipt
//! due URL LETTERS BYTES SECONDS        how many were early, and how late p50, p99 and the latest were, in ms
//! ```
//!
//! URL names a register, `sqlite://PATH` or `postgres://…`; the letters' mails have BYTES bytes (0: the sample letter as it is
//! rendered), and FINISHED letters that were accepted long ago lie beside them. `due` takes an empty register, and runs the real daemon,
//! its loop and its metronome.

mod sample;

use std::io::Write as _;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use keshirim::app::{self, App};
use keshirim::clock::Clock;
use keshirim::config::{Config, Environment, Loaded};
use keshirim::letter::{Texts, render};
use keshirim::post::dispatch::{Dispatcher, Unsettled, Way};
use keshirim::post::nowhere::Nowhere;
use keshirim::post::return_path::ReturnPath;
use keshirim::post::{Brake, Breaker};
use keshirim::store::{self, LetterRow, Migrations, Store};
use sqlx::{Connection as _, PgConnection, SqliteConnection};

/// Letters put into the outbox in one transaction.
const LETTERS_PER_COMMIT: usize = 1_000;
/// More than any measurement sends.
const NO_BRAKE: u32 = u32::MAX;
/// How long after its last letter's instant a register may take to be empty.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long reading both clocks twice may take.
const READING: Duration = Duration::from_micros(5);
/// How long the daemon has before the first letter is due.
const START: TimeDelta = TimeDelta::seconds(5);

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().with_context(|| format!("{text:?} is no number"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let figure = match arguments[..] {
        ["mail"] => String::from_utf8(mail(0)?)?,
        ["fill", url, letters, bytes, finished] => {
            runtime.block_on(fill(url, number(letters)?, number(bytes)?, number(finished)?))?;
            return Ok(());
        }
        ["drain", url, connections, daemons] => runtime.block_on(drain(url, connections.parse()?, number(daemons)?))?,
        ["due", url, letters, bytes, seconds] => {
            runtime.block_on(due(url, number(letters)?, number(bytes)?, number(seconds)?))?
        }
        // `cargo bench` runs every benchmark; there is nothing to measure without a database.
        _ => "tests/drain calls this; see the head of benches/outbox.rs".to_owned(),
    };
    writeln!(std::io::stdout(), "{figure}")?;
    Ok(())
}

/// Every daemon ticks until nothing is left.
async fn drain(url: &str, connections: u16, daemons: usize) -> Result<String> {
    let mut stores = Vec::new();
    while stores.len() < daemons {
        stores.push(Store::open(url, Migrations::Leave).await?);
    }
    let letters = stores[0].snapshot().await?.outbox_counts().await?.unsent;
    let letters = usize::try_from(letters)?;
    let begun = Instant::now();
    let mut set = tokio::task::JoinSet::new();
    for (n, store) in stores.iter().enumerate() {
        let dispatcher = dispatcher(store.clone(), connections, format!("daemon {n}"));
        set.spawn(async move {
            let mut accepted = 0;
            loop {
                match dispatcher.tick().await?.accepted {
                    0 => return anyhow::Ok(accepted),
                    more => accepted += more,
                }
            }
        });
    }
    let mut accepted = 0;
    while let Some(done) = set.join_next().await {
        accepted += done??;
    }
    let took = begun.elapsed();
    ensure!(accepted == letters, "{accepted} of {letters} letters were accepted");
    let mut tx = stores[0].snapshot().await?;
    let settled = tx.accepted_between(store::Instant::new(Clock::System.now() - TimeDelta::hours(1)), now()).await?;
    ensure!(settled == letters as u64, "{settled} receipts for {letters} letters");
    drop(tx);
    for store in stores {
        store.close().await;
    }
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = letters as f64 / took.as_secs_f64();
    Ok(format!("{rate:.0}"))
}

fn now() -> store::Instant {
    store::Instant::new(Clock::System.now())
}

fn dispatcher(store: Store, connections_max: u16, owner: String) -> Arc<Dispatcher> {
    Arc::new(Dispatcher {
        store,
        clock: Clock::System,
        way: Way::Nowhere(Arc::new(Nowhere::default())),
        return_path: ReturnPath::new("bounces@office.test", Some("key")),
        retry: Config::default().retry,
        connections_max,
        owner,
        breaker: Mutex::new(Breaker::default()),
        brake: Mutex::new(Brake::new(NO_BRAKE)),
        unsettled: Unsettled::default(),
        stopping: AtomicBool::new(false),
    })
}

/// The daemon as it is served, but for its way out.
async fn due(url: &str, letters: usize, bytes: usize, seconds: usize) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let config = format!(
        "[store]\nurl = \"{url}\"\n[http]\nlisten = \"127.0.0.1:0\"\n[mail]\ntransport = \"maildir\"\nmaildir = \"{}\"\n\
         letters_per_hour_max = 1000000\n",
        folder.path().join("mail").display()
    );
    let file = folder.path().join("keshirim.toml");
    std::fs::write(&file, config)?;
    let loaded = Loaded::load_from(Some(&file), Environment::default(), &file).map_err(|p| anyhow::anyhow!("{p}"))?;
    let store = Store::open(url, Migrations::Run).await?;
    let body = mail(bytes)?;
    // Their own ids come back from the sender: the instant is in them.
    let first = Clock::System.now() + START;
    let spread = |n: usize| -> Result<DateTime<Utc>> {
        Ok(first + TimeDelta::milliseconds(i64::try_from(n * seconds * 1_000 / letters)?))
    };
    for from in (0..letters).step_by(LETTERS_PER_COMMIT) {
        let mut tx = store.begin().await?;
        for n in from..letters.min(from + LETTERS_PER_COMMIT) {
            let at = spread(n)?;
            let id = format!("L-{n:06}-{}", at.timestamp_millis());
            tx.insert_letter(&row(id, body.clone(), at, n % 10 == 0)).await?;
        }
        tx.commit().await?;
    }
    store.close().await;
    let nowhere = Arc::new(Nowhere::default());
    let mut app = App::build(loaded, Clock::System).await?;
    let parts = Arc::get_mut(&mut app).and_then(|app| Arc::get_mut(&mut app.dispatcher));
    let dispatcher = parts.context("the daemon has not begun, and nobody else holds its way out")?;
    dispatcher.way = Way::Nowhere(Arc::clone(&nowhere));
    dispatcher.connections_max = 100;
    ensure!(Clock::System.now() < first, "the letters took longer to write than {START}");
    let listener = app::listen("127.0.0.1:0".parse()?).await?;
    let daemon = tokio::spawn(app::serve(app, listener));
    // The wall clock's whole milliseconds beside the steady clock's, exact to a few microseconds: a change of the one is waited for, and
    // taken only if nothing came between two readings of the other.
    let mut before = (Clock::System.now(), Clock::System.steady());
    let (wall, steady) = loop {
        let (now, after) = (Clock::System.now(), Clock::System.steady());
        if now != before.0 && after.saturating_sub(before.1) < READING {
            break (now, before.1);
        }
        before = (now, after);
    };
    let mut handed = Vec::new();
    let begun = Instant::now();
    while handed.len() < letters {
        tokio::time::sleep(Duration::from_millis(500)).await;
        // Beside ours there may be one of the daemon's own, to the operators.
        handed.extend(nowhere.handed().into_iter().filter(|(id, _)| id.matches('-').count() == 2));
        let most = Duration::from_secs(seconds as u64) + PATIENCE;
        ensure!(begun.elapsed() < most, "{} of {letters} letters were handed over", handed.len());
    }
    daemon.abort();
    let mut late = Vec::with_capacity(letters);
    for (id, at) in handed {
        let due: i64 = id.rsplit('-').next().context("an id of ours")?.parse()?;
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let due_after = (due - wall.timestamp_millis()) as f64;
        late.push((at.as_secs_f64() - steady.as_secs_f64()) * 1_000.0 - due_after);
    }
    late.sort_unstable_by(f64::total_cmp);
    let early = late.iter().filter(|late| **late < 0.0).count();
    let at = |hundredth: usize| late[(late.len() * hundredth / 100).min(late.len() - 1)];
    Ok(format!("{early} {:.2} {:.2} {:.2}", at(50), at(99), at(100)))
}

/// The sample letter, or as many bytes as are asked for.
fn mail(bytes: usize) -> Result<Vec<u8>> {
    let letter = render(&sample::letter("L-7Q2M4K9XWA"), &Texts::embedded()?)?.bytes;
    Ok(if bytes == 0 { letter } else { letter.into_iter().cycle().take(bytes).collect() })
}

fn row(letter_id: String, bytes: Vec<u8>, at: DateTime<Utc>, urgent: bool) -> LetterRow {
    let at = store::Instant::new(at);
    LetterRow {
        office: "institution:karaganda".to_owned(),
        address: "official@office.test".to_owned(),
        post: "Арнайы бөлім бастығы".to_owned(),
        language: "kk".to_owned(),
        subject: "[Кешірім № 2026-0147] Мерзім: өтінішті Президент Әкімшілігіне табыс ету".to_owned(),
        message_id: format!("<{letter_id}.keshirim@office.test>"),
        bytes,
        urgency: i64::from(urgent),
        composed_at: at,
        due_at: at,
        state: "queued".to_owned(),
        attempts: 0,
        next_attempt_at: Some(at),
        lease_owner: None,
        lease_until: None,
        letter_id,
    }
}

/// Letters that have been due for an hour, one in ten urgent, their ids scattered as real ones are; beside them `finished` ones with
/// their receipts and short mails. One of each is written by the register, the others are copies made by the database itself.
async fn fill(url: &str, letters: usize, bytes: usize, finished: usize) -> Result<()> {
    let register = Store::open(url, Migrations::Run).await?;
    let long_ago = Clock::System.now() - TimeDelta::days(30);
    let mut tx = register.begin().await?;
    let due = Clock::System.now() - TimeDelta::hours(1);
    tx.insert_letter(&row("waits".to_owned(), mail(bytes)?, due, false)).await?;
    let done = row("done".to_owned(), mail(100)?, long_ago, false);
    tx.insert_letter(&LetterRow { state: "accepted".to_owned(), attempts: 1, next_attempt_at: None, ..done }).await?;
    tx.commit().await?;
    register.close().await;
    let store = &mut Raw::open(url).await?;
    copy(store, "done", finished, 1_000_000_000).await?;
    copy(store, "waits", letters, 3_000_000_000).await?;
    for table in ["outbox", "mail", "letter"] {
        run(store, &format!("delete from {table} where letter_id in ('waits', 'done')")).await?;
    }
    run(store, if matches!(store, Raw::Sqlite(_)) { "analyze" } else { "vacuum analyze" }).await?;
    if matches!(store, Raw::Sqlite(_)) {
        run(store, "pragma wal_checkpoint(truncate)").await?;
    } else {
        run(store, "checkpoint").await?;
    }
    Ok(())
}

async fn copy(store: &mut Raw, template: &str, count: usize, salt: u64) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    // 2654435761 is prime to 2^32: every number comes once, in an order that looks like none.
    let id = format!("'L-' || ({salt} + n * 2654435761 % 4294967296)");
    let numbers =
        format!("with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {count})");
    run(store, &format!(
        "insert into letter (letter_id, office, address, post, language, subject, message_id, urgency, composed_at, due_at)
         {numbers}
         select {id}, office, address, post, language, subject, '<' || {id} || '.keshirim@office.test>',
                case when n % 10 = 0 then 1 else 0 end, composed_at, due_at
           from letter cross join numbers where letter_id = '{template}'"
    )).await?;
    run(
        store,
        &format!(
            "insert into mail (letter_id, bytes)
         {numbers}
         select {id}, bytes from mail cross join numbers where letter_id = '{template}'"
        ),
    )
    .await?;
    let copies = format!("from letter join mail using (letter_id) where letter_id <> '{template}'");
    if template == "done" {
        run(
            store,
            &format!(
                "insert into receipt (number, attempt, at, verdict, phase, reply)
             select number, 1, composed_at, 'accepted', 'dot', '250 ok' {copies}"
            ),
        )
        .await
    } else {
        run(
            store,
            &format!(
            "insert into outbox (number, letter_id, office, address, urgency, due_at, state, attempts, next_attempt_at)
             select number, letter_id, office, address, urgency, due_at, 'queued', 0, due_at {copies}
                and letter_id <> 'done' and number > (select coalesce(max(number), 0) from receipt)
              order by number"
        ),
        )
        .await
    }
}

/// A connection without a transaction around it: a `vacuum` wants none.
enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Raw {
    async fn open(url: &str) -> Result<Self> {
        Ok(if url.starts_with("sqlite:") {
            Self::Sqlite(SqliteConnection::connect(url).await?)
        } else {
            Self::Postgres(PgConnection::connect(url).await?)
        })
    }
}

async fn run(store: &mut Raw, sql: &str) -> Result<()> {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match store {
        Raw::Sqlite(db) => sqlx::raw_sql(sql).execute(db).await.map(drop)?,
        Raw::Postgres(db) => sqlx::raw_sql(sql).execute(db).await.map(drop)?,
    }
    Ok(())
}
