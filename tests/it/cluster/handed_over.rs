//! What a daemon was at when it died, or stood still, another has within half a minute.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{TimeZone as _, Utc};
use keshirim::clock::Clock;
use keshirim::schedule::Beat;
use keshirim::store::{Store, Tx};

use super::postgres::until;
use crate::backend::postgres_url;
use crate::disasters::daemon::{House, letter};
use crate::disasters::witness::{Step, Witness};

/// How long a hand-over takes at most.
const HAND_OVER: Duration = Duration::from_secs(30);
/// What a busy machine may add.
const BUSY: Duration = Duration::from_secs(10);

fn signal(witness: &Witness, name: &str) {
    let sent = std::process::Command::new("kill").args(["-s", name, &witness.pid().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// A daemon with a relay of its own.
fn daemon(url: &str) -> (House, Witness) {
    let witness = Witness::start();
    (House::on(&[url.to_owned()], witness.port, 1), witness)
}

async fn ended(store: &Store) -> Vec<String> {
    let far = keshirim::store::Instant::new(chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(100_000));
    store.snapshot().await.unwrap().ended_leases(far).await.unwrap()
}

#[test]
fn the_letters_and_the_work_of_a_daemon_that_died_and_of_one_that_stood_still_are_another_s_within_30_seconds() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let url = runtime.block_on(postgres_url());
    let [(dying, first), (frozen, second), (living, third)] = [(); 3].map(|()| daemon(&url));
    // One after the other they take a letter, and their relays fall silent at DATA: the letters are in their hands.
    for (n, house, witness) in [(0, &dying, &first), (1, &frozen, &second)] {
        house.queue(&[letter(n)]);
        witness.pause_at(Step::Data);
        witness.live(None, || house.start());
        witness.until("the letter is in hand", |seen| seen.paused);
    }
    third.live(None, || living.start());
    living.wait("the third is there", || living.listens());
    // It has lived through a whole lease, and so it may count others as dead; and in all that time it does not.
    let lease = |name: &str| living.register(async |store| Ok(ended(store).await.iter().any(|ended| ended == name)));
    until("its sign of life", || lease("compose"));
    std::thread::sleep(Duration::from_secs(21));
    assert!(third.seen().taken.is_empty(), "the living keep what they have in hand, however slow their relay is");
    first.kill();
    signal(&second, "STOP");
    let begun = Instant::now();
    third.until("both letters", |seen| seen.taken.len() == 2);
    assert!(begun.elapsed() < HAND_OVER + BUSY, "{:?}", begun.elapsed());
    first.go_on();
    first.bury();
    // The one that stood still goes on, and sends to its end what it had begun: a copy, and no more than that.
    second.go_on();
    signal(&second, "CONT");
    second.until("the letter in its hand", |seen| seen.taken.len() == 1);
    frozen.wait("it is well again", || frozen.health().is_some_and(|answer| answer.starts_with("HTTP/1.1 200")));
    let states = || living.letters().into_iter().map(|letter| letter.state).collect::<Vec<_>>();
    living.wait("both are settled", || states() == ["accepted", "accepted"]);
    living.queue(&[letter(2)]);
    let taken = |witness: &Witness, n: usize| witness.seen().taken.get(&letter(n).letter_id).map_or(0, Vec::len);
    until("a letter after it", || taken(&second, 2) + taken(&third, 2) == 1);
    living.wait("it is settled", || states() == ["accepted"; 3]);
    for n in 0..2 {
        let copies = [&first, &second, &third].map(|witness| taken(witness, n));
        assert_eq!(copies, if n == 0 { [0, 0, 1] } else { [0, 1, 1] });
    }
    for witness in [&second, &third] {
        assert!(witness.seen().taken.iter().all(|(id, copies)| {
            copies.iter().all(|(_, body)| (0..3).map(letter).any(|row| row.letter_id == *id && row.bytes == *body))
        }));
        witness.kill();
        witness.bury();
    }
}

#[test]
fn work_that_its_daemon_left_half_done_is_taken_up_and_a_lease_lost_is_not_renewed() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let url = runtime.block_on(postgres_url());
    let (house, witness) = daemon(&url);
    let instant = |seconds: i64| {
        keshirim::store::Instant::new(chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds))
    };
    house.register(async |store| {
        let mut tx = store.begin().await?;
        assert!(tx.take_lease("replan", "one that died", instant(0), instant(20)).await?);
        assert!(tx.renew_lease("replan", "one that died", instant(10), instant(30)).await?, "it is its own");
        assert!(!tx.renew_lease("replan", "one that died", instant(30), instant(50)).await?, "it has run out");
        assert!(!tx.renew_lease("replan", "another", instant(10), instant(50)).await?, "it is not another's");
        assert_eq!(tx.ended_leases(instant(29)).await?, [""; 0]);
        assert_eq!(tx.ended_leases(instant(30)).await?, ["replan"]);
        assert!(tx.take_lease("morning", "one that died", instant(0), instant(20)).await?);
        tx.commit().await
    });
    witness.live(None, || house.start());
    // The metronome's own beat may come before: once a minute, of one work ten seconds after that of the other.
    house.wait("one is taken up, and both are given back", || {
        let over = house.register(async |store| Ok(ended(store).await));
        house.log().contains("it is taken up")
            && !["replan", "morning"].iter().any(|work| over.contains(&(*work).to_owned()))
    });
    witness.kill();
    witness.bury();
}

/// Else what takes longer than a lease is ended in its middle, begun anew, and never done.
#[tokio::test]
async fn a_beat_that_finds_the_last_one_still_at_work_leaves_it_its_lease() {
    let house = House::on(&[postgres_url().await], 9, 1);
    let app = house.app(&Clock::manual(Utc.with_ymd_and_hms(2026, 11, 22, 7, 0, 0).unwrap())).await;
    let held = async || ended(&app.store).await.contains(&"replan".to_owned());
    let mut before_it = app.store.begin().await.unwrap();
    let Tx::Postgres(db) = &mut before_it else { unreachable!("it is on PostgreSQL") };
    // The first thing that it reads under its lease.
    sqlx::raw_sql("lock table progress in access exclusive mode").execute(&mut **db).await.unwrap();
    let first = tokio::spawn({
        let app = Arc::clone(&app);
        async move { app.beat(Beat::Replan).await }
    });
    let begun = Instant::now();
    while !held().await {
        assert!(begun.elapsed() < HAND_OVER, "it does not take its lease");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for _ in 0..3 {
        app.beat(Beat::Replan).await;
        assert!(!first.is_finished() && held().await, "a later beat gave back what is the first one's");
    }
    before_it.rollback().await.unwrap();
    first.await.unwrap();
    assert!(!app.beat_failed(Beat::Replan) && !held().await, "it is done, and its lease given back");
}
