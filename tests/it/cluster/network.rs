//! The network between daemon and database falls silent, is cut, is slow.

use std::time::{Duration, Instant as Steady};

use keshirim::store::{Error, Instant, Migrations, Store};

use super::postgres::Server;
use super::proxy::{Proxy, Wire};
use crate::disasters::daemon::{House, PATIENCE, letter};
use crate::disasters::witness::Witness;

/// Longer than any limit of the store.
const LIMIT: Duration = Duration::from_secs(30);

/// One fact of the register.
async fn fact(store: &Store, name: &str) -> Option<String> {
    store.snapshot().await.unwrap().meta(name).await.unwrap()
}

/// The same, while the wire is being mended.
async fn again(store: &Store, name: &str) -> Option<String> {
    let begun = Steady::now();
    loop {
        let read = async { store.snapshot().await?.meta(name).await };
        match read.await {
            Ok(fact) => return fact,
            Err(error) => assert!(begun.elapsed() < PATIENCE, "it does not come back: {error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_never_answered_is_told_as_not_known_and_is_whole_or_not_at_all() {
    let server = Server::start(&[]);
    Store::open(&server.url(), Migrations::Run).await.unwrap().close().await;
    let mut ways = tokio::task::JoinSet::new();
    for (wire, written) in [(Wire::SilentAfter("commit"), true), (Wire::SilentBefore("commit"), false)] {
        let proxy = Proxy::to(server.port);
        ways.spawn(async move {
            let name = format!("{wire:?}");
            let store = Store::open(&proxy.url(), Migrations::Leave).await.unwrap();
            let mut tx = store.begin().await.unwrap();
            for part in 0..3 {
                tx.put_meta(&format!("{name} {part}"), "written").await.unwrap();
            }
            proxy.set(wire);
            let begun = Steady::now();
            let said = tx.commit().await.unwrap_err();
            assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
            assert!(matches!(said, Error::NotKnown(_)), "{said}");
            assert!(said.to_string().contains("it is not known whether it is written"), "{said}");
            assert!(proxy.is_silent());
            // Whoever comes next waits no longer either, and finds the register whole as soon as the wire is mended.
            let begun = Steady::now();
            store.snapshot().await.unwrap_err();
            assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
            proxy.cut();
            proxy.set(Wire::Well);
            for part in 0..3 {
                let found = again(&store, &format!("{name} {part}")).await;
                assert_eq!(found.as_deref(), written.then_some("written"), "{name}");
            }
            store.close().await;
        });
    }
    ways.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_cut_in_mid_transaction_leaves_nothing_and_the_next_transaction_finds_a_new_one() {
    let server = Server::start(&[]);
    let proxy = Proxy::to(server.port);
    let store = Store::open(&proxy.url(), Migrations::Run).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.put_meta("half", "done").await.unwrap();
    proxy.cut();
    let begun = Steady::now();
    tx.put_meta("the other half", "done").await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(5), "a cut is seen at once: {:?}", begun.elapsed());
    drop(tx);
    assert_eq!(fact(&store, "half").await, None);
    // Connections that lie idle are cut, too, and nobody sees an error of it.
    let (first, second) = (store.begin().await.unwrap(), store.begin().await.unwrap());
    first.rollback().await.unwrap();
    second.rollback().await.unwrap();
    proxy.cut();
    assert_eq!(fact(&store, "half").await, None);
    // So it is for whoever records, on a connection that knows already what is asked then, and on a new one.
    for cut in [true, false, true] {
        if cut {
            proxy.cut();
        }
        let (tx, case) = store.begin_in_case("2026-1").await.unwrap();
        assert!(case.is_none());
        tx.rollback().await.unwrap();
    }
    // A statement in a transaction that has failed is no reason to believe in its commit.
    let mut tx = store.begin().await.unwrap();
    tx.put_meta("half", "done").await.unwrap();
    tx.put_meta("half", "a NUL: \0").await.unwrap_err();
    assert!(matches!(tx.commit().await.unwrap_err(), Error::Undone));
    assert_eq!(fact(&store, "half").await, None);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_suddenly_leads_to_another_register_is_not_followed() {
    let (server, stranger) = (Server::start(&[]), Server::start(&[]));
    let proxy = Proxy::to(server.port);
    let store = Store::open(&proxy.url(), Migrations::Run).await.unwrap();
    Store::open(&stranger.url(), Migrations::Run).await.unwrap().close().await;
    // While connections to the first live on, and when there is none any more.
    let held = store.begin().await.unwrap();
    proxy.lead_to(stranger.port);
    for cut in [false, true] {
        if cut {
            proxy.cut();
        }
        let said = store.begin().await.unwrap_err();
        assert!(matches!(said, Error::OldPrimary), "{said}");
        assert!(said.to_string().contains("no replica of the one that this daemon wrote to"), "{said}");
    }
    drop(held);
    proxy.lead_to(server.port);
    store.probe(Instant::new(chrono::DateTime::UNIX_EPOCH)).await.unwrap();
    assert!(fact(&store, "last_probe").await.is_some());
    store.close().await;
}

#[tokio::test]
async fn a_lock_that_somebody_holds_for_ever_is_waited_for_no_longer_than_the_limit() {
    let server = Server::start(&[]);
    let store = Store::open(&server.url(), Migrations::Run).await.unwrap();
    let mut holder = store.begin().await.unwrap();
    holder.put_meta("outbox_turn", "held").await.unwrap();
    let begun = Steady::now();
    let mut waiting = store.begin().await.unwrap();
    let said = waiting.lock_outbox("me").await.unwrap_err();
    assert!(matches!(said, Error::Busy(_)), "{said}");
    assert!(said.to_string().contains("waited for in vain"), "{said}");
    assert!(begun.elapsed() < LIMIT);
    // The holder has said nothing for longer than anybody may: the server has ended it, and its locks are free.
    let begun = Steady::now();
    loop {
        let mut next = store.begin().await.unwrap();
        let locked = next.lock_outbox("me").await;
        if locked.is_ok() {
            break;
        }
        assert!(begun.elapsed() < LIMIT, "{locked:?}");
    }
    holder.put_meta("outbox_turn", "mine").await.unwrap_err();
    drop(holder);
    assert_eq!(store.snapshot().await.unwrap().meta("outbox_turn").await.unwrap(), None, "nothing was committed");
    // So it is with a case, on a connection that has prepared already what is asked then, and on one that has not.
    let mut made = store.begin().await.unwrap();
    made.insert_chain("2026-1").await.unwrap();
    made.commit().await.unwrap();
    store.begin_in_case("2026-1").await.unwrap().0.rollback().await.unwrap();
    let prepared = store.begin().await.unwrap();
    let holder = store.begin_alone().await.unwrap();
    prepared.rollback().await.unwrap();
    let begun = Steady::now();
    let (one, other) = tokio::join!(store.begin_in_case("2026-1"), store.begin_in_case("2026-1"));
    for said in [one, other] {
        let said = said.unwrap_err();
        assert!(matches!(said, Error::Busy(_)), "{said}");
    }
    assert!(begun.elapsed() < LIMIT);
    holder.rollback().await.unwrap();
    for _ in 0..3 {
        store.begin_in_case("2026-1").await.unwrap().0.commit().await.unwrap();
    }
    store.probe(Instant::new(chrono::DateTime::UNIX_EPOCH)).await.unwrap();
    store.close().await;
}

/// Letters that wait at the beginning of a daemon's test.
const LETTERS: usize = 1_500;

#[test]
fn a_daemon_whose_wire_is_slow_cut_and_silent_goes_on_by_itself_and_sends_every_letter_once() {
    let server = Server::start(&[]);
    let (proxy, witness) = (Proxy::to(server.port), Witness::start());
    witness.seen().slow = Duration::from_millis(20);
    let house = House::on(&[proxy.url()], witness.port, 4);
    house.queue(&(0..LETTERS).map(letter).collect::<Vec<_>>());
    witness.live(None, || house.start());
    let taken = |more: usize| {
        let before = witness.seen().taken.len();
        house.wait("letters go on", || witness.seen().taken.len() >= (before + more).min(LETTERS));
    };
    let healthy = |code: &str| {
        house.wait(code, || house.health().is_some_and(|answer| answer.starts_with(&format!("HTTP/1.1 {code}"))));
    };
    taken(50);
    proxy.set(Wire::Late(Duration::from_millis(200)));
    taken(20);
    proxy.set(Wire::Well);
    for _ in 0..5 {
        taken(50);
        proxy.cut();
    }
    taken(50);
    healthy("200");
    proxy.set(Wire::Silent);
    healthy("503");
    house.wait("a limit is reached", || house.log().contains("does not answer within"));
    assert!(witness.seen().taken.len() < LETTERS, "all was sent before the wire fell silent");
    proxy.set(Wire::Well);
    healthy("200");
    // Silent at the very word by which a claim and what came back are made so: nobody knows whether they are.
    for wire in [Wire::SilentAfter("commit"), Wire::SilentBefore("commit")] {
        taken(50);
        proxy.set(wire);
        house.wait("the commit", || proxy.is_silent());
        healthy("503");
        proxy.cut();
        proxy.set(Wire::Well);
        healthy("200");
    }
    house.wait("every letter is settled", || {
        house.register(async |store| Ok(store.snapshot().await?.outbox_counts().await?.unsent)) == 0
    });
    witness.kill();
    witness.bury();
    let seen = witness.seen();
    let copies = seen.taken.values().map(Vec::len).max();
    assert_eq!((seen.taken.len(), copies), (LETTERS, Some(1)), "{}", house.log());
}
