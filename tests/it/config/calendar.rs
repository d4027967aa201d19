//! calendar.toml.

use chrono::{Datelike, Weekday};
use keshirim::config::CalendarFile;

use super::{day, one, shipped_file};

#[test]
fn the_shipped_calendar_has_every_day_with_its_act_and_both_horizons() {
    let calendar = CalendarFile::parse("config/calendar.toml", &shipped_file("calendar.toml")).unwrap();
    assert_eq!(calendar, CalendarFile::shipped());
    assert_eq!((calendar.day_off.len(), calendar.worked.len()), (440, 51));
    assert_eq!(calendar.known_from, day("1996-01-01"));
    assert_eq!(calendar.verified_until, day("2025-12-31"));
    assert_eq!(calendar.known_until, day("2027-12-31"));
    let is_off = |date: &str| calendar.day_off.iter().any(|entry| entry.date == day(date));
    assert!(is_off("2001-03-23") && is_off("1996-03-22") && is_off("2027-03-15") && !is_off("2001-03-25"));
    let sundays = calendar.worked.iter().filter(|entry| entry.date.weekday() == Weekday::Sun).count();
    assert!(sundays > 0, "Kazakhstan works some Sundays");
    let transfer = calendar.worked.iter().find(|entry| entry.date == day("2001-03-25")).unwrap();
    assert_eq!(transfer.act, "Government resolution N 282 of 2001 (P010000282_); day off given: 2001-03-23");
}

/// A calendar of the year 2026 with these entries.
fn calendar(entries: &str) -> String {
    let horizons = "known_from = \"2026-01-01\"\nverified_until = \"2026-06-30\"\nknown_until = \"2026-12-31\"\n";
    one(CalendarFile::parse("c.toml", &format!("{horizons}{entries}")))
}

#[test]
fn a_slip_in_the_calendar_is_answered_with_line_entry_and_remedy() {
    let off = |date: &str| format!("{{ date = \"{date}\", name = \"n\", act = \"a\" }}");
    assert_eq!(
        calendar(&format!("day_off = [\n{},\n{},\n]", off("2026-01-01"), off("2026-01-01"))),
        "c.toml:6: day_off[2].date: 2026-01-01 is listed twice, first as day_off[1]. Keep one of the two entries."
    );
    assert_eq!(
        calendar(&format!("day_off = [{}]", off("2027-01-01"))),
        "c.toml:4: day_off[1].date: 2027-01-01 is outside 2026-01-01 to 2026-12-31. \
         Correct the date, or move known_from or known_until first."
    );
    assert_eq!(
        calendar("[[worked]]\ndate = 2026-03-10\nact = \"a\""),
        "c.toml:5: worked[1].date: 2026-03-10 is a Tue, not a Saturday or Sunday. \
         Only a weekend can be made a working day: correct or remove the date."
    );
    assert!(
        calendar(&format!("day_off = [{}]", off("2026-02-30"))).contains("\"2026-02-30\" is no day of the calendar")
    );
    assert!(calendar(&format!("day_off = [{}]", off("2026-3-10"))).contains("Write it as \"YYYY-MM-DD\"."));
    assert!(
        calendar(&format!("day_off = [{}]", off("2026-03-14"))).contains("2026-03-14 is a Sat, non-working anyway")
    );
    assert!(
        calendar("day_off = [{ date = \"2026-03-10\", name = \"n\", act = \"\" }]").contains("day_off[1].act: empty")
    );
    assert!(calendar("worked = [{ date = \"2026-03-14\" }]").contains("c.toml:4: worked[1].act: missing"));
    assert!(
        calendar("worked = [{ date = \"2026-03-14\", act = \"a\", nmae = \"n\" }]")
            .contains("worked[1].nmae: unknown key")
    );
    assert!(calendar("day_of = []").contains("The nearest known key is `day_off`"));
}

#[test]
fn horizons_out_of_order_or_missing_are_refused() {
    let text = "known_from = \"2026-01-01\"\nverified_until = \"2027-06-30\"\nknown_until = \"2026-12-31\"\n";
    assert_eq!(
        one(CalendarFile::parse("c.toml", text)),
        "c.toml:3: known_until: 2026-12-31 is before verified_until 2027-06-30. \
         The order is known_from ≤ verified_until ≤ known_until."
    );
    let text = "known_from = \"2026-01-01\"\nknown_until = \"2026-12-31\"\nday_off = []\n";
    assert!(one(CalendarFile::parse("c.toml", text)).starts_with("c.toml: verified_until: missing."));
}

#[test]
fn a_year_that_nobody_has_entered_is_refused() {
    let shipped = shipped_file("calendar.toml").replace("\"2027-12-31\"", "\"2029-12-31\"");
    let text = one(CalendarFile::parse("c.toml", &shipped));
    let expected = "known_until: 2028 has no day off in the list. \
                    Enter the year's days in day_off, or end known_until before it.";
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn the_days_come_in_their_order_whatever_the_order_of_the_file() {
    let text = "known_from = \"2026-01-01\"\nverified_until = \"2026-06-30\"\nknown_until = \"2026-12-31\"\n\
                day_off = [{ date = 2026-05-01, name = \"n\", act = \"a\" }, { date = 2026-01-01, name = \"n\", act = \"a\" }]\n\
                worked = [{ date = 2026-03-14, act = \"a\" }, { date = 2026-03-01, act = \"a\" }]\n";
    let calendar = CalendarFile::parse("c.toml", text).unwrap();
    let off: Vec<_> = calendar.day_off.iter().map(|entry| entry.date).collect();
    assert_eq!(off, [day("2026-01-01"), day("2026-05-01")]);
    let worked: Vec<_> = calendar.worked.iter().map(|entry| entry.date).collect();
    assert_eq!(worked, [day("2026-03-01"), day("2026-03-14")]);
}
