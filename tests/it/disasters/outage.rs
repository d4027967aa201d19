//! The relay is away for three days.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use keshirim::clock::Clock;
use keshirim::store::LetterRow;

use super::clocks::petition;
use super::daemon::{House, beat, checks};
use super::witness::{Seen, Witness};
use crate::backend::on_each_backend;

/// Between two looks: the breaker's longest pause.
const LOOK: TimeDelta = TimeDelta::minutes(5);
const DAYS: i64 = 3;
/// The office that owes the acts.
const OWING: &str = "records@institution-1.example.org";
/// What is said of a late act on the day on which the relay is back.
const LATE: &str = "overdue:2026-02-06@0";

async fn a_relay_that_was_away_for_three_days_gets_the_latest_of_each_the_urgent_first_and_no_storm() {
    // Tuesday, 3 February 2026, noon in Almaty.
    let clock = Clock::manual("2026-02-03T07:00:00Z".parse::<DateTime<Utc>>().unwrap());
    let witness = Witness::start();
    let house = House::here(witness.port, 1).await;
    let app = house.app(&clock).await;
    // Two deadlines run (their rungs fall into the outage), two are late (told anew every working day).
    petition(&app, "2026-1", "2026-02-02").await;
    petition(&app, "2026-2", "2026-02-03").await;
    petition(&app, "2026-3", "2026-01-20").await;
    petition(&app, "2026-4", "2026-01-21").await;
    witness.seen().away = true;
    for _ in 0..DAYS * 24 * 12 {
        clock.advance(LOOK);
        beat(&app).await;
    }
    let (status, found) = checks(&app).await;
    assert_eq!(status, StatusCode::OK, "the daemon does its work: {found}");
    assert_eq!(found["mail"]["status"], "degraded");
    assert_eq!(found["letters"]["status"], "degraded", "letters wait for days: {found}");
    assert_eq!(found["mail"]["breaker"], "open");
    let knocks = witness.seen().knocks;
    assert!(knocks <= usize::try_from(DAYS * 24 * 12).unwrap() + 4, "{knocks} knocks: a storm");
    let waiting = letters(&app).await;
    let state = |state: &str| waiting.iter().filter(|letter| letter.state == state).count();
    assert!(state("cancelled") > 0 && state("refused") == 0, "{waiting:?}");
    assert_eq!(state("queued") + state("cancelled"), waiting.len(), "no letter was blamed");

    witness.seen().away = false;
    for _ in 0..4 {
        clock.advance(LOOK);
        beat(&app).await;
    }
    let (status, found) = checks(&app).await;
    assert_eq!(
        (status, &found["mail"]["status"], &found["letters"]["unsent"]),
        (StatusCode::OK, &"ok".into(), &0.into())
    );
    // Nothing new was due meanwhile: exactly what waited has gone, each letter once.
    let after = letters(&app).await;
    assert_eq!(after.iter().filter(|letter| letter.state == "accepted").count(), state("queued"));
    let sent: Vec<&LetterRow> = after.iter().filter(|letter| letter.state == "accepted").collect();
    assert_urgent_first(&witness.seen(), &sent);
    // To each address, of each deadline, one rung: the latest.
    let mut heard: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
    let mut tx = app.store.snapshot().await.unwrap();
    for letter in &sent {
        for alert in tx.alerts_of_letter(&letter.letter_id).await.unwrap() {
            let whom = (letter.address.clone(), alert.case_number, alert.rule);
            heard.entry(whom).or_default().push(alert.rung);
        }
    }
    let twice: Vec<_> = heard.iter().filter(|(_, rungs)| rungs.len() != 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let of = |number: &str| {
        let whom = (OWING.to_owned(), number.to_owned(), "P11.FORWARD".to_owned());
        heard.get(&whom).map(|rungs| rungs.join(" ")).unwrap_or_default()
    };
    assert_eq!(["2026-1", "2026-2", "2026-3", "2026-4"].map(of), ["alert_workday@0", "before:1wd@0", LATE, LATE]);
}

async fn letters(app: &keshirim::app::App) -> Vec<LetterRow> {
    app.store.snapshot().await.unwrap().letters(None, None, 10_000).await.unwrap()
}

/// Each letter was taken once, the urgent ones before the others.
fn assert_urgent_first(seen: &Seen, sent: &[&LetterRow]) {
    assert_eq!(seen.taken.values().map(Vec::len).sum::<usize>(), sent.len());
    let mut nth: BTreeMap<&str, usize> = BTreeMap::new();
    let mut order = Vec::new();
    for offer in &seen.offered {
        let n = nth.entry(&offer.letter).or_default();
        let (_, body) = &seen.taken[&offer.letter][*n];
        *n += 1;
        order.push(sent.iter().find(|letter| letter.bytes == *body).expect("the bytes are a letter's").urgency);
    }
    assert!(order.is_sorted_by(|a, b| a >= b) && order[0] == 1, "{order:?}");
}

on_each_backend!(a_relay_that_was_away_for_three_days_gets_the_latest_of_each_the_urgent_first_and_no_storm,);
