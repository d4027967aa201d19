//! The events of a case for people: what happened, what was struck, what waits, and who entered it.

use std::collections::HashMap;

use anyhow::Result;
use serde::Serialize;

use super::drawing::EventMark;
use super::paper::{Paper, local};
use crate::law::timeline::{Event, Moment};
use crate::register::NATIONWIDE;
use crate::register::query::CaseView;
use crate::store::EventRow;

/// An event of the timeline.
#[derive(Serialize)]
pub(super) struct EventText {
    number: usize,
    day: String,
    time: Option<String>,
    what: String,
    details: Vec<(String, String)>,
    entry: String,
    nationwide: bool,
    recorded: String,
    by: String,
    struck: bool,
    waiting: bool,
}

/// A correction, a retraction or a confirmation.
#[derive(Serialize)]
pub(super) struct ChangeText {
    entry: String,
    action: String,
    target: String,
    reason: Option<String>,
    day: Option<String>,
    recorded: String,
    by: String,
    waiting: bool,
    struck: bool,
}

/// The case's own entries, then the nation-wide ones that belong to it.
fn all_entries(view: &CaseView) -> impl Iterator<Item = &EventRow> {
    view.entries.iter().chain(&view.nationwide)
}

/// The number of each event on the page: by its day, where the register counts by the order of recording.
pub(super) fn numbers(events: &[Event]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..events.len()).collect();
    order.sort_by_key(|i| (events[*i].date, *i));
    let mut numbers = vec![0; events.len()];
    for (position, i) in order.into_iter().enumerate() {
        numbers[i] = position + 1;
    }
    numbers
}

/// The events to be drawn.
pub(super) fn marks(paper: &Paper<'_>, events: &[Event], numbers: &[usize]) -> Result<Vec<EventMark>> {
    let mark = |(event, number): (&Event, &usize)| {
        let tone = match (event.retracted_at, event.unconfirmed) {
            (Some(_), _) => "done",
            (None, true) => "pending",
            (None, false) => "coming",
        };
        let words = paper.event(event.kind.as_str())?;
        Ok(EventMark { number: *number, day: event.date, words, tone, struck: event.retracted_at.is_some() })
    };
    events.iter().zip(numbers).map(mark).collect()
}

/// Every event, struck ones among them, by its day.
pub(super) fn events(paper: &Paper<'_>, view: &CaseView, numbers: &[usize]) -> Result<Vec<EventText>> {
    let rows: HashMap<&str, &EventRow> = all_entries(view).map(|row| (row.event_id.as_str(), row)).collect();
    let assembled = &view.assembled;
    let mut out = Vec::with_capacity(numbers.len());
    for ((event, origin), number) in assembled.timeline.events.iter().zip(&assembled.origins).zip(numbers) {
        let row = rows.get(origin.event_id.as_str());
        let scalar = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let details = row.map(|row| row.fields.iter().map(|(name, value)| (name.clone(), scalar(value))).collect());
        let recorded = match event.recorded_at {
            Some(Moment::Instant(at)) => local(at.into()),
            _ => String::new(),
        };
        out.push(EventText {
            number: *number,
            day: paper.texts.day(paper.language, event.date)?,
            time: event.local_time.map(|time| time.format("%H:%M").to_string()),
            what: paper.event(event.kind.as_str())?,
            details: details.unwrap_or_default(),
            entry: origin.event_id.clone(),
            nationwide: origin.chain == NATIONWIDE,
            recorded,
            by: row.map(|row| row.recorded_by.clone()).unwrap_or_default(),
            struck: event.retracted_at.is_some(),
            waiting: event.unconfirmed && event.retracted_at.is_none(),
        });
    }
    out.sort_by_key(|event| event.number);
    Ok(out)
}

fn change(paper: &Paper<'_>, view: &CaseView, row: &EventRow) -> Result<Option<ChangeText>> {
    let Some(target) = row.target.as_ref().filter(|_| row.action != "record") else { return Ok(None) };
    let reason = |code: &String| paper.texts.phrase(paper.language, &format!("reason-{code}"), &[]);
    Ok(Some(ChangeText {
        entry: row.event_id.clone(),
        action: paper.say(&format!("action_{}", row.action))?,
        target: target.clone(),
        reason: row.reason.as_ref().map(reason).transpose()?,
        day: row.day.map(|day| paper.texts.day(paper.language, day)).transpose()?,
        recorded: local(row.recorded_at),
        by: row.recorded_by.clone(),
        waiting: view.is_waiting(row),
        struck: view.standing(row) == Some("struck"),
    }))
}

/// Every correction, retraction and confirmation.
pub(super) fn changes(paper: &Paper<'_>, view: &CaseView) -> Result<Vec<ChangeText>> {
    all_entries(view).filter_map(|row| change(paper, view, row).transpose()).collect()
}
