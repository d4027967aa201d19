//! What may be entered: the impossible is refused, the unlikely is questioned, the unlawful is recorded (and flagged by the law).

use std::str::FromStr;

use chrono::{Datelike, NaiveDate, NaiveTime};
use serde_json::Value;

use super::assemble::Assembled;
use super::reason::Reason;
use super::{Error, Result};
use crate::law::facts::{read_day, read_time};
use crate::law::names::UnknownName;
use crate::law::timeline::{CrimeCategory, EventKind, Sentence, Subject};
use crate::offices::is_code;
use crate::store::Fields;

/// The first day that can be entered: the register is not for the century before.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a real day");
/// An older day is questioned; so is another year, when its neighbours are farther away than this.
const LIKELY_DAYS_MAX: i64 = 60;
/// Longest text in a field.
const FIELD_CHARACTERS_MAX: usize = 400;
/// Longest note.
const NOTE_CHARACTERS_MAX: usize = 2_000;
/// Longest case number.
const NUMBER_CHARACTERS_MAX: usize = 64;

/// What is said about a new event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What happened.
    pub kind: EventKind,
    /// The civil day it happened.
    pub day: NaiveDate,
    /// The local time, where it is known.
    pub local_time: Option<NaiveTime>,
    /// Everything else that is known of it.
    pub fields: Fields,
    /// Why (closing).
    pub reason: Option<Reason>,
    /// Free words that never leave the register.
    pub note: Option<String>,
    /// An unlikely date is meant.
    pub confirmed: bool,
}

impl Draft {
    /// A bare event.
    pub fn new(kind: EventKind, day: NaiveDate) -> Self {
        Self { kind, day, local_time: None, fields: Fields::new(), reason: None, note: None, confirmed: false }
    }

    /// The same with a field, read as [`field`] reads it.
    pub fn with(mut self, name: &str, value: &str) -> Result<Self> {
        let value = field(self.kind, name, value)?;
        self.fields.insert(name.to_owned(), value);
        Ok(self)
    }

    /// The same, with its unlikely date meant.
    #[must_use]
    pub fn confirmed(mut self) -> Self {
        self.confirmed = true;
        self
    }
}

/// A name that is none of the known ones, as a refusal.
pub fn unknown(error: &UnknownName) -> Error {
    Error::refused("unknown_name", error.to_string())
}

/// The names of the fields of an event.
pub const FIELDS: &[&str] = &[
    "in_force",
    "published",
    "repeat",
    "postmark",
    "outcome",
    "road",
    "institution",
    "to",
    "subject",
    "answers",
    "members",
    "present",
    "votes_for",
    "votes_against",
    "act",
];

/// Reads the text of one field; refused are unknown names, fields that the event does not have, values of another type.
pub fn field(kind: EventKind, name: &str, text: &str) -> Result<Value> {
    let text = text.trim();
    let unread =
        |what: &str| Error::refused("unreadable_field", format!("{name} = \"{text}\" cannot be read: give {what}"));
    match name {
        "members" | "present" | "votes_for" | "votes_against" => {
            if kind != EventKind::CommissionSat {
                return Err(Error::refused(
                    "wrong_field",
                    format!("{kind} has no {name}: only commission_sat has votes"),
                ));
            }
            let number: u32 = text.parse().map_err(|_| unread("a whole number from 0 on"))?;
            Ok(Value::from(number))
        }
        "in_force" | "published" => {
            let day = day(text)?;
            if day < FIRST_DAY {
                return Err(unread("a day from 1900 on"));
            }
            Ok(Value::from(day.to_string()))
        }
        "repeat" | "postmark" => match text {
            "true" | "yes" => Ok(Value::from(true)),
            "false" | "no" => Ok(Value::from(false)),
            _ => Err(unread("yes or no")),
        },
        "subject" => Ok(Value::from(Subject::from_str(text).map_err(|e| unknown(&e))?.as_str())),
        "answers" => Ok(Value::from(super::chain::normal_id(text))),
        _ if FIELDS.contains(&name) => {
            if text.is_empty() || text.chars().count() > FIELD_CHARACTERS_MAX || text.chars().any(char::is_control) {
                return Err(unread("1 to 400 printable characters"));
            }
            Ok(Value::from(text))
        }
        _ => Err(unknown(&UnknownName { what: "field", name: name.to_owned(), known: FIELDS })),
    }
}

/// Reads a local time HH:MM.
pub fn local_time(text: &str) -> Result<NaiveTime> {
    read_time(text.trim()).map_err(|why| Error::refused("unreadable_field", why))
}

/// Reads a civil day.
pub fn day(text: &str) -> Result<NaiveDate> {
    read_day(text.trim()).map_err(|why| Error::refused("unreadable_field", why))
}

/// What is said about a new case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCase {
    /// The office's own number.
    pub number: String,
    /// The kind of sentence.
    pub sentence: Sentence,
    /// The gravity, where it is known.
    pub crime_category: Option<CrimeCategory>,
    /// `institution:<code>`.
    pub institution: String,
    /// The zone whose civil days count.
    pub zone: chrono_tz::Tz,
}

impl NewCase {
    /// Refuses numbers that look like no case number (names of persons among them) and offices that are no institution.
    pub fn check(&self) -> Result<()> {
        let fits = |c: char| c.is_alphanumeric() || " -/._№()".contains(c);
        let number = &self.number;
        let like_a_number = number.starts_with(char::is_alphanumeric)
            && !number.ends_with(' ')
            && number.chars().any(|c| c.is_ascii_digit())
            && number.chars().all(fits)
            && number.chars().count() <= NUMBER_CHARACTERS_MAX;
        if !like_a_number {
            let sentence = format!(
                "\"{number}\" is no case number: give the office's own number, up to {NUMBER_CHARACTERS_MAX} letters, digits and -/._№(), \
                 with at least one digit, and no name of a person"
            );
            return Err(Error::refused("not_a_case_number", sentence));
        }
        if !(self.institution.starts_with("institution:") && is_code(&self.institution)) {
            let sentence = format!(
                "\"{}\" is no institution: give its office code, such as institution:uk-161-3",
                self.institution
            );
            return Err(Error::refused("not_an_institution", sentence));
        }
        Ok(())
    }
}

/// Refuses a note that is too long or has control characters other than line ends.
pub fn check_note(note: Option<&str>) -> Result<()> {
    let bad = |n: &str| n.chars().count() > NOTE_CHARACTERS_MAX || n.chars().any(|c| c.is_control() && c != '\n');
    if note.is_some_and(bad) {
        let sentence = format!("the note cannot be kept: give at most {NOTE_CHARACTERS_MAX} printable characters");
        return Err(Error::refused("unreadable_field", sentence));
    }
    Ok(())
}

/// Refuses a day that cannot be: in the future, or before 1900.
pub fn check_day(day: NaiveDate, today: NaiveDate) -> Result<()> {
    if day > today {
        let sentence = format!("{day} is in the future (today is {today}): only what has happened can be recorded");
        return Err(Error::refused("future_day", sentence));
    }
    if day < FIRST_DAY {
        return Err(Error::refused("day_too_early", format!("{day} is before {FIRST_DAY}: check the year")));
    }
    Ok(())
}

/// Refuses what cannot be in a case of that sentence.
pub fn check_fields(draft: &Draft, sentence: Sentence) -> Result<()> {
    check_note(draft.note.as_deref())?;
    let to = draft.fields.get("to").and_then(Value::as_str);
    if draft.kind == EventKind::DecreeDispatched
        && sentence == Sentence::Death
        && !matches!(to, Some("supreme_court" | "prosecutor_general"))
    {
        let sentence = "decree_dispatched in a death case must say to whom (para 17(1) names two addressees): \
                        --field to=supreme_court or --field to=prosecutor_general, one entry each";
        return Err(Error::refused("addressee_missing", sentence));
    }
    Ok(())
}

/// Whose day is compared with the others.
#[derive(Clone, Copy, Debug)]
pub struct Likelihood {
    /// What happened.
    pub kind: EventKind,
    /// The day that is questioned.
    pub day: NaiveDate,
    /// The day it is.
    pub today: NaiveDate,
    /// Whether an old day is unlikely: not in an import, which is made for old days.
    pub question_age: bool,
}

/// Says what is unlikely about a day, compared with the events that stand.
pub fn unlikely(what: Likelihood, standing: &Assembled) -> Vec<String> {
    let Likelihood { kind, day, today, question_age } = what;
    let mut doubts = Vec::new();
    let sentence_day = standing
        .standing()
        .filter(|event| matches!(event.kind, EventKind::VerdictInForce | EventKind::VerdictCopyHanded))
        .map(|event| event.date)
        .min();
    if let Some(first) = sentence_day
        && day < first
        && !normally_precedes(kind)
    {
        doubts.push(format!("{day} is before the sentence (its first known day is {first})"));
    }
    if question_age && (today - day).num_days() > LIKELY_DAYS_MAX {
        doubts.push(format!("{day} is more than {LIKELY_DAYS_MAX} days ago"));
    }
    let own = || standing.standing().filter(|event| !event.kind.is_nationwide()).map(|event| event.date);
    let before = own().filter(|other| *other <= day).max();
    let after = own().filter(|other| *other > day).min();
    let mut neighbours = [before, after].into_iter().flatten().peekable();
    let far = |other: NaiveDate| other.year() != day.year() && (other - day).num_days().abs() > LIKELY_DAYS_MAX;
    if neighbours.peek().is_some() && neighbours.all(far) {
        doubts.push(format!("{day} is in another year than the entries next to it"));
    }
    doubts
}

/// Events that normally come before the sentence is in force, or have nothing to do with it.
fn normally_precedes(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::VerdictInForce
            | EventKind::VerdictCopyHanded
            | EventKind::CassationRulingHanded
            | EventKind::DecreeInForce
            | EventKind::MoratoriumDeclared
            | EventKind::MoratoriumLifted
    )
}
