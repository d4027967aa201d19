//! From the outbox to a relay that takes its time: turns, the cap on connections, the volume brake.

mod brake;
mod on_time;
mod relay;
mod turns;
mod volume;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use keshirim::clock::Clock;
use keshirim::config::Config;
use keshirim::post::dispatch::{Dispatcher, Unsettled, Way};
use keshirim::post::return_path::ReturnPath;
use keshirim::post::{Brake, Breaker};
use keshirim::store::{Instant, LetterRow, ReceiptRow};

use crate::backend::House;
use crate::smtp::plain;

/// A register with letters in its outbox, and a dispatcher before it.
struct Post {
    house: House,
    clock: Clock,
    dispatcher: Arc<Dispatcher>,
}

impl Post {
    async fn new(port: u16, connections_max: u16, letters_per_hour_max: u32) -> Self {
        let house = House::here().await;
        let clock = Clock::manual(house.now);
        let dispatcher = dispatcher(&house, &clock, port, connections_max, letters_per_hour_max);
        Self { house, clock, dispatcher }
    }

    /// Letters `L-{name}-0`, `L-{name}-1`, …, each with bytes of its own, due now.
    async fn put(&self, name: &str, count: usize, urgency: i64) {
        let now = Instant::new(self.clock.now());
        let mut tx = self.house.store.begin().await.unwrap();
        for n in 0..count {
            let letter_id = format!("L-{name}-{n}");
            let letter = LetterRow {
                office: "working_body".to_owned(),
                address: "official@office.test".to_owned(),
                post: "head".to_owned(),
                language: "kk".to_owned(),
                subject: "Мерзім".to_owned(),
                message_id: format!("<{letter_id}@office.test>"),
                bytes: format!("Subject: {letter_id}\r\n\r\nend\r\n").into_bytes(),
                urgency,
                composed_at: now,
                due_at: now,
                state: "queued".to_owned(),
                attempts: 0,
                next_attempt_at: Some(now),
                lease_owner: None,
                lease_until: None,
                letter_id,
            };
            assert!(tx.insert_letter(&letter).await.unwrap());
        }
        tx.commit().await.unwrap();
    }

    async fn letters(&self) -> Vec<LetterRow> {
        let mut tx = self.house.store.snapshot().await.unwrap();
        tx.letters(None, None, 1_000).await.unwrap()
    }

    async fn in_state(&self, state: &str) -> usize {
        self.letters().await.iter().filter(|letter| letter.state == state).count()
    }

    async fn receipts(&self, letter_id: &str) -> Vec<ReceiptRow> {
        self.house.store.snapshot().await.unwrap().receipts(letter_id).await.unwrap()
    }

    async fn accepted_by_a_tick(&self) -> usize {
        self.dispatcher.tick().await.unwrap().accepted
    }

    fn advance(&self, minutes: i64) {
        self.clock.advance(TimeDelta::minutes(minutes));
    }
}

fn dispatcher(house: &House, clock: &Clock, port: u16, connections_max: u16, an_hour: u32) -> Arc<Dispatcher> {
    Arc::new(Dispatcher {
        store: house.store.clone(),
        clock: clock.clone(),
        way: Way::Smtp(Arc::new(plain(port))),
        return_path: ReturnPath::new("bounces@test.example", Some("key")),
        retry: Config::default().retry,
        connections_max,
        owner: "this machine".to_owned(),
        breaker: Mutex::new(Breaker::default()),
        brake: Mutex::new(Brake::new(an_hour)),
        unsettled: Unsettled::default(),
        stopping: AtomicBool::new(false),
    })
}
