//! The measured side, and the sink, of `tests/speed`, which calls it with one of these:
//!
//! ```text
//! letter FILE                              writes the letter that all senders send
//! sink plain PORT | sink tls PORT PEM KEY  a server that takes letters and does nothing else
//! driver PORT CA N LETTERS                 the SMTP driver alone, N connections; CA is a file, or - for plain
//! latency PORT CA LETTERS                  one letter at a time over one connection
//! dispatch PORT CA N LETTERS FOLDER        claim, send and settle in a SQLite register in FOLDER
//! outbox FILE LETTERS                      a SQLite register with so many letters due
//! ```
//!
//! Figures are printed in letters a second (`latency`: p50 and p99 in microseconds).

mod sample;
mod sink;

use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use keshirim::clock::Clock;
use keshirim::config::Config;
use keshirim::letter::{Texts, render};
use keshirim::post::dispatch::{Dispatcher, Unsettled, Way};
use keshirim::post::return_path::ReturnPath;
use keshirim::post::{Brake, Breaker, Outgoing, Relay, RelaySettings, Security, StepTimeouts, Verdict, smtp};
use keshirim::store::{self, LetterRow, Migrations, Store};

/// Letters put into the outbox in one transaction.
const LETTERS_PER_COMMIT: usize = 1_000;
/// More than any measurement sends.
const NO_BRAKE: u32 = 1_000_000;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().with_context(|| format!("{text:?} is no number"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let figure = match arguments[..] {
        ["letter", file] => {
            std::fs::write(file, letter("L-7Q2M4K9XWA")?)?;
            return Ok(());
        }
        ["sink", "plain", port] => return sink::plain(port.parse()?),
        ["sink", "tls", port, chain, key] => return sink::tls(port.parse()?, Path::new(chain), Path::new(key)),
        ["driver", port, ca, n, letters] => runtime.block_on(driver(relay(port, ca)?, number(n)?, number(letters)?))?,
        ["latency", port, ca, letters] => runtime.block_on(latency(relay(port, ca)?, number(letters)?))?,
        ["dispatch", port, ca, n, letters, folder] => {
            runtime.block_on(dispatch(relay(port, ca)?, n.parse()?, number(letters)?, Path::new(folder)))?
        }
        ["outbox", file, letters] => {
            runtime.block_on(async {
                outbox(Path::new(file), number(letters)?).await?.close().await;
                anyhow::Ok(())
            })?;
            return Ok(());
        }
        // `cargo bench` runs every benchmark; there is nothing to measure without the other side.
        _ => "tests/speed calls this; see the head of benches/way_out.rs".to_owned(),
    };
    writeln!(std::io::stdout(), "{figure}")?;
    Ok(())
}

fn letter(id: &str) -> Result<Vec<u8>> {
    Ok(render(&sample::letter(id), &Texts::embedded()?)?.bytes)
}

fn relay(port: &str, ca: &str) -> Result<Relay> {
    let ca_pem = (ca != "-").then(|| std::fs::read(ca)).transpose()?;
    let security = if ca_pem.is_some() { Security::ImplicitTls } else { Security::PlainLoopbackOnly };
    Ok(Relay::new(RelaySettings {
        host: "127.0.0.1".to_owned(),
        port: port.parse()?,
        security,
        helo_name: "speed.office.test".to_owned(),
        credentials: None,
        client_certificate: None,
        ca_pem,
        timeouts: StepTimeouts::default(),
    })?)
}

fn per_second(letters: usize, took: Duration) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = letters as f64 / took.as_secs_f64();
    format!("{rate:.0}")
}

fn accepted(verdict: &Verdict) -> Result<()> {
    ensure!(matches!(verdict, Verdict::Accepted { .. }), "{verdict}");
    Ok(())
}

/// Every connection takes the next letter until all are sent.
async fn driver(relay: Relay, connections: usize, letters: usize) -> Result<String> {
    let (relay, bytes, left) =
        (Arc::new(relay), Arc::new(letter("L-7Q2M4K9XWA")?), Arc::new(AtomicUsize::new(letters)));
    let begun = Instant::now();
    let mut set = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let (relay, bytes, left) = (Arc::clone(&relay), Arc::clone(&bytes), Arc::clone(&left));
        set.spawn(async move {
            let mut kept = None;
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok() {
                let (verdict, connection) = smtp::send(&relay, kept, &outgoing(&bytes)).await;
                accepted(&verdict)?;
                kept = connection;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = set.join_next().await {
        done??;
    }
    Ok(per_second(letters, begun.elapsed()))
}

async fn latency(relay: Relay, letters: usize) -> Result<String> {
    let bytes = letter("L-7Q2M4K9XWA")?;
    // The first letter opens the connection.
    let (verdict, mut kept) = smtp::send(&relay, None, &outgoing(&bytes)).await;
    accepted(&verdict)?;
    let mut took = Vec::with_capacity(letters);
    for _ in 0..letters {
        let begun = Instant::now();
        let (verdict, connection) = smtp::send(&relay, kept, &outgoing(&bytes)).await;
        took.push(begun.elapsed().as_micros());
        accepted(&verdict)?;
        kept = connection;
    }
    took.sort_unstable();
    let at = |hundredth: usize| took.get(letters * hundredth / 100).copied().unwrap_or_default();
    Ok(format!("{} {}", at(50), at(99)))
}

fn outgoing(bytes: &[u8]) -> Outgoing<'_> {
    Outgoing { envelope_from: "bounces@office.test", envelope_to: "official@office.test", bytes }
}

async fn dispatch(relay: Relay, connections: u16, letters: usize, folder: &Path) -> Result<String> {
    let store = outbox(&folder.join("register.db"), letters).await?;
    let dispatcher = Arc::new(Dispatcher {
        store: store.clone(),
        clock: Clock::System,
        way: Way::Smtp(Arc::new(relay)),
        return_path: ReturnPath::new("bounces@office.test", Some("key")),
        retry: Config::default().retry,
        connections_max: connections,
        owner: "this machine".to_owned(),
        breaker: Mutex::new(Breaker::default()),
        brake: Mutex::new(Brake::new(NO_BRAKE)),
        unsettled: Unsettled::default(),
        stopping: AtomicBool::new(false),
    });
    let (begun, mut left) = (Instant::now(), letters);
    while left > 0 {
        let done = dispatcher.tick().await?;
        if done.accepted == 0 {
            bail!("{left} letters are left and none is accepted: {:?}", dispatcher.breaker_snapshot());
        }
        left -= done.accepted;
    }
    let took = begun.elapsed();
    store.close().await;
    Ok(per_second(letters, took))
}

/// A new register in which `letters` letters have been due for an hour.
async fn outbox(file: &Path, letters: usize) -> Result<Store> {
    let store = Store::open(&format!("sqlite://{}", file.display()), Migrations::Run).await?;
    let due = store::Instant::new(Clock::System.now() - chrono::TimeDelta::hours(1));
    let bytes = letter("L-7Q2M4K9XWA")?;
    for from in (0..letters).step_by(LETTERS_PER_COMMIT) {
        let mut tx = store.begin().await?;
        for n in from..letters.min(from + LETTERS_PER_COMMIT) {
            tx.insert_letter(&LetterRow {
                letter_id: format!("L-{n:010}"),
                office: "institution:karaganda".to_owned(),
                address: "official@office.test".to_owned(),
                post: "Арнайы бөлім бастығы".to_owned(),
                language: "kk".to_owned(),
                subject: "Мерзім".to_owned(),
                message_id: format!("<L-{n:010}.keshirim@office.test>"),
                bytes: bytes.clone(),
                urgency: i64::from(n % 10 == 0),
                composed_at: due,
                due_at: due,
                state: "queued".to_owned(),
                attempts: 0,
                next_attempt_at: Some(due),
                lease_owner: None,
                lease_until: None,
            })
            .await?;
        }
        tx.commit().await?;
    }
    Ok(store)
}
