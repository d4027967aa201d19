//! What `tests/scale` measures from within; it calls it with one of these, where CONFIG is a keshirim.toml:
//!
//! ```text
//! record CONFIG RAW_CONFIG CASES UNTIL N  N single records in open cases of the register that benches/register.rs wrote with CASES and
//!                                         UNTIL, in turns with single commits of one row each into RAW_CONFIG's database
//! quiet CONFIG                            composes and sends until nothing is due
//! tick CONFIG N                           the same, and then N beats of a daemon that has nothing to do
//! lift CONFIG                             the moratorium is lifted, confirmed by a second person, and put back
//! ```
//!
//! Each prints one JSON object; times are in microseconds.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::generator::{Plan, Sentence};
use anyhow::{Context, Result, bail, ensure};
use keshirim::app::App;
use keshirim::clock::Clock;
use keshirim::config::{Config, Loaded};
use keshirim::law::calendar::Calendar;
use keshirim::law::timeline::EventKind;
use keshirim::register::entry::Draft;
use keshirim::register::reason::Reason;
use keshirim::register::{DEFAULT_ZONE, NATIONWIDE, Registrar};
use keshirim::store::{Migrations, Store, Tx};
use serde_json::{Value, json};

/// Records, and then raw commits, in a row: what is compared shares the machine's moods.
const TURN: usize = 50;
/// Rounds of composing and sending after which a register that still has something due is no quiet one.
const DRAIN_ROUNDS_MAX: usize = 100_000;
/// The octets of a raw row: about those of an entry.
const RAW_OCTETS: usize = 400;
/// Rows that fill SQLite's write-ahead log to the size at which it is folded into the file (16 MB), and somewhat more.
const RAW_WARM_ROWS: usize = 60_000;

/// Measures what `words` ask for; none if they ask for nothing known.
pub(crate) fn measure(words: &[&str]) -> Result<Option<Value>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // On the main thread, as a command: to be woken by the runtime's own threads costs a commit and an entry a twentieth of a millisecond.
    runtime.block_on(async {
        Ok(Some(match words {
            ["record", config, raw, cases, until, records] => {
                let plan = Plan { cases: cases.parse()?, until: until.parse()?, seed: 1, all_open: false };
                record(&Office::open(config).await?, &Office::open(raw).await?.store, plan, records.parse()?).await?
            }
            ["quiet", config] => quiet(config).await?.1,
            ["tick", config, ticks] => tick(config, ticks.parse()?).await?,
            ["lift", config] => lift(&Office::open(config).await?).await?,
            _ => return Ok(None),
        }))
    })
}

/// A register with what recording needs.
struct Office {
    store: Store,
    config: Config,
    calendar: Calendar,
}

impl Office {
    async fn open(config: &str) -> Result<Self> {
        let loaded = Loaded::load_for_the_register(Some(Path::new(config)));
        let (config, calendar, _) = loaded.map_err(|problems| anyhow::anyhow!("{problems}"))?;
        let store = Store::open_first(&config.store.urls, None, Migrations::Run).await?;
        Ok(Self { store, config, calendar: calendar.calendar() })
    }

    fn registrar<'a>(&'a self, who: &'a str) -> Registrar<'a> {
        Registrar { store: &self.store, calendar: &self.calendar, config: &self.config, who, now: Clock::System.now() }
    }
}

/// Sorted times, in microseconds.
fn sorted(mut took: Vec<u128>) -> Vec<u128> {
    took.sort_unstable();
    took
}

/// The time that so many of a hundred stay below.
fn at(took: &[u128], hundredth: usize) -> u64 {
    let value = took.get((took.len() * hundredth / 100).min(took.len().saturating_sub(1)));
    value.map_or(0, |value| u64::try_from(*value).unwrap_or(u64::MAX))
}

/// How many a second.
fn per_second(took: &[u128]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = took.len() as f64 * 1e6 / took.iter().sum::<u128>().max(1) as f64;
    rate
}

/// Petitions of today in open cases drawn from the whole register: an entry, a new duty, its first letter planned.
async fn record(office: &Office, raw: &Store, plan: Plan, records: usize) -> Result<Value> {
    ensure!(plan.cases > 0 && records > 0, "nothing to record");
    let mut numbers = open_cases(office, plan).await?;
    prepare_raw(raw).await?;
    let (mut recorded, mut committed) = (Vec::with_capacity(records), Vec::with_capacity(records));
    while recorded.len() < records {
        // Found beforehand, and nothing of the search left to be undone beside what is measured.
        let mut turn = Vec::with_capacity(TURN);
        while turn.len() < TURN {
            turn.push(numbers.next(office).await?);
        }
        for number in turn {
            let registrar = office.registrar("clerk");
            let draft = Draft::new(EventKind::PetitionAccepted, registrar.today(DEFAULT_ZONE)).confirmed();
            let begun = Instant::now();
            registrar.record(&number, &draft).await.with_context(|| format!("case {number}"))?;
            recorded.push(begun.elapsed().as_micros());
        }
        for _ in 0..TURN {
            let id = format!("{}-{}", std::process::id(), committed.len());
            let begun = Instant::now();
            raw_commit(raw, &id).await?;
            committed.push(begun.elapsed().as_micros());
        }
    }
    office.store.close().await;
    raw.close().await;
    let (recorded, committed) = (sorted(recorded), sorted(committed));
    Ok(json!({
        "records": recorded.len(), "per_second": per_second(&recorded), "p50": at(&recorded, 50), "p99": at(&recorded, 99),
        "raw_per_second": per_second(&committed), "raw_p50": at(&committed, 50), "raw_p99": at(&committed, 99),
    }))
}

/// Draws open cases, each once, all over the register.
struct OpenCases {
    plan: Plan,
    drawn: u64,
}

async fn open_cases(office: &Office, plan: Plan) -> Result<OpenCases> {
    // Where the last run ended is anybody's guess: begin where the clock says.
    let drawn = u64::try_from(Clock::System.now().timestamp()).unwrap_or(0);
    let mut cases = OpenCases { plan, drawn };
    cases.next(office).await?;
    Ok(cases)
}

impl OpenCases {
    async fn next(&mut self, office: &Office) -> Result<String> {
        for _ in 0..10_000 {
            self.drawn = self.drawn.wrapping_add(1);
            // A step that shares no factor with any power of ten visits all serial numbers, far from each other.
            let serial =
                u64::try_from(u128::from(self.drawn) * 618_033_989 % u128::from(self.plan.cases)).unwrap_or(0) + 1;
            let opening = self.plan.opening(serial);
            let number = format!("{:04}-{serial:07}", opening.year);
            let mut tx = office.store.snapshot().await?;
            let case = tx.case(&number).await?;
            tx.rollback().await?;
            let case =
                case.with_context(|| format!("case {number} is not in the register: was it made with this seed?"))?;
            if case.status == "open" && opening.sentence != Sentence::Death {
                return Ok(number);
            }
        }
        bail!("no open case was found");
    }
}

/// A table of its own in a database of its own, so that the register is not touched; its files as large as they will get.
async fn prepare_raw(raw: &Store) -> Result<()> {
    const TABLE: &str = "create table if not exists raw_commit (id text primary key, payload text not null)";
    const ROW: &str = "insert into raw_commit (id, payload) values ($1, $2) on conflict do nothing";
    let mut tx = raw.begin().await?;
    match &mut tx {
        Tx::Sqlite(db) => {
            sqlx::query(TABLE).execute(&mut **db).await?;
            let payload = "x".repeat(RAW_OCTETS);
            // A log that still has to grow waits for the disk twice at each commit; the register's has long reached its size.
            for n in 0..RAW_WARM_ROWS {
                sqlx::query(ROW).bind(format!("warm-{n}")).bind(&payload).execute(&mut **db).await?;
            }
        }
        Tx::Postgres(db) => {
            sqlx::query(TABLE).execute(&mut **db).await?;
        }
    }
    tx.commit().await?;
    for n in 0..TURN {
        raw_commit(raw, &format!("warm-{}-{n}", std::process::id())).await?;
    }
    Ok(())
}

/// The least that a durable entry could cost: one row in a transaction of its own, through the same pool.
async fn raw_commit(raw: &Store, id: &str) -> Result<()> {
    const SQL: &str = "insert into raw_commit (id, payload) values ($1, $2)";
    let payload = "x".repeat(RAW_OCTETS);
    let id = format!("{id}-{}", Clock::System.now().timestamp_micros());
    let mut tx = raw.begin().await?;
    match &mut tx {
        Tx::Sqlite(db) => sqlx::query(SQL).bind(id).bind(payload).execute(&mut **db).await?.rows_affected(),
        Tx::Postgres(db) => sqlx::query(SQL).bind(id).bind(payload).execute(&mut **db).await?.rows_affected(),
    };
    tx.commit().await?;
    Ok(())
}

/// Composes and sends until nothing is due.
async fn quiet(config: &str) -> Result<(Arc<App>, Value)> {
    let loaded = Loaded::load(Some(Path::new(config))).map_err(|problems| anyhow::anyhow!("{problems}"))?;
    let app = App::build(loaded, Clock::System).await?;
    let begun = Instant::now();
    let (mut deadlines, mut letters) = (0, 0);
    for _ in 0..DRAIN_ROUNDS_MAX {
        let composed = app.compose().await?;
        let sent = app.dispatch().await?;
        deadlines += composed.deadlines;
        letters += composed.letters;
        if composed.deadlines == 0 && composed.letters == 0 && sent.tried == 0 {
            let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
            return Ok((app, json!({ "deadlines": deadlines, "letters": letters, "took": took })));
        }
    }
    bail!("something is still due after {DRAIN_ROUNDS_MAX} rounds");
}

/// What a daemon does every second when there is nothing to do.
async fn tick(config: &str, ticks: usize) -> Result<Value> {
    let (app, drained) = quiet(config).await?;
    let mut took = [Vec::with_capacity(ticks), Vec::with_capacity(ticks), Vec::with_capacity(ticks)];
    for _ in 0..ticks {
        let begun = Instant::now();
        let composed = app.compose().await?;
        let after_compose = begun.elapsed().as_micros();
        let sent = app.dispatch().await?;
        let whole = begun.elapsed().as_micros();
        if composed.deadlines == 0 && sent.tried == 0 {
            took[0].push(after_compose);
            took[1].push(whole - after_compose);
            took[2].push(whole);
        }
    }
    app.store.close().await;
    let [compose, dispatch, whole] = took.map(sorted);
    Ok(json!({
        "ticks": whole.len(), "p50": at(&whole, 50), "p99": at(&whole, 99), "compose": at(&compose, 50),
        "dispatch": at(&dispatch, 50), "drained": drained,
    }))
}

/// From the second person's confirmation until every open death case is derived anew; then the lifting is struck again.
async fn lift(office: &Office) -> Result<Value> {
    let (first, second) = (office.registrar("clerk"), office.registrar("second clerk"));
    let draft = Draft::new(EventKind::MoratoriumLifted, first.today(DEFAULT_ZONE)).with("act", "measured")?.confirmed();
    let lifting = first.record(NATIONWIDE, &draft).await?.entry;
    ensure!(lifting.needs_confirmation, "a lifting waits for a second person");
    let begun = Instant::now();
    let cases = second.confirm(&lifting.event_id).await?.cases;
    let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    let struck = first.retract(&lifting.event_id, Reason::Other, None).await?.entry;
    let begun = Instant::now();
    if struck.needs_confirmation {
        second.confirm(&struck.event_id).await?;
    }
    let back = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    office.store.close().await;
    Ok(json!({ "cases": cases, "took": took, "back": back }))
}
