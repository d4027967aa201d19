//! The volume brake before a real outbox.

use chrono::TimeDelta;

use super::relay::Relay;
use super::{Post, dispatcher};
use crate::backend::on_each_backend;

async fn at_the_limit_ordinary_letters_wait_urgent_ones_go_on_and_nothing_is_dropped() {
    let relay = Relay::start(1_000).await;
    let post = Post::new(relay.port, 4, 10).await;
    post.put("ordinary", 15, 0).await;
    post.put("urgent", 3, 1).await;
    assert_eq!(post.accepted_by_a_tick().await, 10, "the limit, to the letter");
    let engaged = post.dispatcher.brake_snapshot();
    assert_eq!((engaged.engaged, engaged.since, engaged.handed_last_hour), (true, Some(post.clock.now()), 10));
    assert_eq!(post.accepted_by_a_tick().await, 0);
    assert_eq!(post.in_state("queued").await, 8, "queued, not dropped");
    let urgent = post.letters().await.into_iter().filter(|letter| letter.urgency == 1);
    assert!(urgent.map(|letter| letter.state).all(|state| state == "accepted"), "urgent ones went first");

    // A last day does not wait for a runaway; a runaway of last days stops at twice the limit.
    post.put("last-day", 14, 1).await;
    assert_eq!(post.accepted_by_a_tick().await, 10);
    assert_eq!(post.accepted_by_a_tick().await, 0);

    // A restart does not release it: the register remembers.
    let again = dispatcher(&post.house, &post.clock, relay.port, 4, 10);
    assert_eq!(again.tick().await.unwrap().tried, 0);
    let counted = again.brake_snapshot();
    assert_eq!((counted.engaged, counted.handed_last_hour), (true, 20));
    assert_eq!(counted.until, Some(post.clock.now() + TimeDelta::hours(1)));

    post.advance(59);
    assert_eq!(post.accepted_by_a_tick().await, 0);
    post.advance(1);
    assert_eq!(post.accepted_by_a_tick().await, 10, "the hour has cooled");
    post.advance(60);
    assert_eq!(post.accepted_by_a_tick().await, 2);
    post.advance(1);
    assert_eq!(post.in_state("accepted").await, 32);
    assert!(!post.dispatcher.brake_snapshot().engaged);
    assert_eq!(relay.bodies().len(), 32, "each letter once");
}

on_each_backend!(at_the_limit_ordinary_letters_wait_urgent_ones_go_on_and_nothing_is_dropped,);
