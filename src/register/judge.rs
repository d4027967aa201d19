//! Judging what somebody wants to enter: what it speaks of must stand, the impossible is refused, the unlikely questioned, and
//! what would end or shorten a bar is for two.

use chrono::NaiveDate;
use serde_json::Value;

use super::assemble::Assembled;
use super::entry::{self, Draft, Likelihood};
use super::intake::{Strictness, blank};
use super::save::{Entries, Saved};
use super::{Error, NATIONWIDE, Registrar, Result, eyes, nationwide};
use crate::law::irregularity::Code;
use crate::law::timeline::{EventKind, Sentence, Subject};
use crate::law::{Question, derive};
use crate::store::{EventRow, Head, Json};

/// The entry that a draft makes, if it is neither impossible nor unlikely.
pub(super) fn draft_entry(
    registrar: &Registrar<'_>,
    number: &str,
    head: &Head,
    draft: &Draft,
    before: &Assembled,
    strictness: Strictness,
) -> Result<EventRow> {
    let today = registrar.today(before.timeline.zone);
    nationwide::check_place(draft, number)?;
    entry::check_day(draft.day, today)?;
    let local = registrar.now.with_timezone(&before.timeline.zone).time();
    if draft.day == today && draft.local_time.is_some_and(|time| time > local) {
        let sentence = format!("{today} at that time is still to come: only what has happened can be recorded");
        return Err(Error::refused("future_time", sentence));
    }
    entry::check_fields(draft, before.timeline.sentence)?;
    if let Some(answers) = draft.fields.get("answers").and_then(Value::as_str)
        && before.event(answers).is_none()
    {
        return Err(Error::unknown_entry(answers));
    }
    let question_age = strictness == Strictness::ByHand;
    let mut doubts = entry::unlikely(Likelihood { kind: draft.kind, day: draft.day, today, question_age }, before);
    doubts.extend(already_recorded(draft, before));
    if !draft.confirmed && !doubts.is_empty() {
        return Err(Error::Unlikely(doubts));
    }
    Ok(EventRow {
        action: "record".to_owned(),
        kind: Some(draft.kind.as_str().to_owned()),
        day: Some(draft.day),
        local_time: draft.local_time.map(|time| time.format("%H:%M").to_string()),
        fields: Json(draft.fields.clone()),
        reason: draft.reason.map(|reason| reason.as_str().to_owned()),
        note: draft.note.clone(),
        ..blank(registrar, number, head)
    })
}

/// The same event on the same day stands already: sent twice, most likely.
fn already_recorded(draft: &Draft, before: &Assembled) -> Option<String> {
    let to = draft.fields.get("to").and_then(Value::as_str);
    let subject = draft.fields.get("subject").and_then(Value::as_str);
    let twin = before.timeline.events.iter().zip(&before.origins).find(|(event, _)| {
        event.retracted_at.is_none()
            && event.kind == draft.kind
            && event.date == draft.day
            && event.to.as_deref() == to
            && event.subject.map(Subject::as_str) == subject
    })?;
    Some(format!("{} on {} is already recorded as {}", draft.kind, draft.day, twin.1.event_id))
}

/// One correction at a time: a second one beside one that waits for a second person could never be told from it.
pub(super) fn no_correction_waits(own: &[EventRow], event_id: &str) -> Result<()> {
    let about =
        |row: &EventRow, action: &str, target: &str| row.action == action && row.target.as_deref() == Some(target);
    let is_done = |id: &str| own.iter().any(|row| about(row, "confirm", id) || about(row, "retract", id));
    let waiting =
        own.iter().find(|row| about(row, "correct", event_id) && row.needs_confirmation && !is_done(&row.event_id));
    match waiting {
        None => Ok(()),
        Some(waiting) => {
            let sentence = format!(
                "{event_id} has a correction that waits for a second person: confirm or retract {} first",
                waiting.event_id
            );
            Err(Error::refused("correction_waits", sentence))
        }
    }
}

/// Refuses an impossible new day, and questions an unlikely one.
pub(super) fn judge_correction(
    registrar: &Registrar<'_>,
    old: &EventRow,
    day: NaiveDate,
    confirmed: bool,
    before: &Assembled,
    strictness: Strictness,
) -> Result<()> {
    let today = registrar.today(before.timeline.zone);
    entry::check_day(day, today)?;
    if old.day == Some(day) {
        let sentence = format!("{} already stands on {day}: there is nothing to correct", old.event_id);
        return Err(Error::refused("nothing_to_correct", sentence));
    }
    let Some(kind) = old.kind.as_deref().and_then(|kind| kind.parse().ok()) else { return Ok(()) };
    let mut others = before.clone();
    // The event is not its own neighbour.
    for (event, origin) in others.timeline.events.iter_mut().zip(&others.origins) {
        if origin.event_id == old.event_id {
            event.retracted_at = event.recorded_at;
        }
    }
    let question_age = strictness == Strictness::ByHand;
    let doubts = entry::unlikely(Likelihood { kind, day, today, question_age }, &others);
    if confirmed || doubts.is_empty() { Ok(()) } else { Err(Error::Unlikely(doubts)) }
}

/// The entry `target`, if its event stands.
pub(super) fn standing_entry<'a>(own: &'a [EventRow], before: &Assembled, target: &str) -> Result<&'a EventRow> {
    let row = own.iter().find(|row| row.event_id == target).ok_or_else(|| Error::unknown_entry(target))?;
    match before.event(target) {
        Some((event, _)) if event.retracted_at.is_none() => Ok(row),
        Some((_, origin)) => {
            let now = before
                .origins
                .iter()
                .zip(&before.timeline.events)
                .find(|(other, event)| other.root_id == origin.root_id && event.retracted_at.is_none());
            let instead = now.map_or_else(
                || "record the event anew".to_owned(),
                |(other, _)| format!("it was corrected by {0}; name {0} instead", other.event_id),
            );
            Err(Error::refused("already_struck", format!("{target} is struck already: {instead}")))
        }
        None => {
            let sentence = format!("{target} is no event but a \"{}\" entry; name the event's own entry", row.action);
            Err(Error::refused("not_an_event", sentence))
        }
    }
}

/// The entry `target`, if it can be struck: an event that stands, or a retraction that still waits for a second person.
pub(super) fn retractable<'a>(own: &'a [EventRow], before: &Assembled, target: &str) -> Result<&'a EventRow> {
    let row = own.iter().find(|row| row.event_id == target).ok_or_else(|| Error::unknown_entry(target))?;
    if row.action == "retract" && row.needs_confirmation {
        return if answered(own, target) {
            Err(Error::refused("already_struck", format!("{target} no longer waits: record the event anew")))
        } else {
            Ok(row)
        };
    }
    standing_entry(own, before, target)
}

/// Whether a waiting entry has been confirmed, or struck while it waited.
fn answered(own: &[EventRow], target: &str) -> bool {
    own.iter().any(|row| row.target.as_deref() == Some(target) && (row.action == "confirm" || !row.needs_confirmation))
}

/// The entry `target`, if it waits for a second person and this is one.
pub(super) fn confirmable<'a>(
    registrar: &Registrar<'_>,
    own: &'a [EventRow],
    before: &Assembled,
    target: &str,
) -> Result<&'a EventRow> {
    let row = own.iter().find(|row| row.event_id == target).ok_or_else(|| Error::unknown_entry(target))?;
    let refused = |code, why: &str| Err(Error::refused(code, format!("{target} {why}")));
    if !row.needs_confirmation {
        return refused("nothing_to_confirm", "needs no second person: it counts already");
    }
    if answered(own, target) {
        return refused("nothing_to_confirm", "was confirmed or struck already; see `keshirim pending`");
    }
    if row.recorded_by == registrar.who {
        let why = format!("was recorded by {} too: another person must confirm it", registrar.who);
        return refused("same_person", &why);
    }
    let gone = |id: &str| before.event(id).is_some_and(|(event, _)| event.retracted_at.is_some());
    if row.action != "record" && row.target.as_deref().is_some_and(gone) {
        return refused(
            "already_struck",
            "speaks of an entry that is struck already: retract it, it waits for nothing",
        );
    }
    Ok(row)
}

/// Two pairs of eyes: derive with the entry, as if it counted, and without it.
pub(super) fn needs_second_person(
    registrar: &Registrar<'_>,
    entries: &mut Entries,
    unsealed: &EventRow,
    before: &Assembled,
) -> bool {
    if unsealed.action == "confirm" {
        return false;
    }
    if unsealed.chain == NATIONWIDE && unsealed.action != "record" {
        return unsealed.action == "correct" || nationwide::counts(&entries.own, unsealed.target.as_deref());
    }
    let kind = unsealed.kind.as_deref().and_then(|kind| kind.parse::<EventKind>().ok());
    if unsealed.action == "record" && kind.is_some_and(|kind| eyes::always_for_two(kind, before)) {
        return true;
    }
    if before.timeline.sentence != Sentence::Death || unsealed.chain == NATIONWIDE {
        return false;
    }
    entries.own.push(unsealed.clone());
    let after = entries.assemble();
    entries.own.pop();
    eyes::shortens_a_bar(before, &after, registrar.calendar, registrar.today(before.timeline.zone))
}

/// The irregularities that were not there before the entry.
pub(super) fn new_irregularities(
    registrar: &Registrar<'_>,
    before: &Assembled,
    saved: &Saved,
) -> Vec<(&'static str, Code)> {
    if saved.findings.irregularities.is_empty() {
        return Vec::new();
    }
    let question = Question { as_of: Some(registrar.today(before.timeline.zone)), ..Question::default() };
    let mut old: Vec<_> = derive(&before.timeline, registrar.calendar, &question)
        .irregularities
        .iter()
        .map(|found| (found.paragraph, found.code))
        .collect();
    let mut new = Vec::new();
    for found in &saved.findings.irregularities {
        match old.iter().position(|known| *known == (found.paragraph, found.code)) {
            Some(at) => drop(old.remove(at)),
            None => new.push((found.paragraph, found.code)),
        }
    }
    new
}
