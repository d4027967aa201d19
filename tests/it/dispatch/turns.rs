//! Settle and claim in one commit a turn, without holding up a letter, losing one, or asking too much of a relay.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use keshirim::store::Instant;
use tokio::time::timeout;

use super::relay::Relay;
use super::{Post, dispatcher};
use crate::backend::{Backend, on_each_backend};

const AN_HOUR: u32 = 20_000;
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

async fn sixty_four_letters_go_over_four_connections_and_never_over_more() {
    let relay = Relay::start(0).await;
    let post = Post::new(relay.port, 4, AN_HOUR).await;
    post.put("a", 64, 0).await;
    let sender = Arc::clone(&post.dispatcher);
    let tick = tokio::spawn(async move { sender.tick().await.unwrap() });
    // All four are out, and the relay is silent: a fifth would come now.
    relay.heard(4).await;
    assert_eq!(post.in_state("transmitting").await, 4, "no letter is claimed that cannot be sent");
    relay.answer(64);
    assert_eq!(tick.await.unwrap().accepted, 64);
    assert_eq!(relay.peak(), 4);
    assert_eq!(post.in_state("accepted").await, 64);
    let sent: BTreeSet<String> = relay.bodies().into_iter().collect();
    assert_eq!((sent.len(), relay.bodies().len()), (64, 64), "each letter once");
}

async fn a_letter_is_settled_and_the_next_one_claimed_while_another_is_still_out() {
    let relay = Relay::start(0).await;
    let post = Post::new(relay.port, 2, AN_HOUR).await;
    post.put("a", 2, 0).await;
    let sender = Arc::clone(&post.dispatcher);
    let tick = tokio::spawn(async move { sender.tick().await.unwrap() });
    relay.heard(2).await;
    // One is answered; the other's relay is thinking.
    relay.answer(1);
    let settled = async {
        while post.in_state("accepted").await != 1 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, settled).await.expect("a lone letter waits for nobody to be settled");
    assert_eq!(post.in_state("transmitting").await, 1);
    // What becomes due meanwhile takes the free connection.
    post.put("b", 1, 0).await;
    timeout(PATIENCE, relay.heard(3)).await.expect("a free connection is not kept waiting by a slow one");
    relay.answer(2);
    assert_eq!(tick.await.unwrap().accepted, 3);
    assert_eq!(relay.peak(), 2);
}

async fn a_stop_finishes_the_letters_in_hand_and_begins_no_other() {
    let relay = Relay::start(0).await;
    let post = Post::new(relay.port, 2, AN_HOUR).await;
    post.put("a", 6, 0).await;
    let sender = Arc::clone(&post.dispatcher);
    let tick = tokio::spawn(async move { sender.tick().await.unwrap() });
    relay.heard(2).await;
    post.dispatcher.stopping.store(true, Ordering::Relaxed);
    relay.answer(6);
    assert_eq!(tick.await.unwrap().accepted, 2);
    let left: Vec<_> = post.letters().await.into_iter().filter(|letter| letter.state != "accepted").collect();
    assert_eq!(left.len(), 4);
    let untouched =
        |state: &str, attempts, owner: &Option<String>| state == "queued" && attempts == 0 && owner.is_none();
    assert!(left.iter().all(|letter| untouched(&letter.state, letter.attempts, &letter.lease_owner)), "{left:?}");
}

async fn a_relay_that_is_not_there_costs_as_many_letters_an_attempt_as_there_are_connections() {
    // A port that nobody listens on.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let post = Post::new(nobody, 3, AN_HOUR).await;
    post.put("a", 20, 0).await;
    for _ in 0..5 {
        post.dispatcher.tick().await.unwrap();
    }
    let letters = post.letters().await;
    assert!(letters.iter().all(|letter| letter.state == "queued" && letter.lease_owner.is_none()));
    let tried: i64 = letters.iter().map(|letter| letter.attempts).sum();
    assert_eq!(tried, 3, "the breaker is open: nothing more is claimed, nothing is counted");
    // After the pause one letter goes on trial.
    post.advance(1);
    assert_eq!(post.dispatcher.tick().await.unwrap().tried, 1);
}

async fn a_verdict_that_cannot_be_written_down_is_kept_and_nothing_more_is_sent_until_it_is() {
    let relay = Relay::start(100).await;
    let post = Post::new(relay.port, 2, AN_HOUR).await;
    post.put("a", 6, 0).await;
    let (full, freed) = match Backend::here() {
        Backend::Sqlite => (
            "create trigger full_disk before insert on receipt begin select raise(abort, 'disk full'); end",
            "drop trigger full_disk",
        ),
        Backend::Postgres => (
            "alter table receipt add constraint full_disk check (false) not valid",
            "alter table receipt drop constraint full_disk",
        ),
    };
    post.house.tamper(full).await;
    for _ in 0..3 {
        assert!(post.dispatcher.tick().await.is_err());
        assert_eq!(relay.bodies().len(), 2, "as many as there are connections, and no more");
    }
    post.house.tamper(freed).await;
    assert_eq!(post.accepted_by_a_tick().await, 4);
    assert_eq!(relay.bodies().len(), 6, "each letter once");
    for letter in post.letters().await {
        let receipts = post.receipts(&letter.letter_id).await;
        assert_eq!((letter.state.as_str(), letter.attempts, receipts.len()), ("accepted", 1, 1));
    }
}

async fn a_crash_leaves_at_most_as_many_letters_in_doubt_as_there_are_connections_and_they_go_again_byte_for_byte() {
    let relay = Relay::start(5).await;
    let post = Post::new(relay.port, 3, AN_HOUR).await;
    post.put("a", 12, 0).await;
    let sender = Arc::clone(&post.dispatcher);
    let tick = tokio::spawn(async move { sender.tick().await.unwrap() });
    // Five are answered, three are out; then the process is gone.
    relay.heard(8).await;
    tick.abort();
    assert!(tick.await.unwrap_err().is_cancelled());
    let in_doubt = post.in_state("transmitting").await;
    assert!(in_doubt <= 3, "{in_doubt}");
    let mut tx = post.house.store.begin().await.unwrap();
    let recovered = tx.recover_letters("this machine", Instant::new(post.clock.now())).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(recovered, in_doubt as u64);
    relay.answer(100);
    let next_run = dispatcher(&post.house, &post.clock, relay.port, 3, AN_HOUR);
    next_run.tick().await.unwrap();
    assert_eq!(post.in_state("accepted").await, 12);
    let heard = relay.bodies();
    let once: BTreeSet<&String> = heard.iter().collect();
    assert_eq!(once.len(), 12, "nothing is lost, and a copy is the same bytes");
    assert!(heard.len() <= 12 + 3, "{} letters for 12", heard.len());
}

on_each_backend!(
    sixty_four_letters_go_over_four_connections_and_never_over_more,
    a_letter_is_settled_and_the_next_one_claimed_while_another_is_still_out,
    a_stop_finishes_the_letters_in_hand_and_begins_no_other,
    a_relay_that_is_not_there_costs_as_many_letters_an_attempt_as_there_are_connections,
    a_verdict_that_cannot_be_written_down_is_kept_and_nothing_more_is_sent_until_it_is,
    a_crash_leaves_at_most_as_many_letters_in_doubt_as_there_are_connections_and_they_go_again_byte_for_byte,
);
