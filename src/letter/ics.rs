//! The calendar part (RFC 5545, RFC 5546): a convenience; the letter's words count.
//!
//! UID = case + rule + starting event, never the date, so that a moved day replaces the old entry;
//! SEQUENCE rises with each recalculation; all-day DTSTART without DTEND (the `icalendar` crate's
//! `all_day` would write DTEND = DTSTART, which RFC 5545 section 3.8.2.2 forbids); ORGANIZER, no
//! ATTENDEE (RFC 5546 section 3.2.1). A bar never has an entry.

use chrono::Duration;
use icalendar::{Alarm, Calendar, Component as _, Event, EventLike as _, Property};

use super::facts::case_url;
use super::input::{Kind, Letter, Line, Rung};
use super::item::sentence;
use super::texts::Tongue;
use super::{LINES_SHOWN_MAX, LetterError, clean};

/// The reminder rings so long before the day begins: at 08:30 on the day before.
const REMINDER_BEFORE_MINUTES: i64 = 15 * 60 + 30;

/// Longest line of the calendar part, in octets without CRLF.
const LINE_OCTETS_MAX: usize = 75;

/// The calendar part and its method, which the content type repeats.
pub(super) struct CalendarPart {
    /// `PUBLISH`, or `CANCEL` when every entry falls away.
    pub(super) method: &'static str,
    /// The iCalendar object, lines ended by CRLF.
    pub(super) body: String,
}

/// One entry per line that has a day to keep; `None` if there is none.
pub(super) fn calendar(
    letter: &Letter<'_>,
    ordered: &[&Line<'_>],
    tongue: &Tongue,
) -> Result<Option<CalendarPart>, LetterError> {
    let kept: Vec<_> = ordered.iter().take(LINES_SHOWN_MAX).filter(|line| has_entry(line)).collect();
    if kept.is_empty() {
        return Ok(None);
    }
    // One method per object: entries that fall away beside others are published as cancelled (RFC 5546 3.2.1).
    let method = if kept.iter().all(|line| cancelled(line)) { "CANCEL" } else { "PUBLISH" };
    let mut calendar = Calendar::empty();
    for (key, value) in
        [("VERSION", "2.0"), ("PRODID", "-//Keshirim//Deadlines//KK"), ("CALSCALE", "GREGORIAN"), ("METHOD", method)]
    {
        calendar.append_property(Property::new(key, value));
    }
    for line in kept {
        calendar.push(entry(letter, line, tongue)?);
    }
    Ok(Some(CalendarPart { method, body: refolded(&calendar.to_string()) }))
}

/// Folds lines anew at 75 octets (RFC 5545 section 3.1): `icalendar` 0.17.17 leaves a last piece of 75 octets
/// whole and forgets the space before it. Never inside a UTF-8 character.
pub fn refolded(calendar: &str) -> String {
    let unfolded = calendar.replace("\r\n ", "");
    let mut out = String::with_capacity(calendar.len() + 16);
    for line in unfolded.split_terminator("\r\n") {
        let mut octets = 0;
        for character in line.chars() {
            if octets + character.len_utf8() > LINE_OCTETS_MAX {
                out.push_str("\r\n ");
                octets = 1;
            }
            out.push(character);
            octets += character.len_utf8();
        }
        out.push_str("\r\n");
    }
    out
}

/// Days ahead get an entry, and what fell away a cancellation; what is past, and every bar, gets none.
fn has_entry(line: &Line<'_>) -> bool {
    if matches!(line.kind, Kind::Bar | Kind::OperatorNotice) {
        return false;
    }
    match line.rung {
        Rung::Closed { .. } | Rung::Moved { .. } => true,
        Rung::Overdue { .. } | Rung::AfterRight { .. } | Rung::ControlPassed { .. } | Rung::OpenIndefinite => false,
        _ => line.shown.is_some(),
    }
}

/// A closed term, or one whose day fell away.
fn cancelled(line: &Line<'_>) -> bool {
    matches!(line.rung, Rung::Closed { .. }) || line.shown.is_none()
}

/// The UID of a deadline's calendar entry, wherever it is published: case + rule + starting event, never the date.
pub fn uid(case_number: &str, rule_id: &str, starting_event_id: &str, domain: &str) -> String {
    let [case, rule, start] = [case_number, rule_id, starting_event_id].map(clean::token);
    format!("{case}.{rule}.{start}@{domain}")
}

fn entry(letter: &Letter<'_>, line: &Line<'_>, tongue: &Tongue) -> Result<Event, LetterError> {
    let case = clean::clean(line.case_number);
    let id = if line.kind == Kind::Step { "calendar-summary-step" } else { "calendar-summary" };
    let summary = tongue.say(id, &[("case", case.into()), ("what", tongue.short(line.rule_id)?.into())])?;
    let paragraph = tongue.paragraph(line.rule_id, line.paragraph)?;
    let sentence = sentence(line, tongue)?;
    // What has ended is only named, and its name begins with the paragraph.
    let description = if sentence.starts_with(&paragraph) { sentence } else { format!("{paragraph}\n{sentence}") };
    let uid = uid(line.case_number, line.rule_id, line.starting_event_id, letter.message_id_domain);
    let stamp = letter.date.format("%Y%m%dT%H%M%SZ").to_string();
    let mut organizer = Property::new("ORGANIZER", format!("mailto:{}", letter.from_address));
    organizer.add_parameter("CN", &clean::clean(letter.from_name).replace('"', "'"));
    let mut event = Event::new();
    event
        .add_property("UID", &uid)
        .add_property("DTSTAMP", &stamp)
        .add_property("SEQUENCE", line.sequence.to_string())
        .add_property("SUMMARY", &summary)
        .add_property("DESCRIPTION", description)
        .add_property("URL", case_url(letter, line.case_number))
        .add_property("TRANSP", "TRANSPARENT")
        .add_property("STATUS", if cancelled(line) { "CANCELLED" } else { "CONFIRMED" })
        .append_property(organizer);
    let day = if line.kind == Kind::Wait { line.free_from.or(line.shown) } else { line.shown };
    if let Some(day) = day {
        let mut start = Property::new("DTSTART", day.format("%Y%m%d").to_string());
        start.add_parameter("VALUE", "DATE");
        event.append_property(start);
    }
    if !cancelled(line) {
        // The crate would write a random UID and the present time into the alarm; both are given instead.
        let mut alarm = Alarm::display(&summary, -Duration::minutes(REMINDER_BEFORE_MINUTES));
        alarm.add_property("UID", format!("alarm.{uid}")).add_property("DTSTAMP", &stamp);
        event.alarm(alarm);
    }
    Ok(event.done())
}
