//! The law: worked examples, days, the decree's own words, and what holds for every timeline.

mod days;
mod examples;
mod lines;
mod properties;
mod readings;
mod stories;
mod words;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use chrono::NaiveDate;
use keshirim::config::CalendarFile;
use keshirim::law::calendar::Calendar;
use keshirim::law::{derive, facts, wire};
use serde_json::Value;

/// The calendar that the program ships.
static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| CalendarFile::shipped().calendar());

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A file of `tests/law`.
fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/law").join(name)).unwrap()
}

fn json(name: &str) -> Value {
    serde_json::from_str(&file(name)).unwrap()
}

/// What `derive` answers to one line of facts, as JSON.
fn answer(line: &str) -> Result<Value, String> {
    let facts = facts::read(line).map_err(|e| e.to_string())?;
    let findings = derive(&facts.timeline, &CALENDAR, &facts.question);
    Ok(serde_json::to_value(wire::Answer { id: facts.id, findings: &findings }).unwrap())
}
