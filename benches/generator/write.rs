//! Cases as lines for `keshirim import`.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate};

use super::{Day, Event, Opening, Says, Sentence};

/// Beyond this distance an event in another year than its neighbours is questioned, unless the line says that it is meant.
const LIKELY_DAYS_MAX: Day = 60;

/// The days of the register, written once.
#[derive(Debug)]
pub(crate) struct Days {
    first: Day,
    texts: Vec<(i32, [u8; 10])>,
}

impl Days {
    /// The days up to `until` that can occur.
    pub(crate) fn until(until: NaiveDate) -> Self {
        let last = until.num_days_from_ce();
        let first = last - 20 * 366;
        let texts = (first..=last).map(|day| {
            let date = NaiveDate::from_num_days_from_ce_opt(day).unwrap_or_default();
            let mut text = [b'0'; 10];
            text.copy_from_slice(&date.to_string().as_bytes()[..10]);
            (date.year(), text)
        });
        Self { first, texts: texts.collect() }
    }

    fn get(&self, day: Day) -> (i32, &str) {
        let at = usize::try_from(day - self.first).unwrap_or(0);
        let (year, text) = &self.texts[at];
        (*year, std::str::from_utf8(text).unwrap_or_default())
    }
}

/// Writes the line that opens a case.
pub(crate) fn opening(out: &mut String, case: &Opening) {
    let sentence = match case.sentence {
        Sentence::Death => "death",
        Sentence::Imprisonment => "imprisonment",
        Sentence::Other => "other",
    };
    number(out, case);
    _ = write!(out, r#","sentence":"{sentence}","institution":"institution:uk-{}""#, case.institution);
    if let Some(category) = case.category {
        _ = write!(out, r#","crime_category":"{category}""#);
    }
    if case.western {
        out.push_str(r#","zone":"Asia/Aqtobe""#);
    }
    out.push_str("}\n");
}

/// Writes the line of the event at `at`.
pub(crate) fn told(out: &mut String, days: &Days, case: &Opening, events: &[Event], at: usize) {
    let event = events[at];
    let (year, date) = days.get(event.day);
    number(out, case);
    out.push_str(r#","event":""#);
    out.push_str(event.kind.as_str());
    out.push_str(r#"","date":""#);
    out.push_str(date);
    out.push('"');
    if event.says != Says::Nothing {
        out.push_str(r#","fields":{"#);
        says(out, event.says);
        out.push('}');
    }
    let far = |other: &Event| event.day - other.day > LIKELY_DAYS_MAX && days.get(other.day).0 != year;
    if at.checked_sub(1).is_some_and(|before| far(&events[before])) {
        out.push_str(r#","confirm":true"#);
    }
    out.push_str("}\n");
}

/// Digits by hand: the numbers are half of what is written.
fn number(out: &mut String, case: &Opening) {
    let mut text = *b"0000-0000000";
    let mut put = |mut value: u64, end: usize, width: usize| {
        for at in (end - width..end).rev() {
            text[at] = b'0' + u8::try_from(value % 10).unwrap_or(0);
            value /= 10;
        }
    };
    put(u64::try_from(case.year).unwrap_or(0), 4, 4);
    put(case.serial, 12, 7);
    out.push_str(r#"{"case":""#);
    out.push_str(std::str::from_utf8(&text).unwrap_or_default());
    out.push('"');
}

fn says(out: &mut String, says: Says) {
    _ = match says {
        Says::Nothing => Ok(()),
        Says::Repeat => out.write_str(r#""repeat":true"#),
        Says::Postmark => out.write_str(r#""postmark":true"#),
        Says::ByRelative(None) => out.write_str(r#""road":"relative""#),
        Says::ByRelative(Some(code)) => write!(out, r#""road":"relative","institution":"uk-{code}""#),
        Says::RefusalAct => out.write_str(r#""subject":"refusal_act""#),
        Says::ToInstitution(code) => write!(out, r#""to":"institution:uk-{code}""#),
        Says::ToRegion(code) => write!(out, r#""to":"region-{code}""#),
        Says::To(addressee) => write!(out, r#""to":"{addressee}""#),
        Says::Court(code) => write!(out, r#""institution":"region-{code}""#),
        Says::Outcome(outcome) => write!(out, r#""outcome":"{outcome}""#),
        Says::Votes([members, present, in_favour, against]) => {
            write!(out, r#""members":{members},"present":{present},"votes_for":{in_favour},"votes_against":{against}"#)
        }
    };
}
