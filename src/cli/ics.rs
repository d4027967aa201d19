//! Deadlines as an iCalendar object (RFC 5545): all-day entries without an end. A bar never has an entry, and neither has
//! anything without a date.

use std::io::Write;

use chrono::{DateTime, NaiveDate, Utc};
use icalendar::{Calendar, Component as _, Event, Property};

use super::deadlines::Limited;
use crate::config::Mail;
use crate::letter::{calendar_uid, refold_calendar};
use crate::store::DeadlineRow;

/// Writes the calendar of `rows`, stamped `now`, in the name of the sender of letters, as they are read.
pub(super) async fn write(
    rows: &mut Limited,
    mail: &Mail,
    now: DateTime<Utc>,
    to: &mut (dyn Write + Send),
) -> anyhow::Result<()> {
    let empty = calendar(&[], mail, now);
    // An empty calendar is its properties and its last line: the entries go before that.
    let (head, end) = empty.split_at(empty.find("END:VCALENDAR").unwrap_or(empty.len()));
    to.write_all(head.as_bytes())?;
    loop {
        let page = rows.next().await?;
        if page.is_empty() {
            to.write_all(end.as_bytes())?;
            return Ok(());
        }
        let whole = calendar(&page, mail, now);
        let entries = whole.strip_prefix(head).and_then(|rest| rest.strip_suffix(end)).unwrap_or_default();
        to.write_all(entries.as_bytes())?;
    }
}

/// The calendar of `rows`.
fn calendar(rows: &[DeadlineRow], mail: &Mail, now: DateTime<Utc>) -> String {
    let mut calendar = Calendar::empty();
    for (key, value) in
        [("VERSION", "2.0"), ("PRODID", "-//Keshirim//Deadlines//EN"), ("CALSCALE", "GREGORIAN"), ("METHOD", "PUBLISH")]
    {
        calendar.append_property(Property::new(key, value));
    }
    for row in rows {
        if let Some(day) = day(row) {
            calendar.push(entry(row, day, mail, now));
        }
    }
    refold_calendar(&calendar.to_string())
}

fn day(row: &DeadlineRow) -> Option<NaiveDate> {
    match row.kind.as_str() {
        "bar" => None,
        // A wait is over on the day after it: the first day on which a repeat petition may go to the Commission.
        "wait" => {
            row.finding.value().get("eligible_from").and_then(|day| day.as_str()?.parse().ok()).or(row.watched_by)
        }
        _ => row.watched_by,
    }
}

fn entry(row: &DeadlineRow, day: NaiveDate, mail: &Mail, now: DateTime<Utc>) -> Event {
    // The same entry as a letter carries: an official who takes in both sees it once.
    let uid = calendar_uid(&row.case_number, &row.rule, &row.start_key, &mail.message_id_domain);
    let what = if row.kind == "step" { "internal control date, not a legal deadline" } else { row.kind.as_str() };
    let summary = format!("{} {}: {what}", row.case_number, row.rule);
    let mut start = Property::new("DTSTART", day.format("%Y%m%d").to_string());
    start.add_parameter("VALUE", "DATE");
    let mut event = Event::new();
    event
        .add_property("UID", &uid)
        .add_property("DTSTAMP", now.format("%Y%m%dT%H%M%SZ").to_string())
        .add_property("SEQUENCE", row.sequence.to_string())
        .add_property("SUMMARY", &summary)
        .add_property("TRANSP", "TRANSPARENT")
        .add_property("ORGANIZER", format!("mailto:{}", mail.from_address))
        .append_property(start);
    event.done()
}
