//! The register's file cannot be written: the disk is full, another process holds it, it is read-only.
//!
//! In each: the daemon stays up, `/health` says 503, nothing is sent that could not be claimed, and when it is over everything goes, once.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use axum::http::StatusCode;
use keshirim::app::App;
use keshirim::clock::Clock;
use keshirim::schedule::Beat;
use keshirim::store::Store;

use super::daemon::{House, beat, checks, letter};
use super::witness::{Step, Witness};

/// A house, its relay, a daemon that is well.
struct Well {
    house: House,
    witness: Witness,
}

impl Well {
    fn start(command: impl FnOnce(&House) -> Command) -> Self {
        let witness = Witness::start();
        let house = House::new(witness.port, 1);
        house.register(async |_| Ok(()));
        witness.live(None, || command(&house).spawn().unwrap());
        let this = Self { house, witness };
        this.says("HTTP/1.1 200", "\"written_seconds_ago\":");
        this
    }

    /// Waits until `/health` begins and goes on so.
    fn says(&self, status: &str, words: &str) {
        self.house.wait(&format!("/health says {status} and {words}"), || {
            self.house.health().is_some_and(|answer| answer.starts_with(status) && answer.contains(words))
        });
    }

    /// The first `count` letters are accepted and were taken once each, and the daemon has not died of it.
    fn all_once(&self, count: usize) {
        self.house.wait("every letter is settled", || {
            let letters = self.house.letters();
            letters.len() == count && letters.iter().all(|letter| letter.state == "accepted")
        });
        self.says("HTTP/1.1 200", "\"unsent\":0");
        let seen = self.witness.seen();
        let taken: Vec<_> = seen.taken.values().map(Vec::len).collect();
        assert_eq!(taken, vec![1; count]);
        drop(seen);
        self.witness.kill();
        self.witness.bury();
    }
}

/// The daemon under a shell that ignores SIGXFSZ: a write beyond the limit then fails, as on a full disk, and does not kill.
fn without_signal(house: &House) -> Command {
    let plain = house.command();
    let mut shell = house.command_of("/bin/sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(plain.get_program()).args(plain.get_args());
    shell
}

/// The longest file that a running process may write: any user may lower his own processes' limit and raise it again.
fn limit(pid: u32, bytes: &str) {
    let set = Command::new("prlimit").args(["--pid", &pid.to_string(), &format!("--fsize={bytes}:")]).status();
    assert!(set.expect("prlimit (util-linux): this test needs it").success());
}

#[test]
fn a_full_disk_is_said_at_once_and_forgotten_when_it_is_freed() {
    let well = Well::start(without_signal);
    let pid = well.witness.pid();
    // Not one more page fits behind the write-ahead log.
    let log = fs::metadata(well.house.path("register.db-wal")).unwrap().len();
    limit(pid, &log.to_string());
    well.house.queue(&(0..5).map(letter).collect::<Vec<_>>());
    well.says("HTTP/1.1 503", "\"unsent\":5");
    assert!(well.witness.seen().offered.is_empty(), "a letter went out that could not be claimed");
    limit(pid, "unlimited");
    well.all_once(5);
}

#[test]
fn while_another_process_holds_the_register_letters_wait_and_a_verdict_is_kept() {
    let well = Well::start(House::command);
    // A letter is in hand when the register is locked: the relay takes it, and nobody can write that down.
    well.witness.pause_at(Step::Dot);
    well.house.queue(&(0..3).map(letter).collect::<Vec<_>>());
    well.witness.until("the dot", |seen| seen.paused);
    let locked = well.house.hold().lock();
    well.witness.go_on();
    well.witness.until("the 250", |seen| seen.taken.len() == 1);
    // Longer than the busy timeout, for that long nobody knows.
    well.says("HTTP/1.1 503", "\"store\":{\"status\":\"failing\"");
    assert_eq!(well.witness.seen().offered.len(), 1, "a letter went out that could not be claimed");
    drop(locked);
    well.all_once(3);
}

/// A Sunday noon in Almaty.
fn noon() -> Clock {
    Clock::manual("2026-11-22T07:00:00Z".parse().unwrap())
}

async fn status(app: &Arc<App>) -> StatusCode {
    checks(app).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_the_database_ended_by_itself_spoils_no_later_one() {
    let witness = Witness::start();
    let house = House::new(witness.port, 1);
    let app = house.app(&noon()).await;
    beat(&app).await;
    assert_eq!(status(&app).await, StatusCode::OK);
    let Store::Sqlite { write, .. } = &app.store else { panic!("the sample is SQLite") };
    for _ in 0..3 {
        // SQLITE_FULL ends the transaction within the database; the connection that sqlx holds still counts it.
        let mut connection = write.acquire().await.unwrap();
        let pages: i64 = sqlx::query_scalar("pragma page_count").fetch_one(&mut *connection).await.unwrap();
        let full = format!("pragma max_page_count = {pages}");
        sqlx::query(sqlx::AssertSqlSafe(full)).execute(&mut *connection).await.unwrap();
        drop(connection);
        let mut tx = app.store.begin().await.unwrap();
        let refused = tx.insert_letter(&big_letter()).await.unwrap_err();
        assert!(refused.to_string().contains("full"), "{refused}");
        drop(tx);
        // A new connection, without that limit.
        app.beat(Beat::Probe).await;
        assert_eq!(status(&app).await, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_register_that_turns_read_only_is_said_and_the_connection_is_replaced() {
    let witness = Witness::start();
    let house = House::new(witness.port, 1);
    let app = house.app(&noon()).await;
    let mut tx = app.store.begin().await.unwrap();
    assert!(tx.insert_letter(&letter(1)).await.unwrap());
    tx.commit().await.unwrap();
    let Store::Sqlite { write, .. } = &app.store else { panic!("the sample is SQLite") };
    sqlx::query("pragma query_only = on").execute(write).await.unwrap();
    app.beat(Beat::Compose).await;
    app.beat(Beat::Dispatch).await;
    assert_eq!(status(&app).await, StatusCode::SERVICE_UNAVAILABLE, "a letter is due and cannot be claimed");
    assert!(witness.seen().offered.is_empty());
    app.beat(Beat::Probe).await;
    assert_eq!(status(&app).await, StatusCode::SERVICE_UNAVAILABLE);
    // Whatever made the connection so, the failed probe has replaced it.
    beat(&app).await;
    assert_eq!(status(&app).await, StatusCode::OK);
    assert_eq!(witness.seen().taken.len(), 1);
}

fn big_letter() -> keshirim::store::LetterRow {
    let mut big = letter(1);
    big.bytes = vec![b'x'; 1_000_000];
    big
}
