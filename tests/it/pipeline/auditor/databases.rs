//! Auditor and morning letter say the same on both databases.

use chrono::TimeDelta;
use keshirim::auditor::{Scope, audit, due, morning};
use keshirim::clock::Clock;
use keshirim::config::parse_offices;
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::letter::Texts;
use keshirim::post::Breaker;
use keshirim::post::ack_link::AckLinks;
use keshirim::post::compose::{self, Desk};
use keshirim::store::Instant;

use super::world::OFFICES;
use crate::backend::{House, on_each_backend};

on_each_backend! {
    /// A petition is recorded on a Sunday; nothing is sent, and that is found; the operators hear of it on Monday morning.
    async fn a_run_is_kept_and_told_alike(house: House) {
        house.open("2026-1", Sentence::Death).await;
        house.record("2026-1", EventKind::PetitionAccepted, "2026-11-20").await;
        let clock = Clock::manual(house.now);
        let (directory, texts) = (parse_offices("offices.toml", OFFICES).unwrap(), Texts::embedded().unwrap());
        let links = AckLinks::new("https://keshirim.example", Some("key"));
        let desk = |now| Desk {
            store: &house.store,
            directory: &directory,
            calendar: &house.calendar,
            config: &house.config,
            texts: &texts,
            links: &links,
            now,
        };
        clock.advance(TimeDelta::minutes(2));
        while compose::tick(&desk(clock.now())).await.unwrap().deadlines > 0 {}
        assert_eq!(due(&house.store, clock.now()).await.unwrap(), Some(Scope::Nightly));
        clock.advance(TimeDelta::hours(2));
        for scope in [Scope::Nightly, Scope::Hourly] {
            let row = audit(&desk(clock.now()), scope, &clock, true, None).await.unwrap();
            assert!(row.expected > 0 && row.accepted == 0, "{row:?}");
            let codes: Vec<&str> = row.found.0.as_array().unwrap().iter().map(|d| d["code"].as_str().unwrap()).collect();
            assert!(codes.iter().all(|code| *code == "unsent"), "{codes:?}");
            assert_eq!(row.differences, row.expected);
            clock.advance(TimeDelta::minutes(1));
        }
        let last = house.store.snapshot().await.unwrap().last_audit(Some("nightly")).await.unwrap().unwrap();
        assert_eq!((last.scope.as_str(), last.heartbeat.as_str()), ("nightly", "none"));
        clock.advance(TimeDelta::hours(20));
        let breaker = Breaker::default().snapshot();
        assert_eq!(morning::tick(&desk(clock.now()), &breaker).await.unwrap(), 1);
        assert_eq!(morning::tick(&desk(clock.now()), &breaker).await.unwrap(), 0);
        let mut tx = house.store.snapshot().await.unwrap();
        let told = tx.last_morning(Instant::new(clock.now() + TimeDelta::seconds(1))).await.unwrap();
        assert_eq!(told, Some(Instant::new(clock.now())));
    }
}
