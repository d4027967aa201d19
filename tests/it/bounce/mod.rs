//! Mail that came back: reports as Postfix, Exim and Exchange write them, and everything that must change nothing.
//!
//! The reports are in `tests/bounces`. Those of Postfix came from Postfix 3.7 itself (a letter to nobody, to a full mailbox, to a
//! server that lists in grey, …; names and numbers of machines were replaced), the others were written after reports of
//! Exim 4.72 and 4.96 and of Microsoft 365. `{RETURN}`, `{TO}` and `{LETTER}` stand for what the test's letter has.

mod any;
mod command;
mod kept;
mod reports;

use std::path::Path;

use keshirim::config::Config;
use keshirim::post::bounce::{BounceError, TakenIn, take_in};
use keshirim::post::return_path::ReturnPath;
use keshirim::store::{BounceRow, Instant, LetterRow};

use crate::backend::House;

pub(crate) const LETTER: &str = "L-7K3M9Q2X4P";
const ADDRESS: &str = "office@remote.example";

fn key() -> ReturnPath {
    ReturnPath::new("bounces@test.example", Some("key"))
}

/// A report, with what the letter `letter_id` to `address` has filled in.
pub(crate) fn report(name: &str, letter_id: &str, address: &str, return_path: &ReturnPath) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bounces").join(format!("{name}.eml"));
    let text = std::fs::read_to_string(&path).unwrap();
    text.replace("{RETURN}", &return_path.of(letter_id)).replace("{TO}", address).replace("{LETTER}", letter_id)
}

fn ours(name: &str) -> String {
    report(name, LETTER, ADDRESS, &key())
}

pub(crate) fn letter(letter_id: &str, address: &str, now: Instant) -> LetterRow {
    LetterRow {
        letter_id: letter_id.to_owned(),
        office: "institution:sample".to_owned(),
        address: address.to_owned(),
        post: "Head of records".to_owned(),
        language: "en".to_owned(),
        subject: "A letter".to_owned(),
        message_id: format!("<{letter_id}@keshirim.example>"),
        bytes: b"Subject: A letter\r\n\r\nText\r\n".to_vec(),
        urgency: 0,
        composed_at: now,
        due_at: now,
        state: "accepted".to_owned(),
        attempts: 1,
        next_attempt_at: None,
        lease_owner: None,
        lease_until: None,
    }
}

/// A register with one accepted letter.
async fn house() -> House {
    furnished(House::here().await).await
}

async fn furnished(house: House) -> House {
    let mut tx = house.store.begin().await.unwrap();
    assert!(tx.insert_letter(&letter(LETTER, ADDRESS, Instant::new(house.now))).await.unwrap());
    tx.commit().await.unwrap();
    house
}

async fn take(house: &House, mail: &[u8]) -> Result<TakenIn, BounceError> {
    take_in(&house.store, &key(), &Config::default().retry, mail, house.now).await
}

/// Everything that a report can change.
#[derive(Debug, PartialEq, Eq)]
struct State {
    letters: Vec<(String, String, Option<Instant>)>,
    follow_ups: Vec<String>,
    flags: Vec<(String, String, String)>,
    bounces: Vec<BounceRow>,
}

async fn state(house: &House) -> State {
    let mut tx = house.store.snapshot().await.unwrap();
    let letters = tx.letters(None, None, 100).await.unwrap();
    let mut bounces = Vec::new();
    for letter in &letters {
        bounces.extend(tx.bounces_of(&letter.letter_id).await.unwrap());
    }
    let follow_ups = tx.due_follow_ups(Instant::new(house.now), 100).await.unwrap();
    let flags = tx.standing_flags().await.unwrap();
    State {
        letters: letters.into_iter().map(|l| (l.letter_id, l.state, l.next_attempt_at)).collect(),
        follow_ups: follow_ups.into_iter().map(|f| f.letter_id).collect(),
        flags: flags.into_iter().map(|f| (f.address, f.reason, f.status)).collect(),
        bounces,
    }
}
