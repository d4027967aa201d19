//! Facts from JSON (contract.md "`derive`: facts in"): one object, strictly read, with an error that says what and where.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use serde_json::value::RawValue;

use super::deadline::Question;
use super::timeline::{CrimeCategory, Event, EventKind, Moment, Sentence, Subject, Timeline};

/// The zone of most institutions, and of the Administration.
pub const ZONE_DEFAULT: Tz = Tz::Asia__Almaty;

/// Days before this year or after the last one are typing errors, not facts of this decree.
pub const YEAR_MIN: i32 = 1900;
/// See [`YEAR_MIN`].
pub const YEAR_MAX: i32 = 2199;

/// A question about a case: its facts, and what is asked of them.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The caller's own id, handed back as it came.
    pub id: Option<&'a RawValue>,
    /// The facts.
    pub timeline: Timeline,
    /// What is asked.
    pub question: Question,
}

/// Reads one line of JSON.
pub fn read(line: &str) -> Result<Facts<'_>, FactsError> {
    if line.trim().is_empty() {
        return Err(FactsError("the line is empty; give one JSON object a line".to_owned()));
    }
    // serde would read a struct from an array as well, field by field: no one writes that on purpose.
    if !line.trim_start().starts_with('{') {
        return Err(FactsError(
            "the line is no JSON object; a case is written as {\"sentence\": …, \"events\": […]}".to_owned(),
        ));
    }
    let raw: Raw<'_> = serde_json::from_str(line).map_err(|e| FactsError(say(&e)))?;
    raw.check()
}

/// Why a line could not be read.
#[derive(Debug, PartialEq, Eq)]
pub struct FactsError(String);

impl fmt::Display for FactsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FactsError {}

/// serde's sentence, with the column in words (the line is one line, its number is the caller's).
fn say(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let sentence = text.rsplit_once(" at line ").map_or(text.as_str(), |(sentence, _)| sentence);
    format!("{sentence} (column {})", error.column())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    sentence: Name<Sentence>,
    #[serde(default)]
    crime_category: Option<Category>,
    #[serde(default)]
    crimes: Option<Vec<Category>>,
    #[serde(default)]
    zone: Option<Zone>,
    #[serde(default)]
    institution: Option<Box<str>>,
    #[serde(default)]
    as_of: Option<Day>,
    #[serde(default)]
    known_at: Option<MomentIn>,
    #[serde(default)]
    honour_repeal: bool,
    #[serde(default)]
    events: Vec<EventIn>,
}

impl<'a> Raw<'a> {
    fn check(self) -> Result<Facts<'a>, FactsError> {
        let count = self.events.len();
        let mut events = Vec::with_capacity(count);
        for (position, event) in self.events.into_iter().enumerate() {
            let event = event.into_event();
            if let Some(answers) = event.answers
                && (answers == 0 || answers as usize > count || answers as usize == position + 1)
            {
                let at = position + 1;
                return Err(FactsError(format!(
                    "event {at}: answers {answers} is not another event of this case (it has {count})"
                )));
            }
            events.push(event);
        }
        // A37: the gravest crime of the verdict governs.
        let gravest = self.crimes.iter().flatten().map(|c| c.0).max();
        let crime_category = gravest.max(self.crime_category.map(|c| c.0));
        let zone = self.zone.map_or(ZONE_DEFAULT, |z| z.0);
        let question = Question {
            as_of: self.as_of.map(|d| d.0),
            known_at: self.known_at.map(|m| m.0),
            honour_repeal: self.honour_repeal,
        };
        let timeline =
            Timeline { sentence: self.sentence.0, crime_category, zone, institution: self.institution, events };
        Ok(Facts { id: self.id, timeline, question })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventIn {
    r#type: Name<EventKind>,
    date: Day,
    #[serde(default)]
    local_time: Option<TimeIn>,
    #[serde(default)]
    in_force: Option<Day>,
    #[serde(default)]
    published: Option<Day>,
    #[serde(default)]
    recorded_at: Option<MomentIn>,
    #[serde(default)]
    retracted_at: Option<MomentIn>,
    #[serde(default)]
    unconfirmed: bool,
    #[serde(default)]
    repeat: bool,
    #[serde(default)]
    postmark: bool,
    #[serde(default)]
    outcome: Option<Box<str>>,
    #[serde(default)]
    road: Option<Box<str>>,
    #[serde(default)]
    institution: Option<Box<str>>,
    #[serde(default)]
    to: Option<Box<str>>,
    #[serde(default)]
    subject: Option<Name<Subject>>,
    #[serde(default)]
    answers: Option<u32>,
    #[serde(default)]
    members: Option<u32>,
    #[serde(default)]
    present: Option<u32>,
    #[serde(default)]
    votes_for: Option<u32>,
    #[serde(default)]
    votes_against: Option<u32>,
}

impl EventIn {
    fn into_event(self) -> Event {
        Event {
            kind: self.r#type.0,
            date: self.date.0,
            local_time: self.local_time.map(|t| t.0),
            in_force: self.in_force.map(|d| d.0),
            published: self.published.map(|d| d.0),
            recorded_at: self.recorded_at.map(|m| m.0),
            retracted_at: self.retracted_at.map(|m| m.0),
            unconfirmed: self.unconfirmed,
            repeat: self.repeat,
            postmark: self.postmark,
            outcome: self.outcome,
            road: self.road,
            institution: self.institution,
            to: self.to,
            subject: self.subject.map(|s| s.0),
            answers: self.answers,
            members: self.members,
            present: self.present,
            votes_for: self.votes_for,
            votes_against: self.votes_against,
        }
    }
}

/// Reads a value from a JSON string, borrowed where it can be.
macro_rules! from_text {
    ($type:ty, $expecting:literal, $read:expr) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl Visitor<'_> for Text {
                    type Value = $type;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }
                    fn visit_str<E: Error>(self, text: &str) -> Result<$type, E> {
                        $read(text).map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}

struct Name<T>(T);
from_text!(Name<Sentence>, "a sentence", |t: &str| t.parse().map(Name));
from_text!(Name<EventKind>, "an event type", |t: &str| t.parse().map(Name));
from_text!(Name<Subject>, "a subject", |t: &str| t.parse().map(Name));

#[derive(Clone, Copy)]
struct Category(CrimeCategory);
from_text!(Category, "a crime category", |t| read_category(t).map(Category));

#[derive(Clone, Copy)]
struct Day(NaiveDate);
from_text!(Day, "a day as YYYY-MM-DD", |t| read_day(t).map(Day));

struct TimeIn(NaiveTime);
from_text!(TimeIn, "a time as HH:MM", |t| read_time(t).map(TimeIn));

#[derive(Clone, Copy)]
struct MomentIn(Moment);
from_text!(MomentIn, "an instant or a day", |t| read_moment(t).map(MomentIn));

struct Zone(Tz);
from_text!(Zone, "a zone", |t| read_zone(t).map(Zone));

/// Reads a crime category; `minor` and `medium` are other names of `other`.
pub fn read_category(text: &str) -> Result<CrimeCategory, super::names::UnknownName> {
    match text {
        "minor" | "medium" => Ok(CrimeCategory::Other),
        other => other.parse(),
    }
}

/// Reads a civil day, `YYYY-MM-DD` and nothing else (RFC 3339 full-date), between [`YEAR_MIN`] and [`YEAR_MAX`].
pub fn read_day(text: &str) -> Result<NaiveDate, String> {
    let wrong = || format!("\"{text}\" is no day that exists; write it as YYYY-MM-DD");
    let bytes = text.as_bytes();
    let &[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = bytes else { return Err(wrong()) };
    let digit = |b: u8| b.is_ascii_digit().then(|| u32::from(b - b'0'));
    let number = |digits: &[u8]| digits.iter().try_fold(0, |n, b| Some(n * 10 + digit(*b)?));
    let (year, month, day) = match (number(&[y0, y1, y2, y3]), number(&[m0, m1]), number(&[d0, d1])) {
        (Some(y), Some(m), Some(d)) => (y.cast_signed(), m, d),
        _ => return Err(wrong()),
    };
    let found = NaiveDate::from_ymd_opt(year, month, day).ok_or_else(wrong)?;
    if (YEAR_MIN..=YEAR_MAX).contains(&found.year()) {
        Ok(found)
    } else {
        Err(format!("\"{text}\" lies outside the years {YEAR_MIN} to {YEAR_MAX}"))
    }
}

/// Reads a local time, `HH:MM` or `HH:MM:SS`.
pub fn read_time(text: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(text, "%H:%M")
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S"))
        .map_err(|_| format!("\"{text}\" is no time; write it as HH:MM"))
}

/// Reads an instant (RFC 3339) or a civil day.
pub fn read_moment(text: &str) -> Result<Moment, String> {
    if text.len() == 10 {
        return read_day(text).map(Moment::Day);
    }
    DateTime::parse_from_rfc3339(text)
        .map(|at| Moment::Instant(at.to_utc()))
        .map_err(|_| format!("\"{text}\" is no instant; write it as 2026-11-22T18:00:00Z, or as a day"))
}

/// Reads an IANA zone name.
pub fn read_zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| format!("unknown zone \"{text}\"; write an IANA name such as Asia/Almaty"))
}
