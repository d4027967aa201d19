//! From entries to the timeline that the law reads: corrections and retractions applied, nation-wide events merged in.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::Value;

use super::DEFAULT_ZONE;
use crate::law::timeline::{Event, EventKind, Moment, Sentence, Timeline};
use crate::store::{CaseRow, EventRow, Fields};

/// Where an event of the timeline comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The entry that put it there (for a corrected event, the correction).
    pub event_id: String,
    /// The entry that first recorded it: a correction does not change it.
    pub root_id: String,
    /// Its chain.
    pub chain: String,
    /// Its place in the chain.
    pub seq: i64,
}

/// A timeline with the origin of each of its events.
#[derive(Clone, Debug)]
pub struct Assembled {
    /// What the law reads; struck events are in it, marked as retracted.
    pub timeline: Timeline,
    /// The origin of `timeline.events[i]`.
    pub origins: Vec<Origin>,
}

impl Assembled {
    /// The events that stand.
    pub fn standing(&self) -> impl Iterator<Item = &Event> {
        self.timeline.events.iter().filter(|event| event.retracted_at.is_none())
    }

    /// The origin of the event with that 1-based index.
    pub fn origin(&self, index: u32) -> Option<&Origin> {
        usize::try_from(index).ok()?.checked_sub(1).and_then(|i| self.origins.get(i))
    }

    /// The event that the entry `event_id` put into the timeline.
    pub fn event(&self, event_id: &str) -> Option<(&Event, &Origin)> {
        let i = self.origins.iter().position(|origin| origin.event_id == event_id)?;
        Some((&self.timeline.events[i], &self.origins[i]))
    }
}

/// One event while it is being put together.
struct Slot<'a> {
    event: Event,
    origin: Origin,
    recorded_at: DateTime<Utc>,
    answers: Option<&'a str>,
}

/// Puts the timeline of `case` together from its entries and (in a death case) the nation-wide ones. With `known_at` only the
/// entries recorded by then exist: the answer is what the register knew then, confirmations included.
pub fn assemble(
    case: &CaseRow,
    own: &[EventRow],
    nationwide: &[EventRow],
    known_at: Option<DateTime<Utc>>,
) -> Assembled {
    let sentence = case.sentence.parse().unwrap_or(Sentence::Other);
    let mut slots = slots(own, known_at);
    if sentence == Sentence::Death {
        slots.extend(self::slots(nationwide, known_at));
    }
    slots.sort_by(|a, b| {
        (a.recorded_at, &a.origin.chain, a.origin.seq).cmp(&(b.recorded_at, &b.origin.chain, b.origin.seq))
    });
    let answers: Vec<Option<u32>> = slots.iter().map(|slot| slot.answers.and_then(|id| index_of(&slots, id))).collect();
    let (mut events, mut origins) = (Vec::with_capacity(slots.len()), Vec::with_capacity(slots.len()));
    for (slot, answers) in slots.into_iter().zip(answers) {
        events.push(Event { answers, ..slot.event });
        origins.push(slot.origin);
    }
    let timeline = Timeline {
        sentence,
        crime_category: case.crime_category.as_deref().and_then(|name| name.parse().ok()),
        zone: case.zone.parse().unwrap_or(DEFAULT_ZONE),
        institution: Some(case.institution.as_str().into()),
        events,
    };
    Assembled { timeline, origins }
}

/// The 1-based index of the event that the entry `id` stands for: of its latest correction, if it was corrected.
fn index_of(slots: &[Slot<'_>], id: &str) -> Option<u32> {
    let root = &slots.iter().find(|slot| slot.origin.event_id == id)?.origin.root_id;
    let same = || slots.iter().enumerate().filter(|(_, slot)| slot.origin.root_id == *root);
    let index = same().filter(|(_, slot)| slot.event.retracted_at.is_none()).map(|(i, _)| i).next_back();
    u32::try_from(index.or_else(|| same().map(|(i, _)| i).next_back())? + 1).ok()
}

fn slots(rows: &[EventRow], known_at: Option<DateTime<Utc>>) -> Vec<Slot<'_>> {
    let rows = || rows.iter().filter(move |row| known_at.is_none_or(|at| row.recorded_at.utc() <= at));
    let confirmed: HashMap<&str, DateTime<Utc>> = rows()
        .filter(|row| row.action == "confirm")
        .filter_map(|row| Some((row.target.as_deref()?, row.recorded_at.utc())))
        .collect();
    let counts_from = |row: &EventRow| {
        if row.needs_confirmation { confirmed.get(row.event_id.as_str()).copied() } else { Some(row.recorded_at.utc()) }
    };
    let mut slots: Vec<Slot<'_>> = Vec::new();
    let mut place: HashMap<&str, usize> = HashMap::new();
    for row in rows() {
        let target = row.target.as_deref().and_then(|id| place.get(id).copied());
        let counts = counts_from(row);
        if matches!(row.action.as_str(), "correct" | "retract")
            && let (Some(target), Some(at)) = (target, counts)
        {
            slots[target].event.retracted_at.get_or_insert(Moment::Instant(at));
        }
        if matches!(row.action.as_str(), "record" | "correct")
            && let Some(event) = event(row, counts.is_none())
        {
            let root_id = target.map_or_else(|| row.event_id.clone(), |i| slots[i].origin.root_id.clone());
            let origin = Origin { event_id: row.event_id.clone(), root_id, chain: row.chain.clone(), seq: row.seq };
            place.insert(&row.event_id, slots.len());
            let answers = row.fields.get("answers").and_then(Value::as_str);
            slots.push(Slot { event, origin, recorded_at: row.recorded_at.utc(), answers });
        }
    }
    slots
}

/// The event that a row records; none if this program does not know its kind.
fn event(row: &EventRow, unconfirmed: bool) -> Option<Event> {
    let kind: EventKind = row.kind.as_deref()?.parse().ok()?;
    let fields: &Fields = &row.fields;
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let boxed = |name: &str| text(name).map(Box::from);
    let day = |name: &str| text(name).and_then(|text| text.parse::<NaiveDate>().ok());
    let count = |name: &str| fields.get(name).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let yes = |name: &str| fields.get(name).and_then(Value::as_bool).unwrap_or(false);
    Some(Event {
        local_time: row.local_time.as_deref().and_then(|text| NaiveTime::parse_from_str(text, "%H:%M").ok()),
        in_force: day("in_force"),
        published: day("published"),
        recorded_at: Some(Moment::Instant(row.recorded_at.utc())),
        unconfirmed,
        repeat: yes("repeat"),
        postmark: yes("postmark"),
        outcome: boxed("outcome"),
        road: boxed("road"),
        institution: boxed("institution"),
        to: boxed("to"),
        subject: text("subject").and_then(|name| name.parse().ok()),
        members: count("members"),
        present: count("present"),
        votes_for: count("votes_for"),
        votes_against: count("votes_against"),
        ..Event::new(kind, row.day?)
    })
}
